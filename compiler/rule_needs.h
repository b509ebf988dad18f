// RuleNeeds: what each rule asks of events before it can fire, as a formula over needs, each of
// which can be watched by itself while events go by:
//
//   Rules, jobs -FindNeeds-> formulas + one Program -WatchNeeds-> what was seen -FindBlindRules->
//
// A need is one condition of the rule's query, of a filter or of a job's datafeed, a field that its
// detector counts by, or an anomaly job. The Program has an output for each of them, and one for
// the presence of the fields that it looks at.
//
//   query        process.name : (curl or wget) and not user.name : root
//   its formula  AllOf(AnyOf(n0, n1), Not(n2))
//
// Plain data; FindNeeds is a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source_text.h"
#include "compiler/columns.h"
#include "compiler/exception_lists.h"
#include "compiler/rule.h"
#include "compiler/rule_reader.h"
#include "jit/program.h"

namespace tripline::compiler {

/// Where a need stands.
struct NeedPlace {
  std::string asked_by;  // the key of the rule, or of the job, that asks: "query"
  std::string file;
  LineColumn where;
};

struct Need {
  enum class Kind : std::uint8_t {
    kCondition,  // some event makes a condition true
    kField,      // some event has a value of a field
    kJob,        // an anomaly job is there; none of these is
  };
  Kind kind = Kind::kCondition;
  std::string text;   // as the author wrote it: "process.name : curl"
  std::string field;  // what it looks at, by its name in the rule
  std::string value;  // kCondition: as the author wrote it
  NeedPlace place;

  std::optional<bool> constant;      // it is so, or is not so, whatever the events are
  std::string because;               // why it is constant, where that is known
  bool is_mapped = true;             // false: a mapping was given and has none of its fields
  std::vector<std::string> columns;  // the Program's fields that it looks at
  jit::OutputIndex met = 0;          // true for events that meet it
  jit::OutputIndex present = 0;      // true for events that have a value of one of its fields
};

struct NeedNode {
  enum class Kind : std::uint8_t { kAllOf, kAnyOf, kNot, kNeed };
  Kind kind = Kind::kAllOf;
  std::vector<std::uint32_t> operands;  // earlier nodes of the rule
  std::uint32_t need = 0;               // kNeed: into NeedsOfRules::needs
};

struct RuleNeeds {
  std::string rule_id;
  std::string name;
  std::string file;
  LineColumn where;
  std::vector<std::string> indices;  // patterns; empty: every index
  std::vector<NeedNode> formula;     // operands first; the last is the whole
  std::uint32_t first_need = 0;      // its needs stand side by side
  std::uint32_t num_needs = 0;
  /// Query and filters; none: a machine_learning rule, which alerts on anomalies.
  std::optional<jit::OutputIndex> match;
  std::vector<jit::OutputIndex> exceptions;  // one a list: true for events that it takes out
};

struct NeedsOfRules {
  std::vector<RuleNeeds> rules;
  std::vector<Need> needs;
  jit::Program program;
  std::size_t num_not_judged = 0;  // rules with mistakes, or in a language that is not evaluated
};

[[nodiscard]] NeedsOfRules FindNeeds(const std::vector<Rule>& rules,
                                     const std::vector<JobDocument>& jobs,
                                     const FieldCatalog& catalog,
                                     const ExceptionLists& exceptions = {});

}  // namespace tripline::compiler

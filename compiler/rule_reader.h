// The rule reader: text of rule files -> Rules. It understands every form in which detection rules
// travel: detection-rules TOML, Kibana's export (NDJSON, one rule a line), a JSON rule or a list of
// them, and tells anomaly jobs and exception lists, which travel along, from rules.
//
// The author's mistakes are Diagnostics, all of them at once; a rule with an error is left out of
// `rules`. The codes (rule.*) are listed in docs/diagnostics.md. The reader decides nothing about
// whether the engine can run a rule. No state, any thread.
//
//   TRIPLINE_TRY(ReadRules read, ReadRulePaths({"rules"}));
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "compiler/rule.h"

namespace tripline::compiler {

/// An anomaly detection job as Elastic's create-job request has it; kept as it is.
struct JobDocument {
  std::string job_id;
  std::string document;  // canonical JSON
  std::string file;
  LineColumn where;
};

/// A line of a Kibana export that is no rule but belongs to some: an exception list, one of its
/// items, a connector; or a line with values of a value list, which Kibana exports as text:
///   {"value_list": "bad_ips", "values": ["10.0.0.1", ...]}
/// Kept as it is.
struct AsideDocument {
  enum class Kind : std::uint8_t { kExceptionList, kExceptionItem, kConnector, kValueList };
  Kind kind = Kind::kExceptionList;
  std::string id;        // list_id of lists and items, id of connectors, name of value lists
  std::string document;  // canonical JSON
  std::string file;
  LineColumn where;
};

struct ReadRules {
  std::vector<Rule> rules;  // the ones without errors, in the order of files and lines
  std::vector<JobDocument> jobs;
  std::vector<AsideDocument> asides;
  Diagnostics diagnostics;
  std::size_t num_files = 0;
  std::size_t num_rejected = 0;  // rule documents with errors, broken lines and files included
};

/// Reads one file's text; `name` is shown in messages, and its ending decides only in doubt.
[[nodiscard]] ReadRules ReadRuleFile(const std::string& name, std::string_view text);

/// Reads files as they are named, and folders for their .toml, .json and .ndjson files by path;
/// events.ndjson and expected.ndjson inside a folder are a rule's test, not rules. A file that is
/// reached twice is read once. Errors: kNotFound, kUnavailable, kUsage (no path).
[[nodiscard]] Result<ReadRules> ReadRulePaths(const std::vector<std::string>& paths);

}  // namespace tripline::compiler

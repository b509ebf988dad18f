// The lists' Programs are linked behind the ruleset's own, so that every part that they share
// exists once; then each output becomes "what it was, and none of its lists".
#include "compiler/join_exceptions.h"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/document.h"
#include "jit/program_builder.h"
#include "jit/verify.h"
#include "runtime/digest.h"

namespace tripline::compiler {
namespace {

std::vector<const ExceptionLists::List*> ListsOf(const runtime::RuleSpec& rule,
                                                 const ExceptionLists& lists) {
  std::vector<const ExceptionLists::List*> found;
  const auto document = ParseJson(rule.document, 0);
  const Node* const named = document ? document->root.Find("exceptions_list") : nullptr;
  if (named == nullptr || named->AsArray() == nullptr) {
    return found;
  }
  for (const ListName& name : ListsNamedIn(ToJson(*named))) {
    const ExceptionLists::List* const list = lists.Find(name);
    if (list != nullptr && list->num_items > 0) {
      found.push_back(list);
    }
  }
  return found;
}

// Fields of one name in two linked Programs must be equal.
Result<void> CheckFields(const jit::Program& program, const ExceptionLists& lists) {
  std::unordered_map<std::string, const jit::Field*> known;
  for (const jit::Field& field : program.fields) {
    known.emplace(field.name, &field);
  }
  for (const ExceptionLists::List& list : lists.lists()) {
    for (const jit::Field& field : list.program.fields) {
      const auto found = known.find(field.name);
      if (found != known.end() && *found->second != field) {
        return Fail(ErrorCode::kUsage,
                    "the exception list '" + list.name.list_id + "' asks for the field '" +
                        field.name +
                        "', which has another type in the ruleset; give the --mapping that the "
                        "ruleset was compiled with");
      }
    }
  }
  return {};
}

class Joiner {
 public:
  Joiner(const runtime::Ruleset& ruleset, const ExceptionLists& lists)
      : rules_(ruleset.rules), lists_(lists) {
    programs_.push_back(ruleset.program);
    for (std::size_t i = 0; i < ruleset.program.outputs.size(); ++i) {
      outputs_.push_back({.of = static_cast<jit::OutputIndex>(i), .but_not = {}});
    }
    for (const ExceptionLists::List& list : lists.lists()) {
      programs_.push_back(list.program);
    }
  }

  Result<runtime::Ruleset> Run(const runtime::Ruleset& ruleset) {
    for (runtime::RuleSpec& rule : rules_) {
      if (const auto named = ListsOf(rule, lists_); !named.empty()) {
        Join(rule, named);
      }
    }
    jit::Program joined = jit::JoinOutputs(jit::Link(programs_), outputs_);
    TRIPLINE_TRY_VOID(jit::Verify(joined));
    std::vector<jit::Field> detector_fields(
        ruleset.columns.begin() + static_cast<std::ptrdiff_t>(ruleset.program.fields.size()),
        ruleset.columns.end());
    return runtime::MakeRuleset(std::move(joined), std::move(rules_), detector_fields,
                                ruleset.jobs);
  }

 private:
  // Where the list's output stands behind those of the ruleset.
  jit::OutputIndex OutputOf(const ExceptionLists::List& list) const {
    const std::size_t place = static_cast<std::size_t>(&list - lists_.lists().data());
    return static_cast<jit::OutputIndex>(programs_[0].outputs.size() + place);
  }

  void Join(runtime::RuleSpec& rule, const std::vector<const ExceptionLists::List*>& named) {
    std::string digests = rule.exceptions_digest;
    jit::OutputFormula excepted{.of = std::nullopt, .but_not = {}};
    for (const ExceptionLists::List* const list : named) {
      digests += list->digest;
      excepted.but_not.push_back(OutputOf(*list));
    }
    rule.exceptions_digest = runtime::Sha256Hex(digests);
    if (rule.type == runtime::RuleType::kMachineLearning) {
      if (rule.alerting_records) {
        excepted.of = rule.alerting_records;
      }
      rule.alerting_records = static_cast<jit::OutputIndex>(outputs_.size());
      outputs_.push_back(std::move(excepted));
    } else if (rule.query) {
      outputs_[*rule.query].but_not = std::move(excepted.but_not);
    }
  }

  std::vector<runtime::RuleSpec> rules_;
  const ExceptionLists& lists_;
  std::vector<jit::Program> programs_;       // the ruleset's, then one a list
  std::vector<jit::OutputFormula> outputs_;  // of the joined Program
};

}  // namespace

Result<runtime::Ruleset> JoinExceptions(const runtime::Ruleset& ruleset,
                                        const ExceptionLists& lists) {
  if (lists.lists().empty()) {
    return ruleset;
  }
  TRIPLINE_TRY_VOID(CheckFields(ruleset.program, lists));
  return Joiner(ruleset, lists).Run(ruleset);
}

}  // namespace tripline::compiler

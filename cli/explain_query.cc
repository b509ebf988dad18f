#include "cli/explain_query.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "cli/event_answers.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "compiler/compile.h"
#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/query_parts.h"
#include "compiler/rule_conditions.h"
#include "compiler/rule_reader.h"
#include "jit/program_builder.h"
#include "runtime/index_pattern.h"
#include "runtime/ruleset.h"

namespace tripline::cli {
namespace {

using compiler::RuleCondition;

constexpr std::size_t kMaxTextBytes = 200;
constexpr std::size_t kMaxTurned = 12;
constexpr std::size_t kMaxQuiet = 8;      // conditions that let the event pass
constexpr std::size_t kFewestFolded = 4;  // leaves that are alike in one line

class Screen {
 public:
  Screen(const compiler::QueryParts& parts, const std::vector<RuleCondition>& conditions,
         const runtime::Ruleset& columns, const EventAnswers& event)
      : parts_(parts), conditions_(conditions), columns_(columns), event_(event) {}

  std::string Tree() {
    AddPart(static_cast<std::uint32_t>(parts_.parts.size() - 1), 1);
    AddConditions(RuleCondition::Kind::kFilter, "\nFilters, which must hold:\n");
    AddConditions(RuleCondition::Kind::kException, "\nExceptions, none of which may hold:\n");
    return std::move(text_);
  }

  [[nodiscard]] std::string WhatToChange() const {
    bool is_match = QueryMatches();
    std::string text;
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
      if (LeavesOut(i)) {
        is_match = false;
        text += Turn(Holds(i), conditions_[i].name);
      }
    }
    const bool is_about_query = is_match || !QueryMatches();
    const auto leaves = is_about_query ? compiler::LeavesToTurn(parts_, event_.outputs, !is_match)
                                       : std::vector<std::uint32_t>();
    for (std::size_t i = 0; i < leaves.size() && i < kMaxTurned; ++i) {
      text += Turn(
          event_.outputs[leaves[i]],
          parts_.parts[leaves[i]].text +
              (StandsTwice(leaves[i]) ? "   (stands in the query twice; both would turn)" : ""));
    }
    if (leaves.size() > kMaxTurned) {
      text += "  and " + std::to_string(leaves.size() - kMaxTurned) + " more\n";
    }
    if (text.empty()) {
      return "\nNo event changes that: the query is the same for all of them.\n";
    }
    return (is_match ? "\nIt would no longer match if this turned:\n"
                     : "\nIt would match if this turned:\n") +
           text;
  }

 private:
  [[nodiscard]] bool QueryMatches() const { return event_.outputs[parts_.parts.size() - 1]; }
  [[nodiscard]] bool Holds(std::size_t condition) const {
    return event_.outputs[parts_.parts.size() + condition];
  }
  [[nodiscard]] bool LeavesOut(std::size_t condition) const {
    return Holds(condition) == (conditions_[condition].kind == RuleCondition::Kind::kException);
  }

  static std::string Turn(bool answer, const std::string& what) {
    return (answer ? "  to no   " : "  to yes  ") + what + "\n";
  }

  // Of many only those that leave the event out.
  void AddConditions(RuleCondition::Kind kind, const char* title) {
    const auto num = std::ranges::count(conditions_, kind, &RuleCondition::kind);
    if (num == 0) {
      return;
    }
    text_ += title;
    std::size_t num_quiet = 0;
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
      const RuleCondition& condition = conditions_[i];
      if (condition.kind != kind) {
        continue;
      }
      if (!LeavesOut(i) && ++num_quiet > kMaxQuiet) {
        continue;
      }
      AddLine(Holds(i), 1,
              condition.name + ": " + CutForShow(condition.text) + Values(condition.fields));
    }
    if (num_quiet > kMaxQuiet) {
      text_ += "  and " + std::to_string(num_quiet - kMaxQuiet) + " more that let the event pass\n";
    }
  }

  [[nodiscard]] bool StandsTwice(std::uint32_t leaf) const {
    return std::ranges::count(parts_.parts, parts_.parts[leaf].text, &compiler::QueryPart::text) >
           1;
  }

  void AddPart(std::uint32_t at, std::size_t depth) {
    const compiler::QueryPart& part = parts_.parts[at];
    const char* const words[] = {"all of", "any of", "not", ""};
    const bool is_leaf = part.kind == compiler::QueryPart::Kind::kLeaf;
    AddLine(event_.outputs[at], depth,
            is_leaf ? part.text + Values(part.fields) : words[static_cast<std::size_t>(part.kind)]);
    for (std::size_t i = 0; i < part.operands.size();) {
      const std::size_t alike = NumAlike(part.operands, i);
      if (alike >= kFewestFolded) {
        const compiler::QueryPart& first = parts_.parts[part.operands[i]];
        const compiler::QueryPart& last = parts_.parts[part.operands[i + alike - 1]];
        AddLine(event_.outputs[part.operands[i]], depth + 1,
                first.text + " ... " + last.text + ", " + std::to_string(alike) + " in all" +
                    Values(first.fields));
        i += alike;
      } else {
        AddPart(part.operands[i], depth + 1);
        ++i;
      }
    }
  }

  // Leaves from `from` on that look at the same fields and have the same answer.
  [[nodiscard]] std::size_t NumAlike(const std::vector<std::uint32_t>& operands,
                                     std::size_t from) const {
    const compiler::QueryPart& first = parts_.parts[operands[from]];
    std::size_t end = from;
    while (end < operands.size() && first.kind == compiler::QueryPart::Kind::kLeaf &&
           parts_.parts[operands[end]].kind == compiler::QueryPart::Kind::kLeaf &&
           parts_.parts[operands[end]].fields == first.fields &&
           event_.outputs[operands[end]] == event_.outputs[operands[from]]) {
      ++end;
    }
    return end - from;
  }

  void AddLine(bool answer, std::size_t depth, const std::string& what) {
    text_ += (answer ? "  yes " : "  no  ") + std::string(2 * depth, ' ') + what + "\n";
  }

  [[nodiscard]] std::string Values(const std::vector<std::string>& fields) const {
    std::string text;
    for (const std::string& field : fields) {
      const auto column = columns_.ColumnOf(field);
      if (column && text.size() < kMaxTextBytes) {
        // Groups are asked of the objects of their path.
        const std::string name = columns_.columns[*column].kind == jit::ColumnKind::kObject
                                     ? columns_.columns[*column].source
                                     : field;
        text += (text.empty() ? "" : "; ") + name + ": " + event_.values[*column];
      }
    }
    return text.empty() ? "" : "      [" + text + "]";
  }

  const compiler::QueryParts& parts_;
  const std::vector<RuleCondition>& conditions_;
  const runtime::Ruleset& columns_;
  const EventAnswers& event_;
  std::string text_;
};

// The rule's own verdict, beside that of its query: filters, exceptions and index patterns count.
Result<std::string> Verdict(const compiler::Rule& rule, const compiler::FieldCatalog& catalog,
                            const compiler::ExceptionLists& lists, bool query_matches,
                            const ExplainQueryOptions& options) {
  const compiler::CompiledRules compiled = compiler::Compile({rule}, {}, catalog, lists);
  if (compiled.ruleset.rules.empty() || !compiled.ruleset.rules[0].query) {
    return std::string("the rule as a whole is not evaluated yet; its query alone ") +
           (query_matches ? "matches" : "does not match");
  }
  TRIPLINE_TRY(const EventAnswers whole, AskEvent(compiled.ruleset, options.events, options.line));
  if (whole.outputs[*compiled.ruleset.rules[0].query] != query_matches) {
    return std::string(
        "does not match: its query does, but a filter or an exception of the rule "
        "leaves the event out");
  }
  if (!whole.index.empty() && !runtime::LooksAt(compiled.ruleset.rules[0].indices, whole.index)) {
    return "does not match: the rule does not look at the index " + whole.index;
  }
  return std::string(query_matches ? "matches" : "does not match");
}

}  // namespace

Result<ExplainedQueries> ExplainQuery(const ExplainQueryOptions& options) {
  const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  TRIPLINE_TRY(const std::optional<compiler::FieldTypes> mapping, ReadMapping(options.mapping));
  const compiler::FieldCatalog catalog{mapping ? &*mapping : nullptr, &ecs};
  TRIPLINE_TRY(compiler::ReadRules read, compiler::ReadRulePaths({options.rules}));
  Diagnostics said_of_lists = std::move(read.diagnostics);
  TRIPLINE_TRY(auto more, ReadExceptions(options.exceptions, said_of_lists));
  std::ranges::move(more, std::back_inserter(read.asides));
  TRIPLINE_TRY(compiler::ValueLists value_lists, NamedValueLists(options.value_lists));
  const auto lists =
      compiler::ExceptionLists::Make(read.asides, catalog, value_lists, said_of_lists);
  SayDiagnostics(said_of_lists);
  std::string screens;
  bool has_mistakes = read.num_rejected > 0;
  for (const compiler::Rule& rule : read.rules) {
    if (rule.language != compiler::QueryLanguage::kKuery ||
        rule.type == compiler::RuleType::kMachineLearning) {
      continue;
    }
    Diagnostics said;
    const auto parts = compiler::SplitQuery(rule.query, catalog, said);
    SayDiagnostics(said);  // a mistyped field is why most events do not match
    if (!parts) {
      const bool is_mistaken = HasErrors(said);
      has_mistakes = has_mistakes || is_mistaken;
      Say("the query of the rule \"" + rule.name +
          (is_mistaken ? "\" has an error: there is nothing to explain before it is mended"
                       : "\" cannot be evaluated yet"));
      continue;
    }
    Diagnostics said_before;  // of the lists, above
    const auto conditions =
        compiler::ConditionsBeside(rule, read.asides, catalog, value_lists, said_before);
    std::vector<jit::Program> programs = {parts->program};
    for (const RuleCondition& condition : conditions) {
      programs.push_back(condition.program);
    }
    const runtime::Ruleset columns = runtime::MakeRuleset(jit::Link(programs), {}, {});
    TRIPLINE_TRY(const EventAnswers event, AskEvent(columns, options.events, options.line));
    TRIPLINE_TRY(const std::string verdict,
                 Verdict(rule, catalog, lists, event.outputs[parts->parts.size() - 1], options));
    Screen screen(*parts, conditions, columns, event);
    screens += (screens.empty() ? "" : "\n") + rule.name + "\n  line " +
               std::to_string(options.line) + " of " + options.events + ": " + verdict + "\n\n" +
               screen.Tree() + screen.WhatToChange();
  }
  if (screens.empty() && !has_mistakes) {
    return Fail(ErrorCode::kUsage, options.rules + " has no rule with a KQL query to explain");
  }
  return ExplainedQueries{std::move(screens), has_mistakes};
}

}  // namespace tripline::cli

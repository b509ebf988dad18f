#include "cli/explain_query.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cli/events_source.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "compiler/compile.h"
#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/query_parts.h"
#include "compiler/rule_reader.h"
#include "runtime/column_values.h"
#include "runtime/index_pattern.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "runtime/term.h"

namespace tripline::cli {
namespace {

constexpr std::size_t kMaxValueBytes = 200;
constexpr std::size_t kMaxTurned = 12;
constexpr std::size_t kFewestFolded = 4;  // leaves that are alike in one line

// What one event answers to the outputs of a program, and its values.
struct EventAnswers {
  bool is_found = false;
  std::string index;
  std::vector<bool> outputs;
  std::vector<std::string> values;  // per column, as JSON
};

std::string ValuesOf(const runtime::Column& column, std::uint32_t row) {
  std::vector<std::string> terms;
  runtime::AppendTerms(column, row, terms);
  std::string text;
  for (const std::string& term : terms) {
    const std::string list = runtime::TermToJson(term);  // of one value
    text += (text.empty() ? "" : ", ") + list.substr(1, list.size() - 2);
  }
  if (text.size() > kMaxValueBytes) {
    text = text.substr(0, text.find_last_of(", ", kMaxValueBytes)) + " ...";
  }
  return terms.empty() ? "missing" : text;
}

Result<EventAnswers> Ask(const runtime::Ruleset& ruleset, const std::string& path,
                         std::uint64_t line) {
  runtime::MatcherOptions matcher_options;
  matcher_options.code = runtime::MatcherCode::kInterpreter;
  TRIPLINE_TRY(const auto matcher, runtime::Matcher::Make(ruleset.program, matcher_options));
  EventAnswers answers;
  const auto take = [&](const runtime::EventBlock& block) -> Result<void> {
    for (std::uint32_t row = 0; row < block.origins.size() && !answers.is_found; ++row) {
      if (block.origins[row].line != line) {
        continue;
      }
      matcher->Match(block.batch);
      answers.is_found = true;
      answers.index = block.origins[row].index;
      for (jit::OutputIndex i = 0; i < ruleset.program.outputs.size(); ++i) {
        answers.outputs.push_back(matcher->AnyOf(i) &&
                                  (matcher->RowsOf(i)[row / 64] >> (row % 64) & 1U) != 0);
      }
      for (const runtime::Column& column : block.batch.columns) {
        answers.values.push_back(ValuesOf(column, row));
      }
    }
    return {};
  };
  TRIPLINE_TRY(const EventsRead read, ReadEvents(ruleset, {path}, take));
  if (!answers.is_found) {
    SayReport(ruleset, {path}, read.report);
    return Fail(ErrorCode::kUsage, path + " has no event in line " + std::to_string(line));
  }
  return answers;
}

class Screen {
 public:
  Screen(const compiler::QueryParts& parts, const runtime::Ruleset& columns,
         const EventAnswers& event)
      : parts_(parts), columns_(columns), event_(event) {}

  std::string Tree() {
    AddPart(static_cast<std::uint32_t>(parts_.parts.size() - 1), 1);
    return std::move(text_);
  }

  [[nodiscard]] std::string WhatToChange() const {
    const bool is_match = event_.outputs.back();
    const auto leaves = compiler::LeavesToTurn(parts_, event_.outputs, !is_match);
    std::string text = is_match ? "\nIt would no longer match if this turned:\n"
                                : "\nIt would match if this turned:\n";
    for (std::size_t i = 0; i < leaves.size() && i < kMaxTurned; ++i) {
      text += std::string(event_.outputs[leaves[i]] ? "  to no   " : "  to yes  ") +
              parts_.parts[leaves[i]].text +
              (StandsTwice(leaves[i]) ? "   (stands in the query twice; both would turn)" : "") +
              "\n";
    }
    if (leaves.size() > kMaxTurned) {
      text += "  and " + std::to_string(leaves.size() - kMaxTurned) + " more\n";
    }
    return leaves.empty() ? "\nNo event changes that: the query is the same for all of them.\n"
                          : text;
  }

 private:
  [[nodiscard]] bool StandsTwice(std::uint32_t leaf) const {
    return std::ranges::count(parts_.parts, parts_.parts[leaf].text, &compiler::QueryPart::text) >
           1;
  }

  void AddPart(std::uint32_t at, std::size_t depth) {
    const compiler::QueryPart& part = parts_.parts[at];
    const char* const words[] = {"all of", "any of", "not", ""};
    const bool is_leaf = part.kind == compiler::QueryPart::Kind::kLeaf;
    AddLine(event_.outputs[at], depth,
            is_leaf ? part.text + Values(part) : words[static_cast<std::size_t>(part.kind)]);
    for (std::size_t i = 0; i < part.operands.size();) {
      const std::size_t alike = NumAlike(part.operands, i);
      if (alike >= kFewestFolded) {
        const compiler::QueryPart& first = parts_.parts[part.operands[i]];
        const compiler::QueryPart& last = parts_.parts[part.operands[i + alike - 1]];
        AddLine(event_.outputs[part.operands[i]], depth + 1,
                first.text + " ... " + last.text + ", " + std::to_string(alike) + " in all" +
                    Values(first));
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

  [[nodiscard]] std::string Values(const compiler::QueryPart& part) const {
    std::string text;
    for (const std::string& field : part.fields) {
      const auto column = columns_.ColumnOf(field);
      const bool is_told = column && text.size() < kMaxValueBytes;
      text += is_told ? (text.empty() ? "" : "; ") + field + ": " + event_.values[*column] : "";
    }
    return text.empty() ? "" : "      [" + text + "]";
  }

  const compiler::QueryParts& parts_;
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
  TRIPLINE_TRY(const EventAnswers whole, Ask(compiled.ruleset, options.events, options.line));
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

Result<std::string> ExplainQuery(const ExplainQueryOptions& options) {
  const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  TRIPLINE_TRY(const std::optional<compiler::FieldTypes> mapping, ReadMapping(options.mapping));
  const compiler::FieldCatalog catalog{mapping ? &*mapping : nullptr, &ecs};
  TRIPLINE_TRY(const compiler::ReadRules read, compiler::ReadRulePaths({options.rules}));
  SayDiagnostics(read.diagnostics);
  Diagnostics said_of_lists;
  compiler::ValueLists value_lists(std::map<std::string, std::string>{});  // beside the rules
  const auto lists =
      compiler::ExceptionLists::Make(read.asides, catalog, value_lists, said_of_lists);
  SayDiagnostics(said_of_lists);
  std::string screens;
  for (const compiler::Rule& rule : read.rules) {
    if (rule.language != compiler::QueryLanguage::kKuery ||
        rule.type == compiler::RuleType::kMachineLearning) {
      continue;
    }
    Diagnostics said;
    const auto parts = compiler::SplitQuery(rule.query, catalog, said);
    SayDiagnostics(said);  // a mistyped field is why most events do not match
    if (!parts) {
      continue;
    }
    const runtime::Ruleset columns = runtime::MakeRuleset(parts->program, {}, {});
    TRIPLINE_TRY(const EventAnswers event, Ask(columns, options.events, options.line));
    TRIPLINE_TRY(const std::string verdict,
                 Verdict(rule, catalog, lists, event.outputs.back(), options));
    Screen screen(*parts, columns, event);
    screens += (screens.empty() ? "" : "\n") + rule.name + "\n  line " +
               std::to_string(options.line) + " of " + options.events + ": " + verdict + "\n\n" +
               screen.Tree() + screen.WhatToChange();
  }
  if (screens.empty()) {
    return Fail(ErrorCode::kUsage, options.rules + " has no rule with a KQL query to explain");
  }
  return screens;
}

}  // namespace tripline::cli

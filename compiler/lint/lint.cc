// The leaves are collected once for all lints; the same field's name is looked up once, since a
// list of values repeats it.
#include "compiler/lint/lint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <variant>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

struct Lint {
  std::string_view code;
  Severity severity;
  void (*run)(const LintSubject& subject, LintFindings& findings);
};

constexpr auto kLints = std::to_array<Lint>({
    {"lint.missing_or", Severity::kWarning, LintMissingOr},
    {"lint.quoted_wildcard", Severity::kWarning, LintQuotedWildcard},
    {"lint.question_mark", Severity::kWarning, LintQuestionMark},
    {"lint.always_true", Severity::kWarning, LintAlwaysTrue},
    {"lint.always_false", Severity::kWarning, LintAlwaysFalse},
    {"lint.redundant", Severity::kWarning, LintRedundant},
    {"lint.subnet_inside", Severity::kWarning, LintSubnetInside},
});

constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxShown = 60;

std::vector<LintLeaf> LeavesOf(const LintSubject& subject, const NestedGroups& groups) {
  std::vector<LintLeaf> leaves;
  for (std::size_t id = 0; id < subject.ast.nodes.size(); ++id) {
    LintLeaf leaf;
    leaf.node = static_cast<grammar::NodeId>(id);
    const auto& data = subject.ast.nodes[id].data;
    if (const auto* const is = std::get_if<grammar::IsNode>(&data)) {
      leaf.field = &is->field;
      leaf.value = &is->value;
    } else if (const auto* const range = std::get_if<grammar::RangeNode>(&data)) {
      leaf.field = &range->field;
      leaf.value = &range->value;
      leaf.comparison = range->op;
    } else {
      continue;
    }
    const NestedGroup* const group = groups.Around(id);
    leaf.is_in_group = group != nullptr;
    if (!leaves.empty() && leaves.back().field->span == leaf.field->span && !leaf.IsBare()) {
      leaf.path = leaves.back().path;
      leaf.info = leaves.back().info;
    } else if (leaf.field->kind != grammar::Literal::Kind::kNull || group != nullptr) {
      const grammar::Literal full = FullName(*leaf.field, group);
      leaf.path = LiteralText(full);
      leaf.info = full.kind == grammar::Literal::Kind::kWildcard
                      ? nullptr
                      : FindField(subject.catalog, leaf.path);
    }
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

Diagnostics LintQuery(LintSubject subject) {
  Diagnostics said;
  const std::optional<NestedGroups> groups = NestedGroups::Find(subject.ast, kMaxGroupBytes);
  if (!groups) {
    return said;
  }
  subject.leaves = LeavesOf(subject, *groups);
  if (subject.typed != nullptr) {
    subject.logic = FindInLogic(*subject.typed);
  }
  for (const Lint& lint : kLints) {
    LintFindings findings(subject.query, lint.code, lint.severity, said);
    lint.run(subject, findings);
  }
  return said;
}

std::vector<std::string_view> LintCodes() {
  std::vector<std::string_view> codes;
  for (const Lint& lint : kLints) {
    codes.push_back(lint.code);
  }
  return codes;
}

void LintFindings::Say(Span span, std::string message, std::string hint) {
  ++num_findings_;
  if (num_findings_ > kMaxFindings) {
    return;
  }
  if (num_findings_ == kMaxFindings) {
    message += "; more of the kind in this query are not listed";
  }
  said_.push_back(MakeDiagnostic(query_, span, severity_, std::string(code_), std::move(message),
                                 std::move(hint)));
}

std::string_view TextAt(const SourceText& query, Span span) {
  return std::string_view(query.text).substr(span.begin, span.end - span.begin);
}

std::string InBackticks(std::string_view text) {
  std::string shown = "`";
  for (const std::string_view word : WordsIn(text)) {
    shown += (shown.size() > 1 ? " " : "") + std::string(word);
    if (shown.size() > kMaxShown) {
      std::size_t end = kMaxShown;
      while (end > 1 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) {
        --end;
      }
      return shown.substr(0, end) + "...`";
    }
  }
  return shown + "`";
}

std::string NodeText(const LintSubject& subject, grammar::NodeId node) {
  const auto leaf = std::ranges::lower_bound(subject.leaves, node, {}, &LintLeaf::node);
  if (leaf == subject.leaves.end() || leaf->node != node) {
    return InBackticks(TextAt(subject.query, subject.ast.nodes[node].span));
  }
  std::string text;
  if (!leaf->IsBare()) {
    const std::string_view op =
        leaf->comparison ? grammar::RangeOperatorText(*leaf->comparison) : ":";
    text = std::string(TextAt(subject.query, leaf->field->span)) + " " + std::string(op) + " ";
  }
  return InBackticks(text + std::string(TextAt(subject.query, leaf->value->span)));
}

std::vector<std::string_view> WordsIn(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at == text.size() || IsBlank(text[at])) {
      if (at > begin) {
        words.push_back(text.substr(begin, at - begin));
      }
      begin = at + 1;
    }
  }
  return words;
}

bool IsText(FieldType type) { return ColumnKindOf(type) == jit::ColumnKind::kText; }

}  // namespace tripline::compiler

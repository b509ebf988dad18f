// The leaves are collected once for all lints; the same field's name is looked up once, since a
// list of values repeats it.
#include "compiler/lint/lint.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
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
  bool yields = false;  // says nothing where another lint points to, which knows more
};

constexpr auto kLints = std::to_array<Lint>({
    {"lint.missing_or", Severity::kWarning, LintMissingOr, true},
    {"lint.quoted_wildcard", Severity::kWarning, LintQuotedWildcard},
    {"lint.question_mark", Severity::kWarning, LintQuestionMark},
    {"lint.operator_word", Severity::kWarning, LintOperatorWord},
    {"lint.bare_term", Severity::kWarning, LintBareTerm, true},
    {"lint.double_star", Severity::kWarning, LintDoubleStar},
    {"lint.star_in_bound", Severity::kWarning, LintStarInBound},
    {"lint.escape", Severity::kWarning, LintEscape},
    {"lint.comment", Severity::kWarning, LintComment},
    {"lint.word_case", Severity::kWarning, LintWordCase},
    {"lint.split_pattern", Severity::kWarning, LintSplitPattern, true},
    {"lint.lucene_operator", Severity::kWarning, LintLuceneOperator},
    {"lint.never_in_text", Severity::kWarning, LintNeverInText},
    {"lint.text_order", Severity::kWarning, LintTextOrder},
    {"lint.other_language", Severity::kWarning, LintOtherLanguage},
    {"lint.case_sensitive", Severity::kNote, LintCaseSensitive},
    {"lint.always_true", Severity::kWarning, LintAlwaysTrue},
    {"lint.always_false", Severity::kWarning, LintAlwaysFalse},
    {"lint.redundant", Severity::kWarning, LintRedundant},
    {"lint.subnet_inside", Severity::kWarning, LintSubnetInside},
});

constexpr std::size_t kMaxGroupBytes = std::size_t{1} << 20U;

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
    leaf.begins_field =
        !leaf.IsBare() && (leaves.empty() || leaves.back().field->span != leaf.field->span);
    if (!leaf.IsBare() && !leaf.begins_field) {
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

// Leaves out what lints that yield say of a place that others speak of.
void DropYielding(Diagnostics& said) {
  const auto yields = [](const Diagnostic& about) {
    return std::ranges::find(kLints, about.code, &Lint::code)->yields;
  };
  std::set<std::uint32_t> taken;
  for (const Diagnostic& about : said) {
    if (!yields(about)) {
      taken.insert(about.utf16_offset);
    }
  }
  std::erase_if(said, [&](const Diagnostic& about) {
    return yields(about) && taken.contains(about.utf16_offset);
  });
}

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
  DropYielding(said);
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
  Say(severity_, span, std::move(message), std::move(hint));
}

void LintFindings::Note(Span span, std::string message, std::string hint) {
  Say(Severity::kNote, span, std::move(message), std::move(hint));
}

void LintFindings::Say(Severity severity, Span span, std::string message, std::string hint) {
  ++num_findings_;
  if (num_findings_ > kMaxFindings) {
    return;
  }
  if (num_findings_ == kMaxFindings) {
    message += "; more of the kind in this query are not listed";
  }
  said_.push_back(MakeDiagnostic(query_, span, severity, std::string(code_), std::move(message),
                                 std::move(hint)));
}

}  // namespace tripline::compiler

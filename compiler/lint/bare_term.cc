// lint.bare_term: a value without a field is looked for in all fields. Behind `or` it is mostly
// another value of the field before, and an equals sign is mostly meant as a colon.
#include <cstddef>
#include <string>
#include <string_view>

#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

// `process.name = curl` -> `process.name : curl`
std::string WithColon(std::string_view text) {
  for (const std::string_view sign : {"!=", "==", "="}) {
    const std::size_t at = text.find(sign);
    if (at != text.npos && at > 0) {
      const std::string_view field = Trimmed(text.substr(0, at));
      const std::string_view value = Trimmed(text.substr(at + sign.size()));
      const bool is_name = field.find_first_of(" /\\-") == field.npos && !value.empty();
      return is_name ? std::string(sign == "!=" ? "not " : "") + std::string(field) + " : " +
                           std::string(value)
                     : "";
    }
  }
  return "";
}

const LintLeaf* FieldBefore(const LintSubject& subject, const LintLeaf& leaf) {
  const std::size_t at = static_cast<std::size_t>(&leaf - subject.leaves.data());
  for (std::size_t i = at; i-- > 0;) {
    if (!subject.leaves[i].IsBare()) {
      return IsLoneStar(*subject.leaves[i].value) ? nullptr : &subject.leaves[i];
    }
  }
  return nullptr;
}

std::string HintFor(const LintSubject& subject, const LintLeaf& leaf, std::string_view text) {
  if (const std::string meant = leaf.value->is_quoted ? "" : WithColon(text); !meant.empty()) {
    return "KQL compares with a colon: write " + InBackticks(meant);
  }
  if (const LintLeaf* const before = FieldBefore(subject, leaf)) {
    const std::string field(TextAt(subject.query, before->field->span));
    return "if it is another value of `" + field + "`, put the values in parentheses: " +
           InBackticks(field + " : (" + std::string(TextAt(subject.query, before->value->span)) +
                       " or " + std::string(text) + ")");
  }
  return "name the field in front of it: `field : value`";
}

}  // namespace

void LintBareTerm(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.field->kind != grammar::Literal::Kind::kNull || leaf.comparison ||
        (leaf.IsBare() && IsLoneStar(*leaf.value))) {
      continue;
    }
    if (!leaf.IsBare()) {
      findings.Say(leaf.field->span, "`null` without quotes is no field: every field is asked",
                   "quote it if the field has that name");
      continue;
    }
    const std::string_view text = Trimmed(TextAt(subject.query, leaf.value->span));
    findings.Say(leaf.value->span,
                 InBackticks(text) + " stands without a field: it is looked for in every field",
                 HintFor(subject, leaf, text));
  }
}

}  // namespace tripline::compiler

// lint.text_order: a keyword compares as text, in the order of bytes: "10" is less than "9".
#include <algorithm>
#include <string>
#include <string_view>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

// 5, 4.2, 10.0.19041
bool IsNumberOrVersion(std::string_view text) {
  const bool is_made_of_digits =
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return is_made_of_digits && !text.empty() && text.front() != '.' && text.back() != '.';
}

}  // namespace

void LintTextOrder(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    const bool is_keyword =
        leaf.info != nullptr && ColumnKindOf(leaf.type()) == jit::ColumnKind::kString;
    // Types that are only kept as text here may have an order of their own: `version`.
    if (leaf.comparison && is_keyword && leaf.type() != FieldType::kOther &&
        IsNumberOrVersion(LiteralText(*leaf.value))) {
      findings.Say(leaf.value->span,
                   "`" + leaf.path + "` is a " + FieldTypeName(leaf.type()) +
                       ": it compares as text, character by character, so that `10` is less than "
                       "`9`",
                   "name the values, or ask a field that holds numbers");
    }
  }
}

}  // namespace tripline::compiler

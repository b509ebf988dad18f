// lint.word_case: `true`, `false` and `null` are words of the language in lower case alone; `True`
// and `NULL` are texts. A boolean field refuses them (value.wrong_type), a keyword may well hold
// "True"; where no table knows the field it is only noted.
#include <string>
#include <string_view>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {

void LintWordCase(const LintSubject& subject, LintFindings& findings) {
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.value->kind != grammar::Literal::Kind::kString || leaf.value->is_quoted) {
      continue;
    }
    const std::string lower = LowerCased(leaf.value->text);
    const std::string shown = InBackticks(leaf.value->text);
    if (lower == "null" && ColumnKindOf(leaf.type()) == jit::ColumnKind::kString) {
      findings.Say(leaf.value->span, shown + " is a text of four letters, not a missing value",
                   "for a missing field write `not field : *`; quote it if the text is meant");
    } else if ((lower == "true" || lower == "false") && leaf.info == nullptr && !leaf.IsBare()) {
      findings.Note(leaf.value->span, shown + " is a text, not the boolean `" + lower + "`",
                    "write `" + lower + "`; or quote it if the field holds that text");
    }
  }
}

}  // namespace tripline::compiler

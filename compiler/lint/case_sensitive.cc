// lint.case_sensitive: Windows does not tell `CMD.EXE` from `cmd.exe`, a keyword does. A note, once
// a field, where the rule is about Windows and the field has a `.caseless` twin.
#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "compiler/leaf_atoms.h"
#include "compiler/lint/leaf_text.h"
#include "compiler/lint/lints.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

bool AsksForWindows(const LintLeaf& leaf) {
  return leaf.path == "host.os.type" && !leaf.comparison && LiteralText(*leaf.value) == "windows";
}

bool IsAboutWindows(const LintSubject& subject) {
  const auto is_windows_index = [](const std::string& index) {
    return index.contains("windows") || index.starts_with("winlogbeat");
  };
  return std::ranges::any_of(subject.leaves, AsksForWindows) ||
         (subject.rule != nullptr &&
          (std::ranges::find(subject.rule->tags, "OS: Windows") != subject.rule->tags.end() ||
           (!subject.rule->indices.empty() &&
            std::ranges::all_of(subject.rule->indices, is_windows_index))));
}

bool HasLetters(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

void LintCaseSensitive(const LintSubject& subject, LintFindings& findings) {
  if (!IsAboutWindows(subject)) {
    return;
  }
  std::set<std::string> done;  // said, or known to the author
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.path.ends_with(".caseless")) {
      done.insert(leaf.path);
    }
  }
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.info == nullptr || leaf.comparison || leaf.info->lowercases ||
        ColumnKindOf(leaf.type()) != jit::ColumnKind::kString ||
        !HasLetters(LiteralText(*leaf.value))) {
      continue;
    }
    const std::string twin = leaf.path + ".caseless";
    const FieldInfo* const caseless = FindField(subject.catalog, twin);
    if (caseless != nullptr && caseless->lowercases && done.insert(twin).second) {
      findings.Say(
          leaf.IsBare() ? leaf.value->span : leaf.field->span,
          "`" + leaf.path + "` is compared letter by letter, and Windows does not care for case",
          "`" + twin + "` matches whatever the case");
    }
  }
}

}  // namespace tripline::compiler

// A query and what the lints say about it, for tests.
#pragma once

#include <string>
#include <vector>

#include "compiler/check.h"
#include "compiler/field_types.h"
#include "compiler/lint/lint.h"
#include "grammar/parse.h"

namespace tripline::compiler {

[[nodiscard]] inline const FieldTypes& EcsFields() {
  static const FieldTypes ecs = FieldTypes::Ecs();
  return ecs;
}

[[nodiscard]] inline Diagnostics LintsOf(const std::string& text, const Rule* rule = nullptr,
                                         const FieldTypes* mapping = nullptr) {
  const SourceText query{"query", text, {}};
  const FieldCatalog catalog{mapping, &EcsFields()};
  const auto ast = grammar::Parse(query);
  if (!ast) {
    return ast.error();
  }
  const CheckedQuery checked = Check(*ast, query, catalog);
  return LintQuery({*ast, query, catalog, checked.ast ? &*checked.ast : nullptr, rule});
}

/// "missing_or: curl" for each finding: the code without its family, and the text at the caret.
[[nodiscard]] inline std::vector<std::string> Found(const std::string& text,
                                                    const Rule* rule = nullptr,
                                                    const FieldTypes* mapping = nullptr) {
  std::vector<std::string> found;
  for (const Diagnostic& d : LintsOf(text, rule, mapping)) {
    found.push_back(d.code.substr(d.code.find('.') + 1) + ": " +
                    d.line_text.substr(d.caret_begin, d.caret_end - d.caret_begin));
  }
  return found;
}

}  // namespace tripline::compiler

// LintQuery: remarks about a query that is well formed and well typed, and yet probably does not
// say what its author meant. It stands beside Check: both look at the same Ast, neither changes it.
//
//   Ast, TypedAst, FieldCatalog -LintQuery-> Diagnostics "lint.<name>"      (docs/lints.md)
//
// Each lint is a function in a file of its own (compiler/lint/lints.h has the list), pure, and
// bounded: it says at most kMaxFindings things about a query, and gives up quietly where a query is
// so large that looking would take long. Any number of threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "compiler/columns.h"
#include "compiler/lint/query_logic.h"
#include "compiler/nested_groups.h"
#include "compiler/rule.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"

namespace tripline::compiler {

/// `field : value` or a comparison, with what the tables know of the field.
struct LintLeaf {
  grammar::NodeId node = 0;
  const grammar::Literal* field = nullptr;
  const grammar::Literal* value = nullptr;
  std::optional<grammar::RangeOperator> comparison;  // none: `:`
  std::string path;                 // the field's full name; empty: all default fields
  const FieldInfo* info = nullptr;  // null pointer: no table knows the field, or it has stars
  bool begins_field = false;        // the first of the values that its field's name stands for
  bool is_in_group = false;         // inside the braces of nested objects

  /// The query names no field here.
  [[nodiscard]] bool IsBare() const { return field->span.begin == field->span.end; }
  [[nodiscard]] FieldType type() const {
    return info == nullptr ? FieldType::kUnknown : info->type;
  }
};

/// What a lint looks at. Everything must outlive it.
struct LintSubject {
  const grammar::Ast& ast;
  const SourceText& query;
  const FieldCatalog& catalog;
  const TypedAst* typed = nullptr;  // null pointer: the query has an error
  const Rule* rule = nullptr;       // null pointer: a query by itself
  // LintQuery fills these.
  std::vector<LintLeaf> leaves = {};  // all, in the order of the text
  QueryLogic logic = {};              // of `typed`
};

/// Where a lint says what it found.
class LintFindings {
 public:
  static constexpr std::size_t kMaxFindings = 20;  // of one lint in one query

  LintFindings(const SourceText& query, std::string_view code, Severity severity, Diagnostics& said)
      : query_(query), code_(code), severity_(severity), said_(said) {}

  void Say(Span span, std::string message, std::string hint);
  /// The same as a note: what may well be meant as it is.
  void Note(Span span, std::string message, std::string hint);

 private:
  void Say(Severity severity, Span span, std::string message, std::string hint);

  const SourceText& query_;
  std::string_view code_;
  Severity severity_;
  Diagnostics& said_;
  std::size_t num_findings_ = 0;
};

[[nodiscard]] Diagnostics LintQuery(LintSubject subject);

/// The codes of the lints that LintQuery runs.
[[nodiscard]] std::vector<std::string_view> LintCodes();

}  // namespace tripline::compiler

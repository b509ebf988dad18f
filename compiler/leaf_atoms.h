// What a literal of a query means on a field type: `source.ip : "10.0.0.0/8"` is a prefix of
// addresses, `event.code : 4624` on a keyword is four bytes, on a long a number. Part of Check.
//
// The meanings follow what a search engine does with the query that a detection rule sends for the
// leaf (docs/kql.md); where the engine would answer with a failed shard, the author gets an error
// at the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/field_types.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// What a leaf's meaning depends on: the type of its field, and what belongs to the type.
struct LeafType {
  // A type alone, without what may belong to it: implicit, as most types have nothing.
  LeafType(FieldType field_type) : type(field_type) {}  // NOLINT(google-explicit-constructor)

  FieldType type;
  jit::Analysis analysis = jit::Analysis::kStandard;  // of text in queries
  std::string date_format{};                          // of a date, if it is not the usual one
  double scale = 0;                                   // of scaled_float
};

/// Of a field that a table knows.
[[nodiscard]] LeafType LeafTypeOf(const FieldInfo& field);

/// A date field's format where it is read otherwise than usual; empty if it is not known here.
[[nodiscard]] std::string OwnDateFormat(const FieldInfo& field);

/// The tokens of a text, without the places of words that the analyzer drops.
[[nodiscard]] std::vector<std::string> WordsOf(const std::string& text, jit::Analysis analysis);

/// A remark about a literal; Check gives it its place.
struct LeafProblem {
  Severity severity = Severity::kError;
  std::string code;
  std::string message;
  std::string hint;
};

struct LeafMeaning {
  std::vector<jit::Atom> atoms;        // any of them; empty: never true
  std::optional<LeafProblem> problem;  // at most one per leaf
};

/// How values of this type reach the engine.
[[nodiscard]] jit::ColumnKind ColumnKindOf(FieldType type);

/// The atoms of `field : value`.
[[nodiscard]] LeafMeaning MeaningOfValue(const LeafType& type, const grammar::Literal& value);

/// The atoms of `field > value` and its three relatives.
[[nodiscard]] LeafMeaning MeaningOfRange(const LeafType& type, grammar::RangeOperator op,
                                         const grammar::Literal& value);

/// The text of a literal as the query's author wrote it, with stars in their places.
[[nodiscard]] std::string LiteralText(const grammar::Literal& literal);

}  // namespace tripline::compiler

// One function per family of types; the two public functions only choose among them.
#include "compiler/leaf_atoms.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "compiler/leaf_families.h"
#include "jit/tokens.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;
using Kind = grammar::Literal::Kind;

bool IsLoneStar(const Literal& value) {
  return value.kind == Kind::kWildcard && value.pieces.size() == 2 && value.pieces[0].empty() &&
         value.pieces[1].empty();
}

// ---- keyword and its relatives, and fields of unknown type -------------------------------------

LeafMeaning StringValue(const Literal& value) {
  if (value.kind == Kind::kWildcard) {
    return Only(jit::Glob{value.pieces});
  }
  return Only(jit::Term{LiteralText(value)});
}

bool IsNumber(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  return problem == std::errc() && rest == end && std::isfinite(number);
}

LeafMeaning StringRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  jit::StringRange range;
  const std::string bound = LiteralText(value);
  // A field of unknown type may hold numbers; then numbers are what the author compares with.
  range.is_numeric = type == FieldType::kUnknown && IsNumber(bound);
  const bool is_lower_bound = op == RangeOperator::kGt || op == RangeOperator::kGte;
  const bool is_inclusive = op == RangeOperator::kGte || op == RangeOperator::kLte;
  (is_lower_bound ? range.low : range.high) = bound;
  (is_lower_bound ? range.includes_low : range.includes_high) = is_inclusive;
  return Only(range);
}

// ---- analysed text ------------------------------------------------------------------------------

// What a query string does with a wildcard on text: blanks separate alternatives, a part with a
// star is one glob over single tokens, the others are analysed.
LeafMeaning TextGlobs(const Literal& value) {
  LeafMeaning meaning;
  jit::Glob part{{""}};
  const auto finish_part = [&meaning, &part] {
    if (part.pieces.size() > 1) {
      for (std::string& piece : part.pieces) {
        piece = jit::LowercaseToken(piece);
      }
      meaning.atoms.emplace_back(jit::TextGlob{part});
    } else if (auto tokens = jit::Tokens(part.pieces[0]); !tokens.empty()) {
      meaning.atoms.emplace_back(jit::TextAny{std::move(tokens)});
    }
    part = jit::Glob{{""}};
  };
  for (std::size_t i = 0; i < value.pieces.size(); ++i) {
    if (i > 0) {
      part.pieces.emplace_back();
    }
    for (const char c : value.pieces[i]) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        finish_part();
      } else {
        part.pieces.back() += c;
      }
    }
  }
  finish_part();
  return meaning;
}

LeafMeaning TextValue(const Literal& value) {
  if (value.kind == Kind::kWildcard) {
    return TextGlobs(value);
  }
  auto tokens = jit::Tokens(LiteralText(value));
  if (tokens.empty()) {
    return Never();
  }
  if (value.is_quoted) {
    return Only(jit::TextPhrase{std::move(tokens)});
  }
  return Only(jit::TextAny{std::move(tokens)});
}

// ---- booleans -------------------------------------------------------------------------

LeafMeaning BooleanValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const std::string text = LiteralText(value);
  if (text != "true" && text != "false" && !text.empty()) {
    return WrongType(value, type, "true or false");
  }
  const std::int64_t number = text == "true" ? 1 : 0;
  return Only(jit::IntegerRange{number, number});
}

LeafMeaning NullValue() {
  return Problem(
      Severity::kError, "value.null", "`null` is no value: a search engine refuses the whole query",
      "to ask for a missing field write `not field : *`; for the word, quote it: \"null\"");
}

LeafMeaning NotEvaluated(FieldType type) {
  return Problem(
      Severity::kNotYet, "not_yet.field_type",
      "fields of type " + FieldTypeName(type) + " are only tested for existence (`*`) yet", "");
}

LeafMeaning NoRangesYet(FieldType type) {
  return Problem(Severity::kNotYet, "not_yet.range_on_type",
                 "ranges over fields of type " + FieldTypeName(type) + " are not evaluated yet",
                 "");
}

bool HasNoComparableValues(FieldType type) {
  return type == FieldType::kBinary || type == FieldType::kRange || type == FieldType::kGeoPoint ||
         type == FieldType::kGeoShape || type == FieldType::kOther || type == FieldType::kObject ||
         type == FieldType::kNested;
}

}  // namespace

LeafMeaning Only(jit::Atom atom) { return {{std::move(atom)}, std::nullopt}; }

LeafMeaning Never() { return {}; }

LeafMeaning Problem(Severity severity, std::string code, std::string message, std::string hint) {
  return {{}, LeafProblem{severity, std::move(code), std::move(message), std::move(hint)}};
}

LeafMeaning WrongType(const Literal& value, FieldType type, const std::string& wanted) {
  return Problem(
      Severity::kError, "value.wrong_type",
      "`" + LiteralText(value) + "` is no value of a field of type " + FieldTypeName(type),
      "expected " + wanted);
}

LeafMeaning NoGlobs(FieldType type) {
  return Problem(Severity::kError, "value.wildcard_on_type",
                 "fields of type " + FieldTypeName(type) + " have no wildcards but the lone `*`",
                 "name the values, or test only that the field exists with `*`");
}

std::string LiteralText(const Literal& literal) {
  switch (literal.kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return literal.boolean ? "true" : "false";
    case Kind::kString:
      return literal.text;
    case Kind::kWildcard:
      break;
  }
  std::string text;
  for (std::size_t i = 0; i < literal.pieces.size(); ++i) {
    text += (i > 0 ? "*" : "") + literal.pieces[i];
  }
  return text;
}

jit::ColumnKind ColumnKindOf(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kMatchOnlyText:
      return jit::ColumnKind::kText;
    case FieldType::kIp:
      return jit::ColumnKind::kAddress;
    case FieldType::kByte:
    case FieldType::kShort:
    case FieldType::kInteger:
    case FieldType::kLong:
      return jit::ColumnKind::kInteger;
    case FieldType::kUnsignedLong:
    case FieldType::kHalfFloat:
    case FieldType::kFloat:
    case FieldType::kDouble:
    case FieldType::kScaledFloat:
      return jit::ColumnKind::kFloat;
    case FieldType::kBoolean:
      return jit::ColumnKind::kBoolean;
    case FieldType::kDate:
    case FieldType::kDateNanos:
      return jit::ColumnKind::kDate;
    case FieldType::kKeyword:
    case FieldType::kConstantKeyword:
    case FieldType::kWildcard:
    case FieldType::kFlattened:
    case FieldType::kUnknown:
    case FieldType::kBinary:
    case FieldType::kRange:
    case FieldType::kGeoPoint:
    case FieldType::kGeoShape:
    case FieldType::kObject:
    case FieldType::kNested:
    case FieldType::kOther:
      break;
  }
  return jit::ColumnKind::kString;
}

LeafMeaning MeaningOfValue(FieldType type, const Literal& value) {
  if (IsLoneStar(value)) {
    return Only(jit::Exists{});
  }
  if (value.kind == Kind::kNull) {
    return NullValue();
  }
  if (HasNoComparableValues(type)) {
    return NotEvaluated(type);
  }
  switch (ColumnKindOf(type)) {
    case jit::ColumnKind::kText:
      return TextValue(value);
    case jit::ColumnKind::kAddress:
      return AddressValue(value, type);
    case jit::ColumnKind::kInteger:
      return IntegerValue(value, type);
    case jit::ColumnKind::kFloat:
      return FloatValue(value, type);
    case jit::ColumnKind::kBoolean:
      return BooleanValue(value, type);
    case jit::ColumnKind::kDate:
      return DateValue(value, type);
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kDelegated:
      break;
  }
  return StringValue(value);
}

LeafMeaning MeaningOfRange(FieldType type, RangeOperator op, const Literal& value) {
  if (value.kind == Kind::kNull) {
    return NullValue();
  }
  if (HasNoComparableValues(type)) {
    return NotEvaluated(type);
  }
  switch (ColumnKindOf(type)) {
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kBoolean:
      return NoRangesYet(type);
    case jit::ColumnKind::kAddress:
      return AddressRangeValue(type, op, value);
    case jit::ColumnKind::kInteger:
      return IntegerRangeValue(type, op, value);
    case jit::ColumnKind::kFloat:
      return FloatRangeValue(type, op, value);
    case jit::ColumnKind::kDate:
      return DateRangeValue(type, op, value);
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kDelegated:
      break;
  }
  return StringRangeValue(type, op, value);
}

}  // namespace tripline::compiler

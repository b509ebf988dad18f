// One function per family of types; the two public functions only choose among them.
#include "compiler/leaf_atoms.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/date_format.h"
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

// Words with the places of dropped ones between them, but not before and behind.
std::vector<std::string> PhraseOf(const std::string& text, jit::Analysis analysis) {
  std::vector<std::string> phrase = jit::Tokens(text, analysis);
  const auto is_word = [](const std::string& token) { return !token.empty(); };
  if (analysis.drops_stop_words) {
    phrase.erase(phrase.begin(), std::ranges::find_if(phrase, is_word));
    while (!phrase.empty() && phrase.back().empty()) {
      phrase.pop_back();
    }
  }
  return phrase;
}

// What a query string does with a wildcard on text: blanks separate alternatives, a part with a
// star is one glob over single tokens, the others are analysed.
LeafMeaning TextGlobs(const Literal& value, jit::Analysis analysis) {
  LeafMeaning meaning;
  jit::Glob part{{""}};
  const auto finish_part = [&] {
    if (part.pieces.size() > 1) {
      for (std::string& piece : part.pieces) {
        piece = jit::NormalizedToken(piece, analysis);
      }
      meaning.atoms.emplace_back(jit::TextGlob{part});
    } else if (auto tokens = WordsOf(part.pieces[0], analysis); !tokens.empty()) {
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

LeafMeaning TextValue(const Literal& value, jit::Analysis analysis) {
  if (value.kind == Kind::kWildcard) {
    return TextGlobs(value, analysis);
  }
  auto words = WordsOf(LiteralText(value), analysis);
  if (words.empty()) {
    return Never();
  }
  if (value.is_quoted) {
    return Only(jit::TextPhrase{PhraseOf(LiteralText(value), analysis)});
  }
  return Only(jit::TextAny{std::move(words)});
}

// Any token between the bounds, which are taken as they are: neither split nor lower-cased.
LeafMeaning TextRangeValue(RangeOperator op, const Literal& value) {
  jit::TextRange text;
  const bool is_lower_bound = op == RangeOperator::kGt || op == RangeOperator::kGte;
  const bool is_inclusive = op == RangeOperator::kGte || op == RangeOperator::kLte;
  (is_lower_bound ? text.range.low : text.range.high) = LiteralText(value);
  (is_lower_bound ? text.range.includes_low : text.range.includes_high) = is_inclusive;
  return Only(text);
}

// ---- booleans -------------------------------------------------------------------------

std::optional<std::int64_t> BooleanOf(const Literal& value) {
  const std::string text = LiteralText(value);
  if (text == "true") {
    return 1;
  }
  return text == "false" ? std::optional<std::int64_t>(0) : std::nullopt;
}

LeafMeaning BooleanValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const auto number = BooleanOf(value);
  return number ? Only(jit::IntegerRange{*number, *number})
                : WrongType(value, type, "true or false");
}

// False is less than true.
LeafMeaning BooleanRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  const auto bound = BooleanOf(value);
  if (!bound) {
    return WrongType(value, type, "true or false");
  }
  switch (op) {
    case RangeOperator::kGt:
      return *bound == 1 ? Never() : Only(jit::IntegerRange{1, 1});
    case RangeOperator::kGte:
      return Only(jit::IntegerRange{*bound, 1});
    case RangeOperator::kLt:
      return *bound == 0 ? Never() : Only(jit::IntegerRange{0, 0});
    case RangeOperator::kLte:
      return Only(jit::IntegerRange{0, *bound});
  }
  return Never();
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

std::vector<std::string> WordsOf(const std::string& text, jit::Analysis analysis) {
  std::vector<std::string> words = jit::Tokens(text, analysis);
  if (analysis.drops_stop_words) {
    std::erase(words, "");
  }
  return words;
}

LeafType LeafTypeOf(const FieldInfo& field) {
  LeafType leaf(field.type);
  if (ColumnKindOf(field.type) == jit::ColumnKind::kText) {
    leaf.analysis = field.search_analysis.value_or(jit::Analysis::kStandard);
  }
  leaf.date_format = OwnDateFormat(field);
  if (field.type == FieldType::kScaledFloat) {
    leaf.scale =
        field.scaling_factor > 0 && std::isfinite(field.scaling_factor) ? field.scaling_factor : 1;
  }
  return leaf;
}

std::string OwnDateFormat(const FieldInfo& field) {
  const bool is_own = field.type == FieldType::kDate && !field.date_format.empty() &&
                      field.date_format != "strict_date_optional_time||epoch_millis";
  return is_own && DateFormat::Parse(field.date_format) ? field.date_format : "";
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
    case FieldType::kUnsignedLong:
    case FieldType::kScaledFloat:
      return jit::ColumnKind::kInteger;
    case FieldType::kHalfFloat:
    case FieldType::kFloat:
    case FieldType::kDouble:
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

LeafMeaning MeaningOfValue(const LeafType& leaf, const Literal& value) {
  const FieldType type = leaf.type;
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
      return TextValue(value, leaf.analysis);
    case jit::ColumnKind::kAddress:
      return AddressValue(value, type);
    case jit::ColumnKind::kInteger:
      return IntegerValue(value, leaf);
    case jit::ColumnKind::kFloat:
      return FloatValue(value, type);
    case jit::ColumnKind::kBoolean:
      return BooleanValue(value, type);
    case jit::ColumnKind::kDate:
      return DateValue(value, leaf);
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kObject:
    case jit::ColumnKind::kDelegated:
      break;
  }
  return StringValue(value);
}

LeafMeaning MeaningOfRange(const LeafType& leaf, RangeOperator op, const Literal& value) {
  const FieldType type = leaf.type;
  if (value.kind == Kind::kNull) {
    return NullValue();
  }
  if (HasNoComparableValues(type)) {
    return NotEvaluated(type);
  }
  switch (ColumnKindOf(type)) {
    case jit::ColumnKind::kText:
      return TextRangeValue(op, value);
    case jit::ColumnKind::kBoolean:
      return BooleanRangeValue(type, op, value);
    case jit::ColumnKind::kAddress:
      return AddressRangeValue(type, op, value);
    case jit::ColumnKind::kInteger:
      return IntegerRangeValue(leaf, op, value);
    case jit::ColumnKind::kFloat:
      return FloatRangeValue(type, op, value);
    case jit::ColumnKind::kDate:
      return DateRangeValue(leaf, op, value);
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kObject:
    case jit::ColumnKind::kDelegated:
      break;
  }
  return StringRangeValue(type, op, value);
}

}  // namespace tripline::compiler

// What authors bring along from other languages. Most of it is plain text to KQL (`=` and `!` are
// ordinary characters), so that the grammar stops only behind it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/hint_text.h"
#include "grammar/syntax_error.h"
#include "grammar/token.h"

namespace tripline::grammar {
namespace {

Hint ByteOrderMark(const SyntaxError& e) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (e.TextOf(e.literal) == kMark) {
    return "the query begins with an invisible byte order mark (U+FEFF): remove it";
  }
  return std::nullopt;
}

Hint LuceneExists(const SyntaxError& e) {
  if (e.TextOf(e.field) != "_exists_" || e.place == Place::kAfterRange) {
    return std::nullopt;
  }
  const std::string field(Leading(ValueText(e), [](char c) { return c != ':' && !IsStop(c); }));
  return "`_exists_` is Lucene syntax: in KQL write " +
         InBackticks((field.empty() ? "field" : field) + ": *");
}

Hint SingleQuotes(const SyntaxError& e) {
  const std::string_view value = e.literal.empty() ? Rest(e) : e.TextOf(e.literal);
  if (e.place == Place::kAfterRange || (e.literal.empty() && e.place != Place::kAfterGroup)) {
    return std::nullopt;
  }
  for (const std::string_view mark : {"'", "\u2018", "\u2019", "\u201C", "\u201D", "\u201E"}) {
    if (value.starts_with(mark)) {
      return "only straight double quotes hold a value together: write `\"...\"`";
    }
  }
  return std::nullopt;
}

struct Habit {
  std::string_view written;
  std::string_view hint;  // %f stands for the field, %v for the value
};

constexpr std::string_view kCompareHint = "KQL compares with a colon: write `%f: %v`";
constexpr std::string_view kListHint = R"(KQL lists values as `%f: ("a" or "b")`)";

// Operators of other languages. They are plain characters here, so that the grammar stops only at
// the quote or parenthesis that follows.
constexpr std::array<Habit, 14> kHabits = {{
    {"==", kCompareHint},
    {"=", kCompareHint},
    {":=", kCompareHint},
    {"=~", kCompareHint},
    {"!=", "KQL has no `!=`: write `not %f: %v`"},
    {"&&", "KQL spells `&&` as `and`, with a blank on both sides"},
    {"||", "KQL spells `||` as `or`, with a blank on both sides"},
    {"!", "KQL spells `!` as `not`, with a blank after it: `not %f: %v` or `not (...)`"},
    {"in", kListHint},
    {"is", kCompareHint},
    {"equals", kCompareHint},
    {"like", "KQL has no `like`: write `%f: val*` without quotes, `*` stands for any text"},
    {"contains", "KQL has no `contains`: write `%f: *val*` without quotes"},
    {",", R"(KQL separates values with `or`: `%f: ("a" or "b")`)"},
}};

std::string Fill(std::string_view hint, std::string_view field, std::string_view value) {
  constexpr std::size_t kMaxShown = 40;
  field = LooksLikeField(field) && field.size() <= kMaxShown ? field : "field";
  const bool is_shown = !value.empty() && value.size() <= kMaxShown &&
                        std::ranges::all_of(value, [](char c) { return c < 0 || c >= ' '; });
  value = is_shown ? value : "\"value\"";
  std::string text;
  for (std::size_t i = 0; i < hint.size(); ++i) {
    if (hint[i] == '%') {
      ++i;
      text += hint[i] == 'f' ? field : value;
    } else {
      text += hint[i];
    }
  }
  return text;
}

Hint FindHabit(const SyntaxError& e, std::string_view written, std::string_view before) {
  const auto* const habit = std::ranges::find(kHabits, Lowercase(written), &Habit::written);
  if (habit == kHabits.end()) {
    return std::nullopt;
  }
  while (!before.empty() && IsBlank(before.back())) {
    before.remove_suffix(1);
  }
  const bool has_value = e.found.kind == TokenKind::kQuoted;
  return Fill(habit->hint, e.field.empty() ? before : e.TextOf(e.field),
              has_value ? e.TextOf({&e.found, 1}) : std::string_view());
}

bool IsOperatorSign(char c) {
  return std::string_view("=!&|,:~").find(c) != std::string_view::npos;
}

// `a == "x"`, `!(a:b)`, `a in ("x")`: the habit ends the literal before a quote or parenthesis.
Hint HabitBefore(const SyntaxError& e) {
  const bool is_before_operand = e.found.kind == TokenKind::kQuoted ||
                                 e.found.kind == TokenKind::kOpen ||
                                 e.found.kind == TokenKind::kUnexpected;
  if (!is_before_operand || !e.HasUnquotedLiteral()) {
    return std::nullopt;
  }
  const std::string_view literal = e.TextOf(e.literal);
  const std::string_view word = LastOfSeveralWords(literal);
  if (Hint hint = FindHabit(e, word, literal.substr(0, literal.size() - word.size()))) {
    return hint;
  }
  std::size_t begin = literal.size();
  while (begin > 0 && IsOperatorSign(literal[begin - 1])) {
    --begin;
  }
  return FindHabit(e, literal.substr(begin), literal.substr(0, begin));
}

// `"x" && b`, `("x", "y")`, `"a" == 1`: the habit stands where an operator is due.
Hint HabitAfter(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kWord || e.HasUnquotedLiteral()) {
    return std::nullopt;
  }
  if (Hint sign = FindHabit(e, Leading(Rest(e), IsOperatorSign), e.TextOf(e.literal))) {
    return sign;
  }
  if (Rest(e).starts_with('~') || Rest(e).starts_with('^')) {
    return "KQL has no fuzzy search and no boosts: leave out what follows the value";
  }
  return e.place == Place::kAfterName ? FindHabit(e, Leading(Rest(e), IsLetter), {}) : Hint();
}

// `a:b && c:d`: the grammar stops at the second colon.
Hint HabitInside(const SyntaxError& e) {
  const std::string_view literal = e.TextOf(e.literal);
  for (const std::string_view sign : {"&&", "||"}) {
    if (e.HasUnquotedLiteral() && literal.find(sign) != std::string_view::npos) {
      return FindHabit(e, sign, {});
    }
  }
  return std::nullopt;
}

Hint BracketRange(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kBraceClose && e.HasUnquotedLiteral() &&
      e.TextOf(e.literal).starts_with('[')) {
    return "KQL has no bracket ranges: write `field >= 1 and field < 5`";
  }
  return std::nullopt;
}

}  // namespace

Hint HabitHint(const SyntaxError& error) {
  static constexpr HintRule kRules[] = {ByteOrderMark, LuceneExists, SingleQuotes, HabitBefore,
                                        HabitAfter,    HabitInside,  BracketRange};
  return FirstHint(kRules, error);
}

}  // namespace tripline::grammar

// A list of rules, from the particular to the general. A rule sees the place and the text around it
// and either answers or leaves the place to the next one; the last always answers.
#include "grammar/hints.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ip.h"
#include "grammar/literal.h"
#include "grammar/syntax_error.h"

namespace tripline::grammar {
namespace {

using Hint = std::optional<std::string>;

// ---- looking at the text --------------------------------------------------------------------

std::string Lowercase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

// `text` as a quotation inside a hint: on one line and short.
std::string Quote(std::string_view text) {
  constexpr std::size_t kMaxShown = 48;
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (shown.size() >= kMaxShown && (byte & 0xC0U) != 0x80U) {
      shown += "...";
      break;
    }
    shown += byte < 0x20U || byte == 0x7FU ? ' ' : c;
  }
  return "`" + shown + "`";
}

std::string_view Rest(const SyntaxError& e) {
  return std::string_view(e.source.text).substr(e.found.span.begin);
}

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool IsBlank(char c) { return BlankLength(std::string_view(&c, 1)) > 0; }

// The longest beginning of `text` whose characters all satisfy `predicate`.
template <class Predicate>
std::string_view Leading(std::string_view text, Predicate predicate) {
  return text.substr(
      0, static_cast<std::size_t>(std::ranges::find_if_not(text, predicate) - text.begin()));
}

std::string_view LastWord(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !IsBlank(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin);
}

// The last word, if blanks stand before it.
std::string_view LastOfSeveralWords(std::string_view text) {
  const std::string_view last = LastWord(text);
  return last.size() < text.size() ? last : std::string_view();
}

bool IsKeyword(std::string_view word) {
  const std::string lower = Lowercase(word);
  return lower == "and" || lower == "or" || lower == "not";
}

// process.name, @timestamp, Esql.count_distinct
bool LooksLikeField(std::string_view word) {
  return !word.empty() && (IsLetter(word[0]) || word[0] == '@' || word[0] == '_') &&
         std::ranges::all_of(word, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ||
                  c == '-' || c == '@';
         });
}

bool LooksLikeIpv6(std::string_view text) {
  const std::string_view run = Leading(text, [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.' || c == '/';
  });
  return std::ranges::count(run, ':') >= 2 && (ParseIpAddress(run) || ParseIpPrefix(run));
}

// "field:" of the value at hand, or a stand-in.
std::string FieldName(const SyntaxError& e) {
  return e.field.empty() ? "field" : std::string(e.TextOf(e.field));
}

std::string Where(const SyntaxError& e, std::size_t token) {
  const LineColumn at = e.source.Locate(e.before[token].span.begin);
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
}

// The value at hand: from its first character on, far beyond where the grammar stopped.
std::string_view ValueText(const SyntaxError& e) {
  const std::uint32_t begin = e.literal.empty() ? e.found.span.begin : e.literal.front().span.begin;
  return std::string_view(e.source.text).substr(begin);
}

// ---- other languages ------------------------------------------------------------------------

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
  const std::string_view field = Leading(ValueText(e), [](char c) {
    return !IsBlank(c) && std::string_view("()\"{}<>").find(c) == std::string_view::npos;
  });
  return "`_exists_` is Lucene syntax: in KQL write " +
         Quote((field.empty() ? "field" : std::string(field)) + ": *");
}

Hint SingleQuotes(const SyntaxError& e) {
  const std::string_view value = e.literal.empty() ? Rest(e) : e.TextOf(e.literal);
  if (e.place == Place::kAfterRange || (e.literal.empty() && e.place != Place::kAfterGroup)) {
    return std::nullopt;
  }
  for (const std::string_view mark : {"'", "\u2018", "\u2019", "\u201C", "\u201D", "\u201E"}) {
    if (value.starts_with(mark)) {
      return std::string("only double quotes hold a value together: write \"...\" instead of ") +
             std::string(mark) + "...";
    }
  }
  return std::nullopt;
}

struct Habit {
  std::string_view written;
  std::string_view hint;
};

constexpr std::string_view kCompareHint =
    "KQL compares with a colon: write `field: \"value\"`, without `=`";
constexpr std::string_view kListHint = "KQL lists values as `field: (\"a\" or \"b\")`";

// Operators of other languages. They are plain characters here, so that the grammar stops only at
// the quote or parenthesis that follows.
constexpr std::array<Habit, 14> kHabits = {{
    {"==", kCompareHint},
    {"=", kCompareHint},
    {":=", kCompareHint},
    {"=~", kCompareHint},
    {"!=", "KQL has no `!=`: write `not field: \"value\"`"},
    {"&&", "KQL spells `&&` as `and`, with a blank on both sides"},
    {"||", "KQL spells `||` as `or`, with a blank on both sides"},
    {"!", "KQL spells `!` as `not`, with a blank after it: `not field: \"value\"` or `not (...)`"},
    {"in", kListHint},
    {"is", kCompareHint},
    {"equals", kCompareHint},
    {"like", "KQL has no `like`: write `field: val*` without quotes, `*` stands for any text"},
    {"contains", "KQL has no `contains`: write `field: *val*` without quotes"},
    {",", "KQL separates values with `or`: `field: (\"a\" or \"b\")`"},
}};

Hint FindHabit(std::string_view written) {
  const std::string lower = Lowercase(written);
  const auto* const habit = std::ranges::find(kHabits, lower, &Habit::written);
  return habit == kHabits.end() ? Hint() : Hint(habit->hint);
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
  if (Hint word = FindHabit(LastOfSeveralWords(literal))) {
    return word;
  }
  std::size_t begin = literal.size();
  while (begin > 0 && IsOperatorSign(literal[begin - 1])) {
    --begin;
  }
  return FindHabit(literal.substr(begin));
}

// `"x" && b`, `("x", "y")`, `"a" == 1`: the habit stands where an operator is due.
Hint HabitAfter(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kWord || e.HasUnquotedLiteral()) {
    return std::nullopt;
  }
  if (Hint sign = FindHabit(Leading(Rest(e), IsOperatorSign))) {
    return sign;
  }
  if (Rest(e).starts_with('~') || Rest(e).starts_with('^')) {
    return "KQL has no fuzzy search and no boosts: leave out what follows the value";
  }
  return e.place == Place::kAfterName ? FindHabit(Leading(Rest(e), IsLetter)) : Hint();
}

// `a:b && c:d`: the grammar stops at the second colon.
Hint HabitInside(const SyntaxError& e) {
  const std::string_view literal = e.TextOf(e.literal);
  for (const std::string_view sign : {"&&", "||"}) {
    if (e.HasUnquotedLiteral() && literal.find(sign) != std::string_view::npos) {
      return FindHabit(sign);
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

// ---- keywords -------------------------------------------------------------------------------

Hint DoubleNot(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kNot && e.Previous() == TokenKind::kNot) {
    return "write `not` once; a double negation needs parentheses: `not (not ...)`";
  }
  return std::nullopt;
}

Hint NotBeforeValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kNot ||
      (e.place != Place::kAfterColon && e.place != Place::kAfterRange)) {
    return std::nullopt;
  }
  if (e.place == Place::kAfterRange) {
    return "put `not` before the field: " +
           Quote("not " + FieldName(e) + " " + std::string(e.TextOf(e.before.last(1))));
  }
  return "put `not` before the field, " + Quote("not " + FieldName(e) + ": ...") +
         ", or inside parentheses, " + Quote(FieldName(e) + ": (not ...)") +
         "; if the word belongs to the value, put the value in quotes";
}

Hint NotInsideValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kNot) {
    return std::nullopt;
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    const std::string word =
        std::string(LastWord(e.TextOf(e.literal))) + std::string(Leading(Rest(e), IsLetter));
    return Quote(word) +
           " ends in `not` before a blank, which KQL reads as the operator: put the text in quotes";
  }
  return "join the two conditions with `and not` or `or not`; if the word belongs to the value, "
         "put "
         "the value in quotes";
}

Hint KeywordGluedToGroup(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kOpen || !e.HasUnquotedLiteral() || !e.IsGlued()) {
    return std::nullopt;
  }
  const std::string_view word = LastWord(e.TextOf(e.literal));
  if (!IsKeyword(word)) {
    return std::nullopt;
  }
  return "write a blank between " + Quote(word) + " and `(`: without it KQL reads a plain word";
}

Hint KeywordAfterGroup(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kWord || e.HasUnquotedLiteral()) {
    return std::nullopt;
  }
  const std::string_view word = Leading(Rest(e), IsLetter);
  if (!IsKeyword(word)) {
    return std::nullopt;
  }
  if (Lowercase(word) == "not") {
    return "join the two conditions with `and not` or `or not`, with blanks around the words";
  }
  const std::string_view after = Rest(e).substr(word.size());
  if (BlankLength(after) == 0 && !e.IsGlued()) {
    return after.empty() ? "write a condition after " + Quote(word)
                         : "write a blank after " + Quote(word);
  }
  return "write a blank before " + Quote(word) + (BlankLength(after) == 0 ? " and after it" : "");
}

// ---- groups ---------------------------------------------------------------------------------

Hint EmptyGroup(const SyntaxError& e) {
  if (e.found.kind == TokenKind::kClose && e.Previous() == TokenKind::kOpen) {
    return e.IsInList()
               ? "write at least one value between the parentheses; `*` asks only that the "
                 "field exists"
               : "write a condition between the parentheses, or remove them";
  }
  if (e.found.kind == TokenKind::kBraceClose && e.Previous() == TokenKind::kBraceOpen) {
    return "write at least one condition on the nested fields between the braces";
  }
  return std::nullopt;
}

Hint NothingToClose(const SyntaxError& e) {
  const bool is_brace = e.found.kind == TokenKind::kBraceClose;
  if (!is_brace && e.found.kind != TokenKind::kClose) {
    return std::nullopt;
  }
  const std::string sign = is_brace ? "`}`" : "`)`";
  if (e.open.empty()) {
    return "nothing is open here: remove the " + sign +
           ", or put the value in quotes if it belongs to it";
  }
  const bool is_brace_open = e.before[e.open.back().token].kind == TokenKind::kBraceOpen;
  if (is_brace_open != is_brace) {
    return std::string("first close the ") + (is_brace_open ? "`{`" : "`(`") + " at " +
           Where(e, e.open.back().token);
  }
  return std::nullopt;
}

Hint MissingOperand(const SyntaxError& e) {
  const bool is_end = e.found.kind == TokenKind::kEnd || e.found.kind == TokenKind::kClose ||
                      e.found.kind == TokenKind::kBraceClose;
  if (!is_end) {
    return std::nullopt;
  }
  switch (e.Previous()) {
    case TokenKind::kOr:
    case TokenKind::kAnd:
    case TokenKind::kNot: {
      const std::string_view word = e.TextOf(e.before.last(1));
      const auto begin = std::ranges::find_if(word, IsLetter);
      return "write a " + std::string(e.IsInList() ? "value" : "condition") + " after " +
             Quote(Leading({begin, word.end()}, IsLetter)) + ", or remove it";
    }
    case TokenKind::kColon:
      return "write a value after " + Quote(FieldName(e) + ":") +
             "; `*` asks only that the field exists, `\"\"` is the empty text";
    case TokenKind::kRange:
      return "write the value to compare " + Quote(FieldName(e)) + " with";
    default:
      return std::nullopt;
  }
}

Hint NeverClosed(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kEnd || e.open.empty()) {
    return std::nullopt;
  }
  const bool is_brace = e.before[e.open.back().token].kind == TokenKind::kBraceOpen;
  return std::string(is_brace ? "close the `{` at " : "close the `(` at ") +
         Where(e, e.open.back().token) + (is_brace ? " with a `}`" : " with a `)`");
}

Hint Braces(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kBraceOpen) {
    return std::nullopt;
  }
  switch (e.place) {
    case Place::kAfterName:
      return "write a colon between the nested path and its group: " +
             Quote(std::string(e.TextOf(e.literal)) + ": {");
    case Place::kOperand:
      return "a nested group needs the path in front: `path: { field: value }`";
    case Place::kListOperand:
    case Place::kAfterRange:
    case Place::kAfterValue:
    case Place::kAfterColon:
    case Place::kAfterGroup:
      return "put a value with a brace in quotes, or write `\\{`";
  }
  return std::nullopt;
}

// ---- colons and comparisons -----------------------------------------------------------------

Hint AddressWithColons(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon ||
      (e.place != Place::kAfterColon && e.place != Place::kAfterValue) ||
      !LooksLikeIpv6(ValueText(e))) {
    return std::nullopt;
  }
  const std::string_view address = Leading(ValueText(e), [](char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.' || c == '/';
  });
  return "put an IPv6 address in quotes: " + Quote("\"" + std::string(address) + "\"");
}

Hint ColonInList(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon || e.place != Place::kAfterValue || !e.IsInList()) {
    return std::nullopt;
  }
  const std::string_view word = LastWord(e.TextOf(e.literal));
  const std::string_view after = Rest(e).substr(e.found.span.end - e.found.span.begin);
  if (after.starts_with('{')) {
    return "a nested group cannot stand in a list of values: write " +
           Quote(FieldName(e) + ": { " + std::string(word) + ": { ... } }");
  }
  if (LooksLikeField(word)) {
    return "a list of values names no field: close it before " + Quote(std::string(word) + ":") +
           ", or put the value in quotes if the colon belongs to it";
  }
  return std::nullopt;
}

Hint ColonInValue(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon || e.place != Place::kAfterValue) {
    return std::nullopt;
  }
  const std::string_view literal = e.TextOf(e.literal);
  const std::string_view first = Leading(literal, IsLetter);
  if (IsKeyword(first) && first.size() < literal.size() && IsBlank(literal[first.size()])) {
    return "write a value between " + Quote(FieldName(e) + ":") + " and " + Quote(first);
  }
  if (const std::string_view word = LastOfSeveralWords(literal); LooksLikeField(word)) {
    return "write `and` or `or` before " + Quote(std::string(word) + ":");
  }
  if (!e.HasUnquotedLiteral()) {
    return "write `and` or `or` between the two conditions";
  }
  const std::string_view value = Leading(ValueText(e), [](char c) {
    return !IsBlank(c) && std::string_view("()\"{}<>").find(c) == std::string_view::npos;
  });
  if (value.find('*') != std::string_view::npos) {
    return "a colon ends a value: write `\\:` for it, and `\\\\` for each backslash";
  }
  return "a colon ends a value: put the value in quotes, " +
         Quote("\"" + std::string(value) + "\"") + ", or write `\\:`";
}

Hint ColonElsewhere(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kColon) {
    return std::nullopt;
  }
  switch (e.place) {
    case Place::kAfterGroup:
      return "a field name stands without parentheses: `field: value`";
    case Place::kAfterColon:
      return "write one colon; if the second belongs to the value, put the value in quotes";
    case Place::kAfterRange:
      return "a comparison takes no colon: " + Quote(FieldName(e) + " > value");
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterName:
    case Place::kAfterValue:
      return "write a field name before the colon";
  }
  return std::nullopt;
}

Hint Comparison(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kRange) {
    return std::nullopt;
  }
  const std::string op(Leading(Rest(e), [](char c) { return c == '<' || c == '>' || c == '='; }));
  const std::string comparison = Quote(FieldName(e) + " " + op + " ...");
  if (e.IsInList() || e.place == Place::kListOperand) {
    return "a comparison cannot stand in a list of values: write " + comparison +
           " as a condition of its own";
  }
  switch (e.place) {
    case Place::kAfterColon:
      return "a comparison takes no colon: write " + comparison +
             "; if the sign belongs to the value, put the value in quotes";
    case Place::kAfterRange:
      return e.IsGlued() && op == ">"
                 ? "KQL has no `<>`: write " + Quote("not " + FieldName(e) + ": ...")
                 : "write one of <, <=, > and >= once";
    case Place::kAfterValue:
      return "write `and` between two comparisons; if the sign belongs to the value, put the value "
             "in quotes";
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterName:
    case Place::kAfterGroup:
      return "a comparison needs a field in front: `field " + op + " value`";
  }
  return std::nullopt;
}

// ---- quotes and backslashes -----------------------------------------------------------------

constexpr std::string_view kQuoteInWord =
    "a value that begins without quotes cannot hold one: put all of it in quotes, or write `\\\"`";

Hint StarBesideQuotes(const SyntaxError& e) {
  const bool is_before = e.found.kind == TokenKind::kQuoted && e.HasUnquotedLiteral() &&
                         e.TextOf(e.literal).ends_with('*');
  const bool is_after = e.Previous() == TokenKind::kQuoted && Rest(e).starts_with('*');
  if (e.IsGlued() && (is_before || is_after)) {
    return "a wildcard goes without quotes: write `*some text*`, with `\\` before each of \\ ( ) : "
           "< > \" { }";
  }
  return std::nullopt;
}

Hint QuoteNeverClosed(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kUnexpected || !Rest(e).starts_with('"')) {
    return std::nullopt;
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    return std::string(kQuoteInWord);
  }
  if (const std::size_t last = Rest(e).rfind('"'); last > 0) {
    return "the value is never closed, since `\\\"` is a quote inside it: write `\\\\\"` where it "
           "ends in a backslash";
  }
  return "close the value with another `\"`";
}

Hint Backslash(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kUnexpected) {
    return std::nullopt;
  }
  if (Rest(e).starts_with("\\u")) {
    return "`\\u` takes four hexadecimal digits, as in `\\u00e9`; write `\\\\` for a plain "
           "backslash";
  }
  return "write `\\\\` for a plain backslash, or put a value without wildcards in quotes, where "
         "one "
         "is enough";
}

Hint QuoteInsideValue(const SyntaxError& e) {
  if (!e.IsGlued()) {
    return std::nullopt;
  }
  if (e.found.kind == TokenKind::kQuoted && e.HasUnquotedLiteral()) {
    return std::string(kQuoteInWord);
  }
  if (e.Previous() == TokenKind::kQuoted &&
      (e.found.kind == TokenKind::kWord || e.found.kind == TokenKind::kQuoted)) {
    return "the value ends at its second `\"`: write `\\\"` for a quote inside it, and `and` or "
           "`or` "
           "before the next condition";
  }
  return std::nullopt;
}

// ---- what is left ---------------------------------------------------------------------------

Hint Parenthesis(const SyntaxError& e) {
  if (e.found.kind != TokenKind::kOpen) {
    return std::nullopt;
  }
  if (e.place == Place::kAfterRange) {
    return "a comparison takes one value, without parentheses";
  }
  if (e.HasUnquotedLiteral() && e.IsGlued()) {
    return "put a value with a parenthesis in quotes, or write `\\(`; a list of values follows a "
           "colon: `field: (a or b)`";
  }
  return std::nullopt;
}

Hint MissingOperator(const SyntaxError& e) {
  switch (e.place) {
    case Place::kAfterName:
    case Place::kAfterValue:
    case Place::kAfterGroup:
      return e.IsInList() ? "write `or` or `and` between two values"
                          : "write `and` or `or` between two conditions";
    case Place::kOperand:
    case Place::kListOperand:
    case Place::kAfterColon:
    case Place::kAfterRange:
      return std::nullopt;
  }
  return std::nullopt;
}

constexpr std::array kRules = {
    ByteOrderMark,  LuceneExists,      SingleQuotes,        HabitBefore,
    HabitAfter,     HabitInside,       BracketRange,        DoubleNot,
    NotBeforeValue, NotInsideValue,    KeywordGluedToGroup, KeywordAfterGroup,
    EmptyGroup,     NothingToClose,    MissingOperand,      NeverClosed,
    Braces,         AddressWithColons, ColonInList,         ColonInValue,
    ColonElsewhere, Comparison,        StarBesideQuotes,    QuoteNeverClosed,
    Backslash,      QuoteInsideValue,  Parenthesis,         MissingOperator,
};

}  // namespace

std::string HintFor(const SyntaxError& error) {
  for (const auto rule : kRules) {
    if (Hint hint = rule(error)) {
      return *std::move(hint);
    }
  }
  return "write conditions as `field: value`, joined by `and`, `or` and `not`";
}

}  // namespace tripline::grammar

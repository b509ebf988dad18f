#include "query_generator.h"

#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tripline::grammar {
namespace {

const std::vector<std::string_view>& Alphabet() {
  static const std::vector<std::string_view> alphabet = {
      " ",      " ",      " ",          " ",       "  ",         "\t",      "\n",      "\r\n",
      "\u00A0", "\u3000", "\uFEFF",     "\u2028",  "or",         "or",      "and",     "and",
      "not",    "not",    "OR",         "And",     "nOt",        "n",       "N",       "no",
      "ot",     "nd",     "o",          "r",       "a",          "b",       "x",       "ab",
      "cannot", "knot",   "order",      "candy",   "null",       "true",    "false",   "nul",
      "5",      "1.5",    "10.0.0.0/8", "(",       "(",          "(",       ")",       ")",
      ")",      ":",      ":",          ":",       "{",          "}",       "<",       ">",
      "<=",     ">=",     "=",          "!",       "*",          "*",       "**",      "?",
      "\"",     "\"",     "\"x\"",      "\"a b\"", "\"\"",       "\\",      "\\\\",    "\\\"",
      "\\*",    "\\:",    "\\(",        "\\t",     "\\n",        "\\r",     "\\q",     "\\or",
      "\\AND",  "\\not",  "\\NOT",      "\\u0041", "\\u0020",    "\\u00e9", "\\ud83d", "\\ude00",
      "\\u12",  "\\u",    "\u00E9",     "\u20AC",  "\U0001F600", "\u0080",  "'",       ",",
      ".",      "-",      "@",          "[",       "]",          "\x01",    "\x7F"};
  return alphabet;
}

// Length of the UTF-8 character at `at`.
std::size_t CharacterLength(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() &&
         (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return length;
}

}  // namespace

std::string QueryGenerator::Tokens() {
  std::string query;
  for (std::size_t count = Below(15); count > 0; --count) {
    query += Pick(Alphabet());
  }
  return query;
}

std::string QueryGenerator::Blanks() {
  return std::string(Below(3) == 0 ? Pick({" ", "  ", "\t", "\n", " \u00A0", "\r\n "}) : "");
}

std::string QueryGenerator::Keyword(std::string_view word) {
  std::string keyword(word);
  if (Below(4) == 0) {
    for (char& c : keyword) {
      c = Below(2) == 0 ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
  }
  return keyword;
}

std::string QueryGenerator::Literal() {
  if (Below(4) == 0) {
    return std::string(Pick({"\"x\"", "\"\"", "\"a or b\"", "\"not x\"", R"("C:\Windows\*")",
                             R"("a\"b")", R"("\u00e9\t")", "\"(\"", "\"\u20AC\U0001F600\""}));
  }
  std::string literal;
  for (std::size_t count = 1 + Below(3); count > 0; --count) {
    literal += Pick({"a",
                     "b.c",
                     "process.name",
                     "5",
                     "null",
                     "true",
                     "false",
                     "*",
                     "x*",
                     "*y*",
                     "\\*",
                     "\\:",
                     "\\\\",
                     "\\(",
                     "\\or",
                     "\\AND",
                     "\\NOT",
                     "\\n",
                     "\\u0041",
                     "\\ud83d\\ude00",
                     "nn",
                     "an",
                     "cannot",
                     "or",
                     "and",
                     "\u00E9",
                     "\U0001F600",
                     "/usr/bin/*",
                     "10.0.0.0/8",
                     "?",
                     "-",
                     "'",
                     "="});
    literal += Below(4) == 0 ? Blanks() : "";
  }
  return literal;
}

std::string QueryGenerator::Values(int depth) {
  if (depth == 0 || Below(3) > 0) {
    return Literal();
  }
  std::string values = "(" + Blanks();
  for (std::size_t count = 1 + Below(3); count > 0; --count) {
    values += (Below(5) == 0 ? Keyword("not") + " " : "") + Values(depth - 1);
    if (count > 1) {
      values += " " + Blanks() + Keyword(Below(2) == 0 ? "or" : "and") + " " + Blanks();
    }
  }
  return values + Blanks() + ")";
}

std::string QueryGenerator::Condition(int depth) {
  switch (Below(depth > 0 ? 8 : 4)) {
    case 0:
      return Literal();
    case 1:
      return Literal() + Blanks() + std::string(Pick({"<", "<=", ">", ">="})) + Blanks() +
             Literal();
    case 2:
    case 3:
      return Literal() + Blanks() + ":" + Blanks() + Values(1 + static_cast<int>(Below(2)));
    case 4:
      return Literal() + Blanks() + ":" + Blanks() + "{" + Blanks() + Query(depth - 1) + Blanks() +
             "}";
    default:
      return "(" + Blanks() + Query(depth - 1) + Blanks() + ")";
  }
}

std::string QueryGenerator::Query(int depth) {
  std::string query;
  for (std::size_t count = 1 + Below(2) * Below(3); count > 0; --count) {
    query += (Below(5) == 0 ? Keyword("not") + " " + Blanks() : "") + Condition(depth);
    if (count > 1) {
      query += " " + Blanks() + Keyword(Below(2) == 0 ? "or" : "and") + " " + Blanks();
    }
  }
  return query;
}

std::string QueryGenerator::Derivation() {
  std::string query = Blanks() + Query(static_cast<int>(Below(3))) + Blanks();
  for (std::size_t damages = Below(3) == 0 ? 0 : Below(4); damages > 0; --damages) {
    query = Damage(std::move(query));
  }
  return query;
}

std::string QueryGenerator::Damage(std::string query) {
  std::size_t at = Below(query.size() + 1);
  while (at < query.size() && (static_cast<unsigned char>(query[at]) & 0xC0U) == 0x80U) {
    ++at;
  }
  if (at == query.size()) {
    return query + std::string(Pick(Alphabet()));
  }
  const std::size_t length = CharacterLength(query, at);
  switch (Below(5)) {
    case 0:
      return query.erase(at, length);
    case 1:
      return query.insert(at, query.substr(at, length));
    case 2:
      return query.substr(0, at);
    case 3:
      return query.replace(at, length, Pick(Alphabet()));
    default:
      return query.insert(at, Pick(Alphabet()));
  }
}

}  // namespace tripline::grammar

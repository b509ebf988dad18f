// Token: what the lexer of grammar/Kql.g4 saw, without ANTLR. Made by grammar/parse.cc for the two
// files that explain a syntax error.
#pragma once

#include <cstdint>

#include "base/source_text.h"

namespace tripline::grammar {

enum class TokenKind : std::uint8_t {
  kOr,
  kAnd,
  kNot,
  kOpen,
  kClose,
  kBraceOpen,
  kBraceClose,
  kColon,
  kRange,
  kQuoted,
  kWord,    // a piece of an unquoted literal, a star included
  kEscape,  // a piece of an unquoted literal that begins with a backslash
  kUnexpected,
  kEnd,
};

struct Token {
  TokenKind kind;
  Span span;  // with the blanks that the token owns
};

}  // namespace tripline::grammar

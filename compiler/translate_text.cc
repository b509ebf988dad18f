// The guard is U+10FFFF, which is no character: doubled it stands for itself, before a character of
// the private area U+E000 to U+E7FF for the surrogate U+D800 to U+DFFF.
#include "compiler/translate_text.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/overloaded.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

constexpr std::string_view kGuard = "\xF4\x8F\xBF\xBF";

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool BeginsWithSurrogate(std::string_view text) {
  return ByteAt(text, 0) == 0xED && ByteAt(text, 1) >= 0xA0 && text.size() >= 3;
}

bool NeedsGuard(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1)) {
    if (BeginsWithSurrogate(text) || text.starts_with(kGuard)) {
      return true;
    }
  }
  return false;
}

bool NeedsGuard(const Literal& literal) {
  return NeedsGuard(literal.text) ||
         std::ranges::any_of(literal.pieces,
                             [](const std::string& piece) { return NeedsGuard(piece); });
}

void Guard(Literal& literal) {
  literal.text = Guarded(literal.text);
  for (std::string& piece : literal.pieces) {
    piece = Guarded(piece);
  }
}

// What the literals of a node answer, or whether one of them does.
template <class Node, class Do>
void EachLiteral(Node& node, const Do& act) {
  std::visit(Overloaded{
      [](auto& /*joint*/) {},
      [&]<class N>(N& n)
        requires requires { n.path; }
                 { act(n.path); },
                 [&]<class N>(N& n)
                   requires requires { n.field; }
      {
        act(n.field);
        act(n.value);
      },
      },
      node.data);
}

void AppendEscape(unsigned unit, std::string& json) {
  constexpr std::string_view kHex = "0123456789abcdef";
  json += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4) {
    json += kHex[(unit >> (shift - 4)) & 0xFU];
  }
}

// The unit that three bytes of UTF-8 stand for.
unsigned UnitOf(std::string_view bytes) {
  return ((ByteAt(bytes, 0) & 0xFU) << 12U) | ((ByteAt(bytes, 1) & 0x3FU) << 6U) |
         (ByteAt(bytes, 2) & 0x3FU);
}

}  // namespace

std::string Guarded(std::string_view text) {
  std::string guarded;
  while (!text.empty()) {
    std::size_t length = 1;
    if (BeginsWithSurrogate(text)) {
      // U+D800 + n is ED A0+ 80+, U+E000 + n is EE 80+ 80+.
      guarded += kGuard;
      guarded += '\xEE';
      guarded += static_cast<char>(ByteAt(text, 1) - 0x20U);
      guarded += text[2];
      length = 3;
    } else if (text.starts_with(kGuard)) {
      guarded += kGuard;
      guarded += kGuard;
      length = kGuard.size();
    } else {
      guarded += text[0];
    }
    text.remove_prefix(length);
  }
  return guarded;
}

std::optional<grammar::Ast> GuardedAst(const grammar::Ast& ast) {
  bool is_needed = false;
  for (const grammar::Node& node : ast.nodes) {
    EachLiteral(node,
                [&](const Literal& literal) { is_needed = is_needed || NeedsGuard(literal); });
  }
  if (!is_needed) {
    return std::nullopt;
  }
  grammar::Ast guarded = ast;
  for (grammar::Node& node : guarded.nodes) {
    EachLiteral(node, Guard);
  }
  return guarded;
}

std::string Printed(std::string_view json) {
  std::string printed;
  printed.reserve(json.size());
  while (!json.empty()) {
    std::size_t length = 1;
    const std::string_view behind = json.starts_with(kGuard) ? json.substr(kGuard.size()) : "";
    if (behind.starts_with(kGuard)) {
      printed += kGuard;
      length = 2 * kGuard.size();
    } else if (behind.starts_with('\xEE')) {
      AppendEscape(UnitOf(behind) - 0x800U, printed);
      length = kGuard.size() + 3;
    } else if (json.starts_with("\xC2\x85")) {
      AppendEscape(0x85, printed);
      length = 2;
    } else if (json.starts_with("\xE2\x80\xA8") || json.starts_with("\xE2\x80\xA9")) {
      AppendEscape(UnitOf(json), printed);
      length = 3;
    } else {
      printed += json[0];
    }
    json.remove_prefix(length);
  }
  return printed;
}

}  // namespace tripline::compiler

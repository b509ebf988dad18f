// A glob lies under another one if its own text does, with a byte that no text has for its stars:
// only a star of the other can cover those.
#include "compiler/atom_cover.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jit/glob.h"

namespace tripline::compiler {
namespace {

using jit::Atom;

// "abc*" -> "abc"; null for every other glob.
const std::string* PurePrefix(const Atom& atom) {
  const auto* const glob = std::get_if<jit::Glob>(&atom);
  const bool is_prefix = glob != nullptr && !glob->ignores_case && !glob->has_question &&
                         glob->pieces.size() == 2 && glob->pieces[1].empty();
  return is_prefix ? &glob->pieces[0] : nullptr;
}

bool PrefixCovers(const std::string& prefix, const Atom& small) {
  if (const auto* const term = std::get_if<jit::Term>(&small)) {
    return term->value.starts_with(prefix);
  }
  const std::string* const small_prefix = PurePrefix(small);
  return small_prefix != nullptr && small_prefix->starts_with(prefix);
}

bool GlobCovers(const jit::Glob& big, const Atom& small) {
  if (const auto* const term = std::get_if<jit::Term>(&small)) {
    return jit::GlobMatches(big, term->value);
  }
  const auto* const glob = std::get_if<jit::Glob>(&small);
  if (glob == nullptr || glob->has_question || big.has_question ||
      (glob->ignores_case && !big.ignores_case)) {
    return false;
  }
  constexpr char kStar = '\xFF';
  std::string text;
  for (const std::string& piece : glob->pieces) {
    text += (&piece == glob->pieces.data() ? "" : std::string(1, kStar)) + piece;
  }
  return jit::GlobMatches(big, text);
}

bool IsRunOf(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  return std::ranges::search(all, some).begin() != all.end();
}

bool TextCovers(const jit::TextAny& big, const Atom& small) {
  const auto is_there = [&](const std::string& token) {
    return std::ranges::find(big.tokens, token) != big.tokens.end();
  };
  if (const auto* const any = std::get_if<jit::TextAny>(&small)) {
    return std::ranges::all_of(any->tokens, is_there);
  }
  const auto* const phrase = std::get_if<jit::TextPhrase>(&small);
  return phrase != nullptr && std::ranges::any_of(phrase->tokens, is_there);
}

}  // namespace

bool Covers(const Atom& big, const Atom& small) {
  if (std::holds_alternative<jit::Exists>(big)) {
    return true;
  }
  if (const std::string* const prefix = PurePrefix(big)) {
    return PrefixCovers(*prefix, small);
  }
  if (big.index() != small.index()) {
    return false;
  }
  if (const auto* const outer = std::get_if<IpPrefix>(&big)) {
    const auto& inner = std::get<IpPrefix>(small);
    return outer->length <= inner.length && outer->Contains(inner.network);
  }
  if (const auto* const outer = std::get_if<jit::IntegerRange>(&big)) {
    const auto& inner = std::get<jit::IntegerRange>(small);
    return outer->first <= inner.first && inner.last <= outer->last;
  }
  return big == small;
}

bool CoversAtLength(const Atom& big, const Atom& small) {
  if (Covers(big, small)) {
    return true;
  }
  if (const auto* const glob = std::get_if<jit::Glob>(&big)) {
    return GlobCovers(*glob, small);
  }
  if (const auto* const any = std::get_if<jit::TextAny>(&big)) {
    return TextCovers(*any, small);
  }
  if (const auto* const range = std::get_if<jit::AddressRange>(&big)) {
    const auto* const inner = std::get_if<IpPrefix>(&small);
    return inner != nullptr && range->first <= inner->network && LastAddress(*inner) <= range->last;
  }
  const auto* const phrase = std::get_if<jit::TextPhrase>(&big);
  const auto* const longer = std::get_if<jit::TextPhrase>(&small);
  return phrase != nullptr && longer != nullptr && IsRunOf(phrase->tokens, longer->tokens);
}

bool Implies(const TestNode& narrow, const TestNode& wide) {
  return std::ranges::all_of(narrow.tests, [&](const FieldTest& test) {
    return std::ranges::any_of(wide.tests, [&](const FieldTest& other) {
      const auto is_covered = [&](const Atom& small) {
        return std::ranges::any_of(other.atoms,
                                   [&](const Atom& big) { return CoversAtLength(big, small); });
      };
      return other.field == test.field && std::ranges::all_of(test.atoms, is_covered);
    });
  });
}

}  // namespace tripline::compiler

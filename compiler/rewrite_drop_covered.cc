// Covering is decided only where it is certain and cheap: equal atoms, exists over everything, a
// prefix set inside a prefix set, a number range inside a number range, and a term or pure prefix
// under a pure-prefix glob.
#include <algorithm>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/rewrite.h"
#include "jit/program_builder.h"

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

jit::Leaf WithoutCovered(const jit::Leaf& leaf) {
  // A large leaf is left alone: the test is quadratic, and deciding terms by hash does not care
  // about their number.
  constexpr std::size_t kMaxAtoms = 1000;
  if (leaf.atoms.size() > kMaxAtoms) {
    return leaf;
  }
  jit::Leaf slim{leaf.field, {}};
  for (std::size_t i = 0; i < leaf.atoms.size(); ++i) {
    bool is_covered = false;
    for (std::size_t j = 0; j < leaf.atoms.size() && !is_covered; ++j) {
      // Of two atoms that cover each other, the first stays.
      is_covered = i != j && Covers(leaf.atoms[j], leaf.atoms[i]) &&
                   (j < i || !Covers(leaf.atoms[i], leaf.atoms[j]));
    }
    if (!is_covered) {
      slim.atoms.push_back(leaf.atoms[i]);
    }
  }
  return slim;
}

}  // namespace

jit::Program DropCoveredAtoms(const jit::Program& program) {
  jit::Program slim = program;
  for (jit::Leaf& leaf : slim.leaves) {
    leaf = WithoutCovered(leaf);
  }
  return jit::Link(std::span(&slim, 1));  // leaves that became equal are one again
}

}  // namespace tripline::compiler

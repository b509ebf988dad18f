// Covering is decided only where it is certain and cheap (compiler/atom_cover.h).
#include <cstddef>
#include <span>

#include "compiler/atom_cover.h"
#include "compiler/rewrite.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

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

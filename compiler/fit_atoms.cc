#include "compiler/fit_atoms.h"

#include <string>
#include <variant>

#include "base/overloaded.h"
#include "jit/tokens.h"

namespace tripline::compiler {
namespace {

// As the normalizer `lowercase` does to what is asked of a keyword, patterns and bounds too.
void LowerCase(jit::Atom& atom) {
  std::visit(Overloaded{
                 [](jit::Term& term) { term.value = jit::LowercaseToken(term.value); },
                 [](jit::Glob& glob) {
                   for (std::string& piece : glob.pieces) {
                     piece = jit::LowercaseToken(piece);
                   }
                 },
                 [](jit::StringRange& range) {
                   for (auto* const bound : {&range.low, &range.high}) {
                     if (*bound) {
                       *bound = jit::LowercaseToken(**bound);
                     }
                   }
                 },
                 [](auto& /*other*/) {},
             },
             atom);
}

}  // namespace

std::vector<jit::Atom> FitAtoms(const jit::Field& field, std::vector<jit::Atom> atoms) {
  for (jit::Atom& atom : atoms) {
    if (field.lowercases) {
      LowerCase(atom);
    }
  }
  return atoms;
}

}  // namespace tripline::compiler

// TextDecider: all atoms of one analysed field, asked of one text at once. The text is split once
// (jit/tokens.h), and each token is decided like a string; phrases are found by their first token.
//
// Immutable once made; any number of threads may decide, each with its own TextScratch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "jit/pattern_set.h"
#include "jit/position_set.h"
#include "jit/program.h"
#include "jit/string_decider.h"
#include "jit/term_table.h"
#include "jit/tokens.h"

namespace tripline::jit {

/// What to decide: atoms with the positions of their leaves.
struct TextAtoms {
  std::vector<std::pair<TextAny, std::uint32_t>> any;
  std::vector<std::pair<TextPhrase, std::uint32_t>> phrases;
  std::vector<std::pair<TextGlob, std::uint32_t>> globs;
  std::vector<std::pair<TextRange, std::uint32_t>> ranges;
};

/// Memory that one thread decides in.
struct TextScratch {
  StringScratch token;
  TokenBuffer tokens;
};

class TextDecider {
 public:
  /// Errors: those of PatternSet::Make.
  static Result<TextDecider> Make(TextAtoms atoms, Analysis analysis,
                                  const PatternLimits& limits = {});

  /// Makes room for this decider. Errors: kLimit (no memory).
  Result<void> Fit(TextScratch& scratch) const { return tokens_.Fit(scratch.token); }
  /// Adds the positions of all atoms that accept `text`.
  void Decide(std::string_view text, TextScratch& scratch, PositionSet* found) const;

  /// The globs that no simpler table takes.
  [[nodiscard]] const PatternSet& patterns() const { return tokens_.patterns(); }

 private:
  struct Phrase {
    std::vector<std::string> tokens;
    std::uint32_t position;
  };

  TextDecider(StringDecider tokens, Analysis analysis)
      : tokens_(std::move(tokens)), analysis_(analysis) {}

  StringDecider tokens_;  // what a token decides by itself
  Analysis analysis_;
  std::vector<Phrase> phrases_;
  TermTable first_tokens_;  // to numbers of phrases
};

}  // namespace tripline::jit

// Tokens: what becomes of a text when it is indexed. The desk's stand-in for OpenSearch's
// `standard` analyzer: the word-break rules of UAX #29 in the dialect of Lucene's standard
// tokenizer, then lower case, no stop words.
//
//   Tokens("Foo_bar's 1,024 x.y")   {"foo_bar's", "1,024", "x.y"}
//
// What follows Lucene: a token has at least one letter, digit, katakana, ideograph or pictograph; a
// Han or hiragana character is a token of its own; Thai and its neighbours stay together up to the
// next blank; a token longer than 255 UTF-16 units is cut there. Broken UTF-8 separates tokens.
// kSimple, kWhitespace and kStop split at what is no letter, or at blanks, by the same tables.
// What may differ: the tables are Unicode 14 (Lucene's and the JVM's are of their release), emoji
// sequences are joined by their ZWJ and marks alone, and fields with any other analyzer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// UTF-16 units of a token at most.
inline constexpr std::size_t kMaxTokenUnits = 255;

/// The tokens of one text at a time, in reused memory. Not shared between threads.
class TokenBuffer {
 public:
  /// Forgets the text before. `text` need not outlive the call. Where an analyzer drops a word that
  /// counts in phrases (kStop), its place is an empty token.
  void Assign(std::string_view text, Analysis analysis = Analysis::kStandard);

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// Valid until the next Assign. Requires i < size().
  [[nodiscard]] std::string_view operator[](std::size_t i) const;

 private:
  void AssignWords(std::string_view text);
  void AssignRuns(std::string_view text, Analysis analysis);

  std::string folded_;             // all tokens, one after another
  std::vector<std::size_t> ends_;  // where each ends in folded_
};

/// The tokens of `text`, in order, as TokenBuffer has them.
[[nodiscard]] std::vector<std::string> Tokens(std::string_view text,
                                              Analysis analysis = Analysis::kStandard);

/// `text` in lower case, not split.
[[nodiscard]] std::string LowercaseToken(std::string_view text);

/// What a query string makes of a token that has wildcards: lower case, if the analyzer has it.
[[nodiscard]] std::string NormalizedToken(std::string_view text, Analysis analysis);

}  // namespace tripline::jit

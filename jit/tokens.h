// Tokens: what becomes of a text when it is indexed, as OpenSearch's analyzers have it.
//
//   Tokens("Foo_bar's 1,024 x.y")   {"foo_bar's", "1,024", "x.y"}
//
// Tokenizer::kStandard takes the words of jit/word_reader.h, kLetter and kWhitespace what stands
// between what is no letter, or a blank. A token of more than 255 UTF-16 units is cut there, but
// for kKeyword; broken UTF-8 separates tokens. What a code point is comes from ICU (jit/unicode.h);
// tests/cluster/analysis_test.py holds all of this against a node.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// The tokens of one text at a time, in reused memory. Not shared between threads.
class TokenBuffer {
 public:
  /// Forgets the text before. `text` need not outlive the call. Where an analyzer drops a word that
  /// counts in phrases (a stop word), its place is an empty token.
  void Assign(std::string_view text, Analysis analysis = Analysis::kStandard);

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// Valid until the next Assign. Requires i < size().
  [[nodiscard]] std::string_view operator[](std::size_t i) const;

 private:
  void AssignWords(std::string_view text, Analysis analysis);
  void Add(std::string_view token, Analysis analysis);
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

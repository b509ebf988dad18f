// Tokens: what becomes of a text when it is indexed. The desk's stand-in for OpenSearch's
// `standard` analyzer: the word-break rules of UAX #29 in the dialect of Lucene's standard
// tokenizer, then lower case, no stop words.
//
//   Tokens("Foo_bar's 1,024 x.y")   {"foo_bar's", "1,024", "x.y"}
//
// What follows Lucene: a token has at least one letter, digit, katakana, ideograph or pictograph; a
// Han or hiragana character is a token of its own; Thai and its neighbours stay together up to the
// next blank; a token longer than 255 UTF-16 units is cut there. Broken UTF-8 separates tokens.
// What may differ: the tables are Unicode 14 (Lucene's and the JVM's are of their release), emoji
// sequences are joined by their ZWJ and marks alone, and fields with any other analyzer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::jit {

/// UTF-16 units of a token at most.
inline constexpr std::size_t kMaxTokenUnits = 255;

/// The tokens of one text at a time, in reused memory. Not shared between threads.
class TokenBuffer {
 public:
  /// Forgets the text before. `text` need not outlive the call.
  void Assign(std::string_view text);

  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// Valid until the next Assign. Requires i < size().
  [[nodiscard]] std::string_view operator[](std::size_t i) const;

 private:
  std::string folded_;             // all tokens, one after another
  std::vector<std::size_t> ends_;  // where each ends in folded_
};

/// The tokens of `text`, in order, lower case.
[[nodiscard]] std::vector<std::string> Tokens(std::string_view text);

/// `text` in lower case, not split: what a query string does with a token that has wildcards.
[[nodiscard]] std::string LowercaseToken(std::string_view text);

}  // namespace tripline::jit

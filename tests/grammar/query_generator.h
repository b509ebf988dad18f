// QueryGenerator: random KQL-like text, the same for the same seed on every machine.
//
// Two kinds: tokens of the language in any order, which mostly fail to parse at interesting places,
// and derivations of the grammar with small damages, which mostly parse or fail late.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::grammar {

class QueryGenerator {
 public:
  explicit QueryGenerator(std::uint64_t seed) : random_(seed) {}

  /// Up to 14 tokens of the alphabet: blanks, keywords and their halves, escapes, quotes, stars,
  /// signs, characters of every UTF-8 length.
  std::string Tokens();
  /// A query that derives from the grammar, and then, two times in three, up to three damages.
  std::string Derivation();
  /// `query` with one character or token removed, doubled, swapped or replaced.
  std::string Damage(std::string query);

  /// Below `bound`; not std::uniform_int_distribution, which differs between libraries.
  std::size_t Below(std::size_t bound) { return random_() % bound; }

 private:
  std::string_view Pick(const std::vector<std::string_view>& choices) {
    return choices[Below(choices.size())];
  }
  std::string Blanks();
  std::string Keyword(std::string_view word);
  std::string Literal();
  std::string Values(int depth);
  std::string Condition(int depth);
  std::string Query(int depth);

  std::mt19937_64 random_;
};

}  // namespace tripline::grammar

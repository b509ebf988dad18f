// Globs and values for tests: a textbook definition to judge by, all small cases, random ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program.h"

namespace tripline::jit {

/// A glob from text in which every '*' is a star.
[[nodiscard]] Glob GlobOf(std::string_view text, bool ignores_case = false,
                          bool has_question = false);

/// The glob as text, for messages.
[[nodiscard]] std::string Show(const Glob& glob);

/// What a glob means, by recursion on its first character.
[[nodiscard]] bool TextbookMatches(const Glob& glob, std::string_view value);

/// All strings over the letters of `alphabet` of at most `max_length` characters.
[[nodiscard]] std::vector<std::string> AllStrings(std::string_view alphabet,
                                                  std::size_t max_length);

/// Small random globs and values over an alphabet that collides often.
class RandomGlobs {
 public:
  enum class Alphabet : std::uint8_t {
    kBytes,   // NUL, newline, letters of both cases, '?', whole and broken code points
    kChunks,  // the same in threes and fours, so that most pieces are worth a literal search
  };
  explicit RandomGlobs(std::uint32_t seed, Alphabet alphabet = Alphabet::kBytes)
      : random_(seed), alphabet_(alphabet) {}

  [[nodiscard]] Glob NextGlob();
  [[nodiscard]] std::string NextValue();
  /// A number below `end`.
  [[nodiscard]] std::uint32_t Below(std::uint32_t end);

 private:
  [[nodiscard]] std::string NextText(std::uint32_t max_symbols);

  std::mt19937 random_;
  Alphabet alphabet_;
};

}  // namespace tripline::jit

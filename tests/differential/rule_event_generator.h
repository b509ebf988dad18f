// Random queries and random events over the same few fields and values, so that they meet often.
#pragma once

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace tripline::differential {

/// The types of the generated fields, as an index mapping.
[[nodiscard]] std::string GeneratedMapping();

class RuleEventGenerator {
 public:
  explicit RuleEventGenerator(std::uint64_t seed) : random_(seed) {}

  /// KQL of at most `depth` levels of parentheses.
  [[nodiscard]] std::string Query(int depth);
  /// Missing, null, single and several values; nested, dotted and in arrays of objects.
  [[nodiscard]] nlohmann::json Event();

 private:
  std::size_t Below(std::size_t n) { return random_() % n; }
  bool OneIn(std::size_t n) { return Below(n) == 0; }
  template <class List>
  std::string Pick(const List& list) {
    return std::string(list[Below(list.size())]);
  }
  std::string Leaf();
  std::string KeywordLeaf();
  std::string TextLeaf(const std::string& field);
  std::string ObjectLeaf(bool has_objects);
  nlohmann::json Objects(int depth);
  nlohmann::json ValueOf(char type);
  nlohmann::json ValuesOf(char type);

  std::mt19937_64 random_;
};

}  // namespace tripline::differential

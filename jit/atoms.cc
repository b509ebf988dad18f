// One overload per (atom, value) that can be true, one catch-all for the rest.
#include "jit/atoms.h"

#include <algorithm>
#include <compare>
#include <cstring>
#include <string>
#include <variant>

#include "base/text.h"
#include "jit/glob.h"
#include "jit/json_number.h"
#include "jit/object_value.h"
#include "jit/tokens.h"
#include "jit/value_set.h"

namespace tripline::jit {
namespace {

/// Numeric order if both are numbers and the range asks for it, else the order of bytes.
std::strong_ordering CompareStrings(std::string_view a, std::string_view b, bool is_numeric) {
  if (is_numeric) {
    const auto left = ParseJsonNumber(a);
    const auto right = ParseJsonNumber(b);
    if (left && right) return Compare(*left, *right);
  }
  return a.compare(b) <=> 0;
}

struct AcceptsBytes {
  std::string_view value;
  Analysis analysis = Analysis::kStandard;  // of kText

  [[nodiscard]] bool operator()(const Exists&) const { return true; }
  [[nodiscard]] bool operator()(const Term& term) const { return value == term.value; }
  [[nodiscard]] bool operator()(const Glob& glob) const { return GlobMatches(glob, value); }
  [[nodiscard]] bool operator()(const StringRange& range) const {
    if (range.low) {
      const auto order = CompareStrings(value, *range.low, range.is_numeric);
      if (range.includes_low ? order < 0 : order <= 0) return false;
    }
    if (range.high) {
      const auto order = CompareStrings(value, *range.high, range.is_numeric);
      if (range.includes_high ? order > 0 : order >= 0) return false;
    }
    return true;
  }
  [[nodiscard]] bool operator()(const IpPrefix& prefix) const {
    IpAddress address;
    return ReadAddress(&address) && prefix.Contains(address);
  }
  [[nodiscard]] bool operator()(const AddressRange& range) const {
    IpAddress address;
    return ReadAddress(&address) && range.first <= address && address <= range.last;
  }
  [[nodiscard]] bool operator()(const TextAny& text) const {
    return std::ranges::any_of(Words(), [&text](const std::string& token) {
      return std::ranges::find(text.tokens, token) != text.tokens.end();
    });
  }
  [[nodiscard]] bool operator()(const TextPhrase& text) const {
    const std::vector<std::string> tokens = Tokens(value, analysis);
    const auto fits = [](const std::string& token, const std::string& wanted) {
      return wanted.empty() || token == wanted;  // a dropped word leaves any word in its place
    };
    return !text.tokens.empty() && !std::ranges::search(tokens, text.tokens, fits).empty();
  }
  [[nodiscard]] bool operator()(const TextGlob& text) const {
    return std::ranges::any_of(
        Words(), [&text](const std::string& token) { return GlobMatches(text.glob, token); });
  }
  [[nodiscard]] bool operator()(const TextRange& text) const {
    return std::ranges::any_of(
        Words(), [&text](const std::string& token) { return AcceptsBytes{token}(text.range); });
  }
  [[nodiscard]] bool operator()(const ObjectMatch& match) const {
    return ObjectHolds(match, value);
  }
  [[nodiscard]] bool operator()(const InSet& in) const {
    IpAddress address;
    const ValueSet& set = *in.values;
    const bool asks_address = set.kind() == ValueSet::Kind::kAddresses && ReadAddress(&address);
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (set.kind() == ValueSet::Kind::kTexts && set.TextAt(i) == value) return true;
      if (asks_address && set.AddressesAt(i).first <= address &&
          address <= set.AddressesAt(i).second) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool operator()(const auto&) const { return false; }

  // Without the places of words that were dropped.
  [[nodiscard]] std::vector<std::string> Words() const {
    std::vector<std::string> words = Tokens(value, analysis);
    if (analysis.drops_stop_words) std::erase(words, "");
    return words;
  }
  [[nodiscard]] bool ReadAddress(IpAddress* address) const {
    if (value.size() != address->bytes.size()) return false;
    std::memcpy(address->bytes.data(), value.data(), value.size());
    return true;
  }
};

struct AcceptsInteger {
  std::int64_t value;

  [[nodiscard]] bool operator()(const Exists&) const { return true; }
  [[nodiscard]] bool operator()(const IntegerRange& range) const {
    return range.first <= value && value <= range.last;
  }
  [[nodiscard]] bool operator()(const InSet& in) const {
    const bool fits = in.values->kind() == ValueSet::Kind::kIntegers;
    for (std::size_t i = 0; fits && i < in.values->size(); ++i) {
      const auto [first, last] = in.values->IntegersAt(i);
      if (first <= value && value <= last) return true;
    }
    return false;
  }
  [[nodiscard]] bool operator()(const auto&) const { return false; }
};

struct AcceptsFloat {
  double value;

  [[nodiscard]] bool operator()(const Exists&) const { return true; }
  [[nodiscard]] bool operator()(const FloatRange& range) const {
    return (range.includes_low ? range.low <= value : range.low < value) &&
           (range.includes_high ? value <= range.high : value < range.high);
  }
  [[nodiscard]] bool operator()(const InSet& in) const {
    const bool fits = in.values->kind() == ValueSet::Kind::kFloats;
    for (std::size_t i = 0; fits && i < in.values->size(); ++i) {
      const auto [first, last] = in.values->FloatsAt(i);
      if (first <= value && value <= last) return true;
    }
    return false;
  }
  [[nodiscard]] bool operator()(const auto&) const { return false; }
};

template <class Accepts>
std::vector<std::uint32_t> TruePositions(const Program& program, FieldIndex field,
                                         const Accepts& accepts) {
  std::vector<std::uint32_t> positions;
  const std::vector<LeafIndex> leaves = LeavesOf(program, field);
  for (std::uint32_t position = 0; position < leaves.size(); ++position) {
    const Leaf& leaf = program.leaves[leaves[position]];
    if (std::ranges::any_of(leaf.atoms, accepts)) {
      positions.push_back(position);
    }
  }
  return positions;
}

}  // namespace

bool AtomAccepts(const Atom& atom, std::string_view value, Analysis analysis) {
  return std::visit(AcceptsBytes{value, analysis}, atom);
}

bool AtomAccepts(const Atom& atom, std::int64_t value) {
  return std::visit(AcceptsInteger{value}, atom);
}

bool AtomAccepts(const Atom& atom, double value) { return std::visit(AcceptsFloat{value}, atom); }

bool ValueExists(const Field& field, std::string_view value) {
  if (field.kind != ColumnKind::kString || field.ignore_above == 0) return true;
  // Valid text never has more UTF-16 units than bytes; broken text is cut somewhere near the bound.
  return value.size() <= field.ignore_above || Utf16Length(value) <= field.ignore_above;
}

std::vector<LeafIndex> LeavesOf(const Program& program, FieldIndex field) {
  std::vector<LeafIndex> leaves;
  for (LeafIndex i = 0; i < program.leaves.size(); ++i) {
    if (program.leaves[i].field == field) leaves.push_back(i);
  }
  return leaves;
}

std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field,
                                        std::string_view value) {
  if (!ValueExists(program.fields[field], value)) return {};
  const Analysis analysis = program.fields[field].analysis;
  return TruePositions(program, field, [value, analysis](const Atom& atom) {
    return AtomAccepts(atom, value, analysis);
  });
}

std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field,
                                        std::int64_t value) {
  return TruePositions(program, field,
                       [value](const Atom& atom) { return AtomAccepts(atom, value); });
}

std::vector<std::uint32_t> DecideSlowly(const Program& program, FieldIndex field, double value) {
  return TruePositions(program, field,
                       [value](const Atom& atom) { return AtomAccepts(atom, value); });
}

}  // namespace tripline::jit

// Random Programs over fields of every kind, for tests that compare ways of matching events.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/ip.h"
#include "jit/program.h"
#include "tests/support/random_program.h"

namespace tripline::testing {

class RandomAtoms {
 public:
  explicit RandomAtoms(std::uint64_t seed) : random_(seed) {}

  jit::Leaf LeafOn(const jit::Program& program, jit::FieldIndex field) {
    jit::Leaf leaf{.field = field, .atoms = {}};
    for (std::uint32_t i = Below(3); i < 3; ++i) {
      leaf.atoms.push_back(AtomFor(program.fields[field].kind));
    }
    return leaf;
  }

  std::uint32_t Below(std::size_t end) {
    return static_cast<std::uint32_t>(
        std::uniform_int_distribution<std::size_t>(0, end - 1)(random_));
  }

 private:
  template <class T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  jit::Atom AtomFor(jit::ColumnKind kind) {
    if (Below(8) == 0) {
      return jit::Exists{};
    }
    static const std::vector<std::string> kTexts = {"x", "X", "curl", "", "7", "1.5", "Foo bar"};
    static const std::vector<std::string> kTokens = {"foo", "bar", "x", "curl", "7"};
    static const std::vector<std::int64_t> kNumbers = {
        -3, 0, 1, 7, 1777593600000, std::numeric_limits<std::int64_t>::min()};
    switch (kind) {
      case jit::ColumnKind::kString:
        switch (Below(3)) {
          case 0:
            return jit::Term{Pick(kTexts)};
          case 1:
            return jit::Glob{{Below(2) == 0 ? "" : Pick(kTexts), Pick(kTexts)}, Below(4) == 0};
          default:
            return jit::StringRange{.low = Pick(kTexts),
                                    .high = std::nullopt,
                                    .includes_low = Below(2) == 0,
                                    .is_numeric = Below(2) == 0};
        }
      case jit::ColumnKind::kText:
        switch (Below(3)) {
          case 0:
            return jit::TextAny{{Pick(kTokens), Pick(kTokens)}};
          case 1:
            return jit::TextPhrase{{Pick(kTokens), Pick(kTokens)}};
          default:
            return jit::TextGlob{{{Pick(kTokens).substr(0, 1), ""}}};
        }
      case jit::ColumnKind::kAddress:
        return Below(2) == 0 ? jit::Atom(*ParseIpPrefix(Below(2) == 0 ? "10.0.0.0/8" : "fe80::/10"))
                             : jit::Atom(jit::AddressRange{.first = *ParseIpAddress("10.0.0.1"),
                                                           .last = *ParseIpAddress("10.0.0.9")});
      case jit::ColumnKind::kFloat:
        return jit::FloatRange{.low = static_cast<double>(Pick(kNumbers)),
                               .high = 7,
                               .includes_low = Below(2) == 0,
                               .includes_high = Below(2) == 0};
      case jit::ColumnKind::kInteger:
      case jit::ColumnKind::kDate:
      case jit::ColumnKind::kBoolean:
      case jit::ColumnKind::kObject:
      case jit::ColumnKind::kDelegated:
        return jit::IntegerRange{.first = Pick(kNumbers), .last = Pick(kNumbers)};
    }
    return jit::Exists{};
  }

  std::mt19937_64 random_;
};

inline jit::Program RandomProgramOver(const std::vector<jit::Field>& fields, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  RandomAtoms atoms(seed);
  jit::Program program =
      RandomProgram(random, {.num_leaves = 40, .num_nodes = 150, .num_outputs = 20});
  program.fields = fields;
  for (jit::Leaf& leaf : program.leaves) {
    const jit::FieldIndex field = atoms.Below(fields.size());
    leaf = fields[field].kind == jit::ColumnKind::kDelegated
               ? jit::Leaf{.field = field, .atoms = {jit::Exists{}}}
               : atoms.LeafOn(program, field);
  }
  return program;
}

}  // namespace tripline::testing

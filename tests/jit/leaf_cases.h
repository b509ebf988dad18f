// Random leaves of every kind, and values that collide with them, for tests that hold a fast way to
// decide against the slow one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jit/program.h"
#include "tests/jit/glob_cases.h"

namespace tripline::jit {

class RandomLeaves {
 public:
  explicit RandomLeaves(std::uint32_t seed)
      : bytes_(seed), chunks_(seed + 1, RandomGlobs::Alphabet::kChunks) {}

  /// A program whose field 0 is of this kind and has `num_leaves` leaves; every third leaf is on
  /// another field.
  [[nodiscard]] Program NextProgram(ColumnKind kind, std::uint32_t num_leaves);

  [[nodiscard]] std::string NextString();
  [[nodiscard]] std::string NextText();
  [[nodiscard]] IpAddress NextAddress();
  [[nodiscard]] std::int64_t NextInteger();
  [[nodiscard]] double NextFloat();

 private:
  [[nodiscard]] std::uint32_t Below(std::uint32_t end) { return bytes_.Below(end); }
  [[nodiscard]] Glob NextGlob();
  [[nodiscard]] std::string NextToken();
  [[nodiscard]] Atom NextAtom(ColumnKind kind);
  [[nodiscard]] Atom NextStringAtom();
  [[nodiscard]] Atom NextTextAtom();
  [[nodiscard]] Atom NextAddressAtom();

  RandomGlobs bytes_;
  RandomGlobs chunks_;
};

/// The 16 bytes as an address column holds them.
[[nodiscard]] std::string BytesOf(const IpAddress& address);

}  // namespace tripline::jit

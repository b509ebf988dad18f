// Verify: are the numbers in a Program sense? Every index, every count, every atom.
//
// A Program that came as bytes is hostile until Verify accepts it; after that the printer, the
// interpreter and the LLVM emitter read it without looking back. One pass, no allocation that grows
// with a number in the Program before that number was checked.
//
//   TRIPLINE_TRY_VOID(Verify(program));
#pragma once

#include <cstdint>

#include "base/result.h"
#include "jit/program.h"

namespace tripline::jit {

/// How large a Program may be. The published corpus (727 rules) needs 431 fields, 6,409 leaves and
/// about 8,000 nodes; the defaults leave room for 10,000 rules with long value lists, and keep what
/// a hostile file can make us allocate below about one GiB.
struct ProgramLimits {
  std::uint32_t fields = 1U << 16;
  std::uint32_t leaves = 1U << 20;
  std::uint32_t atoms = 1U << 22;  // in all leaves together
  std::uint32_t nodes = 1U << 20;
  std::uint32_t operands = 1U << 22;
  std::uint32_t outputs = 1U << 16;
  std::uint64_t string_bytes = 1U << 28;               // field names and atoms together
  std::uint64_t list_bytes = std::uint64_t{1} << 32U;  // value lists; a file's size bounds them too
};

/// Objects inside objects: nested fields in nested fields. The kObject fields of a Program, and the
/// Programs in its atoms, may go so many levels down.
inline constexpr std::uint32_t kMaxObjectLevels = 8;

/// Accepts a Program that every reader of this room can take. Errors: kLimit (larger than
/// `limits`), kInvalid (anything else); the message names the element.
[[nodiscard]] Result<void> Verify(const Program& program, const ProgramLimits& limits = {});

}  // namespace tripline::jit

// The portable form of a Program: what a ruleset file carries between machines.
//
//   program  := "TLPG" version:u32 fields leaves nodes operands outputs
//   fields   := count:u32 { name:string kind:u8 ignore_above:u32 source:string is_pattern:flag
//                           lowercases:flag form:u8 scale:f64 analysis:u8
//                           date_format:string except:list inner:fields }
//   leaves   := count:u32 { field:u32 count:u32 { atom } }
//   nodes    := count:u32 { op:u8 first:u32 count:u32 }
//   operands := count:u32 { node:u32 }          outputs := count:u32 { node:u32 }
//   atom, string, flag: jit/atom_bytes.h
//
// Numbers are little-endian. Equal Programs have equal bytes. Any change to this grammar, to Op, to
// ColumnKind or to the order of Atom's alternatives needs a new kProgramVersion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "jit/program.h"
#include "jit/verify.h"

namespace tripline::jit {

inline constexpr std::uint32_t kProgramVersion = 4;

/// What reading may use up: a program within an atom is read with one level less.
struct ReadBudget {
  const ProgramLimits& limits;
  std::uint32_t levels = kMaxObjectLevels;
};

/// The bytes of a Program. Requires what Verify requires.
[[nodiscard]] std::string Serialize(const Program& program);

/// The verified Program in `bytes`, which may come from anybody. Errors: kUnsupported (another
/// version), kInvalid (damaged, or Verify says no), kLimit.
[[nodiscard]] Result<Program> Deserialize(std::string_view bytes, const ProgramLimits& limits = {});

/// The same for a program within an atom, which Verify looks at with the whole.
[[nodiscard]] Result<Program> DeserializeInner(std::string_view bytes, const ReadBudget& budget);

}  // namespace tripline::jit

// The bytes of one atom: a part of the portable form (jit/program_bytes.h), and the key by which
// ProgramBuilder knows equal leaves.
//
//   atom      := position in Atom:u8, then the members in the order of their struct
//   string    := size:u32 bytes       list := count:u32 { string }       flag := 0:u8 | 1:u8
//   optional  := flag, then the member if the flag is 1
//   address   := 16 bytes in network order
//   ObjectMatch := list of string, each a program (jit/program_bytes.h)
//   list of values (InSet): jit/value_set.h
//
// Equal atoms have equal bytes. A change here is a change of kProgramVersion.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "jit/program.h"

namespace tripline::jit {

struct ReadBudget;  // jit/program_bytes.h

/// Puts an atom at the end of `writer`.
void AppendAtom(ByteWriter& writer, const Atom& atom);

/// Takes an atom from `reader`. Allocates at most eight times the bytes that it reads; whether the
/// atom makes sense is for Verify to say. Errors: kInvalid.
[[nodiscard]] Result<Atom> ReadAtom(ByteReader& reader, const ReadBudget& budget);

/// Takes one byte below `end`; `what` names it in the message. Errors: kInvalid.
[[nodiscard]] Result<std::uint8_t> ReadBelow(ByteReader& reader, std::uint8_t end,
                                             std::string_view what);

}  // namespace tripline::jit

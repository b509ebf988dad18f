// PegOracle: the reference's parsing expression grammar, executed literally; the slow twin that
// judges grammar/.
//
// It shares no code with the room. One function is one rule of the grammar: alternatives in order,
// no way back into an alternative that has succeeded, every rule's result remembered by place, and
// failures recorded unless a named rule is at work. Its answers are texts, to be compared with
// Print(), the message and the offset of Parse().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tripline::grammar {

struct PegAnswer {
  bool is_accepted = false;
  std::string tree;        // in the notation of Print(); empty if not accepted
  std::size_t offset = 0;  // of the furthest failure, in UTF-16 units
  std::string message;     // "Expected ... but ... found"
};

/// Requires valid UTF-8 and modest nesting.
[[nodiscard]] PegAnswer ParseWithPeg(std::string_view query);

}  // namespace tripline::grammar

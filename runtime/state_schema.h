// The tables of a state file (docs/windows.md, "What is kept"), and how an older file becomes one
// of this version.
//
// Constants; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace tripline::runtime {

inline constexpr std::int64_t kStateVersion = 3;
inline constexpr std::int64_t kStateApplicationId = 0x5452'4950;  // "TRIP"

/// The statements that make a file of this version out of one of `version`; 0 is an empty file, and
/// versions up to kStateVersion are known.
[[nodiscard]] std::string StatementsToUpgrade(std::int64_t version);

}  // namespace tripline::runtime

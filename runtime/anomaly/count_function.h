// CountFunction: which counts a detector finds unusual, and what an empty bucket is to it.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tripline::runtime {

enum class Direction : std::uint8_t { kHigh, kLow, kBoth };

enum class EmptyBuckets : std::uint8_t {
  kData,     // a count of zero, scored and learned
  kMissing,  // nothing is known: neither scored nor learned
};

struct CountFunction {
  Direction direction = Direction::kBoth;
  EmptyBuckets empty = EmptyBuckets::kData;
};

/// "count", "high_count", "low_count", "non_zero_count", "high_non_zero_count",
/// "low_non_zero_count"; empty for any other name.
[[nodiscard]] inline std::optional<CountFunction> ParseCountFunction(std::string_view name) {
  CountFunction function;
  if (name.starts_with("high_")) {
    function.direction = Direction::kHigh;
    name.remove_prefix(5);
  } else if (name.starts_with("low_")) {
    function.direction = Direction::kLow;
    name.remove_prefix(4);
  }
  if (name == "non_zero_count") {
    function.empty = EmptyBuckets::kMissing;
    return function;
  }
  return name == "count" ? std::optional(function) : std::nullopt;
}

}  // namespace tripline::runtime

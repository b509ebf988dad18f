// The scalars of a JSON text by their bytes: where a number or a name ends, and what a string
// means. Part of DocumentWalk (runtime/document_walk.h), which knows where each begins.
//
// Free functions without state. Requires of every place: kLinePadding readable bytes behind the
// text (runtime/line_reader.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tripline::runtime {

/// A blank between words.
[[nodiscard]] inline bool IsJsonBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct JsonNumber {
  std::string_view digits;
  bool is_whole = true;  // without fraction or exponent
};

/// The number that begins at `begin`; empty if there is none, or none that ends where a number may.
[[nodiscard]] JsonNumber JsonNumberAt(const char* begin);

/// The value of a whole number of at most kSafeJsonDigits bytes.
inline constexpr std::size_t kSafeJsonDigits = 18;
[[nodiscard]] std::int64_t JsonIntegerOf(std::string_view digits);

/// True if "true", "false" or "null" stands at `at`, whose first character is `first`, and ends
/// where a name may.
[[nodiscard]] bool IsJsonName(char first, const char* at);

/// Takes the quotes and escapes off a string. False if it is damaged.
[[nodiscard]] bool DecodeJsonString(std::string_view quoted, std::string* decoded);

}  // namespace tripline::runtime

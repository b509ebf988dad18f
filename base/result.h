// Result<T>: a value, or what went wrong in the world (a file, a limit, a damaged artifact).
//
// Three kinds of error are never mixed: the author's mistake is a Diagnostic (base/diagnostic.h),
// the world is an Error in a Result, our own bug is a failed Check (base/check.h).
//
//   Result<std::string> text = ReadFile(path);
//   TRIPLINE_TRY(std::string text, ReadFile(path));   // returns the error from the calling
//   function
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace tripline {

enum class ErrorCode : std::uint8_t {
  kNotFound,     // no such file or entry
  kInvalid,      // damaged, foreign or contradictory data
  kUnsupported,  // well formed, but of another version or not available here
  kLimit,        // a bound on size, depth or memory was reached
  kUnavailable,  // the operating system or a library said no (disk full, locked, no permission)
  kUsage,        // the caller's options contradict each other
};

/// What went wrong in the world: `message` says what was expected, what was found, where, and what
/// to do.
struct Error {
  ErrorCode code;
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] std::unexpected<Error> Fail(ErrorCode code, std::string message);

}  // namespace tripline

#define TRIPLINE_CONCAT_INNER(a, b) a##b
#define TRIPLINE_CONCAT(a, b) TRIPLINE_CONCAT_INNER(a, b)
#define TRIPLINE_TRY_INNER(holder, declaration, ...)              \
  auto holder = (__VA_ARGS__);                                    \
  if (!holder) return std::unexpected(std::move(holder).error()); \
  declaration = *std::move(holder)
/// TRIPLINE_TRY(auto x, F()): x from F()'s value, or return F()'s error.
#define TRIPLINE_TRY(declaration, ...) \
  TRIPLINE_TRY_INNER(TRIPLINE_CONCAT(tripline_try_, __COUNTER__), declaration, __VA_ARGS__)
/// TRIPLINE_TRY_VOID(F()): return F()'s error, if it has one.
#define TRIPLINE_TRY_VOID(...)                                  \
  if (auto tripline_status = (__VA_ARGS__); !tripline_status) { \
    return std::unexpected(std::move(tripline_status).error()); \
  }                                                             \
  static_assert(true)

// How verbs talk: colour and progress only on a terminal, everything on stderr, so that stdout
// stays data.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/result.h"

namespace tripline::cli {

/// "tripline: <message>" on stderr.
void Say(std::string_view message);

/// Says an error of the world and answers the exit code for it.
int SayError(const Error& error);

/// Renders diagnostics on stderr, in colour where stderr is a terminal. Notes are left out unless
/// wanted.
enum class Notes : std::uint8_t { kHidden, kShown };
void SayDiagnostics(const Diagnostics& diagnostics, Notes notes = Notes::kHidden);

/// "1,234,567".
[[nodiscard]] std::string Grouped(std::uint64_t number);

/// A line that counts up on a terminal, from the second second on; silent elsewhere. Not
/// thread-safe.
class Progress {
 public:
  explicit Progress(std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void Show(std::uint64_t count);

 private:
  std::string what_;
  bool is_terminal_;
  bool is_drawn_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace tripline::cli

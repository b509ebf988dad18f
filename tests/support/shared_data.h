// Where tests find the material that lies beside a development checkout (public rules, real events,
// generators) and that the project itself does not carry.
//
// The folder is $TRIPLINE_SHARED, else ../shared beside the source folder. Where it is absent, a
// test over it says so and is skipped; with "shared" in $TRIPLINE_REQUIRE it fails instead, so that
// a machine that ought to have the folder cannot pass by not looking.
//
//   TEST(Corpus, EveryQueryParses) {
//     const std::optional<std::string> shared = SharedFolder();
//     if (!shared) return SkipWithoutShared();
//     ...
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace tripline::testing {

/// The folder with the shared material, if it is there.
[[nodiscard]] inline std::optional<std::string> SharedFolder() {
  const char* named = std::getenv("TRIPLINE_SHARED");
  std::string folder = named != nullptr && *named != '\0'
                           ? std::string(named)
                           : std::string(TRIPLINE_SOURCE_DIR) + "/../shared";
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return std::nullopt;
  }
  return folder;
}

/// True if $TRIPLINE_REQUIRE, a list with commas, names `what`.
[[nodiscard]] inline bool IsRequired(std::string_view what) {
  const char* required = std::getenv("TRIPLINE_REQUIRE");
  std::string_view rest = required != nullptr ? required : "";
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    if (name == what) {
      return true;
    }
    rest.remove_prefix(name.size() < rest.size() ? name.size() + 1 : name.size());
  }
  return false;
}

/// Marks the running test as skipped, or as failed where the folder is required. The caller
/// returns.
inline void SkipWithoutShared() {
  if (IsRequired("shared")) {
    FAIL() << "TRIPLINE_REQUIRE names shared, but neither $TRIPLINE_SHARED nor "
           << TRIPLINE_SOURCE_DIR << "/../shared is a folder";
  }
  GTEST_SKIP() << "../shared is not there: this test over public rules and events did not run";
}

}  // namespace tripline::testing

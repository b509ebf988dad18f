// Golden files: expected text that is too long for a test's own lines, reviewed like code.
//
//   ExpectGolden("program/seed_rule.out", Print(program));
//
// With TRIPLINE_UPDATE_GOLDEN=1 in the environment the file is written instead of compared.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace tripline::testing {

/// Expects `actual` to be the text of tests/golden/`path`.
inline void ExpectGolden(const std::string& path, const std::string& actual) {
  const std::filesystem::path file =
      std::filesystem::path(TRIPLINE_SOURCE_DIR) / "tests" / "golden" / path;
  if (std::getenv("TRIPLINE_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(file, std::ios::binary);
  ASSERT_TRUE(in) << file << " is missing; TRIPLINE_UPDATE_GOLDEN=1 writes it";
  std::stringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(expected.str(), actual)
      << "if the change is meant, TRIPLINE_UPDATE_GOLDEN=1 rewrites " << file;
}

}  // namespace tripline::testing

// Trees and diagnostics that are reviewed as files: tests/golden/ast/*.in and
// tests/golden/diagnostics/kql_*.in, each one query (its last line break is not part of it).
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "tests/support/golden.h"

namespace tripline::grammar {
namespace {

struct Case {
  std::string name;  // without ".in"
  std::string query;
};

std::vector<Case> Cases(const std::string& stage, const std::string& prefix) {
  const std::string folder = std::string(TRIPLINE_SOURCE_DIR) + "/tests/golden/" + stage;
  std::vector<Case> cases;
  const std::vector<std::string> files = ListFiles(folder, {".in"}).value();
  for (const std::string& file : files) {
    const std::string name = std::filesystem::path(file).stem().string();
    if (!name.starts_with(prefix)) {
      continue;
    }
    std::string query = ReadFile(file, std::uint64_t{1} << 20U).value();
    if (query.ends_with('\n')) {
      query.pop_back();
    }
    cases.push_back({name, std::move(query)});
  }
  return cases;
}

TEST(AstGolden, TreesAreAsReviewed) {
  const std::vector<Case> cases = Cases("ast", "");

  for (const auto& [name, query] : cases) {
    const auto ast = Parse({name + ".in", query, {}, {}});
    ASSERT_TRUE(ast) << Render(ast.error().at(0));
    testing::ExpectGolden("ast/" + name + ".out", Print(*ast) + "\n");
  }

  EXPECT_GE(cases.size(), 8U);
}

// Small limits for the cases about limits, so that their files are small too.
ParseOptions OptionsFor(const std::string& name) {
  ParseOptions options;
  if (name == "kql_too_long") {
    options.max_bytes = 20;
  } else if (name == "kql_too_deep") {
    options.max_depth = 2;
  } else if (name == "kql_too_many_nodes") {
    options.max_nodes = 2;
  }
  return options;
}

TEST(DiagnosticGolden, HintsAreAsReviewed) {
  const std::vector<Case> cases = Cases("diagnostics", "kql_");

  std::set<std::string> codes;

  for (const auto& [name, query] : cases) {
    const auto ast = Parse({name + ".in", query, {}, {}}, OptionsFor(name));
    ASSERT_FALSE(ast) << name << " parses: " << Print(*ast);
    testing::ExpectGolden("diagnostics/" + name + ".out", Render(ast.error().at(0)));
    codes.insert(ast.error().at(0).code);
  }

  EXPECT_GE(cases.size(), 60U);
  EXPECT_EQ(codes, (std::set<std::string>{"kql.invalid_utf8", "kql.syntax", "kql.too_deep",
                                          "kql.too_long", "kql.too_many_nodes"}));
}

}  // namespace
}  // namespace tripline::grammar

// The public rules: every KQL query parses, and to the tree of the slow twin.
#include <gtest/gtest.h>

#include <toml++/toml.h>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/file.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "peg_oracle.h"
#include "tests/support/shared_data.h"

namespace tripline::grammar {
namespace {

struct Rule {
  std::string file;
  std::string query;
};

std::vector<Rule> KqlRules(const std::string& folder) {
  std::vector<Rule> rules;
  const auto files = ListFiles(folder, {".toml"});
  if (!files) {
    ADD_FAILURE() << files.error().message;
    return rules;
  }
  for (const std::string& file : *files) {
    const toml::table document = toml::parse_file(file);
    const toml::node_view rule = document["rule"];
    if (rule["language"].value_or<std::string>("") == "kuery") {
      rules.push_back({file, rule["query"].value_or<std::string>("")});
    }
  }
  return rules;
}

TEST(Corpus, EveryKqlQueryParsesToTheTreeOfThePeg) {
  const std::optional<std::string> shared = testing::SharedFolder();
  if (!shared) {
    return testing::SkipWithoutShared();
  }
  const std::vector<Rule> rules = KqlRules(*shared + "/corpus/detection-rules");

  for (const Rule& rule : rules) {
    const auto ast = Parse({rule.file, rule.query, {}, {}});
    ASSERT_TRUE(ast) << Render(ast.error().at(0));
    EXPECT_EQ(Print(*ast), ParseWithPeg(rule.query).tree) << rule.file;
  }

  EXPECT_EQ(rules.size(), 588U);
}

}  // namespace
}  // namespace tripline::grammar

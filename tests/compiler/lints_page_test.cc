// docs/lints.md says what is so: its examples are run, and every lint has a section.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "compiler/compile.h"
#include "compiler/lint/lint.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "tests/compiler/lint_cases.h"

namespace tripline::compiler {
namespace {

struct Example {
  std::string code;  // of the section
  std::string what;  // "kql fires"
  std::string text;
};

struct Page {
  std::vector<std::string> sections;
  std::vector<Example> examples;
};

std::string PageText() {
  const auto text = ReadFile(std::string(TRIPLINE_SOURCE_DIR) + "/docs/lints.md", 1U << 20U);
  return text.value_or("");
}

Page ReadPage() {
  Page page;
  std::istringstream lines(PageText());
  bool is_inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (is_inside && line == "```") {
      is_inside = false;
    } else if (is_inside) {
      std::string& text = page.examples.back().text;
      text += (text.empty() ? "" : "\n") + line;
    } else if (line.starts_with("## lint.")) {
      page.sections.push_back(line.substr(3));
    } else if (line.starts_with("```")) {
      is_inside = true;
      page.examples.push_back(
          {page.sections.empty() ? "" : page.sections.back(), line.substr(3), ""});
    }
  }
  return page;
}

bool Says(const Diagnostics& said, const std::string& code) {
  return std::ranges::any_of(said, [&](const Diagnostic& d) { return d.code == code; });
}

// Rules and exception items, one a line. What every rule and item needs besides is added.
Diagnostics LintsOfLines(const std::string& lines) {
  constexpr std::string_view kRule =
      R"({"type":"query","description":"d","severity":"low","risk_score":1,)";
  constexpr std::string_view kItem = R"({"type":"simple","name":"n","description":"d",)";
  std::string file;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    file += std::string(line.contains("rule_id") ? kRule : kItem) + line.substr(1) + "\n";
  }
  const ReadRules read = ReadRuleFile("page.ndjson", file);
  const FieldCatalog catalog{nullptr, &EcsFields()};
  Diagnostics said = read.diagnostics;
  ValueLists value_lists;
  const auto lists = ExceptionLists::Make(read.asides, catalog, value_lists, said);
  const CompiledRules compiled = Compile(read.rules, {}, catalog, lists);
  said.insert(said.end(), compiled.diagnostics.begin(), compiled.diagnostics.end());
  EXPECT_FALSE(HasErrors(said)) << lines << Render(said[0]);
  return said;
}

TEST(LintsPage, EveryExampleDoesWhatItsHeadSays) {
  const Page page = ReadPage();

  ASSERT_FALSE(page.examples.empty());
  for (const Example& example : page.examples) {
    const Diagnostics said =
        example.what.starts_with("rules ") ? LintsOfLines(example.text) : LintsOf(example.text);
    EXPECT_FALSE(Says(said, "kql.syntax")) << example.text;
    if (example.what.ends_with(" fires")) {
      EXPECT_TRUE(Says(said, example.code)) << example.code << " is quiet about\n" << example.text;
    } else if (example.what.ends_with(" quiet")) {
      EXPECT_FALSE(Says(said, example.code)) << example.code << " is said about\n" << example.text;
    } else {
      EXPECT_EQ(example.what, "kql instead");
      EXPECT_TRUE(said.empty()) << said[0].code << " is said about\n" << example.text;
    }
  }
}

TEST(LintsPage, EveryLintHasASectionWithBothKindsOfExamples) {
  const Page page = ReadPage();
  const std::set<std::string> sections(page.sections.begin(), page.sections.end());
  std::set<std::string> fire;
  std::set<std::string> quiet;
  for (const Example& example : page.examples) {
    (example.what.ends_with("fires") ? fire : quiet).insert(example.code);
  }

  EXPECT_EQ(sections.size(), page.sections.size()) << "a section stands there twice";
  for (const std::string_view code : LintCodes()) {
    EXPECT_TRUE(sections.contains(std::string(code))) << code;
  }
  EXPECT_EQ(fire, sections);
  EXPECT_EQ(quiet, sections);
}

}  // namespace
}  // namespace tripline::compiler

#include "compiler/rule_filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/check.h"
#include "compiler/compile.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/rule_reader.h"
#include "compiler/typed_builder.h"
#include "grammar/parse.h"
#include "jit/print.h"

namespace tripline::compiler {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "kw":{"type":"keyword"}, "txt":{"type":"text"}, "ip":{"type":"ip"}, "long":{"type":"long"},
  "date":{"type":"date"}
}}})";

const FieldCatalog& Catalog() {
  static const FieldTypes mapping = *FieldTypes::FromMapping("mapping.json", kMapping);
  static const FieldCatalog catalog{&mapping, nullptr};
  return catalog;
}

CheckedFilters CheckText(const std::string& filters, Diagnostics& said) {
  Rule rule;
  rule.file = "rule.toml";
  rule.filters = filters;
  rule.places = {{"/filters/0", {7, 1}}, {"/filters/1", {9, 1}}};
  return CheckFilters(rule, rule.filters, "filters", Catalog(), said);
}

std::string ProgramOf(const std::string& filters) {
  Diagnostics said;
  CheckedFilters checked = CheckText(filters, said);
  EXPECT_TRUE(checked.is_complete) << filters << (said.empty() ? "" : Render(said[0]));
  return jit::Print(
      Rewrite(Lower(JoinTrees(std::move(checked.required), std::move(checked.excluded)))));
}

std::string ProgramOfKql(const std::string& text) {
  const SourceText query{"query", text, {}};
  return jit::Print(Rewrite(Lower(*Check(*grammar::Parse(query), query, Catalog()).ast)));
}

TEST(RuleFilters, MeanWhatKqlMeans) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"", "*"},
      {"[]", "*"},
      {R"([{"query":{"term":{"kw":"x"}}}])", "kw : \"x\""},
      {R"([{"meta":{},"query":{"term":{"kw":"x"}}}])", "kw : \"x\""},
      {R"([{"meta":{"negate":true},"query":{"term":{"kw":"x"}}}])", "not kw : \"x\""},
      {R"([{"meta":{"negate":true,"disabled":true},"query":{"term":{"kw":"x"}}}])", "*"},
      {R"([{"meta":{"disabled":true},"query":{"no":"such"}}])", "*"},
      {R"([{"meta":{"disabled":false},"query":{"exists":{"field":"ip"}}},)"
       R"({"meta":{"negate":true},"query":{"exists":{"field":"kw"}}}])",
       "ip : * and not kw : *"},
      // As older exports have them: the query beside meta.
      {R"([{"$state":{"store":"appState"},"meta":{"negate":true},"exists":{"field":"kw"}}])",
       "not kw : *"},
      {R"([{"meta":{},"range":{"long":{"gte":1}}}])", "long >= 1"},
      // What the filter bar writes for "is", "is one of" and "is between".
      {R"([{"meta":{},"query":{"match_phrase":{"kw":"x y"}}}])", "kw : \"x y\""},
      {R"([{"meta":{},"query":{"match":{"txt":{"query":"x y","type":"phrase"}}}}])",
       "txt : \"x y\""},
      {R"([{"meta":{"type":"phrases"},"query":{"bool":{"minimum_should_match":1,"should":)"
       R"([{"match_phrase":{"kw":"x"}},{"match_phrase":{"kw":"y"}}]}}}])",
       "kw : (\"x\" or \"y\")"},
      {R"([{"meta":{},"query":{"range":{"date":{"gte":"2026-01-01","format":)"
       R"("strict_date_optional_time"}}}}])",
       "date >= \"2026-01-01\""},
      {R"([{"query":{"constant_score":{"filter":{"term":{"kw":"x"}},"boost":2}}}])", "kw : \"x\""},
      {R"([{"query":{"dis_max":{"queries":[{"term":{"kw":"x"}},{"term":{"long":1}}]}}}])",
       "kw : \"x\" or long : 1"},
  };
  for (const auto& [filters, kql] : pairs) {
    EXPECT_EQ(ProgramOf(filters), ProgramOfKql(kql)) << filters;
  }
}

TEST(RuleFilters, CombinedOnesAreJoinedAsTheirRelationSays) {
  const std::string parts = R"("params":[{"meta":{},"query":{"term":{"kw":"x"}}},)"
                            R"({"meta":{"negate":true},"query":{"exists":{"field":"ip"}}},)"
                            R"({"meta":{"disabled":true},"query":{"exists":{"field":"long"}}}]}}])";

  EXPECT_EQ(ProgramOf(R"([{"meta":{"type":"combined","relation":"AND",)" + parts),
            ProgramOfKql("kw : \"x\" and not ip : *"));
  EXPECT_EQ(ProgramOf(R"([{"meta":{"type":"combined","relation":"OR",)" + parts),
            ProgramOfKql("not (ip : * and not kw : \"x\")"));
  EXPECT_EQ(ProgramOf(R"([{"meta":{"negate":true,"type":"combined","relation":"AND",)" + parts),
            ProgramOfKql("not (kw : \"x\" and not ip : *)"));
}

TEST(RuleFilters, AnyWordOfATextOrAllOfThem) {
  EXPECT_EQ(ProgramOf(R"([{"query":{"match":{"txt":{"query":"x y","operator":"or"}}}}])"),
            ProgramOfKql("txt : x y"));
  EXPECT_EQ(ProgramOf(R"([{"query":{"match":{"txt":{"query":"x y","operator":"AND"}}}}])"),
            ProgramOfKql("txt : x and txt : y"));
}

TEST(RuleFilters, PointAtTheirPlaceInTheRule) {
  Diagnostics said;

  const CheckedFilters checked =
      CheckText(R"([{"query":{"term":{"long":"x"}}},{"meta":{},"query":{"script":{}}}])", said);

  EXPECT_FALSE(checked.is_complete);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].code, "value.wrong_type");
  EXPECT_EQ(said[0].where.line, 7U);
  EXPECT_THAT(said[0].message, HasSubstr("filters[0].query.term: `x`"));
  EXPECT_EQ(said[1].code, "not_yet.dsl");
  EXPECT_EQ(said[1].where.line, 9U);
  EXPECT_EQ(said[1].file, "rule.toml");
}

TEST(RuleFilters, AFieldWithoutANameIsAnError) {
  Diagnostics said;

  const CheckedFilters checked = CheckText(R"([{"query":{"term":{"":"x"}}}])", said);

  EXPECT_FALSE(checked.is_complete);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].code, "field.no_name");
}

TEST(RuleFilters, SayWhereABackslashIsLost) {
  const std::vector<std::pair<std::string, bool>> texts = {
      {R"(C:\\\\Program Files\\\\*)", false},
      {R"(C:\\Program Files\\\\*)", true},
      {R"(100\\*)", false},
      {R"(why\\?)", false},
      {R"(ends with\\)", false},
      {R"(a\\é)", true},
  };
  for (const auto& [text, is_lost] : texts) {
    Diagnostics said;
    const CheckedFilters checked =
        CheckText(R"([{"query":{"wildcard":{"kw":{"value":")" + text + R"("}}}}])", said);
    EXPECT_TRUE(checked.is_complete);
    ASSERT_EQ(said.size(), is_lost ? 1U : 0U) << text;
    if (is_lost) {
      EXPECT_EQ(said[0].code, "dsl.lost_backslash");
    }
  }
}

TEST(RuleFilters, OptionsThatWouldChangeTheAnswerAreNotPassedOver) {
  for (const std::string option : {R"("fuzziness":"AUTO")", R"("slop":2)", R"("analyzer":"x")",
                                   R"("minimum_should_match":2)"}) {
    Diagnostics said;
    EXPECT_FALSE(CheckText(R"([{"query":{"match":{"txt":{"query":"x",)" + option + "}}}}]", said)
                     .is_complete)
        << option;
  }
}

TEST(RuleFilters, ARuleWithThemIsCompiledAsOneQuery) {
  const ReadRules read = ReadRuleFile(
      "rule.ndjson",
      R"({"rule_id":"r","name":"n","type":"query","query":"kw : a*","description":"","severity":)"
      R"("low","risk_score":1,"filters":[{"meta":{"negate":true},"query":{"term":{"kw":"ab"}}}]})");
  ASSERT_EQ(read.rules.size(), 1U);

  const CompiledRules compiled = Compile(read.rules, {}, Catalog());

  EXPECT_EQ(compiled.summary.runnable, 1U);
  EXPECT_TRUE(compiled.ruleset.rules[0].not_yet.empty());
  EXPECT_EQ(jit::Print(compiled.ruleset.program), ProgramOfKql("kw : a* and not kw : \"ab\""));
}

}  // namespace
}  // namespace tripline::compiler

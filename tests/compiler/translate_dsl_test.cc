#include "compiler/translate_dsl.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/file.h"
#include "compiler/document.h"
#include "compiler/field_types.h"
#include "compiler/query_string_escape.h"
#include "compiler/rule_reader.h"
#include "compiler/translate_error.h"
#include "grammar/parse.h"
#include "tests/compiler/translate_cases.h"
#include "tests/support/shared_data.h"

namespace tripline::compiler {
namespace {

std::string Translate(const std::string& query, const FieldCatalog& catalog,
                      const DslOptions& options = {}) {
  const SourceText source{"--query", query, {}};
  const auto ast = grammar::Parse(source, {.lone_surrogates = grammar::LoneSurrogates::kKept});
  if (!ast) {
    return ErrorJson(ast.error().at(0), query);
  }
  const auto dsl = TranslateToDsl(*ast, source, catalog, options);
  return dsl ? *dsl : ErrorJson(dsl.error().at(0), query);
}

FieldTypes ReadMapping(const std::string& file) {
  const std::string path = std::string(TRIPLINE_SOURCE_DIR) + "/tests/golden/translate/" + file;
  const auto mapping = FieldTypes::FromMapping(file, ReadFile(path, 1'000'000).value());
  EXPECT_TRUE(mapping) << mapping.error().message;
  return mapping.value();
}

FieldTypes MappingOf(const std::string& properties) {
  return FieldTypes::FromMapping("test", R"({"properties":{)" + properties + "}}").value();
}

// The table `name`.in, typed by mapping.json.
void ExpectTable(const std::string& name) {
  const FieldTypes mapping = ReadMapping("mapping.json");
  ExpectTranslations(name, [&](const std::string& query) { return Translate(query, {&mapping}); });
}

TEST(TranslateToDsl, FollowsTheNodeRules) { ExpectTable("dsl_nodes"); }

TEST(TranslateToDsl, ChoosesTheClauseByTheFieldsType) { ExpectTable("dsl_types"); }

TEST(TranslateToDsl, AsksEachFieldThatAStarredNameFits) { ExpectTable("dsl_names"); }

TEST(TranslateToDsl, TreatsNestedGroupsAsARuleDoes) { ExpectTable("dsl_nested"); }

TEST(TranslateToDsl, TranslatesTheSeedRulesQueryWithEcsTypes) {
  const FieldTypes ecs = FieldTypes::Ecs();

  ExpectTranslations("seed",
                     [&](const std::string& query) { return Translate(query, {nullptr, &ecs}); });
}

TEST(TranslateToDsl, MakesFourEmptyListsOfAnEmptyQuery) {
  const std::string nothing = R"({"bool":{"must":[],"filter":[],"should":[],"must_not":[]}})";

  EXPECT_EQ(Translate("", {}), nothing);
  EXPECT_EQ(Translate(" \n", {}), nothing);
}

TEST(TranslateToDsl, TakesTheMappingsWordBeforeThatOfEcs) {
  const FieldTypes ecs = FieldTypes::Ecs();
  const FieldTypes mapping =
      MappingOf(R"("process":{"properties":{"name":{"type":"text"}}},"host":{"type":"flattened"})");
  const FieldCatalog both{&mapping, &ecs};

  EXPECT_TRUE(Translate("process.name:a", both).contains(R"("match":{"process.name":"a"})"));
  EXPECT_TRUE(Translate("process.na*:a", both).contains(R"("match":{"process.name":"a"})"));
  EXPECT_FALSE(Translate("process.na*:a", both).contains("term"));
  EXPECT_TRUE(Translate("host.name:a", both).contains(R"("match":{"host.name":"a"})"));
  EXPECT_TRUE(Translate("user.name:a", both).contains(R"("term":{"user.name":{"value":"a"}})"));
}

TEST(TranslateToDsl, TakesKeysOfEcsLabelsAsFieldsWithoutAType) {
  const FieldTypes ecs = FieldTypes::Ecs();

  EXPECT_TRUE(
      Translate("labels.env:prod", {nullptr, &ecs}).contains(R"("match":{"labels.env":"prod"})"));
}

TEST(TranslateToDsl, SaysWhereAConditionOnANestedFieldIsWrong) {
  const FieldTypes mapping = ReadMapping("mapping.json");
  const SourceText source{"rule.toml", "kw:a and nest.kw:b", {10, 5}};

  const auto dsl = TranslateToDsl(*grammar::Parse(source), source, {&mapping});

  ASSERT_FALSE(dsl);
  ASSERT_EQ(dsl.error().size(), 1U);
  EXPECT_EQ(dsl.error()[0].code, "kql.nested_group");
  EXPECT_EQ(dsl.error()[0].where, (LineColumn{10, 14}));
  EXPECT_EQ(dsl.error()[0].utf16_offset, 9U);
}

TEST(TranslateToDsl, KeepsHalfACharacterAndATypedStarMark) {
  EXPECT_TRUE(Translate(R"(a:\uD800)", {}).contains(R"("match":{"a":"\ud800"})"));
  EXPECT_TRUE(Translate(R"(\uDfff:x*)", {}).contains(R"("fields":["\udfff"])"));
  EXPECT_TRUE(Translate(R"(a:@kuery-wildcard@)", {}).contains(R"("a":"@kuery-wildcard@")"));
  EXPECT_TRUE(Translate(R"(a:@kuery-wildcard@*)", {}).contains(R"("query":"**")"));
}

// One condition on `field` with that many values.
std::string ValueList(const std::string& field, std::size_t num_values) {
  std::string query = field + ":(a";
  for (std::size_t i = 1; i < num_values; ++i) {
    query += " or a";
  }
  return query + ")";
}

TEST(TranslateToDsl, RefusesANameWithStarsThatWouldFillTheMemory) {
  const FieldTypes ecs = FieldTypes::Ecs();

  const std::string answer =
      Translate(ValueList("*", 100), {nullptr, &ecs}, {.max_bytes = 1'000'000});

  EXPECT_TRUE(answer.contains("the translation takes more than 1000000 bytes")) << answer;
}

TEST(TranslateToDsl, RefusesGroupsInsideGroupsThatWouldFillTheMemory) {
  std::string query = std::string(1000, 'p') + ":{q:{a:b}";
  for (int i = 0; i < 100; ++i) {
    query += " and q:{a:b}";
  }
  query += "}";

  EXPECT_TRUE(Translate(query, {}, {.max_bytes = 50'000}).contains("groups inside groups"));
  EXPECT_TRUE(Translate(query, {}, {.max_bytes = 200'000}).contains("more than 200000 bytes"));
  EXPECT_TRUE(Translate(query, {}).starts_with(R"({"bool")"));
}

TEST(TranslateToDsl, HasRoomForEveryQueryOfPlainNamesThatParses) {
  // A tenth of all limits: the most conditions, with the longest names that so many may have.
  const grammar::ParseOptions parse;
  const DslOptions dsl{.max_bytes = DslOptions().max_bytes / 10};
  const std::size_t num_values = parse.max_nodes / 10 - 1;
  const std::string field(parse.max_literal_bytes / parse.max_nodes - 1, 'f');
  const std::string query = ValueList(field, num_values);

  EXPECT_TRUE(Translate(query, {}, dsl).starts_with(R"({"bool")"));
}

TEST(TranslateToDsl, TranslatesEveryKqlRuleOfThePublicCorpus) {
  const std::optional<std::string> shared = testing::SharedFolder();
  if (!shared) return testing::SkipWithoutShared();
  const FieldTypes ecs = FieldTypes::Ecs();
  const auto read = ReadRulePaths({*shared + "/corpus/detection-rules"});
  ASSERT_TRUE(read) << read.error().message;
  std::size_t num_queries = 0;

  for (const Rule& rule : read->rules) {
    if (rule.language != QueryLanguage::kKuery) {
      continue;
    }
    ++num_queries;
    const auto ast = grammar::Parse(rule.query);
    ASSERT_TRUE(ast) << rule.file;
    const auto dsl = TranslateToDsl(*ast, rule.query, {nullptr, &ecs});
    ASSERT_TRUE(dsl) << rule.file << ": " << dsl.error()[0].message;
    EXPECT_TRUE(ParseJson(*dsl, 0)) << rule.file;
  }

  EXPECT_EQ(num_queries, 588U);
}

TEST(QueryStringPattern, EscapesEveryCharacterThatMeansSomethingToAQueryString) {
  EXPECT_EQ(QueryStringPattern({R"(+-=&|><!(){}[]^"~*?:\/)", "a b.c_é"}),
            R"(\+\-\=\&\|\>\<\!\(\)\{\}\[\]\^\"\~\*\?\:\\\/*a b.c_é)");
  EXPECT_EQ(QueryStringPattern({"", ""}), "*");
}

}  // namespace
}  // namespace tripline::compiler

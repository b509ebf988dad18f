#include "compiler/translate_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/field_types.h"

namespace tripline::compiler {
namespace {

constexpr const char* kQuery =
    R"({"bool":{"must":[],"filter":[{"match":{"a":"b"}}],"should":[],"must_not":[]}})";
constexpr const char* kNoQuery = R"({"bool":{"must":[],"filter":[],"should":[],"must_not":[]}})";

const FieldCatalog& Catalog() {
  static const FieldTypes mapping =
      *FieldTypes::FromMapping("m.json", R"({"mappings":{"properties":{
        "n":{"type":"nested","properties":{"k":{"type":"keyword"}}}}}})");
  static const FieldCatalog catalog{&mapping, nullptr};
  return catalog;
}

// What stands under filter and under must_not for these filters.
std::string OfFilters(const std::string& filters, const char* query = kNoQuery) {
  Rule rule;
  rule.filters = filters;
  const std::string json = TranslateRuleToDsl(query, rule, {}, Catalog(), Timestamp{}).json;
  constexpr std::string_view kBefore = R"({"bool":{"must":[],"filter":)";
  EXPECT_TRUE(json.starts_with(kBefore) && json.ends_with("}}")) << json;
  return json.substr(kBefore.size(), json.size() - kBefore.size() - 2);
}

AsideDocument Item(const std::string& members) {
  return {.kind = AsideDocument::Kind::kExceptionItem,
          .id = "l",
          .document = R"({"list_id":"l","namespace_type":"single",)" + members + "}",
          .file = "list.ndjson",
          .where = {}};
}

// What stands under must_not for items of a list that the rule names.
std::string OfItems(const std::vector<AsideDocument>& items, Timestamp now = Timestamp{}) {
  Rule rule;
  rule.exceptions_list = R"([{"list_id":"l","namespace_type":"single"}])";
  const std::string json = TranslateRuleToDsl(kNoQuery, rule, items, Catalog(), now).json;
  constexpr std::string_view kBefore = R"({"bool":{"must":[],"filter":[],"should":[],"must_not":)";
  EXPECT_TRUE(json.starts_with(kBefore)) << json;
  return json.substr(kBefore.size(), json.size() - kBefore.size() - 2);
}

TEST(TranslateRuleToDsl, PutsFiltersBesideTheQuery) {
  EXPECT_EQ(OfFilters("", kQuery), R"([{"match":{"a":"b"}}],"should":[],"must_not":[])");
  EXPECT_EQ(OfFilters(R"([{"meta":{"negate":false},"query":{"term":{"x":1}}}])", kQuery),
            R"([{"match":{"a":"b"}},{"term":{"x":1}}],"should":[],"must_not":[])");
  EXPECT_EQ(OfFilters(R"([{"meta":{"negate":true},"query":{"term":{"x":1}}}])"),
            R"([],"should":[],"must_not":[{"term":{"x":1}}])");
}

TEST(TranslateRuleToDsl, LeavesOutFiltersThatAskForNothing) {
  const std::string none = R"([],"should":[],"must_not":[])";
  EXPECT_EQ(OfFilters(R"([{"meta":{"disabled":true},"query":{"term":{"x":1}}}])"), none);
  EXPECT_EQ(OfFilters(R"([{"meta":{},"query":{"match_all":{}}}])"), none);
  EXPECT_EQ(OfFilters(R"([{"meta":{"negate":null},"query":{"term":{"x":1}}}])"), none);
  EXPECT_EQ(OfFilters(R"([7, null, "x"])"), none);
  EXPECT_EQ(OfFilters("{"), none);
}

TEST(TranslateRuleToDsl, BringsOlderFiltersIntoTodaysForm) {
  EXPECT_EQ(OfFilters(R"([{"meta":{},"$state":{"store":"x"},"exists":{"field":"a"}}])"),
            R"([{"exists":{"field":"a"}}],"should":[],"must_not":[])");
  EXPECT_EQ(OfFilters(R"([{"query":{"match":{"a":{"query":"x y","type":"phrase"}}}}])"),
            R"([{"match_phrase":{"a":{"query":"x y"}}}],"should":[],"must_not":[])");
  EXPECT_EQ(OfFilters(R"([{"match":{"a":{"query":"x","type":"phrase","slop":2}}}])"),
            R"([{"match_phrase":{"a":{"query":"x","slop":2}}}],"should":[],"must_not":[])");
}

TEST(TranslateRuleToDsl, JoinsCombinedFilters) {
  const std::string params =
      R"("params":[{"meta":{"negate":true},"query":{"term":{"x":1}}},{"exists":{"field":"y"}}]}}])";
  EXPECT_EQ(OfFilters(R"([{"meta":{"type":"combined","relation":"AND",)" + params),
            R"([{"bool":{"filter":[{"exists":{"field":"y"}}],"must":[],)"
            R"("must_not":[{"term":{"x":1}}],"should":[]}}],"should":[],"must_not":[])");
  EXPECT_EQ(
      OfFilters(R"([{"meta":{"type":"combined","relation":"OR",)" + params),
      R"([{"bool":{"minimum_should_match":1,"should":[)"
      R"({"bool":{"filter":[],"must":[],"must_not":[{"term":{"x":1}}],"should":[]}},)"
      R"({"bool":{"filter":[{"exists":{"field":"y"}}],"must":[],"must_not":[],"should":[]}}]}}])"
      R"(,"should":[],"must_not":[])");
}

TEST(TranslateRuleToDsl, AsksNestedFieldsInTheirObjects) {
  EXPECT_EQ(OfFilters(R"([{"meta":{"key":"n.k"},"query":{"match_phrase":{"n.k":"x"}}}])"),
            R"([{"nested":{"path":"n","query":{"match_phrase":{"n.k":"x"}}}}],)"
            R"("should":[],"must_not":[])");
  EXPECT_EQ(OfFilters(R"([{"meta":{"key":"other"},"query":{"exists":{"field":"n.k"}}}])"),
            R"([{"exists":{"field":"n.k"}}],"should":[],"must_not":[])");
}

TEST(TranslateRuleToDsl, MakesOneNegatedFilterOfAllExceptions) {
  const AsideDocument one =
      Item(R"("entries":[{"field":"a","type":"match","operator":"included","value":"x"}])");
  const AsideDocument two =
      Item(R"("entries":[{"field":"a","type":"match_any","operator":"excluded","value":["x","y"]},)"
           R"({"field":"b","type":"wildcard","operator":"included","value":"q*"}])");
  const std::string phrase =
      R"({"bool":{"minimum_should_match":1,"should":[{"match_phrase":{"a":"x"}}]}})";
  const std::string other =
      R"({"bool":{"minimum_should_match":1,"should":[{"match_phrase":{"a":"y"}}]}})";

  EXPECT_EQ(OfItems({}), "[]");
  EXPECT_EQ(OfItems({one}), R"([{"bool":{"should":[)" + phrase + "]}}]");
  EXPECT_EQ(OfItems({one, two}),
            R"([{"bool":{"should":[)" + phrase +
                R"(,{"bool":{"filter":[{"bool":{"must_not":{"bool":{"minimum_should_match":1,)"
                R"("should":[)" +
                phrase + "," + other +
                R"(]}}}},{"bool":{"filter":{"wildcard":{"b":"q*"}}}}]}}]}}])");
}

TEST(TranslateRuleToDsl, AsksNestedEntriesAndOperatingSystems) {
  EXPECT_EQ(OfItems({Item(R"("entries":[{"field":"n","type":"nested","entries":[)"
                          R"({"field":"k","type":"exists","operator":"included"}]}])")}),
            R"([{"bool":{"should":[{"nested":{"path":"n","query":{"bool":{)"
            R"("minimum_should_match":1,"should":[{"exists":{"field":"n.k"}}]}},)"
            R"("score_mode":"none"}}]}}])");

  const std::string windows =
      OfItems({Item(R"("os_types":["windows"],"entries":[{"field":"k","type":"exists"}])")});
  EXPECT_TRUE(windows.contains(R"({"match_phrase":{"host.os.type":"windows"}})")) << windows;
  EXPECT_TRUE(windows.contains(R"({"match_phrase":{"host.os.name.caseless":"windows"}})"));
}

TEST(TranslateRuleToDsl, LeavesOutExceptionsThatDoNotHold) {
  const AsideDocument expiring =
      Item(R"("expire_time":"2026-01-01T00:00:00Z","entries":[{"field":"k","type":"exists"}])");
  AsideDocument foreign = Item(R"("entries":[{"field":"k","type":"exists"}])");
  foreign.document.replace(foreign.document.find("single"), 6, "agnostic");

  EXPECT_NE(OfItems({expiring}, *ParseDate("2025-12-31")), "[]");
  EXPECT_EQ(OfItems({expiring}, *ParseDate("2026-01-02")), "[]");
  EXPECT_EQ(OfItems({foreign}), "[]");
}

TEST(TranslateRuleToDsl, CountsExceptionsThatAskValueLists) {
  Rule rule;
  rule.exceptions_list = R"([{"list_id":"l","namespace_type":"single"}])";
  const std::vector<AsideDocument> items = {
      Item(R"("entries":[{"field":"n","type":"nested","entries":[{"field":"k","type":"list"}]}])")};

  const RuleDsl dsl = TranslateRuleToDsl(kQuery, rule, items, Catalog(), Timestamp{});

  EXPECT_EQ(dsl.json, kQuery);
  EXPECT_EQ(dsl.num_with_value_lists, 1U);
}

}  // namespace
}  // namespace tripline::compiler

// Options of a mapping that change what an index finds: followed, or warned of where a condition
// asks the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/check.h"
#include "compiler/field_condition.h"
#include "compiler/field_types.h"
#include "grammar/parse.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMapping = R"x({"properties":{
  "off":{"type":"object","enabled":"false","properties":{"named":{"type":"keyword"}}},
  "outer":{"properties":{"off":{"enabled":false}}},
  "plain":{"type":"keyword"},
  "none":{"type":"keyword","null_value":"NONE","fields":{"text":{"type":"text"}}},
  "source":{"type":"keyword","copy_to":"target"}, "more":{"type":"text","copy_to":["target"]},
  "target":{"type":"text","fields":{"raw":{"type":"keyword"}}},
  "kept":{"type":"keyword","index":false,"doc_values":false},
  "columnar":{"type":"keyword","index":false}, "unread":{"type":"text","index":false},
  "strict":{"type":"long","coerce":false},
  "root":{"type":"nested","include_in_root":true,"properties":{"a":{"type":"keyword"}}},
  "alone":{"type":"nested","properties":{"a":{"type":"keyword"},
    "up":{"type":"nested","include_in_parent":true,"properties":{"a":{"type":"keyword"}}}}}},
  "runtime":{"day":{"type":"keyword","script":"emit(1)"},"bare":{"type":"keyword"}}})x";

const FieldTypes& Mapping() {
  static const FieldTypes mapping = *FieldTypes::FromMapping("mapping.json", kMapping);
  return mapping;
}

CheckedQuery Checked(const std::string& text) {
  const SourceText query{"query", text, {}};
  return Check(*grammar::Parse(query), query, {&Mapping(), nullptr});
}

// "code: message" of each remark.
std::vector<std::string> RemarksOn(const std::string& text) {
  std::vector<std::string> remarks;
  for (const Diagnostic& diagnostic : Checked(text).diagnostics) {
    remarks.push_back(diagnostic.code + ": " + diagnostic.message);
  }
  return remarks;
}

bool NeverMatches(const std::string& text) {
  const CheckedQuery checked = Checked(text);
  if (!checked.ast) {
    return false;
  }
  const auto* const constant = std::get_if<ConstantNode>(&checked.ast->nodes[checked.ast->root]);
  return constant != nullptr && !constant->value;
}

FieldCondition AskedInDsl(const std::string& path, const std::string& group) {
  return ConditionOn({&Mapping(), nullptr}, path, group, NestedOutside::kNeverMatches,
                     [](const LeafType&) { return LeafMeaning{{jit::Exists{}}, {}}; });
}

std::string ErrorOf(const std::string& text) {
  const auto types = FieldTypes::FromMapping("m.json", text);
  return types ? "" : types.error().message;
}

TEST(MappingOptions, NothingInADisabledObjectMatches) {
  for (const char* const query : {"off.named : x", "off.named : *", "off : *", "off.other : x",
                                  "off.n* : x", "off.x* : *", "outer.off.a : x"}) {
    EXPECT_TRUE(NeverMatches(query)) << query;
    EXPECT_THAT(RemarksOn(query), ElementsAre(HasSubstr("field.not_in_index: "))) << query;
  }
  EXPECT_THAT(RemarksOn("off.named : x"), ElementsAre(HasSubstr("`\"enabled\": false`")));
  EXPECT_FALSE(NeverMatches("plain : x"));
  EXPECT_FALSE(NeverMatches("outer : *"));
}

TEST(MappingOptions, AnObjectIsAskedIfOneIndexHasItEnabled) {
  const FieldTypes types = *FieldTypes::FromMapping(
      "m.json", R"({"i1":{"mappings":{"properties":{"a":{"type":"object","enabled":false}}}},
                    "i2":{"mappings":{"properties":{"a":{"type":"object"}}}}})");

  EXPECT_FALSE(types.IsDisabled("a.b"));
  EXPECT_TRUE(
      FieldTypes::FromMapping("m.json", R"({"mappings":{"enabled":false}})")->LeavesOut("a.b"));
}

TEST(MappingOptions, IncludedNestedFieldsAreFoundOutsideTheirGroups) {
  EXPECT_THAT(AskedInDsl("root.a", "").about_name, IsEmpty());
  EXPECT_TRUE(std::holds_alternative<TestNode>(AskedInDsl("root.a", "").node));
  EXPECT_FALSE(std::holds_alternative<TestNode>(AskedInDsl("alone.a", "").node));
  EXPECT_TRUE(std::holds_alternative<TestNode>(AskedInDsl("alone.up.a", "alone").node));
  EXPECT_FALSE(std::holds_alternative<TestNode>(AskedInDsl("alone.up.a", "").node));
  EXPECT_THAT(RemarksOn("root.a : x"), ElementsAre(HasSubstr("kql.nested_group: ")))
      << "Kibana looks at the field's path only";
}

TEST(MappingOptions, WhatIsNotFollowedIsSaidWhereItIsAsked) {
  const auto said = [](const char* option) {
    return ElementsAre(HasSubstr(std::string("field.option_ignored: the mapping's `") + option));
  };
  EXPECT_THAT(RemarksOn("none : *"), said("null_value"));
  EXPECT_THAT(RemarksOn("none : *"), ElementsAre(HasSubstr("takes it for `NONE`")));
  EXPECT_THAT(RemarksOn("target : x"), said("copy_to"));
  EXPECT_THAT(RemarksOn("target : x"), ElementsAre(HasSubstr("`more`, `source`")));
  EXPECT_THAT(RemarksOn("target.raw : x"), said("copy_to"));
  EXPECT_THAT(RemarksOn("kept : x"), said("index` and `doc_values"));
  EXPECT_THAT(RemarksOn("unread : x"), said("index"));
  EXPECT_THAT(RemarksOn("strict : 5"), said("coerce"));
  EXPECT_THAT(RemarksOn("day : 5"), said("script"));
  for (const char* const query : {"plain : x", "source : x", "columnar : x", "bare : x"}) {
    EXPECT_THAT(RemarksOn(query), IsEmpty()) << query;
  }
}

TEST(MappingOptions, MappingsThatAnIndexWouldRefuseAreRefusedWithAPlace) {
  EXPECT_THAT(ErrorOf(R"({"properties":{"a":{"type":"alias","path":"a"}}})"),
              HasSubstr("m.json:1:20: the alias leads to `a`, which is an alias"));
  EXPECT_THAT(ErrorOf(R"({"properties":{"a":{"type":"alias","path":"b"},
                                         "b":{"type":"alias","path":"a"}}})"),
              HasSubstr("m.json:2:46: the alias leads to `a`"));
  EXPECT_THAT(ErrorOf(R"({"properties":{"a":{"type":"alias","path":"b"},
                                         "b":{"type":"object"}}})"),
              HasSubstr("an object"));
  EXPECT_THAT(ErrorOf(R"({"properties":{"a":{"ignore_above":5}}})"),
              HasSubstr("m.json:1:20: the field `a` has no `type`"));
  EXPECT_THAT(
      ErrorOf(R"({"i":{"mappings":{"a.b":{"full_name":"a.b","mapping":{"b":{"type":"ip"}}}}}})"),
      HasSubstr("m.json:1:19: this answer of GET <index>/_mapping/field"));
}

}  // namespace
}  // namespace tripline::compiler

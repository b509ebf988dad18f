// Index mappings in the forms in which clusters answer and users write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "compiler/field_types.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FieldTypes Read(const std::string& text) {
  auto types = FieldTypes::FromMapping("m.json", text);
  EXPECT_TRUE(types) << (types ? "" : types.error().message);
  return types ? *std::move(types) : FieldTypes::FromFields({});
}

std::string MessageOf(const std::string& text) {
  const auto types = FieldTypes::FromMapping("m.json", text);
  EXPECT_FALSE(types);
  return types ? "" : types.error().message;
}

constexpr const char* kProperties = R"({"properties":{"a":{"type":"ip"}}})";

TEST(MappingReader, EveryFormOfAMappingIsFound) {
  const std::string p = kProperties;
  for (const std::string& text :
       {p, R"({"mappings":)" + p + "}", R"({"mappings":{"_doc":)" + p + "}}",
        R"({"logs-1":{"aliases":{},"mappings":)" + p + R"(,"settings":{}}})",
        R"({"index_patterns":["x"],"template":{"settings":{},"mappings":)" + p + "}}",
        R"({"index_templates":[{"name":"t","index_template":{"template":{"mappings":)" + p +
            "}}}]}",
        R"({"component_templates":[{"name":"t","component_template":{"template":{"mappings":)" + p +
            "}}}]}",
        R"({"old":{"index_patterns":["x"],"mappings":)" + p + "}}"}) {
    const FieldTypes types = Read(text);
    ASSERT_NE(types.Find("a"), nullptr) << text;
    EXPECT_EQ(types.Find("a")->type, FieldType::kIp) << text;
  }
}

TEST(MappingReader, ParametersThatChangeAMeaningAreKept) {
  const FieldTypes types = Read(R"({"properties":{
      "k":{"type":"keyword","ignore_above":256,"normalizer":"lowercase"},
      "n":{"type":"keyword","normalizer":"mine"},
      "c":{"type":"constant_keyword","value":"logs"},
      "d":{"type":"date","format":"epoch_second"},
      "s":{"type":"scaled_float","scaling_factor":100},
      "t":{"type":"text","analyzer":"english"},
      "off":{"type":"long","index":false,"doc_values":false},
      "closed":{"type":"object","enabled":false}}})");

  EXPECT_EQ(types.Find("k")->ignore_above, 256U);
  EXPECT_TRUE(types.Find("k")->lowercases);
  EXPECT_FALSE(types.Find("n")->lowercases);
  EXPECT_EQ(types.Find("n")->normalizer, "mine");
  EXPECT_EQ(types.Find("c")->constant, "logs");
  EXPECT_EQ(types.Find("d")->date_format, "epoch_second");
  EXPECT_EQ(types.Find("s")->scaling_factor, 100);
  EXPECT_EQ(types.Find("t")->analyzer, "english");
  EXPECT_FALSE(types.Find("off")->is_indexed);
  EXPECT_FALSE(types.Find("off")->has_doc_values);
  EXPECT_FALSE(types.Find("closed")->is_indexed);
}

TEST(MappingReader, AnalyzersAndNormalizersAreThoseOfTheIndexsSettings) {
  const FieldTypes types = Read(R"({"logs-1":{
      "settings":{"index":{"analysis":{
          "analyzer":{"lines":{"tokenizer":"whitespace","filter":["lowercase"]},
                      "default_search":{"type":"simple"}},
          "normalizer":{"low":{"type":"custom","filter":["lowercase"]}}}}},
      "mappings":{"properties":{
          "lines":{"type":"text","analyzer":"lines"}, "plain":{"type":"text"},
          "both":{"type":"text","analyzer":"lines","search_analyzer":"keyword"},
          "quoted":{"type":"text","analyzer":"lines","search_quote_analyzer":"keyword"},
          "low":{"type":"keyword","normalizer":"low"}}}}})");
  constexpr jit::Analysis kLines{jit::Tokenizer::kWhitespace, true};

  EXPECT_EQ(types.Find("lines")->analysis, kLines);
  EXPECT_EQ(types.Find("lines")->search_analysis, jit::Analysis::kSimple) << "default_search";
  EXPECT_EQ(types.Find("plain")->analysis, jit::Analysis::kStandard);
  EXPECT_EQ(types.Find("plain")->search_analysis, jit::Analysis::kSimple);
  EXPECT_EQ(types.Find("both")->analysis, kLines);
  EXPECT_EQ(types.Find("both")->search_analysis, jit::Analysis::kKeyword);
  EXPECT_EQ(types.Find("quoted")->search_analysis, std::nullopt);
  EXPECT_TRUE(types.Find("low")->lowercases);
  EXPECT_TRUE(types.Find("low")->has_known_normalizer);
}

TEST(MappingReader, EveryTypeOfAMappingIsKnownOrKeptByName) {
  const FieldTypes types = Read(R"({"properties":{"f":{"type":"flat_object"},
      "u":{"type":"unsigned_long"},"h":{"type":"half_float"},"r":{"type":"ip_range"},
      "n":{"type":"date_nanos"},"v":{"type":"knn_vector"},"b":{"type":"byte"}}})");

  EXPECT_EQ(types.Find("f")->type, FieldType::kFlattened);
  EXPECT_EQ(types.Find("f.some.key")->type, FieldType::kFlattened);
  EXPECT_EQ(types.Find("u")->type, FieldType::kUnsignedLong);
  EXPECT_EQ(types.Find("h")->type, FieldType::kHalfFloat);
  EXPECT_EQ(types.Find("r")->type, FieldType::kRange);
  EXPECT_EQ(types.Find("n")->type, FieldType::kDateNanos);
  EXPECT_EQ(types.Find("b")->type, FieldType::kByte);
  EXPECT_EQ(types.Find("v")->type, FieldType::kOther);
  EXPECT_EQ(types.Find("v")->declared_type, "knn_vector");
}

TEST(MappingReader, NamesMayBeNestedOrDottedAndFieldsMayHaveMultiFields) {
  const FieldTypes types = Read(R"({"properties":{
      "process":{"properties":{"name":{"type":"keyword","fields":{"text":{"type":"text"}}}}},
      "host.os":{"properties":{"type":{"type":"keyword"}}},
      "user.id":{"type":"keyword"}}})");

  EXPECT_EQ(types.Find("process.name")->type, FieldType::kKeyword);
  EXPECT_EQ(types.Find("process.name.text")->type, FieldType::kText);
  EXPECT_EQ(types.Find("process.name.text")->source, "process.name");
  EXPECT_EQ(types.Find("host.os.type")->type, FieldType::kKeyword);
  EXPECT_EQ(types.Find("user.id")->type, FieldType::kKeyword);
  EXPECT_TRUE(types.Find("user")->IsObject());
  EXPECT_TRUE(types.Find("process")->IsObject());
}

TEST(MappingReader, AnAliasHasTheTypeOfItsTargetAndSaysWhereTheValuesAre) {
  const FieldTypes types = Read(R"({"properties":{"short":{"type":"alias","path":"host.ip"},
      "host":{"properties":{"ip":{"type":"ip"}}}}})");

  EXPECT_EQ(types.Find("short")->type, FieldType::kIp);
  EXPECT_EQ(types.Find("short")->name, "short");
  EXPECT_EQ(types.Find("short")->source, "host.ip");
  EXPECT_THAT(types.Find("short")->types, ElementsAre(FieldType::kIp));
}

TEST(MappingReader, NestedObjectsAreMarked) {
  const FieldTypes types = Read(R"({"properties":{"a":{"type":"nested","properties":{
      "b":{"type":"nested","properties":{"c":{"type":"keyword"}}},"d":{"type":"long"}}}}})");

  EXPECT_EQ(types.Find("a")->type, FieldType::kNested);
  EXPECT_EQ(types.Find("a.d")->nested_path, "a");
  EXPECT_EQ(types.Find("a.b")->nested_path, "a");
  EXPECT_EQ(types.Find("a.b.c")->nested_path, "a.b");
  EXPECT_EQ(types.NestedPathOf("a"), "");
}

TEST(MappingReader, RuntimeFieldsAreFields) {
  EXPECT_EQ(Read(R"({"mappings":{"runtime":{"day":{"type":"long"}}}})").Find("day")->type,
            FieldType::kLong);
}

TEST(MappingReader, AFieldOfSeveralTypesInSeveralIndicesKeepsThemAll) {
  const FieldTypes types = Read(R"({
      "i1":{"mappings":{"properties":{"a":{"type":"text"},"b":{"type":"ip"}}}},
      "i2":{"mappings":{"properties":{"a":{"type":"keyword"},"b":{"type":"ip"}}}},
      "i3":{"mappings":{"properties":{"a":{"type":"text"}}}}})");

  EXPECT_EQ(types.Find("a")->type, FieldType::kText);
  EXPECT_TRUE(types.Find("a")->IsMixed());
  EXPECT_THAT(types.Find("a")->types, ElementsAre(FieldType::kKeyword, FieldType::kText));
  EXPECT_FALSE(types.Find("b")->IsMixed());
}

TEST(MappingReader, AnEmptyMappingHasNoFields) {
  EXPECT_TRUE(Read(R"({"mappings":{}})").fields().empty());
}

TEST(MappingReader, WhatIsNoMappingIsRefusedWithAPlaceAndARemedy) {
  EXPECT_THAT(MessageOf("{\n \"a\": ]"), HasSubstr("m.json:2:7: this is not JSON"));
  EXPECT_THAT(MessageOf("[1]"), HasSubstr("GET <index>/_mapping"));
  EXPECT_THAT(MessageOf(R"({"rule_id":"x"})"), HasSubstr("no index mapping"));
  EXPECT_THAT(MessageOf("{\"properties\": 5}"), HasSubstr("m.json:1:16"));
  EXPECT_THAT(MessageOf("{\"properties\":{\"a\":\"keyword\"}}"),
              HasSubstr("`a` must be an object"));
  EXPECT_THAT(MessageOf("{\"properties\":{\"a\":{\"type\":5}}}"), HasSubstr("`a.type` must be"));
  EXPECT_THAT(MessageOf("{\"mappings\":[]}"), HasSubstr("`mappings` must be an object"));
  EXPECT_THAT(MessageOf(R"({"properties":{"a":{"type":"alias","path":"b"}}})"),
              HasSubstr("leads to `b`"));
  EXPECT_THAT(MessageOf(R"({"properties":{"a":{"type":"alias"}}})"), HasSubstr("`a.path`"));
  EXPECT_THAT(MessageOf(R"({"properties":{"a":{"type":"text","fields":{"b":1}}}})"),
              HasSubstr("`a.b`"));
  EXPECT_THAT(MessageOf(""), HasSubstr("not JSON"));
  EXPECT_THAT(MessageOf("\xFF"), HasSubstr("not JSON"));
}

TEST(MappingReader, HostileMappingsAreBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += R"({"properties":{"a":)";
  }
  std::string wide = R"({"properties":{)";
  for (int i = 0; i < 100'001; ++i) {
    wide += "\"" + std::to_string(i) + "\":{},";
  }
  const auto large = FieldTypes::FromMapping("m.json", std::string(17'000'000, ' '));

  EXPECT_THAT(MessageOf(deep), HasSubstr("nested too deeply"));
  EXPECT_THAT(MessageOf(wide + "\"x\":{}}}"), HasSubstr("100000 fields"));
  EXPECT_THAT(MessageOf(R"({"properties":{")" + std::string(1001, 'a') + "\":{}}}"),
              HasSubstr("1000 bytes"));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace tripline::compiler

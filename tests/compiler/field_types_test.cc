#include "compiler/field_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tripline::compiler {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const FieldTypes& Ecs() {
  static const FieldTypes kEcs = FieldTypes::Ecs();
  return kEcs;
}

FieldInfo Field(const std::string& name, FieldType type) {
  FieldInfo field;
  field.name = field.source = name;
  field.type = type;
  return field;
}

std::vector<std::string> NamesMatching(const FieldTypes& types,
                                       const std::vector<std::string>& pieces) {
  std::vector<std::string> names;
  for (const FieldInfo* const field : types.Matching(pieces)) {
    names.push_back(field->name);
  }
  return names;
}

TEST(EcsFields, HaveTheTypesOfTheSchema) {
  EXPECT_EQ(Ecs().Find("source.ip")->type, FieldType::kIp);
  EXPECT_EQ(Ecs().Find("process.pid")->type, FieldType::kLong);
  EXPECT_EQ(Ecs().Find("@timestamp")->type, FieldType::kDate);
  EXPECT_EQ(Ecs().Find("message")->type, FieldType::kMatchOnlyText);
  EXPECT_EQ(Ecs().Find("process.command_line")->type, FieldType::kWildcard);
  EXPECT_EQ(Ecs().Find("process.executable")->type, FieldType::kKeyword);
  EXPECT_EQ(Ecs().Find("process.executable")->ignore_above, 1024U);
  EXPECT_EQ(Ecs().Find("source.geo.location")->type, FieldType::kGeoPoint);
  EXPECT_EQ(Ecs().Find("data_stream.type")->type, FieldType::kConstantKeyword);
  EXPECT_EQ(Ecs().Find("container.cpu.usage")->scaling_factor, 1000);
  EXPECT_FALSE(Ecs().Find("event.original")->is_indexed);
  EXPECT_FALSE(Ecs().Find("event.original")->has_doc_values);
  EXPECT_TRUE(Ecs().Find("process.name")->is_indexed);
  EXPECT_EQ(Ecs().Find("process.nam"), nullptr);
  EXPECT_EQ(Ecs().Find(""), nullptr);
  EXPECT_EQ(FieldTypes::EcsVersion(), "9.5.0-dev");
}

TEST(EcsFields, MultiFieldsHaveTheirValuesFromTheirParents) {
  const FieldInfo* const text = Ecs().Find("process.executable.text");

  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->type, FieldType::kMatchOnlyText);
  EXPECT_EQ(text->source, "process.executable");
  EXPECT_EQ(Ecs().Find("process.executable")->source, "process.executable");
}

TEST(EcsFields, ObjectsAroundFieldsAreKnown) {
  EXPECT_TRUE(Ecs().Find("process")->IsObject());
  EXPECT_TRUE(Ecs().Find("process.parent")->IsObject());
  EXPECT_FALSE(Ecs().Find("process.name")->IsObject());
}

TEST(EcsFields, KeysBelowLabelsAreKeywordsAndKeysBelowFlattenedFieldsFlattened) {
  EXPECT_EQ(Ecs().Find("labels.env")->type, FieldType::kKeyword);
  EXPECT_EQ(Ecs().Find("container.labels.a.b")->type, FieldType::kKeyword);
  EXPECT_EQ(Ecs().Find("log.syslog.structured_data.any.key")->type, FieldType::kFlattened);
  EXPECT_EQ(Ecs().Find("process.name.any"), nullptr);
}

TEST(EcsFields, NestedPathsAreKnownBelowToo) {
  EXPECT_EQ(Ecs().Find("process.elf.sections")->type, FieldType::kNested);
  EXPECT_EQ(Ecs().NestedPathOf("process.elf.sections.name"), "process.elf.sections");
  EXPECT_EQ(Ecs().Find("process.elf.sections.name")->nested_path, "process.elf.sections");
  EXPECT_EQ(Ecs().NestedPathOf("threat.enrichments.indicator.file.elf.sections.name"),
            "threat.enrichments.indicator.file.elf.sections");
  EXPECT_EQ(Ecs().NestedPathOf("threat.enrichments.not.known"), "threat.enrichments");
  EXPECT_EQ(Ecs().NestedPathOf("process.name"), "");
}

TEST(EcsFields, TheTableIsSortedAndItsNamesAreDistinct) {
  const auto fields = Ecs().fields();

  EXPECT_GT(fields.size(), 2700U);
  for (std::size_t i = 1; i < fields.size(); ++i) {
    ASSERT_LT(fields[i - 1].name, fields[i].name);
  }
}

TEST(FieldTypesMatching, WholeNamesMatchAndStarsCrossDots) {
  const FieldTypes types = FieldTypes::FromFields(
      {Field("a.b.name", FieldType::kKeyword), Field("a.name", FieldType::kKeyword),
       Field("a.name.text", FieldType::kText), Field("ab", FieldType::kKeyword),
       Field("a.*", FieldType::kKeyword), Field("aa", FieldType::kKeyword)});

  EXPECT_THAT(NamesMatching(types, {"a.", ""}), ElementsAre("a.b.name", "a.name", "a.name.text"));
  EXPECT_THAT(NamesMatching(types, {"", "name"}), ElementsAre("a.b.name", "a.name"));
  EXPECT_THAT(NamesMatching(types, {"a.", ".", "e"}), ElementsAre("a.b.name"));
  EXPECT_THAT(NamesMatching(types, {"", ""}),
              ElementsAre("a.b.name", "a.name", "a.name.text", "aa", "ab"));
  EXPECT_THAT(NamesMatching(types, {"a", "a"}), ElementsAre("aa")) << "pieces never overlap";
  EXPECT_THAT(NamesMatching(types, {"ab"}), ElementsAre("ab"));
  EXPECT_THAT(NamesMatching(types, {"x", ""}), IsEmpty());
  EXPECT_THAT(NamesMatching(types, {}), IsEmpty());
}

TEST(FieldTypesMatching, ObjectsHaveNoValueToMatch) {
  EXPECT_THAT(NamesMatching(Ecs(), {"process.par", ""}), Contains("process.parent.name"));
  EXPECT_THAT(NamesMatching(Ecs(), {"process.par", ""}), Not(Contains("process.parent")));
}

TEST(FieldTypesSuggest, FindsWhatWasProbablyMeant) {
  EXPECT_EQ(Ecs().Suggest("proces.name"), "process.name");
  EXPECT_EQ(Ecs().Suggest("user.nmae"), "user.name") << "a swap";
  EXPECT_EQ(Ecs().Suggest("Process.Name"), "process.name") << "other case";
  EXPECT_EQ(Ecs().Suggest("PROCESS.EXECUTABEL"), "process.executable") << "case and a slip";
  EXPECT_EQ(Ecs().Suggest("executable"), "process.executable") << "first part missing";
  EXPECT_EQ(Ecs().Suggest("parent.name"), "process.parent.name") << "first part missing";
  EXPECT_EQ(Ecs().Suggest("_source.process.name"), "process.name") << "superfluous first part";
  EXPECT_EQ(Ecs().Suggest("process.process.name"), "process.name") << "first part twice";
  EXPECT_EQ(Ecs().Suggest("process.name.keyword"), "process.name") << "superfluous last part";
}

TEST(FieldTypesSuggest, SaysNothingWhereItWouldBeAGuess) {
  EXPECT_EQ(Ecs().Suggest("ip"), "") << "many fields end so";
  EXPECT_EQ(Ecs().Suggest("aws.cloudtrail.request_parameters"), "");
  EXPECT_EQ(Ecs().Suggest(""), "");
  EXPECT_EQ(Ecs().Suggest(std::string(10'000, 'x')), "");
}

TEST(FieldTypes, EveryTypeHasANameOfItsOwn) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(FieldType::kUnknown); ++i) {
    names.push_back(FieldTypeName(static_cast<FieldType>(i)));
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace tripline::compiler

// lint.case_sensitive, and the `.caseless` fields that it names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "compiler/columns.h"
#include "tests/compiler/lint_cases.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LintCaseSensitive, NamesOnWindowsAreNotedOnceAField) {
  EXPECT_THAT(Found("host.os.type : windows and process.name : (cmd.exe or CMD.EXE) and "
                    "process.executable : *\\\\temp\\\\* and process.name : powershell.exe"),
              ElementsAre("case_sensitive: process.name", "case_sensitive: process.executable"));
  EXPECT_EQ(LintsOf("host.os.type : windows and process.name : a").at(0).severity, Severity::kNote);
}

TEST(LintCaseSensitive, TagsAndIndicesSayThatARuleIsAboutWindows) {
  Rule rule;
  rule.indices = {"logs-windows.sysmon_operational-*", "winlogbeat-*"};
  EXPECT_THAT(Found("process.name : a", &rule), ElementsAre("case_sensitive: process.name"));
  rule.indices.emplace_back("logs-endpoint.events.*");
  EXPECT_THAT(Found("process.name : a", &rule), IsEmpty());
  rule.tags = {"OS: Windows"};
  EXPECT_THAT(Found("process.name : a", &rule), ElementsAre("case_sensitive: process.name"));
}

TEST(LintCaseSensitive, OtherSystemsFieldsAndQuestionsAreNotNoted) {
  EXPECT_THAT(Found("host.os.type : linux and process.name : bash"), IsEmpty());
  EXPECT_THAT(Found("host.os.type : windows and event.action : start and process.name : *"),
              IsEmpty());
  EXPECT_THAT(Found("host.os.type : windows and process.name.caseless : cmd.exe"), IsEmpty());
  EXPECT_THAT(Found("host.os.type : windows and (process.name.caseless : a or process.name : B)"),
              IsEmpty());
}

TEST(LintCaseSensitive, AMappingThatHasTheFieldDecidesAboutItsTwin) {
  const FieldTypes without = *FieldTypes::FromMapping(
      "m", R"({"mappings":{"properties":{"process":{"properties":{"name":{"type":"keyword"}}}}}})");
  const FieldTypes with = *FieldTypes::FromMapping(
      "m", R"({"mappings":{"properties":{"custom":{"type":"keyword","fields":{
           "caseless":{"type":"keyword","normalizer":"lowercase"}}}}}})");

  EXPECT_THAT(Found("host.os.type : windows and process.name : a", nullptr, &without), IsEmpty());
  EXPECT_THAT(Found("host.os.type : windows and custom : a", nullptr, &with),
              ElementsAre("case_sensitive: custom"));
  EXPECT_EQ(FindField({&without, &EcsFields()}, "process.name.caseless"), nullptr);
  EXPECT_EQ(FindField({&without, &EcsFields()}, "process.name.text"), nullptr);
  EXPECT_NE(FindField({&with, &EcsFields()}, "process.name.caseless"), nullptr);
}

TEST(LintCaseSensitive, AMultiFieldInLowerCaseIsNotedWhateverTheSystem) {
  const FieldTypes mapping = *FieldTypes::FromMapping(
      "m", R"({"mappings":{"properties":{"custom":{"type":"keyword","fields":{
           "raw":{"type":"keyword"},"low":{"type":"keyword","normalizer":"lowercase"}}}}}})");

  EXPECT_THAT(Found("host.os.type : linux and custom : (a or b)", nullptr, &mapping),
              ElementsAre("case_sensitive: custom"));
  EXPECT_EQ(LintsOf("custom : a", nullptr, &mapping).at(0).hint,
            "`custom.low` matches whatever the case");
  EXPECT_THAT(Found("custom : 5", nullptr, &mapping), IsEmpty());
  EXPECT_THAT(Found("custom.low : a or custom : b", nullptr, &mapping), IsEmpty());
  EXPECT_THAT(Found("process.name : a", nullptr, &mapping), IsEmpty());
}

TEST(CaselessFields, ReadTheirParentsValueInLowerCase) {
  const FieldInfo* const field = EcsFields().Find("process.name.caseless");
  ASSERT_NE(field, nullptr);
  const jit::Field column = ColumnFor(*field, "process.name.caseless");

  EXPECT_EQ(field->type, FieldType::kKeyword);
  EXPECT_EQ(column.source, "process.name");
  EXPECT_TRUE(column.lowercases);
}

}  // namespace
}  // namespace tripline::compiler

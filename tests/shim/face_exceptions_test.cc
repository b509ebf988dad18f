// Exceptions at the native face: joined with rulesets that are compiled already.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "compiler/exception_lists.h"
#include "compiler/field_types.h"
#include "compiler/join_exceptions.h"
#include "compiler/rule_reader.h"
#include "compiler/value_list.h"
#include "plugin-shim/native/face.h"
#include "runtime/ruleset_file.h"
#include "tests/shim/face_world.h"

namespace tripline::shim {
namespace {

using ::testing::HasSubstr;

// Without blanks: RuleDocument looks for `type =`.
constexpr const char* kNamesList =
    "[[rule.exceptions_list]]\nid='1'\nlist_id='l'\nnamespace_type='single'\ntype='detection'\n";
constexpr const char* kItem =
    R"({"item_id":"i","list_id":"l","type":"simple","namespace_type":"single","entries":)"
    R"([{"field":"user.name","type":"match","operator":"included","value":"root"}]})"
    "\n";
constexpr const char* kListItem =
    R"({"item_id":"j","list_id":"l","type":"simple","namespace_type":"single","entries":)"
    R"([{"field":"source.ip","type":"list","operator":"included","list":{"id":"ips","type":"ip"}}]})"
    "\n";

Handle Compile(Face& face) {
  return Value(face.CompileRuleset("rule.toml", RuleDocument("process.name : curl", kNamesList),
                                   std::nullopt))
      .ruleset;
}

std::string HashOf(Face& face, Handle ruleset) {
  return Value(runtime::LoadRuleset(Value(face.SaveRuleset(ruleset)))).content_hash;
}

TEST(FaceExceptions, AreJoinedAsAtTheDesk) {
  Face face;
  const Handle base = Compile(face);
  const std::string before = HashOf(face, base);
  const std::string text =
      std::string(kItem) + kListItem + R"({"value_list":"ips","values":["10.0.0.1"]})";

  const CompileAnswer answer = Value(face.JoinExceptions(base, "mine", text));

  EXPECT_TRUE(answer.diagnostics.empty());
  const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  compiler::ValueLists value_lists;
  Diagnostics said;
  const auto lists = compiler::ExceptionLists::Make(compiler::ReadRuleFile("mine", text).asides,
                                                    {nullptr, &ecs}, value_lists, said);
  const runtime::Ruleset at_the_desk = Value(
      compiler::JoinExceptions(Value(runtime::LoadRuleset(Value(face.SaveRuleset(base)))), lists));
  EXPECT_EQ(HashOf(face, answer.ruleset), at_the_desk.content_hash);
  EXPECT_NE(at_the_desk.content_hash, before);
  EXPECT_EQ(HashOf(face, base), before) << "the ruleset itself stays as it is";
}

TEST(FaceExceptions, WithMistakesAreSaidAndNotJoined) {
  Face face;
  const Handle base = Compile(face);
  const auto code = [&](const std::string& text) {
    const CompileAnswer answer = Value(face.JoinExceptions(base, "mine", text));
    EXPECT_EQ(answer.ruleset, 0U);
    return answer.diagnostics.empty() ? "" : answer.diagnostics[0].code;
  };

  EXPECT_EQ(code(RuleDocument("user.name : root")), "exception.no_lists");
  EXPECT_EQ(code(kListItem), "exception.value_list_missing");
  EXPECT_EQ(code(R"({"value_list":"ips","values":[1]})"), "exception.bad_value_list");
  EXPECT_EQ(code(R"({"item_id":"i","list_id":"l","type":"simple","entries":7})"),
            "rule.wrong_type");
  EXPECT_NE(code("{"), "");
  EXPECT_EQ(face.counts().rulesets, 1U);
}

TEST(FaceExceptions, NeverNameFilesOfTheHost) {
  Face face;
  const CompileAnswer answer = Value(face.JoinExceptions(
      Compile(face), "/etc/mine",
      R"({"item_id":"j","list_id":"l","type":"simple","entries":[{"field":"user.name",)"
      R"("type":"list","operator":"included","list":{"id":"passwd","type":"keyword"}}]})"));

  ASSERT_EQ(answer.diagnostics.size(), 1U);
  EXPECT_EQ(answer.diagnostics[0].code, "exception.value_list_missing");
  EXPECT_THAT(answer.diagnostics[0].hint, HasSubstr("value_list"));
}

TEST(FaceExceptions, OfAnotherTypeThanTheRulesetsAreRefused) {
  Face face;
  const Handle base =
      Value(face.CompileRuleset("rule.toml", RuleDocument("user.name : root*", kNamesList),
                                R"({"properties":{"user":{"properties":{"name":{"type":"ip"}}}}})"))
          .ruleset;

  EXPECT_EQ(CodeOf(face.JoinExceptions(base, "mine", kItem)), ErrorCode::kUsage);
}

}  // namespace
}  // namespace tripline::shim

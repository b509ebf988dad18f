// Lints that look at more than one document: duplicate rules, exceptions that take nothing out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/compile.h"
#include "compiler/value_list.h"
#include "tests/compiler/lint_cases.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Line(const std::string& id, const std::string& query, const std::string& more = "") {
  return JsonRule(R"(,"index":["logs-*","winlogbeat-*"],"query":")" + query + "\"" + more, id) +
         "\n";
}

std::string ListRule(const std::string& id, const std::string& query) {
  return Line(id, query, R"(,"exceptions_list":[{"list_id":"l","namespace_type":"single"}])");
}

std::string Item(const std::string& id, const std::string& entries) {
  return R"({"item_id":")" + id + R"(","list_id":"l","namespace_type":"single","type":"simple",)" +
         R"("name":"n","description":"d","entries":[)" + entries + "]}\n";
}

std::string Entry(const std::string& field, const std::string& value,
                  const std::string& op = "included") {
  return R"({"field":")" + field + R"(","type":"match","operator":")" + op + R"(","value":")" +
         value + "\"}";
}

// The lints about rules and exception lists, in one NDJSON file.
Diagnostics LintsOfFile(const std::string& ndjson) {
  const ReadRules read = ReadRuleFile("rules.ndjson", ndjson);
  const FieldCatalog catalog{nullptr, &EcsFields()};
  Diagnostics said;
  ValueLists value_lists;
  const auto lists = ExceptionLists::Make(read.asides, catalog, value_lists, said);
  Diagnostics found;
  for (Diagnostic& about : Compile(read.rules, {}, catalog, lists).diagnostics) {
    if (about.code.starts_with("lint.")) {
      found.push_back(std::move(about));
    }
  }
  return found;
}

std::vector<std::string> FoundInFile(const std::string& ndjson) {
  std::vector<std::string> found;
  for (const Diagnostic& about : LintsOfFile(ndjson)) {
    found.push_back(about.code + "@" + std::to_string(about.where.line));
  }
  return found;
}

TEST(LintDuplicateRule, EqualMeaningsUnderTwoIdsAreSaid) {
  EXPECT_THAT(FoundInFile(Line("1", "user.name : (a or b) and process.name : c") +
                          Line("2", "process.name : x") +
                          Line("3", "process.name: c and (user.name: b or user.name: a)")),
              ElementsAre("lint.duplicate_rule@3"));
  EXPECT_THAT(LintsOfFile(Line("1", "user.name : a") + Line("2", "user.name : a")).at(0).message,
              HasSubstr("as `A rule` (rules.ndjson)"));
}

TEST(LintDuplicateRule, OtherQueriesTypesAndIndicesAreNotSaid) {
  EXPECT_THAT(FoundInFile(Line("1", "user.name : a") + Line("2", "user.name : A")), IsEmpty());
  EXPECT_THAT(FoundInFile(Line("1", "user.name : a") +
                          Line("2", "user.name : a",
                               R"(,"type":"threshold","threshold":{"field":[],"value":5})")),
              IsEmpty());
  EXPECT_THAT(FoundInFile(Line("1", "user.name : a") +
                          JsonRule(R"(,"index":["other-*"],"query":"user.name : a")", "2") + "\n"),
              IsEmpty());
}

TEST(LintUnreachableException, ItemsThatNoRuleOfTheListCanMeetAreSaid) {
  EXPECT_THAT(FoundInFile(ListRule("1", "process.name : (curl or wget)") +
                          Item("i", Entry("process.name", "nc"))),
              ElementsAre("lint.unreachable_exception@2"));
  EXPECT_THAT(FoundInFile(ListRule("1", "host.os.type : linux and not process.args : x") +
                          Item("i", Entry("user.name", "root") + "," + Entry("process.args", "x"))),
              ElementsAre("lint.unreachable_exception@2"));
  EXPECT_THAT(FoundInFile(ListRule("1", "process.args : x") +
                          Item("i", Entry("process.args", "x", "excluded"))),
              ElementsAre("lint.unreachable_exception@2"));
}

TEST(LintUnreachableException, ItemsThatAnEarlierOneCoversAreSaid) {
  EXPECT_THAT(
      FoundInFile(ListRule("1", "host.os.type : linux") + Item("i", Entry("process.name", "nc")) +
                  Item("j", Entry("user.name", "root") + "," + Entry("process.name", "nc"))),
      ElementsAre("lint.unreachable_exception@3"));
}

TEST(LintUnreachableException, ItemsThatSomeRuleCanMeetAreNotSaid) {
  EXPECT_THAT(FoundInFile(ListRule("1", "process.name : curl") + ListRule("2", "user.name : a") +
                          Item("i", Entry("process.name", "nc"))),
              IsEmpty());
  EXPECT_THAT(
      FoundInFile(ListRule("1", "process.name : c*") + Item("i", Entry("process.name", "curl"))),
      IsEmpty());
  EXPECT_THAT(
      FoundInFile(ListRule("1", "process.args : x") + Item("i", Entry("process.args", "y"))),
      IsEmpty());
  EXPECT_THAT(FoundInFile(ListRule("1", "process.name : curl or user.name : a") +
                          Item("i", Entry("process.name", "nc"))),
              IsEmpty());
}

TEST(LintUnreachableException, ItemsThatALaterOneCoversAreSaidAndOfEqualOnesTheLater) {
  EXPECT_THAT(
      FoundInFile(ListRule("1", "host.os.type : linux") +
                  Item("i", Entry("user.name", "root") + "," + Entry("process.name", "nc")) +
                  Item("j", Entry("process.name", "nc"))),
      ElementsAre("lint.unreachable_exception@2"));
  EXPECT_THAT(
      FoundInFile(ListRule("1", "host.os.type : linux") + Item("i", Entry("process.name", "nc")) +
                  Item("j", Entry("process.name", "nc"))),
      ElementsAre("lint.unreachable_exception@3"));
}

TEST(LintUnreachableException, ItemsOfOtherSystemsThanTheRulesAreSaid) {
  const std::string windows =
      Item("i", Entry("process.name", "nc") + R"(],"os_types":["windows"],"tags":[)");
  EXPECT_THAT(FoundInFile(ListRule("1", "host.os.type : (linux or macos)") + windows),
              ElementsAre("lint.unreachable_exception@2"));
  EXPECT_THAT(FoundInFile(ListRule("1", "host.os.type : (linux or windows)") + windows), IsEmpty());
  EXPECT_THAT(FoundInFile(ListRule("1", "not host.os.type : linux") + windows), IsEmpty());
}

TEST(LintExceptionTakesAll, ItemsThatLeaveARuleNothingAreSaid) {
  EXPECT_THAT(FoundInFile(ListRule("1", "user.name : a") +
                          ListRule("2", "process.name : (nc or curl) and user.id : 5") +
                          Item("i", Entry("user.id", "5"))),
              ElementsAre("lint.exception_takes_all@3"));
  EXPECT_THAT(FoundInFile(ListRule("1", "process.name : (nc or curl)") +
                          Item("i", Entry("process.name", "nc"))),
              IsEmpty());
  EXPECT_THAT(FoundInFile(ListRule("1", "process.name : nc") +
                          Item("i", Entry("process.name", "nc") +
                                        R"(],"expire_time":"2026-05-01T12:00:00Z","tags":[)")),
              IsEmpty());
}

}  // namespace
}  // namespace tripline::compiler

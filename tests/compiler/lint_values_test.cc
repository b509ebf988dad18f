// Lints that look at single values as they are written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/compiler/lint_cases.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(LintMissingOr, ValuesWithOnlyALineBreakBetweenThemAreSaid) {
  EXPECT_THAT(Found("process.name : (curl or wget\n  nc or \"x\")"),
              ElementsAre("missing_or: wget"));
  EXPECT_THAT(Found("process.args : (*a/b\r\n*c)"), ElementsAre("missing_or: *a/b"));
  EXPECT_THAT(Found("user.name : root\n\n\nadmin and process.name : x"),
              ElementsAre("missing_or: root"));
  EXPECT_THAT(LintsOf("process.args : (aa\n  bb cc\n dd)").at(0).message,
              HasSubstr("joins `aa` to `bb cc` on the next line"));
}

TEST(LintMissingOr, FieldNamesOverTwoLinesAreSaidOnce) {
  EXPECT_THAT(Found("process.name\nfoo : (a or b)"), ElementsAre("missing_or: process.name"));
}

TEST(LintMissingOr, NamesOfFilesAndPathsWithOnlyABlankBetweenThemAreSaid) {
  EXPECT_THAT(Found("process.name : (cmd.exe or powershell.exe wscript.exe)"),
              ElementsAre("missing_or: powershell.exe wscript.exe"));
  EXPECT_THAT(Found("process.executable : /usr/bin/curl /usr/bin/wget"),
              ElementsAre("missing_or: /usr/bin/curl /usr/bin/wget"));
  EXPECT_THAT(Found("process.name:(curl wget)"), ElementsAre("missing_or: curl wget"));
  EXPECT_THAT(LintsOf("process.name:(curl wget)").at(0).hint, HasSubstr("write `curl or wget`"));
}

TEST(LintMissingOr, ValuesOfSeveralWordsAreNotSaid) {
  EXPECT_THAT(Found("event.action : Directory Service Changes"), IsEmpty());
  EXPECT_THAT(Found("event.action : (Process Create or \"a\nb\" or\n c)"), IsEmpty());
  EXPECT_THAT(Found("process.command_line : (cmd.exe foo.exe)"), IsEmpty());
  EXPECT_THAT(Found("message : (failed password)"), IsEmpty());
  EXPECT_THAT(Found("process.executable : /opt/My App/x"), IsEmpty());
  EXPECT_THAT(Found("process.name : curl\n  and\n  user.name : root\n"), IsEmpty());
  EXPECT_THAT(Found("process.name : \"a b\" or process.name : (\"c d\")"), IsEmpty());
}

TEST(LintMissingOr, AThousandGluedValuesGiveAFewRemarks) {
  std::string query = "process.name : (a\nb";
  for (int i = 0; i < 1000; ++i) {
    query += " or c" + std::to_string(i) + "\nd";
  }

  EXPECT_THAT(LintsOf(query + ")"), SizeIs(LintFindings::kMaxFindings));
}

TEST(LintQuotedWildcard, PatternsBetweenQuotesAreSaid) {
  EXPECT_THAT(Found("process.name : \"power*.exe\""),
              ElementsAre("quoted_wildcard: \"power*.exe\""));
  EXPECT_THAT(Found("file.path : (\"C:\\\\Users\\\\*\" or x)"),
              ElementsAre("quoted_wildcard: \"C:\\\\Users\\\\*\""));
  EXPECT_THAT(Found("not dns.question.name : \"*.local\""),
              ElementsAre("quoted_wildcard: \"*.local\""));
  EXPECT_THAT(Found("message : \"*failed*\""), ElementsAre("quoted_wildcard: \"*failed*\""));
  EXPECT_THAT(Found("process.command_line : \"* -enc *\""),
              ElementsAre("quoted_wildcard: \"* -enc *\""));
  EXPECT_THAT(Found("user.name : (\"* x\" or \"y *\")"),
              ElementsAre("quoted_wildcard: \"* x\"", "quoted_wildcard: \"y *\""));
  EXPECT_THAT(Found("\"process.*\" : x"), ElementsAre("quoted_wildcard: \"process.*\""));
}

TEST(LintQuotedWildcard, StarsThatMayBeDataAreNotedOnly) {
  const std::vector<std::pair<std::string, Severity>> cases = {
      {"user.name : \"*\"", Severity::kWarning},
      {"event.action : \"Create*\"", Severity::kWarning},
      {"user.arn : \"arn:aws:iam::*:user/x\"", Severity::kWarning},
      {"user.name : (\"*\" or root)", Severity::kNote},
      {"process.args : \"*\"", Severity::kNote},
      {"kubernetes.audit.requestObject.rules.verbs : \"*\"", Severity::kNote},
      {"aws.cloudtrail.request_parameters : \"s3:*\"", Severity::kNote},
  };
  for (const auto& [query, severity] : cases) {
    const Diagnostics said = LintsOf(query);
    ASSERT_EQ(said.size(), 1U) << query;
    EXPECT_EQ(said[0].code, "lint.quoted_wildcard") << query;
    EXPECT_EQ(said[0].severity, severity) << query;
  }
}

TEST(LintQuotedWildcard, StarsThatAreWordsAreNotSaid) {
  EXPECT_THAT(Found("process.command_line : \"SELECT * FROM x\""), IsEmpty());
  EXPECT_THAT(Found("process.command_line : \"a /* b */ c\""), IsEmpty());
  EXPECT_THAT(Found("process.args : (\"* * * * *\" or \"*/5 0 * * 1\" or \"0 0 1 1 *\")"),
              IsEmpty());
  EXPECT_THAT(Found("process.command_line : \"* * * * * curl x\""), IsEmpty());
  EXPECT_THAT(Found("process.name : power*.exe and user.name : \\*x"), IsEmpty());
  EXPECT_THAT(Found("process.name > \"5*\""), IsEmpty());
}

TEST(LintQuestionMark, QuestionMarksInPlaceOfALetterAreSaid) {
  EXPECT_THAT(Found("process.args : -?iex*"), ElementsAre("question_mark: -?iex*"));
  EXPECT_THAT(Found("process.executable : ?\\:\\\\Windows\\\\*"),
              ElementsAre("question_mark: ?\\:\\\\Windows\\\\*"));
  EXPECT_THAT(Found("process.executable : \"?:\\\\Windows\\\\cmd.exe\""),
              ElementsAre("question_mark: \"?:\\\\Windows\\\\cmd.exe\""));
  EXPECT_THAT(Found("destination.domain : (cdn??.space or store?.io)"),
              ElementsAre("question_mark: cdn??.space", "question_mark: store?.io"));
  EXPECT_THAT(LintsOf("destination.domain : cdn??.space").at(0).hint,
              HasSubstr("write `cdn*.space`"));
}

TEST(LintQuestionMark, QuestionMarksThatAreTextAreNotSaid) {
  EXPECT_THAT(Found("kubernetes.audit.requestURI : /api/v1/secrets?limit*"), IsEmpty());
  EXPECT_THAT(Found("event.reason : /api/v1/secrets?limit*"), IsEmpty());
  EXPECT_THAT(Found("url.original : *index.php?id*"), IsEmpty());
  EXPECT_THAT(Found("process.args : (\"/?\" or -? or \"?\")"), IsEmpty());
  EXPECT_THAT(Found("message : \"are you sure?\" or process.title : \"who is it?\""), IsEmpty());
  EXPECT_THAT(Found("process.args : https\\://a.b/c?d=e"), IsEmpty());
}

}  // namespace
}  // namespace tripline::compiler

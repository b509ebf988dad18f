// Lints about what Kibana takes and reads otherwise than most authors do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/compiler/lint_cases.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LintOperatorWord, OperatorsThatAreTextAreSaid) {
  EXPECT_THAT(Found("user.name : foo not"), ElementsAre("operator_word: foo not"));
  EXPECT_THAT(Found("user.name : foo or"), ElementsAre("operator_word: foo or"));
  EXPECT_THAT(Found("user.name : (b or c or)"), ElementsAre("operator_word: c or"));
  EXPECT_THAT(Found("user.name : NOT"), ElementsAre("operator_word: NOT"));
  EXPECT_THAT(Found("or:a"), ElementsAre("operator_word: or"));
  EXPECT_THAT(Found("user.name : a and user.id : (and b)"), ElementsAre("operator_word: and b"));
}

TEST(LintOperatorWord, OperatorsAndQuotedAndEscapedWordsAreNotSaid) {
  EXPECT_THAT(Found("not user.name : foo and not user.id : (a or not b)"), IsEmpty());
  EXPECT_THAT(Found("user.name : \"foo not\" or user.name : \\or or user.name : order"), IsEmpty());
  EXPECT_THAT(Found("user.name : random"), IsEmpty());
}

TEST(LintBareTerm, ValuesWithoutAFieldAreSaid) {
  EXPECT_THAT(Found("process.name : curl or wget"), ElementsAre("bare_term: wget"));
  EXPECT_THAT(LintsOf("process.name : curl or wget").at(0).hint,
              HasSubstr("`process.name : (curl or wget)`"));
  EXPECT_THAT(Found("mimikatz"), ElementsAre("bare_term: mimikatz"));
  EXPECT_THAT(LintsOf("process.name = curl").at(0).hint, HasSubstr("`process.name : curl`"));
  EXPECT_THAT(LintsOf("process.name != curl").at(0).hint, HasSubstr("`not process.name : curl`"));
  EXPECT_THAT(Found("null : x"), ElementsAre("bare_term: null"));
}

TEST(LintBareTerm, ValuesWithAFieldAndTheStarAreNotSaid) {
  EXPECT_THAT(Found("process.name : (curl or wget) and * : x"), IsEmpty());
  EXPECT_THAT(Found("*"), IsEmpty());
  EXPECT_THAT(Found("\"null\" : x"), IsEmpty());
}

TEST(LintStars, StarsThatAreNoWildcardsAreSaid) {
  EXPECT_THAT(Found("user.name : **"), ElementsAre("double_star: **"));
  EXPECT_THAT(Found("user.name > b*"), ElementsAre("star_in_bound: b*"));
}

TEST(LintStars, WildcardsAndQuotedBoundsAreNotSaid) {
  EXPECT_THAT(Found("user.name : * and file.path : /a/**/b"), IsEmpty());
  EXPECT_THAT(Found("user.name > \"b*\" or user.id > b\\*"), IsEmpty());
}

TEST(LintEscape, BackslashesThatMakeControlCharactersAreSaid) {
  EXPECT_THAT(Found(R"(file.path : "C:\temp")"), ElementsAre("escape: \\t"));
  EXPECT_THAT(Found(R"(user.name : "CORP\tom")"), ElementsAre("escape: \\t"));
  EXPECT_THAT(Found(R"(process.command_line : "\software\run")"), ElementsAre("escape: \\r"));
  EXPECT_THAT(Found(R"(user.name : CORP\tom)"), ElementsAre("escape: \\t"));
  EXPECT_THAT(Found(R"(user.name : \not)"), ElementsAre("escape: \\n"));
  EXPECT_THAT(LintsOf(R"(user.name : \not)").at(0).hint, HasSubstr("for the word `\\NOT`"));
  EXPECT_THAT(LintsOf(R"(file.path : "C:\temp")").at(0).message, HasSubstr("`\\t` is a TAB"));
}

TEST(LintEscape, ControlCharactersThatAreMeantAreNotSaid) {
  EXPECT_THAT(Found(R"(file.path : "C:\\temp")"), IsEmpty());
  EXPECT_THAT(Found(R"(process.command_line : "a;\nb")"), IsEmpty());
  EXPECT_THAT(Found(R"(user.name : "two words\tand a tab")"), IsEmpty());
  EXPECT_THAT(Found(R"(user.name : "CORP\u0009om")"), IsEmpty());
  EXPECT_THAT(Found(R"(user.name : \NOT)"), IsEmpty());
}

TEST(LintComment, CommentsAreSaid) {
  EXPECT_THAT(Found("process.name : curl // the tool"), ElementsAre("comment: // the tool"));
  EXPECT_THAT(Found("//x"), ElementsAre("comment: //x"));
  EXPECT_THAT(Found("process.name : curl # the tool"), ElementsAre("comment: # the tool"));
  EXPECT_THAT(Found("// which\nprocess.name : curl"), ElementsAre("comment: // which"));
}

TEST(LintComment, SlashesThatAreTextAreNotSaid) {
  EXPECT_THAT(Found("url.original : https\\://a.b/c and file.path : //server/share"), IsEmpty());
  EXPECT_THAT(Found("process.command_line : bash # x or process.args : \"// y\""), IsEmpty());
}

TEST(LintWordCase, NullInUpperCaseIsSaidAndBooleansAreNoted) {
  EXPECT_THAT(Found("user.name : NULL"), ElementsAre("word_case: NULL"));
  EXPECT_EQ(LintsOf("user.name : NULL").at(0).severity, Severity::kWarning);
  EXPECT_THAT(Found("o365.audit.Enabled : True"), ElementsAre("word_case: True"));
  EXPECT_EQ(LintsOf("o365.audit.Enabled : True").at(0).severity, Severity::kNote);
}

TEST(LintWordCase, TextsAndTheWordsThemselvesAreNotSaid) {
  EXPECT_THAT(Found("user.name : \"NULL\" or user.name : True or a.b : true"), IsEmpty());
}

TEST(LintTextPattern, PatternsThatAnalysedTextTakesApartAreSaid) {
  EXPECT_THAT(Found("message : failed pass*"), ElementsAre("split_pattern: failed pass*"));
  EXPECT_THAT(LintsOf("message : failed pass*").at(0).message, HasSubstr("`failed or pass*`"));
  EXPECT_THAT(Found("message : (a or *foo-bar*)"), ElementsAre("never_in_text: *foo-bar*"));
  EXPECT_THAT(Found("message : a* \\AND b*"), ElementsAre("lucene_operator: a* \\AND b*"));
}

TEST(LintTextPattern, PatternsThatStayWholeAreNotSaid) {
  EXPECT_THAT(Found("message : fail* and message : \"failed pass\" and message : *a_b.c*"),
              IsEmpty());
  EXPECT_THAT(Found("process.command_line : * -enc * and message : failed login"), IsEmpty());
}

TEST(LintTextOrder, NumbersComparedAsTextAreSaid) {
  EXPECT_THAT(Found("event.code > 4624"), ElementsAre("text_order: 4624"));
  EXPECT_THAT(Found("host.os.version >= 10.0.19041"), ElementsAre("text_order: 10.0.19041"));
}

TEST(LintTextOrder, NumbersAndLettersAreNotSaid) {
  EXPECT_THAT(Found("source.port > 1024 and user.name >= m and other.field > 5"), IsEmpty());
  const FieldTypes mapping =
      *FieldTypes::FromMapping("m", R"({"mappings":{"properties":{"ver":{"type":"version"}}}})");
  EXPECT_THAT(Found("ver < 1.10.0", nullptr, &mapping), IsEmpty());
}

TEST(LintOtherLanguage, SignsOfOtherLanguagesAreSaid) {
  EXPECT_THAT(Found("user.name : root && x"), ElementsAre("other_language: root && x"));
  EXPECT_THAT(Found("user.name : (a || b)"), ElementsAre("other_language: a || b"));
  EXPECT_THAT(Found("user.name : !root"), ElementsAre("other_language: !root"));
  EXPECT_THAT(Found("!user.name : root"), ElementsAre("other_language: !user.name"));
  EXPECT_THAT(Found("-user.name : root"), ElementsAre("other_language: -user.name"));
  EXPECT_THAT(Found("user.name : [a to b]"), ElementsAre("other_language: [a to b]"));
  EXPECT_THAT(Found("user.name : /ro+t.*/"), ElementsAre("other_language: /ro+t.*/"));
  EXPECT_THAT(Found("user.name : a, b, c"), ElementsAre("other_language: a, b, c"));
  EXPECT_THAT(Found("user.name : (a,b)"), ElementsAre("other_language: a,b"));
}

TEST(LintOtherLanguage, SignsThatAreTextAreNotSaid) {
  EXPECT_THAT(Found("process.command_line : cmd && dir and file.path : /etc/cron.d/"), IsEmpty());
  EXPECT_THAT(Found("process.code_signature.subject_name : Google, Inc."), IsEmpty());
  EXPECT_THAT(Found("x509.subject : CN=a, O=b, C=c or user.name : \"a, b, c\""), IsEmpty());
  EXPECT_THAT(Found("-some.field : x"), IsEmpty());
}

}  // namespace
}  // namespace tripline::compiler

#include "runtime/alert_guide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace tripline::runtime {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const std::map<std::string, std::string> kValues = {
    {"user.name", "root"}, {"host.name", "web-1"}, {"@timestamp", "2026-05-01"}, {"n", "7"}};

std::string Filled(std::string_view note,
                   const std::map<std::string, std::string>& values = kValues) {
  return AlertGuide::Read(note).FillIn([&](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
  });
}

TEST(AlertGuide, FillsNamesInTwoOrThreeBraces) {
  EXPECT_EQ(Filled("{{user.name}} on {{ host.name }}: {{{n}}} at {{{ @timestamp }}}."),
            "root on web-1: 7 at 2026-05-01.");
  EXPECT_EQ(Filled("{{n}}{{n}}"), "77");
  EXPECT_EQ(Filled("{{{n}}"), "{7") << "three braces need three";
  EXPECT_EQ(Filled("{{{{n}}}}"), "{7}");
}

TEST(AlertGuide, LeavesWhatItHasNoValueForAsItStands) {
  for (const char* note : {"by {{process.name}}", "{{ }}", "{{}}", "{{", "{{n", "{{n}", "{{n }",
                           "{{n m}}", "{{#n}}", "{{n\n}}", "{n}", "no braces at all", ""}) {
    EXPECT_EQ(Filled(note), note);
  }
  EXPECT_FALSE(AlertGuide::Read("nothing {to} fill").HasPlaceholders());
}

TEST(AlertGuide, KeepsBlocksByteForByte) {
  for (const char* block :
       {R"(!{osquery{"label":"{{n}}","query":"SELECT * FROM users WHERE name = '{{user.name}}'"}})",
        R"(!{investigate{"providers":[[{"field":"host.name","value":"{{host.name}}"}]]}})",
        R"(!{osquery{"query":"a } brace, an escaped \" quote and a { {{n}} in a string"}})",
        "!{insight {{n}} }", R"(!{other{"ends in a backslash":"\\"}})"}) {
    EXPECT_EQ(Filled(block), block);
    EXPECT_EQ(Filled(std::string("{{n}}") + block + "{{n}}"), std::string("7") + block + "7");
  }
}

TEST(AlertGuide, ABlockWithoutAnEndIsText) {
  EXPECT_EQ(Filled(R"(!{osquery{"query":"{{n}}"} and {{n}})"), R"(!{osquery{"query":"7"} and 7)");
  EXPECT_EQ(Filled("well done!{{n}} !{ {{n}}"), "well done!7 !{ 7") << "no blocks at all";
}

TEST(AlertGuide, AsksForEachNameOnce) {
  int num_asked = 0;
  const AlertGuide guide = AlertGuide::Read("{{a}} {{ a }} {{{a}}} {{b}}");

  std::ignore = guide.FillIn([&](const std::string&) {
    ++num_asked;
    return "x";
  });

  EXPECT_EQ(num_asked, 2);
}

TEST(AlertGuide, CutsAValueBetweenCharacters) {
  const std::string euro = "\xE2\x82\xAC";
  std::string value;
  for (int i = 0; i < 300'000; ++i) {
    value += euro;
  }

  const std::string filled = Filled("<{{v}}>", {{"v", value}});

  EXPECT_LE(filled.size(), AlertGuide::kMostOfOneValue + 2);
  EXPECT_GT(filled.size(), AlertGuide::kMostOfOneValue - 4);
  EXPECT_THAT(filled, EndsWith(euro + "\xE2\x80\xA6>"));
}

TEST(AlertGuide, FillsNoMoreThanItsBound) {
  std::string note;
  for (int i = 0; i < 5'000; ++i) {
    note += "{{v}}";
  }

  const std::string filled = Filled(note, {{"v", std::string(1'000, 'v')}});

  EXPECT_LE(filled.size(), note.size() + AlertGuide::kMostOfAllValues);
  EXPECT_THAT(filled, EndsWith("{{v}}{{v}}")) << "what is left stays";
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(filled, 'v')),
            AlertGuide::kMostOfAllValues / 1'000 * 1'000 + 5'000 - 65);
}

TEST(AlertGuide, KnowsSoManyNamesAndNoMore) {
  std::string note;
  for (int i = 0; i < 5'000; ++i) {
    note += "{{n" + std::to_string(i) + "}}";
  }
  std::size_t num_asked = 0;

  std::ignore = AlertGuide::Read(note).FillIn([&](const std::string&) {
    ++num_asked;
    return "";
  });

  EXPECT_EQ(num_asked, AlertGuide::kMostNames);
}

TEST(AlertGuide, ReadsHostileNotesInATimeThatTheirLengthBounds) {
  for (const char* piece :
       {"!{a", "{{", "{{{", "{{a ", "!{a{\"", "{{ ", "!", "{", "!{a}", "{{a}}"}) {
    std::string note;
    while (note.size() < 2'000'000) {
      note += piece;
    }
    EXPECT_EQ(Filled(note), note) << piece;
  }
}

TEST(AlertGuide, NoValueOpensABlockOrALine) {
  const std::string block = R"(!{osquery{"query":"DROP"}})";

  EXPECT_THAT(Filled("{{v}}", {{"v", block}}), Not(HasSubstr("!{")));
  EXPECT_EQ(Filled("ha!{{v}}", {{"v", "{osquery{}}"}}), "ha! {osquery{}}");
  EXPECT_EQ(Filled("{{v}}{osquery{}}", {{"v", "!"}}), "! {osquery{}}");
  EXPECT_EQ(Filled("{{v}}{{w}}", {{"v", "!"}, {"w", "{x}"}}), "! {x}");
  EXPECT_EQ(Filled("{{v}}", {{"v", "a\n# b\r\tc"}}), "a # b  c");
  EXPECT_EQ(Filled("{{v}}", {{"v", "a\u0085b\u2028c\u2029d\u202Ee\u2066f"}}), "a b c d e f");
  EXPECT_EQ(Filled("{{v}}", {{"v", "\u00A0\u2027\u202F\u2065\u20AC"}}),
            "\u00A0\u2027\u202F\u2065\u20AC");
  EXPECT_EQ(Filled("{{v}}", {{"v", "{{n}}"}, {"n", "7"}}), "{{n}}") << "values are not read again";
}

}  // namespace
}  // namespace tripline::runtime

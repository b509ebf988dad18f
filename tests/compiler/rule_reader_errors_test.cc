// Every mistake that a rule document can hold, with its code and its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "compiler/rule_reader.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using ::testing::HasSubstr;

std::string CodesOf(const std::string& name, const std::string& text) {
  return Codes(ReadRuleFile(name, text));
}

TEST(RuleReaderErrors, TomlThatIsNoneIsSaidAtItsPlace) {
  const ReadRules read = ReadRuleFile("r.toml", "[rule]\nname = \"x\nquery = 'y'\n");

  EXPECT_EQ(Codes(read), "rule.not_toml@2:10");
  EXPECT_EQ(read.num_rejected, 1U);
  EXPECT_EQ(read.diagnostics[0].line_text, "name = \"x");
  EXPECT_EQ(read.diagnostics[0].file, "r.toml");
}

TEST(RuleReaderErrors, JsonThatIsNoneIsSaidAtItsPlace) {
  const ReadRules read = ReadRuleFile("r.json", "{\n  \"name\": tru,\n}");

  EXPECT_EQ(Codes(read), "rule.not_json@2:14");
  EXPECT_THAT(read.diagnostics[0].message, HasSubstr("invalid literal"));
  EXPECT_EQ(CodesOf("r.json", "\"text\" x"), "rule.not_json@1:8");
  EXPECT_EQ(CodesOf("r.json", "{\"a\":1"), "rule.not_json@1:6");
}

TEST(RuleReaderErrors, ABrokenLineLosesNoOther) {
  const ReadRules read = ReadRuleFile(
      "e.ndjson", JsonRule("", "a") + "\n{\"rule_id\": nope}\n\xFF\n3\n" + JsonRule("", "b"));

  EXPECT_EQ(Codes(read), "rule.not_json@2:14 rule.invalid_utf8@3:1 rule.wrong_type@4:1");
  ASSERT_EQ(read.rules.size(), 2U);
  EXPECT_EQ(read.rules[1].rule_id, "b");
  EXPECT_EQ(read.num_rejected, 3U);
}

TEST(RuleReaderErrors, ABrokenFirstLineLosesNoOtherWhereTheNamePromisesLines) {
  const ReadRules read = ReadRuleFile("e.ndjson", "{\"a\": }\n" + JsonRule());

  EXPECT_EQ(Codes(read), "rule.not_json@1:7");
  EXPECT_EQ(read.rules.size(), 1U);
}

TEST(RuleReaderErrors, AllMissingKeysAreSaidAtOnce) {
  const ReadRules read = ReadRuleFile("r.toml", "[metadata]\n[rule]\nlanguage = \"kuery\"\n");

  EXPECT_EQ(read.rules.size(), 0U);
  std::string missing;
  for (const Diagnostic& d : read.diagnostics) {
    EXPECT_EQ(d.code, "rule.missing_key");
    EXPECT_EQ(d.where, (LineColumn{2, 1}));
    missing +=
        d.message.substr(0, d.message.find(' ')) + (d.severity == Severity::kError ? "!" : "");
  }
  EXPECT_EQ(missing, "`rule_id`!`name`!`type`!`severity``risk_score``query`!`description`");
}

TEST(RuleReaderErrors, EachTypeNeedsKeysOfItsOwn) {
  const auto messages = [](const std::string& type) {
    std::string all;
    for (const Diagnostic& d :
         ReadRuleFile("r.toml", TomlRule("type = \"" + type + "\"")).diagnostics) {
      EXPECT_EQ(d.code, "rule.missing_key");
      all += d.message.substr(0, d.message.find(' '));
    }
    return all;
  };

  EXPECT_EQ(messages("query"), "");
  EXPECT_EQ(messages("saved_query"), "`saved_id`");
  EXPECT_EQ(messages("threshold"), "`threshold`");
  EXPECT_EQ(messages("new_terms"), "`new_terms_fields``history_window_start`");
  EXPECT_EQ(messages("machine_learning"), "`anomaly_threshold``machine_learning_job_id`");
  EXPECT_EQ(messages("threat_match"), "`threat_query``threat_index``threat_mapping`");
}

TEST(RuleReaderErrors, WithoutScoresAndDescriptionARuleIsStillOne) {
  const ReadRules read = ReadRuleFile(
      "r.toml", "[rule]\nrule_id = 'a'\nname = 'b'\ntype = 'query'\nquery = 'c : d'\n");

  ASSERT_EQ(read.rules.size(), 1U);
  EXPECT_EQ(read.diagnostics.size(), 3U);
  EXPECT_FALSE(HasErrors(read.diagnostics));
  EXPECT_EQ(read.rules[0].risk_score, 21);
  EXPECT_EQ(read.rules[0].severity, RuleSeverity::kLow);
}

TEST(RuleReaderErrors, WrongTypesAreSaidAtTheValue) {
  EXPECT_EQ(CodesOf("r.toml", TomlRule("index = \"logs-*\"")), "rule.wrong_type@9:9");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("index = [\"a\", 1]")), "rule.wrong_type@9:15");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("max_signals = \"5\"")), "rule.wrong_type@9:15");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("max_signals = 5.5")), "rule.wrong_type@9:15");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("enabled = \"true\"")), "rule.wrong_type@9:11");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("query = 5")), "rule.wrong_type@8:9");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("filters = {a = 1}")), "rule.wrong_type@9:11");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("filters = [1]")), "rule.wrong_type@9:12");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("alert_suppression = []")), "rule.wrong_type@9:21");
  EXPECT_EQ(CodesOf("r.toml", "rule = 5"), "rule.wrong_type@1:8");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("", "[[transform]]\n")), "rule.wrong_type@10:1");
  EXPECT_EQ(CodesOf("r.json", "[1]"), "rule.wrong_type@1:2");
}

TEST(RuleReaderErrors, AWrongTypeSaysWhatWasExpectedAndWhatWasFound) {
  const ReadRules read = ReadRuleFile("r.toml", TomlRule("index = \"logs-*\""));

  EXPECT_EQ(read.diagnostics[0].message, "`index` must be a list of strings, found a string");
  EXPECT_EQ(read.diagnostics[0].hint, "write [...] around it");
}

TEST(RuleReaderErrors, BadValuesAreSaidWithWhatIsPossible) {
  const ReadRules read = ReadRuleFile("r.toml", TomlRule("type = \"new-terms\""));

  ASSERT_EQ(read.diagnostics.size(), 1U);
  EXPECT_EQ(Codes(read), "rule.bad_value@8:8");
  EXPECT_THAT(read.diagnostics[0].message, HasSubstr("`threshold`, `new_terms`"));
  EXPECT_EQ(read.diagnostics[0].hint, "did you mean `new_terms`?");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("language = \"eql\"")), "rule.bad_value@9:12");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("type = \"eql\"\nlanguage = \"kuery\"")),
            "rule.bad_value@9:12");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("max_signals = 0")), "rule.bad_value@9:15");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("index = [\"\"]")), "rule.bad_value@9:10");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("version = nan")), "rule.bad_value@9:11");
  EXPECT_EQ(CodesOf("r.json", JsonRule(R"(,"type":"machine_learning","anomaly_threshold":101,)"
                                       R"("machine_learning_job_id":[])")),
            "rule.bad_value@1:176 rule.bad_value@1:206");
}

TEST(RuleReaderErrors, FourNewTermsFieldsAreOneTooMany) {
  EXPECT_EQ(CodesOf("r.json", JsonRule(R"(,"type":"new_terms","new_terms_fields":["a","b","c","d"])"
                                       R"(,"history_window_start":"now-7d")")),
            "rule.bad_value@1:168");
}

TEST(RuleReaderErrors, TimesThatCannotBeRead) {
  EXPECT_EQ(CodesOf("r.toml", TomlRule("interval = \"5 minutes\"")), "rule.bad_time@9:12");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("interval = \"0m\"")), "rule.bad_time@9:12");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("from = \"yesterday\"")), "rule.bad_time@9:8");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("to = \"now-\"")), "rule.bad_time@9:6");
  EXPECT_EQ(CodesOf("r.toml", TomlRule("to = \"now/2d\"")), "rule.bad_time@9:6");
  EXPECT_EQ(CodesOf("r.json", JsonRule(R"(,"type":"new_terms","new_terms_fields":["a"])"
                                       R"(,"history_window_start":"20d")")),
            "rule.bad_time@1:197");
}

TEST(RuleReaderErrors, AHistoryMustReachFurtherBackThanARun) {
  const auto codes = [](const std::string& from, const std::string& start) {
    return CodesOf("r.json", JsonRule(R"(,"type":"new_terms","new_terms_fields":["a"],"from":")" +
                                      from + R"(","history_window_start":")" + start + "\""));
  };

  EXPECT_EQ(codes("now-10m", "now-7d"), "");
  EXPECT_EQ(codes("now-7d", "now-7d"), "rule.history_shorter@1:213");
  EXPECT_EQ(codes("now-7d", "now-6d"), "rule.history_shorter@1:213");
  EXPECT_EQ(codes("now-1M", "now-1y"), "");
  EXPECT_EQ(codes("now/d", "now-1d/d"), "");
  EXPECT_EQ(codes("now-6h/d", "now-1d/d"), "rule.history_shorter@1:215")
      << "in runs before six they begin on the same day";
  EXPECT_EQ(codes("now-90m\",\"to\":\"now-1h", "now-1h"), "") << "the history is counted from `to`";
}

TEST(RuleReaderErrors, NewTermsOfTomlInAnotherShapeAreWrong) {
  const auto codes = [](const std::string& table) {
    return CodesOf("r.toml", TomlRule("type = \"new_terms\"", "[rule.new_terms]\n" + table));
  };

  EXPECT_EQ(codes("field = \"x\"\nvalue = [\"a\"]\nhistory_window_start = \"now-7d\""),
            "rule.bad_value@10:9");
  EXPECT_EQ(codes("value = [\"a\"]\nhistory_window_start = []"), "rule.wrong_type@11:24");
  EXPECT_EQ(codes("value = [\"a\"]\nhistory_window_start = [{valeu = \"now-7d\"}]"),
            "rule.wrong_type@11:24 rule.unknown_key@11:26");
  EXPECT_EQ(codes("valeu = [\"a\"]\nhistory_window_start = \"now-7d\""),
            "rule.missing_key@1:1 rule.unknown_key@10:1");
}

TEST(RuleReaderErrors, KeysThatNoReaderKnowsAreNamedWithTheNearest) {
  const ReadRules read = ReadRuleFile(
      "r.toml", TomlRule("type = \"threshold\"",
                         "[rule.threshold]\nvalue = 1\nfeild = []\n[metdata]\nx = 1\n"));

  EXPECT_EQ(Codes(read), "rule.unknown_key@11:1 rule.unknown_key@12:2");
  EXPECT_THAT(read.diagnostics[0].message, HasSubstr("threshold.feild"));
  EXPECT_EQ(read.diagnostics[0].hint, "did you mean `field`?");
  EXPECT_EQ(read.diagnostics[1].hint, "did you mean `metadata`?");
  EXPECT_EQ(read.rules.size(), 1U);
}

TEST(RuleReaderErrors, GuideBlocksAndTheirUsesMustMeet) {
  const ReadRules read = ReadRuleFile(
      "r.toml",
      TomlRule("note = \"$osquery_1\"", "[[transform.osquery]]\nlabel = \"a\"\nquery = \"b\"\n"));

  EXPECT_EQ(Codes(read), "rule.transform@9:8 rule.transform@10:1");
  EXPECT_EQ(read.rules.size(), 1U);
}

TEST(RuleReaderErrors, AKeyThatStandsTwiceIsWarnedAbout) {
  const ReadRules read = ReadRuleFile("r.json", JsonRule(R"(,"max_signals":1,"max_signals":2)"));

  EXPECT_EQ(Codes(read), "rule.repeated_key@1:145");
  ASSERT_EQ(read.rules.size(), 1U);
  EXPECT_EQ(read.rules[0].max_signals, 2U);
}

TEST(RuleReaderErrors, EmptyFilesAreSaid) {
  EXPECT_EQ(CodesOf("r.toml", ""), "rule.empty_file@1:1");
  EXPECT_EQ(CodesOf("r.json", " \r\n\t"), "rule.empty_file@1:1");
  EXPECT_EQ(CodesOf("r.toml", "# nothing\n"), "rule.empty_file@1:1");
}

TEST(RuleReaderErrors, AFileWithoutRulesIsSaid) {
  EXPECT_EQ(CodesOf("r.json", "[]"), "rule.no_rules@1:1");
  EXPECT_EQ(CodesOf("r.ndjson", "{\"exported_count\":0}\n"), "rule.no_rules@1:1");
}

TEST(RuleReaderErrors, AnObjectThatIsNoRuleAtAllIsSaidOnce) {
  EXPECT_EQ(CodesOf("package.json", "{\"private\": true}"), "rule.missing_key@1:1");
  EXPECT_EQ(CodesOf("job.json", "{\"analysis_config\": {}}"), "rule.missing_key@1:1");
}

TEST(RuleReaderErrors, OtherEncodingsAreNamed) {
  const ReadRules utf16 = ReadRuleFile("r.toml", std::string("\xFF\xFE[\0r\0", 6));
  const ReadRules latin1 = ReadRuleFile("r.toml", TomlRule("setup = \"caf\xE9\""));

  EXPECT_EQ(Codes(utf16), "rule.invalid_utf8@1:1");
  EXPECT_THAT(utf16.diagnostics[0].hint, HasSubstr("UTF-16"));
  EXPECT_EQ(Codes(latin1), "rule.invalid_utf8@9:13");
}

TEST(RuleReaderErrors, AHundredMegabyteQueryIsRefusedBeforeItIsParsed) {
  const std::string text = TomlRule("query = '''" + std::string(100'000'000, 'a') + "'''");

  EXPECT_EQ(CodesOf("r.toml", text), "rule.too_large@1:1");
  EXPECT_EQ(CodesOf("r.ndjson", JsonRule() + "\n\"" + std::string(17'000'000, 'a') + "\"\n"),
            "rule.too_large@2:1");
}

TEST(RuleReaderErrors, DeepNestingIsRefusedInEveryForm) {
  constexpr std::size_t kDepth = 100'000;
  std::string objects;
  std::string key = "a";
  for (std::size_t i = 0; i < kDepth; ++i) {
    objects += "{\"a\":";
    key += ".a";
  }

  EXPECT_EQ(CodesOf("r.json", std::string(kDepth, '[')), "rule.too_deep@1:101");
  EXPECT_EQ(CodesOf("r.json", objects), "rule.too_deep@1:501");
  EXPECT_EQ(CodesOf("r.ndjson", JsonRule() + "\n" + objects), "rule.too_deep@2:501");
  EXPECT_EQ(CodesOf("r.toml", "a = " + std::string(kDepth, '[')), "rule.too_deep@1:45");
  EXPECT_EQ(CodesOf("r.toml", key + " = 1"), "rule.too_deep@1:40");
  EXPECT_EQ(CodesOf("r.toml", "[" + key + "]"), "rule.too_deep@1:41");
}

TEST(RuleReaderErrors, NestingBelowTheBracketsCountsToo) {
  std::string text = "a = ";
  for (int i = 0; i < 30; ++i) {
    text += "{a.b.c.d.e = ";
  }
  EXPECT_EQ(CodesOf("r.toml", text + "1" + std::string(30, '}')).substr(0, 13), "rule.too_deep");
}

TEST(RuleReaderErrors, DotsInStringsAndCommentsAreNoNesting) {
  const std::string dots(1000, '.');

  EXPECT_EQ(CodesOf("r.toml",
                    TomlRule("setup = \"\\\"" + dots + "[[[[\"\nnote = '''" + dots + "''''' # " +
                             dots + "\nlicense = \"\"\"" + dots + "\\\"\"\"\"\" # [[[" + dots)),
            "");
}

TEST(RuleReaderErrors, AMillionValuesAreRefused) {
  std::string list = "[0";
  for (int i = 0; i < 1'000'001; ++i) {
    list += ",0";
  }

  EXPECT_EQ(CodesOf("r.json", list + "]").substr(0, 14), "rule.too_large");
  EXPECT_EQ(CodesOf("r.toml", "a = " + list + "]").substr(0, 14), "rule.too_large");
}

TEST(RuleReaderErrors, TwoRulesOfOneIdAreOneTooMany) {
  const ReadRules read = ReadRuleFile("e.ndjson", JsonRule() + "\n" + JsonRule());

  EXPECT_EQ(read.rules.size(), 1U);
  EXPECT_EQ(read.num_rejected, 1U);
  EXPECT_EQ(Codes(read), "rule.duplicate_id@2:12");
  EXPECT_THAT(read.diagnostics[0].message, HasSubstr("e.ndjson:1:12"));
}

TEST(RuleReaderErrors, AFileFullOfMistakesIsNotListedWithoutEnd) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += "{}\n";
  }

  const ReadRules read = ReadRuleFile("e.ndjson", lines);

  EXPECT_EQ(read.diagnostics.size(), 1001U);
  EXPECT_EQ(read.diagnostics.back().code, "rule.too_many");
  EXPECT_EQ(read.num_rejected, 3000U);
}

TEST(RuleReaderErrors, DiagnosticsStandInTheOrderOfTheFile) {
  const ReadRules read = ReadRuleFile("r.toml", TomlRule("zzz = 1\nenabled = 1\nindex = 2"));

  EXPECT_EQ(Codes(read), "rule.unknown_key@9:1 rule.wrong_type@10:11 rule.wrong_type@11:9");
}

TEST(RuleReaderErrors, ForeignTextInMessagesIsCutAndPrintable) {
  const ReadRules read =
      ReadRuleFile("r.json", JsonRule(R"(,"interval":"\u001b[31m)" + std::string(500, 'x') + "\""));

  ASSERT_EQ(read.diagnostics.size(), 1U);
  EXPECT_LT(read.diagnostics[0].message.size(), 200U);
  EXPECT_EQ(read.diagnostics[0].message.find('\x1b'), std::string::npos);
}

TEST(RuleReader, SaysWhatASuppressionCannotBe) {
  const auto codes = [](const std::string& table, const std::string& type = "query") {
    const std::string rule =
        JsonRule(",\"type\":\"" + type + "\"" +
                 (type == "threshold" ? R"(,"threshold":{"field":["a"],"value":5})" : "") +
                 R"(,"alert_suppression":)" + table);
    std::string found;
    for (const Diagnostic& d : ReadRuleFile("r.json", rule).diagnostics) {
      found += (found.empty() ? "" : " ") + d.code;
    }
    return found;
  };
  EXPECT_EQ(codes(R"({"group_by":["a"]})"), "");
  EXPECT_EQ(codes(R"({"group_by":["a"],"duration":{"value":5,"unit":"h"},)"
                  R"("missing_fields_strategy":"doNotSuppress"})"),
            "");
  EXPECT_EQ(codes("{}"), "rule.missing_key");
  EXPECT_EQ(codes(R"({"group_by":[]})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"group_by":["a","b","c","d","e","f"]})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"group_by":["a"],"missing_fields_strategy":"never"})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"group_by":["a"],"duration":{"value":0,"unit":"h"}})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"group_by":["a"],"duration":{"value":5,"unit":"d"}})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"group_by":["a"],"duration":{"value":5}})"), "rule.missing_key");
  EXPECT_EQ(codes(R"({"duration":{"value":5,"unit":"m"}})", "threshold"), "");
  EXPECT_EQ(codes("{}", "threshold"), "rule.missing_key");
  EXPECT_EQ(codes(R"({"group_by":["a"],"duration":{"value":5,"unit":"m"}})", "threshold"),
            "rule.bad_value");
}

TEST(RuleReader, SaysWhatAThresholdCannotBe) {
  const auto codes = [](const std::string& table) {
    std::string found;
    for (const Diagnostic& d :
         ReadRuleFile("r.json", JsonRule(R"(,"type":"threshold","threshold":)" + table))
             .diagnostics) {
      found += (found.empty() ? "" : " ") + d.code;
    }
    return found;
  };
  EXPECT_EQ(codes(R"({"field":["a","b","c","d","e"],"value":1})"), "");
  EXPECT_EQ(codes(R"({"field":["a","b","c","d","e","f"],"value":1})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"value":0})"), "rule.bad_value");
  EXPECT_EQ(codes(R"({"value":1,"cardinality":[{"field":"a","value":2},{"field":"b","value":2}]})"),
            "rule.bad_value");
}

}  // namespace
}  // namespace tripline::compiler

// The public rules beside a development checkout: all of them are read, nothing of them is lost,
// and every query leads back to its place in the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "compiler/rule_reader.h"
#include "tests/compiler/rule_texts.h"
#include "tests/support/shared_data.h"

namespace tripline::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Read once for all tests.
const ReadRules& Corpus(const std::string& shared) {
  static const ReadRules kRead =
      ReadRulePaths({shared + "/corpus/detection-rules"}).value_or(ReadRules());
  return kRead;
}

const Rule* RuleWithId(const ReadRules& read, const std::string& id) {
  for (const Rule& rule : read.rules) {
    if (rule.rule_id == id) {
      return &rule;
    }
  }
  return nullptr;
}

// Lines of a file as a reader of the screen sees them, found without the reader's own code.
using Lines = std::vector<std::vector<std::string>>;

Lines CharactersByLine(const std::string& text) {
  Lines lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) {
      lines.back().back() += c;
    } else {
      lines.back().emplace_back(1, c);
    }
  }
  return lines;
}

// Every letter and digit of the query that no escape spells stands where Locate says.
void ExpectStandsInFile(const SourceText& query, const Lines& lines) {
  const std::size_t step = 1 + query.text.size() / 400;
  for (std::size_t i = 0; i < query.text.size(); i += step) {
    if (std::isalnum(static_cast<unsigned char>(query.text[i])) == 0) {
      continue;
    }
    const LineColumn at = query.Locate(i);
    ASSERT_LE(at.line, lines.size()) << query.name;
    ASSERT_LE(at.column, lines[at.line - 1].size()) << query.name << ":" << at.line;
    ASSERT_EQ(lines[at.line - 1][at.column - 1], std::string(1, query.text[i]))
        << query.name << ":" << at.line << ":" << at.column << " offset " << i;
  }
}

// What a rule says, without where it stands.
std::string Contents(const Rule& r) {
  std::string all = r.document + "|" + r.rule_id + "|" + r.name + "|" + r.query.text + "|" +
                    r.threat_query.text + "|" + r.filters + "|" + r.threat_filters + "|" +
                    r.exceptions_list + "|" + r.threat + "|" + r.note + "|" + r.from.text + "|" +
                    r.to.text + "|" + r.timestamp_override;
  for (const std::string& field :
       r.alert_suppression ? r.alert_suppression->group_by : std::vector<std::string>()) {
    all += "|" + field;
  }
  for (const auto* list : {&r.indices, &r.new_terms_fields, &r.machine_learning_job_ids, &r.tags,
                           &r.threat_indices, &r.investigation_fields}) {
    for (const std::string& element : *list) {
      all += "|" + element;
    }
  }
  for (const std::int64_t number :
       {std::int64_t{r.interval.count()}, std::int64_t{r.max_signals}, std::int64_t{r.risk_score},
        static_cast<std::int64_t>(r.type), static_cast<std::int64_t>(r.language),
        static_cast<std::int64_t>(r.severity), std::int64_t{r.anomaly_threshold},
        r.threshold ? r.threshold->value : -1,
        r.history_window_start ? r.history_window_start->bound->before_now().count() : -1}) {
    all += "|" + std::to_string(number);
  }
  return all;
}

TEST(RuleCorpus, EveryPublicRuleIsReadWithoutARemark) {
  const auto shared = testing::SharedFolder();
  if (!shared) {
    testing::SkipWithoutShared();
    return;
  }

  const ReadRules& read = Corpus(*shared);

  EXPECT_EQ(Codes(read), "");
  EXPECT_EQ(read.num_files, 671U);
  std::map<std::pair<RuleType, QueryLanguage>, int> counts;
  for (const Rule& rule : read.rules) {
    ++counts[{rule.type, rule.language}];
  }
  using Type = RuleType;
  using Language = QueryLanguage;
  EXPECT_EQ((counts[{Type::kQuery, Language::kKuery}]), 367);
  EXPECT_EQ((counts[{Type::kNewTerms, Language::kKuery}]), 192);
  EXPECT_EQ((counts[{Type::kThreshold, Language::kKuery}]), 23);
  EXPECT_EQ((counts[{Type::kThreatMatch, Language::kKuery}]), 6);
  EXPECT_EQ((counts[{Type::kMachineLearning, Language::kNone}]), 83);
}

TEST(RuleCorpus, EveryQueryStandsWhereItsSourceTextSays) {
  const auto shared = testing::SharedFolder();
  if (!shared) {
    testing::SkipWithoutShared();
    return;
  }
  const ReadRules& read = Corpus(*shared);

  for (const Rule& rule : read.rules) {
    const auto text = ReadFile(rule.file, 10'000'000);
    ASSERT_TRUE(text);
    const Lines lines = CharactersByLine(*text);
    ExpectStandsInFile(rule.query, lines);
    ExpectStandsInFile(rule.threat_query, lines);
  }
}

TEST(RuleCorpus, AsAKibanaExportEveryRuleIsTheSame) {
  const auto shared = testing::SharedFolder();
  if (!shared) {
    testing::SkipWithoutShared();
    return;
  }
  const ReadRules& read = Corpus(*shared);
  std::string exported;
  for (const Rule& rule : read.rules) {
    exported += rule.document + "\n";
  }

  const ReadRules again =
      ReadRuleFile("export.ndjson", exported + "{\"exported_count\":671,\"missing_rules\":[]}\n");

  EXPECT_EQ(Codes(again), "");
  ASSERT_EQ(again.rules.size(), read.rules.size());
  // Places are looked at in the first rules only: the whole file as characters takes 400 MB.
  const Lines lines = CharactersByLine(exported.substr(0, 1'000'000));
  for (std::size_t i = 0; i < again.rules.size(); ++i) {
    ASSERT_EQ(Contents(again.rules[i]), Contents(read.rules[i]));
    if (i < 50) {
      ExpectStandsInFile(again.rules[i].query, lines);
    }
  }
}

TEST(RuleCorpus, TheSeedRuleHasItsKnownValues) {
  const auto shared = testing::SharedFolder();
  if (!shared) {
    testing::SkipWithoutShared();
    return;
  }
  const ReadRules& read = Corpus(*shared);

  const Rule* const rule = RuleWithId(read, "53617418-17b4-4e9c-8a2c-8deb8086ca4b");

  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->type, RuleType::kNewTerms);
  EXPECT_EQ(rule->severity, RuleSeverity::kLow);
  EXPECT_EQ(rule->risk_score, 21);
  EXPECT_EQ(rule->from.bound, runtime::WindowBound::Before(std::chrono::minutes(59)));
  EXPECT_EQ(rule->interval, std::chrono::minutes(5));
  EXPECT_EQ(rule->max_signals, 100U);
  EXPECT_EQ(rule->timestamp_override, "event.ingested");
  EXPECT_THAT(rule->new_terms_fields, ElementsAre("process.executable"));
  EXPECT_EQ(rule->history_window_start->bound, runtime::WindowBound::Before(std::chrono::days(20)));
  EXPECT_EQ(rule->indices.size(), 5U);
  EXPECT_EQ(rule->query.origin, (LineColumn{183, 1}));
  EXPECT_THAT(rule->metadata, HasSubstr("\"maturity\":\"production\""));
  EXPECT_THAT(rule->note, HasSubstr("!{osquery{\"label\":"));
  EXPECT_EQ(rule->note.find("$osquery_"), std::string::npos);
}

TEST(RuleCorpus, OtherTypesHaveTheirKnownValues) {
  const auto shared = testing::SharedFolder();
  if (!shared) {
    testing::SkipWithoutShared();
    return;
  }
  const ReadRules& read = Corpus(*shared);

  const Rule* const spike = RuleWithId(read, "c7db5533-ca2a-41f6-a8b0-ee98abe0f573");
  const Rule* const secrets = RuleWithId(read, "185c782e-f86a-11ee-9d9f-f661ea17fbce");
  const Rule* const address = RuleWithId(read, "0c41e478-5263-4c69-8f9e-7dfd2c22da64");

  ASSERT_TRUE(spike != nullptr && secrets != nullptr && address != nullptr);
  EXPECT_EQ(spike->anomaly_threshold, 75);
  EXPECT_THAT(spike->machine_learning_job_ids, ElementsAre("high_count_by_destination_country"));
  EXPECT_EQ(spike->interval, std::chrono::minutes(15));
  EXPECT_THAT(secrets->threshold->fields, ElementsAre("user.id"));
  EXPECT_EQ(secrets->threshold->cardinality.at(0).value, 20);
  EXPECT_EQ(address->threat_query.origin, (LineColumn{121, 1}));
  EXPECT_EQ(address->threat_mapping.size(), 2U);
  EXPECT_EQ(address->threat_mapping.at(1).at(0).field, "destination.ip");
  EXPECT_THAT(address->document, HasSubstr("\"timeline_title\":\"Generic Threat Match Timeline\""));
}

}  // namespace
}  // namespace tripline::compiler

#include "runtime/ruleset_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

#include "jit/program_builder.h"
#include "jit/verify.h"
#include "runtime/digest.h"

namespace tripline::runtime {
namespace {

using ::testing::HasSubstr;

jit::Program SampleProgram() {
  jit::ProgramBuilder builder;
  const jit::FieldIndex name = builder.AddField({.name = "process.name", .ignore_above = 1024});
  const jit::FieldIndex address =
      builder.AddField({.name = "source.ip", .kind = jit::ColumnKind::kAddress});
  const jit::NodeIndex is_curl =
      builder.AddLeaf({.field = name, .atoms = {jit::Term{"curl"}, jit::Glob{{"wget", ""}}}});
  const jit::NodeIndex has_address = builder.AddLeaf({.field = address, .atoms = {jit::Exists{}}});
  const jit::NodeIndex both[] = {is_curl, builder.AddNot(has_address)};
  builder.AddOutput(builder.AddAnd(both));
  builder.AddOutput(has_address);
  return builder.Take();
}

std::vector<RuleSpec> SampleRules() {
  RuleSpec plain;
  plain.rule_id = "53617418-17b4-4e9c-8a2c-8deb8086ca4b";
  plain.name = "Ein Name mit \"Anführung\" und \\";
  plain.document = R"({"name":"x","risk_score":21.50})";
  plain.query = 1;
  RuleSpec full;
  full.rule_id = "full";
  full.name = "Every member differs from its default";
  full.type = RuleType::kNewTerms;
  full.severity = RuleSeverity::kCritical;
  full.risk_score = 99;
  full.document = "{}";
  full.indices = {"logs-*", "-logs-test"};
  full.query = 0;
  full.interval = Milliseconds(300'000);
  full.window = {*WindowBound::Parse("now-1d-1h/d"), *WindowBound::Parse("now-1500ms/m"),
                 *WindowBound::Parse("now-20d/M")};
  full.timestamp_override = "event.ingested";
  full.is_timestamp_fallback_disabled = true;
  full.max_signals = 4'000'000'000U;
  full.new_terms_fields = {"process.name", "host.id"};
  full.not_yet = {"filters are not applied"};
  RuleSpec job;
  job.rule_id = "job";
  job.type = RuleType::kMachineLearning;
  job.document = "{}";
  return {plain, full, job};
}

Ruleset Sample() {
  return MakeRuleset(SampleProgram(), SampleRules(),
                     {{.name = "process.name", .ignore_above = 7},
                      {.name = "@timestamp", .kind = jit::ColumnKind::kDate},
                      {.name = "host.id",
                       .ignore_above = 1024,
                       .source = "host.identity",
                       .is_pattern = true,
                       .lowercases = true},
                      {.name = "@timestamp", .kind = jit::ColumnKind::kDate}});
}

void ExpectEqual(const RuleSpec& a, const RuleSpec& b) {
  EXPECT_EQ(a.rule_id, b.rule_id);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.severity, b.severity);
  EXPECT_EQ(a.risk_score, b.risk_score);
  EXPECT_EQ(a.document, b.document);
  EXPECT_EQ(a.indices, b.indices);
  EXPECT_EQ(a.query, b.query);
  EXPECT_EQ(a.interval, b.interval);
  EXPECT_EQ(a.window, b.window);
  EXPECT_EQ(a.timestamp_override, b.timestamp_override);
  EXPECT_EQ(a.is_timestamp_fallback_disabled, b.is_timestamp_fallback_disabled);
  EXPECT_EQ(a.max_signals, b.max_signals);
  EXPECT_EQ(a.new_terms_fields, b.new_terms_fields);
  EXPECT_EQ(a.not_yet, b.not_yet);
}

std::string ErrorOf(std::string_view bytes) {
  const Result<Ruleset> loaded = LoadRuleset(bytes);
  return loaded ? "" : loaded.error().message;
}

// The file with a checksum that fits what stands before it.
std::string WithFittingChecksum(std::string bytes) {
  bytes.resize(bytes.size() - 32);
  const Sha256Digest digest = Sha256Of(bytes);
  return bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

// Little-endian numbers at their places in the layout.
template <class T>
void Put(std::string* bytes, std::size_t at, T value) {
  std::memcpy(bytes->data() + at, &value, sizeof(value));
}

TEST(Ruleset, HasTheColumnsOfItsProgramFirstAndEveryFieldOnce) {
  const Ruleset ruleset = Sample();

  ASSERT_EQ(ruleset.columns.size(), 4U);
  EXPECT_EQ(ruleset.columns[0], ruleset.program.fields[0]);
  EXPECT_EQ(ruleset.columns[0].ignore_above, 1024U) << "the program's field counts, not a later";
  EXPECT_EQ(ruleset.columns[1].name, "source.ip");
  EXPECT_EQ(ruleset.ColumnOf("@timestamp"), 2U);
  EXPECT_EQ(ruleset.ColumnOf("host.id"), 3U);
  EXPECT_EQ(ruleset.ColumnOf("nothing"), std::nullopt);
}

TEST(RulesetFile, GivesBackWhatWasSaved) {
  const Ruleset ruleset = Sample();

  const Result<Ruleset> loaded = LoadRuleset(SaveRuleset(ruleset));

  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->program, ruleset.program);
  EXPECT_EQ(loaded->columns, ruleset.columns);
  EXPECT_EQ(loaded->content_hash, ruleset.content_hash);
  ASSERT_EQ(loaded->rules.size(), ruleset.rules.size());
  for (std::size_t i = 0; i < ruleset.rules.size(); ++i) {
    ExpectEqual(loaded->rules[i], ruleset.rules[i]);
  }
}

TEST(RulesetFile, GivesBackARulesetWithoutRules) {
  const Ruleset empty = MakeRuleset({}, {}, {});

  const Result<Ruleset> loaded = LoadRuleset(SaveRuleset(empty));

  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_TRUE(loaded->rules.empty());
  EXPECT_TRUE(loaded->columns.empty());
}

TEST(RulesetFile, WritesEqualBytesForEqualRulesets) {
  EXPECT_EQ(SaveRuleset(Sample()), SaveRuleset(Sample()));
  EXPECT_EQ(SaveRuleset(Sample()), SaveRuleset(*LoadRuleset(SaveRuleset(Sample()))));
}

// A change here needs a new kRulesetVersion (or kProgramVersion), and the page's example.
TEST(RulesetFile, WritesTheExampleOfTheFormatsPage) {
  std::ifstream page(std::string(TRIPLINE_SOURCE_DIR) + "/docs/ruleset_format.md");
  std::string expected;
  for (std::string line; std::getline(page, line);) {
    constexpr std::size_t kFirstByte = 10;  // behind "    0000: "
    if (line.starts_with("    0") && line.find(": ") == kFirstByte - 2) {
      for (std::size_t at = kFirstByte; at < kFirstByte + 48 && line[at] != ' '; at += 3) {
        expected += static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16));
      }
    }
  }

  EXPECT_EQ(SaveRuleset(MakeRuleset({}, {}, {})), expected);
}

TEST(RulesetFile, HasAContentHashThatTellsRulesetsApart) {
  const Ruleset one = Sample();
  std::vector<RuleSpec> rules = SampleRules();
  rules[0].risk_score = 1;
  const Ruleset other = MakeRuleset(SampleProgram(), rules, {});

  EXPECT_EQ(one.content_hash.size(), 64U);
  EXPECT_EQ(one.content_hash, Sample().content_hash);
  EXPECT_NE(one.content_hash, other.content_hash);
  const std::string bytes = SaveRuleset(one);
  EXPECT_EQ(one.content_hash, Sha256Hex(std::string_view(bytes).substr(0, bytes.size() - 32)));
}

TEST(RulesetFile, DoesNotThrowOnBrokenUtf8InANameButReplacesIt) {
  std::vector<RuleSpec> rules = SampleRules();
  rules[0].name = "a\xFF";

  const Result<Ruleset> loaded = LoadRuleset(SaveRuleset(MakeRuleset(SampleProgram(), rules, {})));

  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->rules[0].name, "a\xEF\xBF\xBD");
}

TEST(RulesetFile, RefusesAFileWithAnyByteChanged) {
  const std::string bytes = SaveRuleset(Sample());

  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char mask : {'\x01', '\x20', '\x80'}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      ASSERT_NE(ErrorOf(damaged), "") << at;
    }
  }
}

TEST(RulesetFile, RefusesAFileCutOffAnywhereAndOneWithMoreBehindIt) {
  const std::string bytes = SaveRuleset(Sample());

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NE(ErrorOf(std::string_view(bytes).substr(0, size)), "") << size;
  }
  EXPECT_THAT(ErrorOf(bytes + "x"), HasSubstr("checksum"));
}

// Whoever writes a hostile file also writes a fitting checksum.
TEST(RulesetFile, TakesNothingInvalidFromAFileWithAFittingChecksum) {
  const std::string bytes = SaveRuleset(Sample());
  int num_taken = 0;
  for (std::size_t at = 0; at + 32 < bytes.size(); ++at) {
    for (const char mask : {'\x01', '\x40', '\xFF'}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ mask);
      changed = WithFittingChecksum(std::move(changed));

      const Result<Ruleset> loaded = LoadRuleset(changed);

      if (!loaded) {
        ASSERT_NE(loaded.error().message, "");
        continue;
      }
      ++num_taken;
      ASSERT_TRUE(jit::Verify(loaded->program).has_value());
      ASSERT_TRUE(SaveRuleset(*loaded) == changed) << at;
      for (const RuleSpec& rule : loaded->rules) {
        ASSERT_TRUE(!rule.query || *rule.query < loaded->program.outputs.size());
      }
    }
  }
  EXPECT_GT(num_taken, 0) << "letters of names may change";
}

TEST(RulesetFile, NamesTheVersionItCannotRead) {
  std::string bytes = SaveRuleset(Sample());
  Put(&bytes, 8, kRulesetVersion + 1);

  const Result<Ruleset> loaded = LoadRuleset(bytes);

  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(loaded.error().message,
              HasSubstr("version " + std::to_string(kRulesetVersion + 1) +
                        ", but this build reads version " + std::to_string(kRulesetVersion)));
}

TEST(RulesetFile, TellsOtherFilesAndFilesSpoiledByATransfer) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("no ruleset file"));
  EXPECT_THAT(ErrorOf("[rule]\nname = \"x\"\n"), HasSubstr("no ruleset file"));
  EXPECT_THAT(ErrorOf(Replaced(SaveRuleset(Sample()), "\r\n", "\n")), HasSubstr("as binary"));
}

TEST(RulesetFile, PassesOverAPartThatItNeedNotKnow) {
  const std::string bytes = SaveRuleset(Sample());
  std::uint64_t end = bytes.size() - 32;
  std::string extended = bytes;
  Put(&extended, 12, std::uint32_t{4});
  std::string entry(24, '\0');
  Put(&entry, 0, std::uint32_t{77});
  Put(&entry, 8, end + 24);
  Put(&entry, 16, std::uint64_t{5});
  extended.insert(end, "cache");
  extended.insert(16 + 3 * 24, entry);
  for (const std::size_t at : {16 + 8, 16 + 24 + 8, 16 + 2 * 24 + 8}) {  // the others' offsets
    std::uint64_t offset = 0;
    std::memcpy(&offset, bytes.data() + at, sizeof(offset));
    Put(&extended, at, offset + 24);
  }
  const std::string required = [extended]() mutable {
    Put(&extended, 16 + 3 * 24 + 4, std::uint32_t{1});
    return WithFittingChecksum(extended);
  }();

  const Result<Ruleset> loaded = LoadRuleset(WithFittingChecksum(extended));
  const Result<Ruleset> refused = LoadRuleset(required);

  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->content_hash, Sample().content_hash) << "a cache does not change the content";
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("kind 77"));
}

// Changes of the manifest that keep its size, so that the table still fits.
TEST(RulesetFile, ChecksTheManifestsMembers) {
  const std::string bytes = SaveRuleset(Sample());
  const auto error = [&bytes](std::string_view from, std::string_view to) {
    EXPECT_EQ(from.size(), to.size());
    return ErrorOf(WithFittingChecksum(Replaced(bytes, from, to)));
  };

  EXPECT_THAT(error(R"("query":0)", R"("query":7)"), HasSubstr("query 7 of 2"));
  EXPECT_THAT(error(R"("query":0)", R"("query":-)"), HasSubstr("it is no JSON"));
  EXPECT_THAT(error(R"("risk_score":99)", R"("risk_score":"")"),
              HasSubstr("expected a whole number from -2147483647 to 2147483647 at /rules/1/"));
  EXPECT_THAT(error(R"("max_signals":4000000000)", R"("max_signals":4e00000000)"),
              HasSubstr("/rules/1/max_signals"));
  EXPECT_THAT(error(R"("interval_ms":300000)", R"("interval_ms":-30000)"),
              HasSubstr("/rules/1/interval_ms"));
  EXPECT_THAT(error(R"("severity":"critical")", R"("severity":"criticaI")"),
              HasSubstr("a word that this build knows at /rules/1/severity"));
  EXPECT_THAT(error(R"("type":"new_terms")", R"("type":"new_temrs")"), HasSubstr("a rule type"));
  EXPECT_THAT(error(R"("rule_id":"full")", R"("rule_iD":"full")"),
              HasSubstr("a string at /rules/1/rule_id"));
  EXPECT_THAT(error(R"("kind":"date")", R"("kind":"dote")"), HasSubstr("/detector_fields/0/kind"));
  EXPECT_THAT(error(R"(["filters are not applied"])", R"([1,2,3,4,5,6,7,8,9,10,1010])"),
              HasSubstr("a list of strings"));
  EXPECT_THAT(error(R"("name":"@timestamp")", R"("name":"source.ip" )"),
              HasSubstr("cannot have written"))
      << "a column of the program's name";
  EXPECT_THAT(error(R"("is_pattern":true,)", R"("is_pattern" :true)"), HasSubstr("no JSON"));
}

TEST(RulesetFile, ChecksTheRulesDocuments) {
  const std::string bytes = SaveRuleset(Sample());
  const auto error = [&bytes](std::string_view from, std::string_view to) {
    return ErrorOf(WithFittingChecksum(Replaced(bytes, from, to)));
  };
  using std::string_view_literals::operator""sv;

  EXPECT_THAT(error("\2\0\0\0{}"sv, "\2\0\0\0[]"sv),
              HasSubstr("a JSON object as the document of the rule `full`"));
  EXPECT_THAT(error("\2\0\0\0{}"sv, "\2\0\0\0{,"sv), HasSubstr("a JSON object"));
  EXPECT_THAT(error("\2\0\0\0{}"sv, "\3\0\0\0{}"sv), HasSubstr("documents of a ruleset's rules"));
  EXPECT_THAT(error("\3\0\0\0\x1F"sv, "\2\0\0\0\x1F"sv),
              HasSubstr("as many documents as rules, 3"));
}

TEST(RulesetFile, RefusesTablesThatDoNotFitTheFile) {
  const std::string bytes = SaveRuleset(Sample());
  const auto error = [&bytes](std::size_t at, auto value) {
    std::string changed = bytes;
    Put(&changed, at, value);
    return ErrorOf(WithFittingChecksum(std::move(changed)));
  };
  constexpr std::size_t kFirst = 16;
  constexpr std::size_t kSecond = 16 + 24;

  EXPECT_NE(error(12, std::uint32_t{0}), "");
  EXPECT_NE(error(12, std::uint32_t{1}), "");
  EXPECT_NE(error(12, std::uint32_t{4}), "");
  EXPECT_NE(error(12, std::uint32_t{0xFFFFFFFF}), "");
  EXPECT_THAT(error(kFirst, std::uint32_t{2}), HasSubstr("without a manifest"));
  EXPECT_THAT(error(kSecond, std::uint32_t{1}), HasSubstr("two manifests"));
  EXPECT_NE(error(kFirst + 8, std::uint64_t{0}), "");
  EXPECT_NE(error(kFirst + 16, std::uint64_t{0xFFFFFFFFFFFFFFFF}), "");
  EXPECT_NE(error(kSecond + 8, std::uint64_t{0xFFFFFFFFFFFFFFF0}), "");
  EXPECT_NE(error(kSecond + 16, std::uint64_t{0}), "");
}

}  // namespace
}  // namespace tripline::runtime

// Rulesets at the native face: documents and files in, descriptions and alerts out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "base/time.h"
#include "plugin-shim/native/face.h"
#include "runtime/alert.h"
#include "runtime/event.h"
#include "runtime/rule_run.h"
#include "runtime/ruleset_file.h"
#include "runtime/term.h"
#include "tests/shim/face_world.h"

namespace tripline::shim {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kNewTerms =
    "type = \"new_terms\"\ninterval = \"7m\"\nfrom = \"now-30m\"\nmax_signals = 23\n"
    "timestamp_override = \"event.ingested\"\n"
    "[rule.new_terms]\nfield = \"new_terms_fields\"\nvalue = [\"process.name\", \"host.id\"]\n"
    "[[rule.new_terms.history_window_start]]\nfield = \"history_window_start\"\n"
    "value = \"now-20d\"\n";

Handle Compile(Face& face, const std::string& document, const std::string& name = "rule.toml") {
  const CompileAnswer answer = Value(face.CompileRuleset(name, document, std::nullopt));
  for (const Diagnostic& diagnostic : answer.diagnostics) {
    EXPECT_NE(diagnostic.severity, Severity::kError) << Render(diagnostic);
  }
  return answer.ruleset;
}

// The ruleset itself, as the Face saved it.
runtime::Ruleset RulesetOf(Face& face, Handle handle) {
  return Value(runtime::LoadRuleset(Value(face.SaveRuleset(handle))));
}

TEST(FaceRulesets, CompileFromDocuments) {
  Face face;

  const CompileAnswer answer =
      Value(face.CompileRuleset("rule.toml", RuleDocument("process.name : curl"), std::nullopt));

  EXPECT_NE(answer.ruleset, 0U);
  EXPECT_FALSE(HasErrors(answer.diagnostics));
  EXPECT_EQ(face.counts().rulesets, 1U);
}

TEST(FaceRulesets, SayWhereADocumentIsWrongAndMakeNothingOfIt) {
  Face face;

  const CompileAnswer answer =
      Value(face.CompileRuleset("rule.toml", RuleDocument("process.name : (curl"), std::nullopt));

  EXPECT_EQ(answer.ruleset, 0U);
  ASSERT_EQ(answer.diagnostics.size(), 1U);
  const Diagnostic& mistake = answer.diagnostics[0];
  EXPECT_EQ(mistake.severity, Severity::kError);
  EXPECT_EQ(mistake.code, "kql.syntax");
  EXPECT_EQ(mistake.file, "rule.toml");
  EXPECT_EQ(mistake.where.line, 8U);
  EXPECT_EQ(mistake.where.column, 12U + std::string("process.name : (curl").size())
      << "behind the query, where the bracket should have closed";
  EXPECT_EQ(face.counts().rulesets, 0U);
}

TEST(FaceRulesets, CollectTheMistakesOfAllRules) {
  Face face;
  const std::string documents = R"([{"rule_id":"a","name":"A","description":"d","risk_score":1,)"
                                R"("severity":"low","type":"query","query":"a : ("},)"
                                R"({"rule_id":"b","name":"B"}])";

  const CompileAnswer answer = Value(face.CompileRuleset("rules.json", documents, std::nullopt));

  EXPECT_EQ(answer.ruleset, 0U);
  EXPECT_GE(answer.diagnostics.size(), 2U);
}

TEST(FaceRulesets, TakeTheKindsOfFieldsFromAMapping) {
  Face face;
  const std::string document = RuleDocument("speed >= 7");
  constexpr std::string_view kMapping = R"({"mappings":{"properties":{"speed":{"type":"long"}}}})";

  const CompileAnswer typed = Value(face.CompileRuleset("r.toml", document, kMapping));

  ASSERT_NE(typed.ruleset, 0U);
  EXPECT_EQ(RulesetOf(face, typed.ruleset).program.fields.at(0).kind, jit::ColumnKind::kInteger);
  EXPECT_EQ(CodeOf(face.CompileRuleset("r.toml", document, "no mapping")), ErrorCode::kInvalid);
}

TEST(FaceRulesets, AreTheSameAfterSavingAndLoading) {
  Face face;
  const Handle compiled = Compile(face, RuleDocument("process.name : (curl or w*)"));

  const std::string bytes = Value(face.SaveRuleset(compiled));
  const Handle loaded = Value(face.LoadRuleset(bytes));

  EXPECT_NE(loaded, compiled);
  EXPECT_EQ(Value(face.SaveRuleset(loaded)), bytes);
  EXPECT_EQ(Value(face.DescribeRuleset(loaded)), Value(face.DescribeRuleset(compiled)));
  EXPECT_EQ(face.counts().rulesets, 2U);
}

TEST(FaceRulesets, RefuseAFileWithAnyByteChangedOrMissing) {
  Face face;
  const std::string bytes = Value(face.SaveRuleset(Compile(face, RuleDocument("a : b"))));

  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_TRUE(CodeOf(face.LoadRuleset(damaged)).has_value()) << at;
    ASSERT_TRUE(CodeOf(face.LoadRuleset(bytes.substr(0, at))).has_value()) << at;
  }

  EXPECT_EQ(face.counts().rulesets, 1U);
}

// ---- descriptions -------------------------------------------------------------------------------

std::vector<std::string> Texts(AnswerReader& reader) {
  std::vector<std::string> texts(reader.U32());
  for (std::string& text : texts) {
    text = reader.Text();
  }
  return texts;
}

jit::Glob ReadGlob(AnswerReader& reader) {
  jit::Glob glob;
  glob.ignores_case = reader.U8() != 0;
  glob.has_question = reader.U8() != 0;
  glob.pieces = Texts(reader);
  return glob;
}

IpAddress ReadAddress(AnswerReader& reader) {
  IpAddress address;
  for (std::uint8_t& byte : address.bytes) {
    byte = reader.U8();
  }
  return address;
}

jit::StringRange ReadStringRange(AnswerReader& reader) {
  const std::uint8_t flags = reader.U8();
  jit::StringRange range;
  const std::string low = reader.Text();
  const std::string high = reader.Text();
  if ((flags & 1U) != 0) {
    range.low = low;
  }
  if ((flags & 2U) != 0) {
    range.high = high;
  }
  range.includes_low = (flags & 4U) != 0;
  range.includes_high = (flags & 8U) != 0;
  range.is_numeric = (flags & 16U) != 0;
  return range;
}

jit::Atom ReadAtom(AnswerReader& reader);

jit::RelativeDateRange ReadRelativeDates(AnswerReader& reader) {
  const std::uint8_t flags = reader.U8();
  const std::string low = reader.Text();
  const std::string high = reader.Text();
  return {(flags & 1U) != 0 ? std::optional(low) : std::nullopt,
          (flags & 2U) != 0 ? std::optional(high) : std::nullopt, (flags & 4U) != 0,
          (flags & 8U) != 0};
}

jit::Leaf ReadLeaf(AnswerReader& reader) {
  jit::Leaf leaf{.field = reader.U32(), .atoms = {}};
  for (std::uint32_t left = reader.U32(); left > 0; --left) {
    leaf.atoms.push_back(ReadAtom(reader));
  }
  return leaf;
}

// Of the fields no more than their names, kinds and sources.
jit::ObjectMatch ReadObjectMatch(AnswerReader& reader) {
  jit::Program query;
  for (std::uint32_t left = reader.U32(); left > 0; --left) {
    jit::Field field{.name = reader.Text()};
    EXPECT_FALSE(reader.Text().empty());
    field.kind = static_cast<jit::ColumnKind>(reader.U8());
    for (int flag = 0; flag < 3; ++flag) {
      EXPECT_EQ(reader.U8(), 0);
    }
    EXPECT_EQ(reader.U32(), 0U);
    EXPECT_EQ(reader.Take<double>(), 0);
    query.fields.push_back(std::move(field));
  }
  for (std::uint32_t left = reader.U32(); left > 0; --left) {
    query.leaves.push_back(ReadLeaf(reader));
  }
  for (std::uint32_t left = reader.U32(); left > 0; --left) {
    jit::Node node{.op = static_cast<jit::Op>(reader.U8()), .first = reader.U32()};
    const std::uint32_t count = reader.U32();
    if (node.op == jit::Op::kNot) {
      node.first = reader.U32();
    } else if (count > 0) {
      node.first = static_cast<std::uint32_t>(query.operands.size());
      node.count = count;
      for (std::uint32_t i = 0; i < count; ++i) {
        query.operands.push_back(reader.U32());
      }
    }
    query.nodes.push_back(node);
  }
  query.outputs.push_back(reader.U32());
  return {{std::move(query)}};
}

jit::Atom ReadAtom(AnswerReader& reader) {
  switch (const int tag = reader.U8()) {
    case 0:
      return jit::Exists{};
    case 1:
      return jit::Term{reader.Text()};
    case 2:
      return ReadGlob(reader);
    case 3:
      return ReadStringRange(reader);
    case 4: {
      const IpAddress network = ReadAddress(reader);
      return IpPrefix{.network = network, .length = static_cast<std::uint8_t>(reader.U32())};
    }
    case 5: {
      const IpAddress first = ReadAddress(reader);
      return jit::AddressRange{.first = first, .last = ReadAddress(reader)};
    }
    case 6: {
      const auto first = reader.Take<std::int64_t>();
      return jit::IntegerRange{.first = first, .last = reader.Take<std::int64_t>()};
    }
    case 7: {
      jit::FloatRange range;
      range.low = reader.Take<double>();
      range.high = reader.Take<double>();
      range.includes_low = reader.U8() != 0;
      range.includes_high = reader.U8() != 0;
      return range;
    }
    case 8:
      return jit::TextAny{Texts(reader)};
    case 9:
      return jit::TextPhrase{Texts(reader)};
    case 10:
      return jit::TextGlob{ReadGlob(reader)};
    case 11:
      return jit::TextRange{ReadStringRange(reader)};
    case 12:
      return ReadRelativeDates(reader);
    case 13:
      return ReadObjectMatch(reader);
    default:
      ADD_FAILURE() << "an atom of kind " << tag;
      return jit::Exists{};
  }
}

void ExpectColumn(AnswerReader& reader, const jit::Field& column) {
  EXPECT_EQ(reader.Text(), column.name);
  EXPECT_EQ(reader.Text(), column.kind == jit::ColumnKind::kObject
                               ? column.name.substr(0, column.name.find('{'))
                           : column.source.empty() ? column.name
                                                   : column.source);
  EXPECT_EQ(reader.U8(), static_cast<std::uint8_t>(column.kind));
  EXPECT_EQ(reader.U8(), column.is_pattern ? 1 : 0);
  EXPECT_EQ(reader.U8(), column.lowercases ? 1 : 0);
  EXPECT_EQ(reader.U8(), static_cast<std::uint8_t>(column.form));
  EXPECT_EQ(reader.U32(), column.ignore_above);
  EXPECT_EQ(reader.Take<double>(), column.scale);
}

void ExpectRule(AnswerReader& reader, const runtime::RuleSpec& rule) {
  EXPECT_EQ(reader.Text(), rule.rule_id);
  EXPECT_EQ(reader.Text(), rule.name);
  EXPECT_EQ(reader.Text(), runtime::RuleTypeName(rule.type));
  EXPECT_EQ(Texts(reader), rule.indices);
  EXPECT_EQ(reader.Take<std::int32_t>(), rule.query ? static_cast<std::int32_t>(*rule.query) : -1);
  EXPECT_EQ(reader.Take<std::int64_t>(), rule.interval.count());
  EXPECT_EQ(reader.Take<std::int64_t>(), rule.window.from.before_now().count());
  EXPECT_EQ(reader.Take<std::int64_t>(), rule.window.to.before_now().count());
  EXPECT_EQ(reader.Take<std::int64_t>(),
            rule.window.to.before_now().count() + rule.window.history_start.before_now().count());
  EXPECT_EQ(reader.U32(), rule.max_signals);
  EXPECT_EQ(reader.Text(), rule.timestamp_override);
  EXPECT_EQ(reader.U8(), rule.is_timestamp_fallback_disabled ? 1 : 0);
  EXPECT_EQ(Texts(reader), rule.new_terms_fields);
}

void ExpectJob(AnswerReader& reader, const runtime::Ruleset& ruleset,
               const runtime::AnomalyJobSpec& job) {
  EXPECT_EQ(reader.Text(), job.job_id);
  EXPECT_EQ(Texts(reader), job.indices);
  EXPECT_EQ(reader.Take<std::int32_t>(), job.query ? static_cast<std::int32_t>(*job.query) : -1);
  EXPECT_EQ(reader.Take<std::int64_t>(), job.bucket_span.count());
  EXPECT_EQ(reader.Text(), job.time_field);
  EXPECT_EQ(reader.Text(), job.summary_count_field);
  EXPECT_EQ(Texts(reader), job.influencers);
  EXPECT_EQ(reader.U32(), job.detectors.size());
  for (const runtime::AnomalyDetectorSpec& detector : job.detectors) {
    EXPECT_EQ(reader.Text(), detector.function);
    EXPECT_EQ(reader.Text(), detector.partition_field);
    EXPECT_EQ(reader.Text(), detector.by_field);
    EXPECT_EQ(reader.U8(), detector.function == "rare"        ? 2
                           : detector.function == "low_count" ? 0
                                                              : 1)
        << detector.function;
  }
  EXPECT_EQ(Texts(reader), runtime::ReasonsNotToRun(ruleset, job));
}

// Each leaf of a program is asked by some rule or job; one without a query asks none.
void ExpectLeaves(AnswerReader& reader, bool has_query, std::set<jit::LeafIndex>* asked) {
  const std::uint32_t count = reader.U32();
  EXPECT_EQ(count > 0, has_query);
  std::optional<jit::LeafIndex> before;
  for (std::uint32_t i = 0; i < count; ++i) {
    const jit::LeafIndex leaf = reader.U32();
    EXPECT_TRUE(!before || *before < leaf) << "they rise";
    before = leaf;
    asked->insert(leaf);
  }
}

// Answers why the last rule is not run.
std::vector<std::string> ExpectDescription(std::string_view bytes,
                                           const runtime::Ruleset& ruleset) {
  AnswerReader reader(bytes);
  std::vector<std::string> why_not;
  std::set<jit::LeafIndex> asked;
  EXPECT_EQ(reader.Text(), ruleset.content_hash);
  EXPECT_EQ(reader.U32(), ruleset.program.fields.size());
  EXPECT_EQ(reader.U32(), ruleset.program.outputs.size());
  EXPECT_EQ(reader.U32(), ruleset.columns.size());
  for (const jit::Field& column : ruleset.columns) {
    ExpectColumn(reader, column);
  }
  EXPECT_EQ(reader.U32(), ruleset.program.leaves.size());
  for (const jit::Leaf& leaf : ruleset.program.leaves) {
    EXPECT_EQ(ReadLeaf(reader), leaf);
  }
  EXPECT_EQ(reader.U32(), ruleset.rules.size());
  for (const runtime::RuleSpec& rule : ruleset.rules) {
    ExpectRule(reader, rule);
    why_not = Texts(reader);
    ExpectLeaves(reader, rule.query.has_value(), &asked);
  }
  EXPECT_EQ(reader.U32(), ruleset.jobs.size());
  for (const runtime::AnomalyJobSpec& job : ruleset.jobs) {
    ExpectJob(reader, ruleset, job);
    ExpectLeaves(reader, job.query.has_value(), &asked);
  }
  if (!ruleset.rules.empty() || !ruleset.jobs.empty()) {
    EXPECT_EQ(asked.size(), ruleset.program.leaves.size());
  }
  EXPECT_TRUE(reader.AtEnd());
  return why_not;
}

TEST(FaceDescriptions, SayAllThatAHostMustKnowOfARule) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : (curl or w*)", kNewTerms));
  const runtime::Ruleset ruleset = RulesetOf(face, handle);
  ASSERT_EQ(ruleset.rules.size(), 1U);
  ASSERT_EQ(ruleset.rules[0].new_terms_fields.size(), 2U);
  ASSERT_GT(ruleset.columns.size(), ruleset.program.fields.size())
      << "host.id and the times are only the detector's";

  EXPECT_EQ(ExpectDescription(Value(face.DescribeRuleset(handle)), ruleset),
            std::vector<std::string>{});
}

TEST(FaceDescriptions, SayWhyARuleIsNotRun) {
  Face face;
  const Handle handle =
      Compile(face, RuleDocument("process.name : curl",
                                 "type = \"threshold\"\n[rule.threshold]\nfield = [\"host.id\"]\n"
                                 "value = 5\n"));

  EXPECT_FALSE(
      ExpectDescription(Value(face.DescribeRuleset(handle)), RulesetOf(face, handle)).empty());
}

TEST(FaceDescriptions, SayHowAnomalyJobsCount) {
  Face face;
  const Handle handle =
      Compile(face, R"([{"job_id":"all","analysis_config":{"bucket_span":"15m","detectors":[
          {"function":"high_count","by_field_name":"user.name","partition_field_name":"host.id"},
          {"function":"low_count"},{"function":"rare","by_field_name":"process.name"}],
          "influencers":["source.ip","user.name"],"summary_count_field_name":"event.sequence"},
        "data_description":{"time_field":"event.ingested"},
        "datafeed_config":{"indices":["logs-*","-logs-x"],"query":{"term":{"event.kind":"alert"}}}},
       {"job_id":"later","analysis_config":{"bucket_span":"1h","detectors":[
          {"function":"high_sum","field_name":"source.bytes"}]},
        "datafeed_config":{"indices":["a"],"query":{"exists":{"field":"source.bytes"}}}}])",
              "jobs.json");
  const runtime::Ruleset ruleset = RulesetOf(face, handle);
  ASSERT_EQ(ruleset.jobs.size(), 2U);
  ASSERT_EQ(ruleset.jobs[0].detectors.size(), 3U);
  ASSERT_FALSE(runtime::ReasonsNotToRun(ruleset, ruleset.jobs[1]).empty());

  (void)ExpectDescription(Value(face.DescribeRuleset(handle)), ruleset);
}

TEST(FaceDescriptions, HaveEveryKindOfAtomAndColumn) {
  jit::ProgramBuilder builder;
  const auto add = [&builder](jit::Field field, std::vector<jit::Atom> atoms) {
    builder.AddOutput(
        builder.AddLeaf({.field = builder.AddField(field), .atoms = std::move(atoms)}));
  };
  add({.name = "s", .ignore_above = 1024, .source = "other", .lowercases = true},
      {jit::Exists{}, jit::Term{"x\0y"}, jit::Glob{{"a", "", "b"}, true, true},
       jit::StringRange{.low = "a", .high = std::nullopt, .includes_low = true},
       jit::StringRange{
           .low = std::nullopt, .high = "7", .includes_high = true, .is_numeric = true}});
  add({.name = "la.*", .is_pattern = true}, {jit::Exists{}});
  add({.name = "ip", .kind = jit::ColumnKind::kAddress},
      {*ParseIpPrefix("10.0.0.0/8"),
       jit::AddressRange{.first = *ParseIpAddress("::1"), .last = *ParseIpAddress("::9")}});
  add({.name = "n", .kind = jit::ColumnKind::kInteger},
      {jit::IntegerRange{.first = std::numeric_limits<std::int64_t>::min(), .last = -1}});
  add({.name = "f", .kind = jit::ColumnKind::kFloat},
      {jit::FloatRange{.low = -1.5, .high = 2.5, .includes_low = false, .includes_high = true}});
  add({.name = "t", .kind = jit::ColumnKind::kText},
      {jit::TextAny{{"a", "b"}}, jit::TextPhrase{{"c", "d"}}, jit::TextGlob{{{"e", ""}}},
       jit::TextRange{{"g", std::nullopt, true}}});
  add({.name = "d", .kind = jit::ColumnKind::kDelegated}, {jit::Exists{}});
  add({.name = "when", .kind = jit::ColumnKind::kDate},
      {jit::RelativeDateRange{"now-1d/d", std::nullopt, false, true}});
  add({.name = "price",
       .kind = jit::ColumnKind::kInteger,
       .form = jit::NumberForm::kScaled,
       .scale = 100},
      {jit::IntegerRange{.first = 1, .last = 2}});
  jit::Program query;
  query.fields = {{.name = "o.a"}};
  query.leaves = {{0, {jit::Term{"x"}}}, {0, {jit::Term{"y"}}}};
  query.nodes = {
      {jit::Op::kLeaf, 0, 0}, {jit::Op::kLeaf, 1, 0}, {jit::Op::kNot, 0, 0}, {jit::Op::kOr, 0, 2}};
  query.operands = {1, 2};
  query.outputs = {3};
  add({.name = "o{o.a}", .kind = jit::ColumnKind::kObject, .source = "o", .inner = query.fields},
      {jit::ObjectMatch{{query}}});
  const runtime::Ruleset ruleset = runtime::MakeRuleset(builder.Take(), {}, {});
  Face face;

  const Handle handle = Value(face.LoadRuleset(runtime::SaveRuleset(ruleset)));

  (void)ExpectDescription(Value(face.DescribeRuleset(handle)), ruleset);
}

// ---- alerts -------------------------------------------------------------------------------------

constexpr std::int64_t kRunAtMs = 1'777'630'000'000;
constexpr std::int64_t kEventMs = 1'777'629'990'123;
constexpr std::string_view kEvent = R"({"process":{"name":"curl"},"host":{"id":"h"}})";

AlertRequest RequestOf(std::string_view term = "") {
  return {.rule = 0,
          .run_at_ms = kRunAtMs,
          .event_time_ms = kEventMs,
          .index = "logs-1",
          .id = "abc",
          .source = kEvent,
          .term = term};
}

TEST(FaceAlerts, AreThoseOfTheAlertBuilder) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl", kNewTerms));
  const std::string term = runtime::StringTerm("curl") + runtime::StringTerm("h");
  const runtime::Ruleset ruleset = RulesetOf(face, handle);
  const runtime::AlertBuilder builder = *runtime::AlertBuilder::Make(ruleset.rules.at(0));
  auto document = std::make_shared<runtime::Document>();
  document->index = "logs-1";
  document->id = "abc";
  document->is_hit = true;
  document->json = kEvent;
  runtime::Finding finding;
  finding.event.time = Timestamp(Milliseconds(kEventMs));
  finding.event.document = std::move(document);
  finding.term = term;
  const runtime::Alert expected = builder.Build(finding, Timestamp(Milliseconds(kRunAtMs)));

  const AlertAnswer alert = Value(face.BuildAlert(handle, RequestOf(term)));

  EXPECT_EQ(alert.id, expected.id);
  EXPECT_EQ(alert.json, expected.json);
  EXPECT_THAT(alert.json, HasSubstr("\"kibana.alert.new_terms\":[\"curl\",\"h\"]"));
}

TEST(FaceAlerts, RefuseRulesAndTimesThatAreNotThere) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl"));
  AlertRequest request = RequestOf();

  request.rule = 1;
  EXPECT_EQ(CodeOf(face.BuildAlert(handle, request)), ErrorCode::kUsage);
  request.rule = 0xFFFFFFFF;
  EXPECT_EQ(CodeOf(face.BuildAlert(handle, request)), ErrorCode::kUsage);
  for (const std::int64_t time :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    request = RequestOf();
    request.run_at_ms = time;
    EXPECT_EQ(CodeOf(face.BuildAlert(handle, request)), ErrorCode::kInvalid);
    request = RequestOf();
    request.event_time_ms = time;
    EXPECT_EQ(CodeOf(face.BuildAlert(handle, request)), ErrorCode::kInvalid);
  }
}

TEST(FaceAlerts, RefuseATermThatIsNone) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl"));
  const std::string whole = runtime::StringTerm("curl");

  for (const std::string& term :
       {std::string("x"), std::string("s"), whole.substr(0, whole.size() - 1), whole + "i",
        std::string("a1"), std::string("d\0\0", 3), std::string(1, '\0')}) {
    EXPECT_EQ(CodeOf(face.BuildAlert(handle, RequestOf(term))), ErrorCode::kInvalid) << term;
  }
}

TEST(FaceAlerts, TakeDatesOfAnyYearAsTerms) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl"));

  for (const std::int64_t milliseconds :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    const std::string term = runtime::DateTerm(Timestamp(Milliseconds(milliseconds)));
    EXPECT_TRUE(face.BuildAlert(handle, RequestOf(term)).has_value());
  }
}

TEST(FaceAlerts, AreMadeOfEventsThatAreNoJsonToo) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl"));
  AlertRequest request = RequestOf();

  for (const std::string& source :
       {std::string(), std::string("{"), std::string("\xFF\xFE"), std::string(100'000, '[')}) {
    request.source = source;
    request.index = "\xC3";
    request.id = "\xFF";
    EXPECT_TRUE(face.BuildAlert(handle, request).has_value());
  }
}

TEST(FaceAlerts, AreTheSameFromManyThreads) {
  Face face;
  const Handle handle = Compile(face, RuleDocument("process.name : curl"));
  std::vector<std::string> alerts(4);
  std::vector<std::jthread> threads;
  for (std::string& alert : alerts) {
    threads.emplace_back([&face, handle, &alert] {
      for (int i = 0; i < 20; ++i) {
        alert = face.BuildAlert(handle, RequestOf())->json;
      }
    });
  }
  threads.clear();

  EXPECT_THAT(alerts, ::testing::Each(alerts[0]));
  EXPECT_FALSE(alerts[0].empty());
}

}  // namespace
}  // namespace tripline::shim

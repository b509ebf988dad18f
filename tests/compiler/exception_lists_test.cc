#include "compiler/exception_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/check.h"
#include "compiler/compile.h"
#include "compiler/join_exceptions.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/rule_reader.h"
#include "grammar/parse.h"
#include "jit/print.h"
#include "jit/program_builder.h"
#include "runtime/ruleset_file.h"
#include "tests/compiler/rule_texts.h"

namespace tripline::compiler {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "kw":{"type":"keyword"}, "txt":{"type":"text"}, "ip":{"type":"ip"}, "long":{"type":"long"},
  "@timestamp":{"type":"date"}, "nest":{"type":"nested","properties":{
    "a":{"type":"keyword"}, "b":{"type":"keyword"}}},
  "host":{"properties":{"os":{"properties":{"type":{"type":"keyword"}}}}}
}}})";

const FieldCatalog& Catalog() {
  static const FieldTypes mapping = *FieldTypes::FromMapping("mapping.json", kMapping);
  static const FieldCatalog catalog{&mapping, nullptr};
  return catalog;
}

// An item of the list `l`; `members` begin with a comma.
std::string Item(const std::string& entries, const std::string& members = "") {
  return R"({"item_id":"i","list_id":"l","type":"simple","entries":)" + entries + members + "}\n";
}

std::string Entry(const std::string& type, const std::string& field, const std::string& value,
                  const std::string& op = "included") {
  return R"({"field":")" + field + R"(","type":")" + type + R"(","operator":")" + op + "\"" +
         (value.empty() ? "" : R"(,"value":)" + value) + "}";
}

struct Made {
  ExceptionLists lists;
  Diagnostics said;
};

Made MakeLists(const std::string& text) {
  const ReadRules read = ReadRuleFile("exceptions.ndjson", text);
  Made made{.lists = {}, .said = read.diagnostics};
  ValueLists value_lists;
  made.lists = ExceptionLists::Make(read.asides, Catalog(), value_lists, made.said);
  return made;
}

std::string ProgramOfItems(const std::string& items) {
  const Made made = MakeLists(items);
  EXPECT_FALSE(HasErrors(made.said)) << items << Render(made.said.at(0));
  const auto* const list = made.lists.Find({.list_id = "l"});
  EXPECT_NE(list, nullptr) << items;
  return list == nullptr ? "" : jit::Print(list->program);
}

std::string OutputOf(const jit::Program& program, jit::OutputIndex output) {
  const std::vector<jit::OutputFormula> alone = {{.of = output, .but_not = {}}};
  return jit::Print(jit::JoinOutputs(program, alone));
}

std::string ProgramOfKql(const std::string& text) {
  const SourceText query{"query", text, {}};
  return jit::Print(Rewrite(Lower(*Check(*grammar::Parse(query), query, Catalog()).ast)));
}

TEST(ExceptionLists, EntriesMeanWhatKibanaMakesOfThem) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {Entry("match", "kw", R"("x")"), "kw : \"x\""},
      {Entry("match", "kw", R"("x")", "excluded"), "not kw : \"x\""},
      {Entry("match", "txt", R"("one two")"), "txt : \"one two\""},
      {Entry("match", "long", R"("5")"), "long : 5"},
      {Entry("match", "ip", R"("10.0.0.0/8")"), "ip : \"10.0.0.0/8\""},
      {Entry("match_any", "kw", R"(["x","y"])"), "kw : (\"x\" or \"y\")"},
      {Entry("match_any", "kw", R"(["x","y"])", "excluded"), "not kw : (\"x\" or \"y\")"},
      {Entry("exists", "kw", ""), "kw : *"},
      {Entry("exists", "kw", "", "excluded"), "not kw : *"},
      {Entry("wildcard", "kw", R"("a*.exe")"), "kw : a*.exe"},
      {Entry("wildcard", "kw", R"("C:\\\\a\\\\*")"), "kw : C\\:\\\\a\\\\*"},
      {Entry("match", "kw", R"("x")") + "," + Entry("exists", "ip", "", "excluded"),
       "kw : \"x\" and not ip : *"},
  };
  for (const auto& [entries, kql] : pairs) {
    EXPECT_EQ(ProgramOfItems(Item("[" + entries + "]")), ProgramOfKql(kql)) << entries;
  }
}

TEST(ExceptionLists, AnyItemTakesAnEventOut) {
  EXPECT_EQ(ProgramOfItems(Item("[" + Entry("match", "kw", R"("x")") + "]") +
                           Item("[" + Entry("match", "kw", R"("y")") + "]")),
            ProgramOfKql("kw : (\"x\" or \"y\")"));
}

TEST(ExceptionLists, ItemsHoldForTheirSystemsOnly) {
  EXPECT_EQ(ProgramOfItems(Item("[" + Entry("match", "kw", R"("x")") + "]",
                                R"(,"os_types":["linux","macos"])")),
            ProgramOfKql("kw : \"x\" and (host.os.type : (\"linux\" or \"macos\") or "
                         "host.os.name.caseless : (\"linux\" or \"macos\"))"));
}

TEST(ExceptionLists, ItemsHoldForEventsBeforeTheyExpire) {
  EXPECT_EQ(ProgramOfItems(Item("[" + Entry("match", "kw", R"("x")") + "]",
                                R"(,"expire_time":"2026-05-01T00:00:00Z")")),
            ProgramOfKql("kw : \"x\" and @timestamp < \"2026-05-01\""));
}

TEST(ExceptionLists, NestedEntriesAreAskedOfOneObjectAtATime) {
  const std::string inner =
      Entry("match", "a", R"("x")") + "," + Entry("match_any", "b", R"(["y","z"])", "excluded");
  EXPECT_EQ(ProgramOfItems(Item(R"([{"field":"nest","type":"nested","entries":[)" + inner + "]}]")),
            ProgramOfKql("nest:{ a : \"x\" and not b : (\"y\" or \"z\") }"));
}

TEST(ExceptionLists, AreToldThatAFieldIsNotNested) {
  const Made made = MakeLists(
      Item(R"([{"field":"host","type":"nested","entries":[)" + Entry("exists", "os", "") + "]}]"));

  ASSERT_EQ(made.said.size(), 1U);
  EXPECT_EQ(made.said[0].code, "field.not_nested");
  EXPECT_EQ(made.said[0].severity, Severity::kError);
}

TEST(ExceptionLists, AreWarnedOfAFieldOfNestedObjectsThatStandsAlone) {
  const Made made = MakeLists(Item("[" + Entry("match", "nest.a", R"("x")") + "]"));

  ASSERT_EQ(made.said.size(), 1U);
  EXPECT_EQ(made.said[0].code, "field.outside_group");
  EXPECT_EQ(made.said[0].severity, Severity::kWarning);
}

TEST(ExceptionLists, AreKnownByIdAndNamespace) {
  const Made made =
      MakeLists(Item("[" + Entry("exists", "kw", "") + "]") +
                Item("[" + Entry("exists", "ip", "") + "]", R"(,"namespace_type":"agnostic")"));

  ASSERT_EQ(made.lists.lists().size(), 2U);
  EXPECT_EQ(jit::Print(made.lists.Find({"l", "agnostic"})->program), ProgramOfKql("ip : *"));
  EXPECT_EQ(made.lists.Find({"m", "single"}), nullptr);
  EXPECT_NE(made.lists.lists()[0].digest, made.lists.lists()[1].digest);
}

TEST(ExceptionLists, SayAnItemsMistakesAtItsLineAndGoOn) {
  const std::string good = Item("[" + Entry("exists", "kw", "") + "]");
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {Item("[" + Entry("matches", "kw", R"("x")") + "]"), "rule.bad_value"},
      {Item("[" + Entry("match", "kw", R"(["x"])") + "]"), "rule.wrong_type"},
      {Item("[" + Entry("match", "kw", "") + "]"), "rule.missing_key"},
      {Item("[" + Entry("match_any", "kw", R"("x")") + "]"), "rule.wrong_type"},
      {Item("[" + Entry("match_any", "kw", "[]") + "]"), "rule.wrong_type"},
      {Item("[" + Entry("match", "kw", R"("x")", "is") + "]"), "rule.bad_value"},
      {Item("[" + Entry("match", "long", R"("x")") + "]"), "value.wrong_type"},
      {Item("[" + Entry("wildcard", "ip", R"("10.*")") + "]"), "value.wildcard_on_type"},
      {Item("[" + Entry("match", "", R"("x")") + "]"), "rule.bad_value"},
      {Item("[]"), "rule.bad_value"},
      {Item(R"("x")"), "rule.wrong_type"},
      {Item("[" + Entry("exists", "kw", "") + "]", R"(,"os_types":["beos"])"), "rule.bad_value"},
      {Item("[" + Entry("exists", "kw", "") + "]", R"(,"expire_time":"soon")"), "rule.bad_time"},
      {Item(R"([{"field":"nest","type":"nested","entries":[{"field":"a","type":"nested",)"
            R"("entries":[]}]}])"),
       "rule.bad_value"},
  };
  for (const auto& [item, code] : mistakes) {
    const Made made = MakeLists(good + item);
    ASSERT_FALSE(made.said.empty()) << item;
    EXPECT_EQ(made.said.back().code, code) << item << made.said.back().message;
    EXPECT_EQ(made.said.back().severity, Severity::kError);
    EXPECT_EQ(made.said[0].where.line, 2U);
    EXPECT_EQ(made.said[0].file, "exceptions.ndjson");
    EXPECT_THAT(made.said[0].message, HasSubstr("exception item `i`"));
    EXPECT_EQ(made.lists.Find({.list_id = "l"})->num_items, 1U) << item;
  }
}

TEST(ExceptionLists, NameTheFieldThatWasMeant) {
  const Made made = MakeLists(Item("[" + Entry("match", "lonk", R"("5")") + "]"));

  ASSERT_EQ(made.said.size(), 1U);
  EXPECT_EQ(made.said[0].code, "field.unknown");
  EXPECT_EQ(made.said[0].severity, Severity::kWarning);
  EXPECT_THAT(made.said[0].hint, HasSubstr("did you mean `long`?"));
}

TEST(ExceptionLists, WarnOfAPatternWithoutWildcards) {
  const Made made = MakeLists(Item("[" + Entry("wildcard", "kw", R"("C:\\*")") + "]"));

  ASSERT_EQ(made.said.size(), 1U);
  EXPECT_EQ(made.said[0].code, "exception.no_wildcard");
}

// ---- joined with rules --------------------------------------------------------------------------

constexpr const char* kNamesList =
    R"(,"query":"kw : a*","exceptions_list":[{"list_id":"l","namespace_type":"single"}])";

CompiledRules CompileText(const std::string& text) {
  const ReadRules read = ReadRuleFile("rules.ndjson", text);
  Diagnostics said = read.diagnostics;
  ValueLists value_lists;
  const ExceptionLists lists = ExceptionLists::Make(read.asides, Catalog(), value_lists, said);
  CompiledRules compiled = Compile(read.rules, read.jobs, Catalog(), lists);
  compiled.diagnostics.insert(compiled.diagnostics.begin(), said.begin(), said.end());
  return compiled;
}

TEST(JoinExceptions, ARuleMatchesWithoutWhatItsListsTakeOut) {
  const CompiledRules compiled =
      CompileText(JsonRule(kNamesList) + "\n" + JsonRule(R"(,"query":"kw : a*")", "r-2") + "\n" +
                  Item("[" + Entry("match", "kw", R"("ab")") + "]"));

  EXPECT_THAT(compiled.diagnostics, IsEmpty());
  EXPECT_EQ(compiled.summary.runnable, 2U);
  const jit::Program& program = compiled.ruleset.program;
  ASSERT_EQ(program.outputs.size(), 2U);
  EXPECT_EQ(OutputOf(program, 0), ProgramOfKql("kw : a* and not kw : \"ab\""));
  EXPECT_EQ(OutputOf(program, 1), ProgramOfKql("kw : a*"));
  EXPECT_THAT(compiled.ruleset.rules[0].exceptions_digest, Not(IsEmpty()));
  EXPECT_THAT(compiled.ruleset.rules[1].exceptions_digest, IsEmpty());
}

TEST(JoinExceptions, ARulesetFromAFileTakesListsToo) {
  const std::string list = Item("[" + Entry("match", "kw", R"("ab")") + "]");
  const CompiledRules together = CompileText(JsonRule(kNamesList) + "\n" + list);
  const CompiledRules alone = CompileText(JsonRule(kNamesList));
  const auto loaded = runtime::LoadRuleset(runtime::SaveRuleset(alone.ruleset));
  ASSERT_TRUE(loaded.has_value());

  const auto joined = JoinExceptions(*loaded, MakeLists(list).lists);

  ASSERT_TRUE(joined.has_value());
  EXPECT_EQ(joined->content_hash, together.ruleset.content_hash);
  EXPECT_NE(joined->content_hash, alone.ruleset.content_hash);
}

TEST(JoinExceptions, AMachineLearningRuleKeepsItsListsForItsRecords) {
  const std::string rule =
      JsonRule(R"(,"type":"machine_learning","anomaly_threshold":50,"machine_learning_job_id":"j",)"
               R"("exceptions_list":[{"list_id":"l","namespace_type":"single"}])");
  const std::string job =
      R"({"job_id":"j","analysis_config":{"bucket_span":"15m","detectors":[{"function":"count",)"
      R"("by_field_name":"kw"}]},"data_description":{"time_field":"@timestamp"},)"
      R"("datafeed_config":{"indices":["x"],"query":{"match_all":{}}}})";

  const CompiledRules compiled = CompileText(
      rule + "\n" + job + "\n" + Item("[" + Entry("match", "by_field_value", R"("x")") + "]"));

  ASSERT_EQ(compiled.ruleset.rules.size(), 1U);
  const auto& alerting = compiled.ruleset.rules[0].alerting_records;
  ASSERT_TRUE(alerting.has_value());
  const std::string program = OutputOf(compiled.ruleset.program, *alerting);
  EXPECT_EQ(program, ProgramOfKql("not by_field_value : \"x\""));
  EXPECT_TRUE(runtime::LoadRuleset(runtime::SaveRuleset(compiled.ruleset)).has_value());
}

TEST(JoinExceptions, SaysWhichListsAreNotThereAndWhichNobodyNames) {
  const CompiledRules compiled =
      CompileText(JsonRule(kNamesList) + "\n" +
                  R"({"list_id":"m","name":"m","type":"detection","namespace_type":"single"})");

  ASSERT_EQ(compiled.diagnostics.size(), 2U);
  EXPECT_EQ(compiled.diagnostics[0].code, "exception.list_missing");
  EXPECT_EQ(compiled.diagnostics[0].where.line, 1U);
  EXPECT_EQ(compiled.diagnostics[1].code, "exception.unused_list");
  EXPECT_EQ(compiled.diagnostics[1].where.line, 2U);
  EXPECT_EQ(compiled.summary.runnable, 1U);
}

TEST(JoinExceptions, RefusesAListTypedByAnotherMapping) {
  const FieldTypes other =
      *FieldTypes::FromMapping("m", R"({"mappings":{"properties":{"kw":{"type":"text"}}}})");
  const CompiledRules compiled = CompileText(JsonRule(kNamesList));
  const ReadRules read =
      ReadRuleFile("e.ndjson", Item("[" + Entry("match", "kw", R"("ab")") + "]"));
  Diagnostics said;
  ValueLists value_lists;

  const auto joined = JoinExceptions(
      compiled.ruleset, ExceptionLists::Make(read.asides, {&other, nullptr}, value_lists, said));

  ASSERT_FALSE(joined.has_value());
  EXPECT_THAT(joined.error().message, HasSubstr("--mapping"));
}

}  // namespace
}  // namespace tripline::compiler

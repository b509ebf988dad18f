#include "runtime/ruleset_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jit/engine.h"
#include "jit/program_builder.h"
#include "runtime/digest.h"
#include "runtime/json_events.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_sections.h"
#include "runtime/ruleset_signature.h"

namespace tripline::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kEvents = R"({"process":{"name":"curl"}}
{"process":{"name":"bash"}}
{"process":{"name":"x needle y"}}
)";
// What the rules of OwnProgram find, and what poison would.
const std::vector<std::uint64_t> kRight = {1, 3};
const std::vector<std::uint64_t> kAll = {1, 2, 3};

jit::Program OwnProgram() {
  jit::ProgramBuilder builder;
  const jit::FieldIndex name = builder.AddField({.name = "process.name"});
  builder.AddOutput(builder.AddLeaf(
      {.field = name, .atoms = {jit::Term{"curl"}, jit::Glob{{"", "needle", ""}}}}));
  return builder.Take();
}

// Of the same shape, but everything matches.
jit::Program PoisonProgram() {
  jit::Program program = OwnProgram();
  program.nodes.push_back({.op = jit::Op::kTrue});
  program.outputs = {static_cast<jit::NodeIndex>(program.nodes.size() - 1)};
  return program;
}

Ruleset OwnRuleset() {
  RuleSpec rule;
  rule.rule_id = "own";
  rule.document = R"({"name":"own"})";
  rule.query = 0;
  return MakeRuleset(OwnProgram(), {rule}, {});
}

RulesetCache CacheOf(const jit::Program& program, const std::string& cpu = "native") {
  auto cache = CompileCache(program, cpu);
  EXPECT_TRUE(cache.has_value()) << cache.error().message;
  return *std::move(cache);
}

RulesetCache Foreign() {
  RulesetCache cache = CacheOf(OwnProgram());
  cache.fingerprint.target.cpu = "oracle9000";
  cache.fingerprint.target.features.push_back("telepathy");
  return cache;
}

std::string FileWith(const std::vector<RulesetCache>& caches) {
  return SaveRuleset(OwnRuleset(), caches);
}

std::string Signed(const std::string& file, const SigningKey& key) {
  return SignRuleset(file, key).value();
}

LoadedRulesetFile Loaded(const std::string& file, const std::vector<std::string>& trusted) {
  auto loaded = LoadRuleset(file, trusted);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  return *std::move(loaded);
}

std::shared_ptr<MatchEngine> EngineOf(const Ruleset& ruleset,
                                      MatcherCode code = MatcherCode::kAuto) {
  auto engine = MatchEngine::Make(ruleset.program, code, ruleset.native.get());
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return *std::move(engine);
}

// The lines of kEvents that the only rule matches.
std::vector<std::uint64_t> LinesOf(const Ruleset& ruleset) {
  const auto matcher = Matcher::Make(EngineOf(ruleset)).value();
  EventReader reader = EventReader::OverText(ruleset.program.fields, kEvents, {}).value();
  EventBlock block;
  std::vector<std::uint64_t> lines;
  while (reader.Next(&block).value()) {
    matcher->Match(block.batch);
    for (std::uint32_t row = 0; row < block.batch.num_rows && matcher->AnyOf(0); ++row) {
      if (((matcher->RowsOf(0)[row / 64] >> (row % 64)) & 1U) != 0) {
        lines.push_back(block.origins[row].line);
      }
    }
  }
  return lines;
}

// The file with a checksum that fits what stands before it.
std::string WithFittingChecksum(std::string bytes) {
  bytes.resize(bytes.size() - 32);
  const Sha256Digest digest = Sha256Of(bytes);
  return bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}

TEST(RulesetCache, CountsUnderATrustedSignatureAndSparesEveryCompiler) {
  const SigningKey key = SigningKey::Make();
  const LoadedRulesetFile file =
      Loaded(Signed(FileWith({CacheOf(OwnProgram())}), key), {key.PublicText()});

  EXPECT_EQ(file.cache_note, "");
  ASSERT_NE(file.ruleset.native, nullptr);
  const auto engine = EngineOf(file.ruleset);
  EXPECT_NE(engine->kernel(), nullptr);
  EXPECT_EQ(engine->num_compiled(), 0U) << "neither a kernel nor a pattern database";
  EXPECT_EQ(LinesOf(file.ruleset), kRight);
  EXPECT_EQ(EngineOf(OwnRuleset())->num_compiled(), 2U) << "the count counts";
}

TEST(RulesetCache, LeavesTheInterpreterToWhoeverAsksForIt) {
  const SigningKey key = SigningKey::Make();
  const LoadedRulesetFile file =
      Loaded(Signed(FileWith({CacheOf(OwnProgram())}), key), {key.PublicText()});

  const auto engine = EngineOf(file.ruleset, MatcherCode::kInterpreter);

  EXPECT_EQ(engine->kernel(), nullptr);
  EXPECT_EQ(engine->num_compiled(), 0U);
}

TEST(RulesetCache, GivesItsCodeToAnEngineThatBeganWithoutIt) {
  const SigningKey key = SigningKey::Make();
  const LoadedRulesetFile file =
      Loaded(Signed(FileWith({CacheOf(OwnProgram())}), key), {key.PublicText()});
  const auto engine = EngineOf(file.ruleset, MatcherCode::kInterpreter);

  ASSERT_TRUE(engine->AddMachineCode(file.ruleset.program, file.ruleset.native.get()).has_value());

  EXPECT_NE(engine->kernel(), nullptr);
  EXPECT_EQ(engine->num_compiled(), 0U);
}

TEST(RulesetCache, ChangesNeitherRulesNorContentHash) {
  const SigningKey key = SigningKey::Make();
  const std::string file = Signed(FileWith({CacheOf(OwnProgram())}), key);
  const Ruleset trusted = Loaded(file, {key.PublicText()}).ruleset;
  const Ruleset untrusted = Loaded(file, {}).ruleset;

  EXPECT_EQ(SaveRuleset(trusted), SaveRuleset(OwnRuleset()));
  EXPECT_EQ(trusted.content_hash, OwnRuleset().content_hash);
  EXPECT_EQ(untrusted.content_hash, OwnRuleset().content_hash);
  EXPECT_EQ(trusted.rules[0].document, OwnRuleset().rules[0].document);
}

TEST(RulesetCache, OfAnUnsignedOrForeignOrChangedFileNeverRuns) {
  const SigningKey mine = SigningKey::Make();
  const SigningKey other = SigningKey::Make();
  const std::vector<std::string> trusted = {mine.PublicText()};
  const std::string poisoned = FileWith({CacheOf(PoisonProgram())});
  // My signature of a file without poison, put into the poisoned one.
  const std::string honest = Signed(FileWith({CacheOf(OwnProgram())}), mine);
  auto sections = *ReadSections(poisoned);
  const auto honest_sections = *ReadSections(honest);
  sections.push_back(honest_sections.back());
  ASSERT_EQ(sections.back().kind, kSignatureKind);
  const std::string transplanted = WriteSections(sections);

  const LoadedRulesetFile unsigned_file = Loaded(poisoned, trusted);
  const LoadedRulesetFile foreign = Loaded(Signed(poisoned, other), trusted);
  const LoadedRulesetFile changed = Loaded(transplanted, trusted);

  EXPECT_EQ(unsigned_file.cache_note, "the file is not signed");
  EXPECT_THAT(foreign.cache_note, HasSubstr(other.PublicText() + ", whom nobody here trusts"));
  EXPECT_THAT(changed.cache_note, HasSubstr("does not fit"));
  for (const LoadedRulesetFile* file : {&unsigned_file, &foreign, &changed}) {
    EXPECT_EQ(file->ruleset.native, nullptr);
    EXPECT_EQ(LinesOf(file->ruleset), kRight);
  }
  EXPECT_EQ(Loaded(Signed(poisoned, mine), {}).ruleset.native, nullptr) << "nobody is trusted";
  EXPECT_EQ(LinesOf(Loaded(Signed(poisoned, mine), trusted).ruleset), kAll)
      << "the poison works where it is let in";
}

TEST(RulesetCache, ForAnotherMachineIsPassedOverWithAReason) {
  const SigningKey key = SigningKey::Make();
  RulesetCache other_library = CacheOf(OwnProgram());
  other_library.fingerprint.library = "Hyperscan 1.0";

  const LoadedRulesetFile foreign = Loaded(Signed(FileWith({Foreign()}), key), {key.PublicText()});
  const LoadedRulesetFile older =
      Loaded(Signed(FileWith({other_library}), key), {key.PublicText()});

  EXPECT_THAT(foreign.cache_note, HasSubstr("oracle9000, and this one lacks telepathy"));
  EXPECT_THAT(older.cache_note, HasSubstr("it was made with Hyperscan 1.0"));
  for (const LoadedRulesetFile* file : {&foreign, &older}) {
    EXPECT_EQ(file->ruleset.native, nullptr);
    EXPECT_EQ(LinesOf(file->ruleset), kRight);
  }
}

TEST(RulesetCache, ThatFitsBestIsTakenOfSeveral) {
  const SigningKey key = SigningKey::Make();
  RulesetCache lesser = CacheOf(OwnProgram());
  lesser.fingerprint.target.features.pop_back();
  lesser.native.kernel = "never looked at";
  const RulesetCache best = CacheOf(OwnProgram());

  const LoadedRulesetFile file =
      Loaded(Signed(FileWith({Foreign(), lesser, best}), key), {key.PublicText()});

  EXPECT_EQ(file.cache_note, "");
  ASSERT_NE(file.ruleset.native, nullptr);
  EXPECT_EQ(file.ruleset.native->kernel, best.native.kernel);
}

#ifdef __x86_64__
TEST(RulesetCache, ForALesserProcessorCountsHere) {
  const SigningKey key = SigningKey::Make();
  const LoadedRulesetFile file =
      Loaded(Signed(FileWith({CacheOf(OwnProgram(), "x86-64")}), key), {key.PublicText()});

  ASSERT_NE(file.ruleset.native, nullptr) << file.cache_note;
  EXPECT_EQ(EngineOf(file.ruleset)->num_compiled(), 0U);
  EXPECT_EQ(LinesOf(file.ruleset), kRight);
}
#endif

TEST(RulesetCache, ForAProcessorThatNobodyKnowsIsAnError) {
  const auto cache = CompileCache(OwnProgram(), "oracle9000");

  ASSERT_FALSE(cache.has_value());
  EXPECT_EQ(cache.error().code, ErrorCode::kUsage);
}

TEST(RulesetCache, ThatDoesNotLoadIsAsIfItWereNotThere) {
  Ruleset ruleset = OwnRuleset();
  ruleset.native = std::make_shared<NativeCache>(NativeCache{.kernel = "no code", .patterns = {}});

  const auto engine = EngineOf(ruleset, MatcherCode::kMachineCode);

  EXPECT_NE(engine->kernel(), nullptr);
  EXPECT_EQ(engine->num_compiled(), 2U);
  EXPECT_EQ(LinesOf(ruleset), kRight);
}

TEST(RulesetCache, CutOffUnderATrustedSignatureIsPassedOver) {
  const SigningKey key = SigningKey::Make();
  const std::string plain = SaveRuleset(OwnRuleset());
  const std::string whole = WriteCache(CacheOf(OwnProgram()));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto sections = *ReadSections(plain);
    sections.push_back({kCacheKind, 0, std::string_view(whole).substr(0, size)});

    const LoadedRulesetFile file = Loaded(Signed(WriteSections(sections), key), {key.PublicText()});

    ASSERT_EQ(file.ruleset.native, nullptr) << size;
    ASSERT_NE(file.cache_note, "") << size;
  }
}

TEST(RulesetCache, OfAnotherVersionIsPassedOver) {
  const SigningKey key = SigningKey::Make();
  const std::string plain = SaveRuleset(OwnRuleset());
  std::string newer = WriteCache(CacheOf(OwnProgram()));
  newer[0] = static_cast<char>(kCacheVersion + 1);
  auto sections = *ReadSections(plain);
  sections.push_back({kCacheKind, 0, newer});

  const LoadedRulesetFile file = Loaded(Signed(WriteSections(sections), key), {key.PublicText()});

  EXPECT_EQ(file.ruleset.native, nullptr);
  EXPECT_THAT(file.cache_note, HasSubstr("version 2, and this build reads version 1"));
}

TEST(RulesetCache, MayNotCallItselfRequired) {
  const std::string payload = WriteCache(CacheOf(OwnProgram()));
  const std::string plain = SaveRuleset(OwnRuleset());
  auto sections = *ReadSections(plain);
  sections.push_back({kCacheKind, kRequired, payload});

  EXPECT_FALSE(LoadRuleset(WriteSections(sections)).has_value());
}

TEST(RulesetCache, IsSeenByWhoeverLooksAndLeftOutOnDemand) {
  const std::string file = Signed(FileWith({CacheOf(OwnProgram()), Foreign()}), SigningKey::Make());

  const auto caches = CachesOf(file).value();

  ASSERT_EQ(caches.size(), 2U);
  EXPECT_EQ(caches[0].why_not_here, "");
  EXPECT_GT(caches[0].outline.code_bytes, 0U);
  EXPECT_GT(caches[0].outline.database_bytes, 0U);
  EXPECT_EQ(caches[1].outline.fingerprint.target.cpu, "oracle9000");
  EXPECT_THAT(caches[1].why_not_here, HasSubstr("telepathy"));
  EXPECT_EQ(WithoutCaches(file).value(), SaveRuleset(OwnRuleset()));
  EXPECT_THAT(CachesOf(SaveRuleset(OwnRuleset())).value(), IsEmpty());
}

TEST(RulesetCache, OfEqualRulesHasEqualBytes) {
  EXPECT_EQ(WriteCache(CacheOf(OwnProgram())), WriteCache(CacheOf(OwnProgram())));
}

// Whoever changes a signed file can mend the checksum, but not the signature.
TEST(RulesetCache, NeverCountsInAFileWithAnyByteChanged) {
  const SigningKey key = SigningKey::Make();
  const std::vector<std::string> trusted = {key.PublicText()};
  const std::string file = Signed(FileWith({CacheOf(OwnProgram())}), key);
  int num_taken = 0;
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ (1U << (at % 8)));
    ASSERT_FALSE(LoadRuleset(changed, trusted).has_value()) << at;
    if (at + 32 >= file.size()) {
      continue;  // the checksum itself
    }

    const auto loaded = LoadRuleset(WithFittingChecksum(changed), trusted);

    if (!loaded) {
      ASSERT_NE(loaded.error().message, "");
      continue;
    }
    ++num_taken;
    ASSERT_EQ(loaded->ruleset.native, nullptr) << at;
  }
  EXPECT_GT(num_taken, 0) << "the cache may change";
}

TEST(RulesetCache, IsRefusedWithItsFileCutOffAnywhere) {
  const SigningKey key = SigningKey::Make();
  const std::string file = Signed(FileWith({CacheOf(OwnProgram())}), key);
  for (std::size_t size = 0; size < file.size(); ++size) {
    ASSERT_FALSE(LoadRuleset(file.substr(0, size), {}).has_value()) << size;
  }
}

}  // namespace
}  // namespace tripline::runtime

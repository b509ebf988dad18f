// The objects of the native face: who may call what, when, and what is said otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "plugin-shim/native/face.h"
#include "tests/shim/face_world.h"

namespace tripline::shim {
namespace {

using jit::ColumnKind;
using ::testing::HasSubstr;
using tripline::testing::AlignedBytes;
using tripline::testing::BlockColumn;
using tripline::testing::BlockLayout;
using tripline::testing::BlockWriter;
using tripline::testing::ChunkOf;

// Leaves 0 "name: a*", 1 "name: b", 2 "size >= 10"; outputs 0 = 0 and 2, 1 = 1 or 2.
jit::Program SmallProgram() {
  jit::ProgramBuilder builder;
  const jit::FieldIndex name = builder.AddField({.name = "name"});
  const jit::FieldIndex size = builder.AddField({.name = "size", .kind = ColumnKind::kInteger});
  const jit::NodeIndex a = builder.AddLeaf({.field = name, .atoms = {jit::Glob{{"a", ""}}}});
  const jit::NodeIndex b = builder.AddLeaf({.field = name, .atoms = {jit::Term{"b"}}});
  const jit::NodeIndex large = builder.AddLeaf(
      {.field = size, .atoms = {jit::IntegerRange{.first = 10, .last = 1'000'000}}});
  builder.AddOutput(builder.AddAnd(std::vector{a, large}));
  builder.AddOutput(builder.AddOr(std::vector{b, large}));
  return builder.Take();
}

class FaceObjects : public ::testing::Test {
 protected:
  FaceObjects() {
    ruleset_ = LoadProgram(face_, SmallProgram());
    engine_ = Value(face_.OpenEngine(ruleset_, EngineCode::kInterpreter));
    matcher_ = Value(face_.OpenMatcher(engine_));
  }

  // Rows 0..3 with names a1, b, a2, c and sizes 10, 3, 4, 99.
  static AlignedBytes Block(Handle answers = 0) {
    BlockWriter writer(4);
    BlockColumn names{.field = 0, .answers = answers, .num_slots = 4, .codes = {0, 2, 1, 3}};
    if (answers == 0) {
      names.dictionary = kNames;
    }
    writer.Add(names);
    writer.Add(
        {.field = 1, .kind = ColumnKind::kInteger, .num_slots = 4, .integers = {10, 3, 4, 99}});
    return writer.Take();
  }

  std::vector<std::byte> OutOf(std::size_t size = 1 << 16) { return std::vector<std::byte>(size); }

  RowsByNumber Match(const AlignedBytes& block) {
    std::vector<std::byte> out = OutOf();
    const std::size_t size = Value(face_.Match(matcher_, block.bytes(), out));
    return ReadRowSets(std::span(out).first(size), 4).rows;
  }

  static RowsByNumber Expected() {
    return {{0, {0b0001, 0, 0, 0, 0, 0, 0, 0}}, {1, {0b1011, 0, 0, 0, 0, 0, 0, 0}}};
  }

  inline static const std::vector<std::string> kNames = {"a1", "a2", "b", "c"};
  Face face_;
  Handle ruleset_ = 0;
  Handle engine_ = 0;
  Handle matcher_ = 0;
};

// ---- answers ------------------------------------------------------------------------------------

TEST_F(FaceObjects, AnswersOfAFieldServeABlock) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);

  EXPECT_EQ(Match(Block(answers)), Expected());
  EXPECT_EQ(Match(Block()), Expected()) << "the same values inside the buffer";
}

TEST_F(FaceObjects, AnswersTakeTheirValuesInChunks) {
  const Handle answers = Value(face_.OpenAnswers(engine_, 0));
  for (const std::string& name : kNames) {
    ASSERT_TRUE(face_.AddValues(answers, ChunkOf({name}).bytes()).has_value());
    ASSERT_TRUE(face_.AddValues(answers, ChunkOf({}).bytes()).has_value());
  }
  ASSERT_TRUE(face_.SealAnswers(answers).has_value());

  EXPECT_EQ(Match(Block(answers)), Expected());
}

TEST_F(FaceObjects, AnswersNameTheValuesOfEachLeafUpToABound) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);
  const auto values_of_leaves = [&](std::uint32_t max_codes) {
    std::vector<std::uint32_t> numbers;
    const std::string bytes = Value(face_.ValuesOfLeaves(answers, max_codes));
    AnswerReader reader(bytes);
    while (!reader.AtEnd()) {
      numbers.push_back(reader.U32());
    }
    return numbers;
  };

  EXPECT_EQ(values_of_leaves(9), (std::vector<std::uint32_t>{2, 2, 0, 1, 1, 1, 2}));
  EXPECT_EQ(values_of_leaves(1), (std::vector<std::uint32_t>{2, 1, 0, 1, 1, 2}));
  EXPECT_EQ(values_of_leaves(0), (std::vector<std::uint32_t>{2, 0, 1, 0}));
}

TEST_F(FaceObjects, AnswersAreOnlyForFieldsWhoseValuesAreBytesOrNumbers) {
  EXPECT_EQ(CodeOf(face_.OpenAnswers(engine_, 2)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.OpenAnswers(engine_, 0xFFFFFFFF)), ErrorCode::kUsage);

  jit::ProgramBuilder builder;
  builder.AddOutput(
      builder.AddLeaf({.field = builder.AddField({.name = "d", .kind = ColumnKind::kDelegated}),
                       .atoms = {jit::Exists{}}}));
  const Handle engine =
      Value(face_.OpenEngine(LoadProgram(face_, builder.Take()), EngineCode::kInterpreter));
  EXPECT_EQ(CodeOf(face_.OpenAnswers(engine, 0)), ErrorCode::kUsage);
}

TEST_F(FaceObjects, AnswersAreNotUsedBeforeTheyAreSealedNorChangedAfterwards) {
  const Handle answers = Value(face_.OpenAnswers(engine_, 0));
  ASSERT_TRUE(face_.AddValues(answers, ChunkOf(kNames).bytes()).has_value());
  std::vector<std::byte> out = OutOf();

  const Result<std::size_t> early = face_.Match(matcher_, Block(answers).bytes(), out);
  EXPECT_EQ(CodeOf(early), ErrorCode::kUsage);
  EXPECT_THAT(early.error().message, HasSubstr("before they are sealed"));
  EXPECT_EQ(CodeOf(face_.ValuesOfLeaves(answers, 1)), ErrorCode::kUsage);

  ASSERT_TRUE(face_.SealAnswers(answers).has_value());
  EXPECT_TRUE(face_.SealAnswers(answers).has_value()) << "sealing twice is harmless";
  EXPECT_EQ(CodeOf(face_.AddValues(answers, ChunkOf({"d"}).bytes())), ErrorCode::kUsage);
  EXPECT_EQ(Match(Block(answers)), Expected());
}

TEST_F(FaceObjects, AnswersRefuseChunksThatContradictThemselves) {
  const Handle answers = Value(face_.OpenAnswers(engine_, 0));
  const auto chunk_of = [](std::vector<std::uint32_t> numbers, const std::string& text = "") {
    return AlignedBytes(
        std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 4) + text);
  };

  for (const AlignedBytes& chunk :
       {chunk_of({}), chunk_of({0}), chunk_of({1, 0}), chunk_of({0xFFFFFFFF, 0, 0}),
        chunk_of({1, 1, 1}, "x"), chunk_of({2, 0, 2, 1}, "xyz"), chunk_of({1, 0, 2}, "x"),
        chunk_of({1, 0, 0xFFFFFFFF}, "x"), chunk_of({0xFFFFFFFE, 0})}) {
    EXPECT_EQ(CodeOf(face_.AddValues(answers, chunk.bytes())), ErrorCode::kInvalid);
  }
  const AlignedBytes good = ChunkOf({"abcdefgh"});
  EXPECT_EQ(CodeOf(face_.AddValues(answers, good.bytes().subspan(1))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(face_.AddValues(answers, {})), ErrorCode::kInvalid);

  ASSERT_TRUE(face_.AddValues(answers, ChunkOf(kNames).bytes()).has_value());
  ASSERT_TRUE(face_.SealAnswers(answers).has_value());
  EXPECT_EQ(Match(Block(answers)), Expected()) << "a refused chunk leaves no value behind";
}

TEST_F(FaceObjects, AnswersOfAnotherFieldAreRefused) {
  const Handle sizes = SealedAnswers(face_, engine_, 1, {});
  std::vector<std::byte> out = OutOf();

  const Result<std::size_t> matched = face_.Match(matcher_, Block(sizes).bytes(), out);

  EXPECT_EQ(CodeOf(matched), ErrorCode::kInvalid);
  EXPECT_THAT(matched.error().message, HasSubstr("the answers of field 1"));
}

TEST_F(FaceObjects, AnswersOfAnotherRulesetAreRefused) {
  // The same field with more leaves: their numbers would lie behind this ruleset's.
  jit::ProgramBuilder builder;
  const jit::FieldIndex name = builder.AddField({.name = "name"});
  for (int i = 0; i < 1'000; ++i) {
    builder.AddOutput(
        builder.AddLeaf({.field = name, .atoms = {jit::Glob{{"", std::to_string(i), ""}}}}));
  }
  const Handle engine =
      Value(face_.OpenEngine(LoadProgram(face_, builder.Take()), EngineCode::kInterpreter));
  const Handle foreign = SealedAnswers(face_, engine, 0, {"997", "998", "999", "c"});
  std::vector<std::byte> out = OutOf();

  EXPECT_EQ(CodeOf(face_.Match(matcher_, Block(foreign).bytes(), out)), ErrorCode::kUsage);
}

TEST_F(FaceObjects, AnswersServeEveryEngineOfTheirRuleset) {
  const Handle other = Value(face_.OpenEngine(ruleset_, EngineCode::kMachineCode));
  const Handle answers = SealedAnswers(face_, other, 0, kNames);

  EXPECT_EQ(Match(Block(answers)), Expected());
}

TEST_F(FaceObjects, AnswersAreCountedWithTheirBytesUntilTheyAreClosed) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);

  EXPECT_EQ(face_.counts().answers, 1U);
  EXPECT_GT(face_.counts().answers_bytes, 0U);
  ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
  EXPECT_EQ(face_.counts().answers, 0U);
  EXPECT_EQ(face_.counts().answers_bytes, 0U);
}

// ---- plans --------------------------------------------------------------------------------------

std::vector<std::byte> Knowledge(std::initializer_list<int> leaves) {
  std::vector<std::byte> bytes;
  for (const int leaf : leaves) {
    bytes.push_back(static_cast<std::byte>(leaf));
  }
  return bytes;
}

TEST_F(FaceObjects, APlanSaysWhatIsAliveAndWhichColumnsItReads) {
  // "a*" is given, "b" occurs nowhere, the sizes are read.
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({1, 2, 0})));

  const std::string description = Value(face_.DescribePlan(plan));

  AnswerReader reader(description);
  EXPECT_GT(reader.Take<std::uint64_t>(), 100U) << "bytes held";
  EXPECT_EQ(reader.U32(), 2U) << "outputs alive";
  EXPECT_EQ(reader.U32(), 1U) << "columns";
  EXPECT_EQ(reader.U32(), 1U) << "size";
  EXPECT_EQ(reader.U32(), 1U) << "leaves to be given";
  EXPECT_EQ(reader.U32(), 0U) << "`a*`";
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_TRUE(reader.AtEnd());
}

TEST_F(FaceObjects, APlanKnowsOutputsThatNoRowCanMake) {
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({2, 0, 1})));

  const std::string description = Value(face_.DescribePlan(plan));

  AnswerReader reader(description);
  EXPECT_GT(reader.Take<std::uint64_t>(), 0U);
  EXPECT_EQ(reader.U32(), 1U);
  EXPECT_EQ(reader.U32(), 1U);
  EXPECT_EQ(reader.U32(), 0U) << "name";
  EXPECT_EQ(reader.U32(), 1U);
  EXPECT_EQ(reader.U32(), 2U) << "`size >= 10`";
  EXPECT_EQ(reader.U8(), 0);
  EXPECT_EQ(reader.U8(), 1);
}

TEST_F(FaceObjects, APlanIsMadeForTheOutputsThatAreWanted) {
  const std::vector<std::byte> second = {std::byte{0}, std::byte{1}};
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({1, 2, 0}), second));

  const std::string description = Value(face_.DescribePlan(plan));

  AnswerReader reader(description);
  EXPECT_GT(reader.Take<std::uint64_t>(), 0U);
  EXPECT_EQ(reader.U32(), 1U) << "outputs alive";
  EXPECT_EQ(CodeOf(face_.OpenPlan(engine_, Knowledge({1, 2, 0}), std::span(second).first(1))),
            ErrorCode::kUsage);
}

TEST_F(FaceObjects, APlanRefusesKnowledgeThatIsNone) {
  EXPECT_EQ(CodeOf(face_.OpenPlan(engine_, Knowledge({0, 1, 3}))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(face_.OpenPlan(engine_, Knowledge({0, 1, 255}))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(face_.OpenPlan(engine_, Knowledge({0, 1}))), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.OpenPlan(engine_, Knowledge({0, 1, 2, 0}))), ErrorCode::kUsage);
  EXPECT_EQ(face_.counts().plans, 0U);
}

TEST_F(FaceObjects, RowsAreFoundWhereAnOutputMayStillBeTrue) {
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({1, 1, 0})));
  BlockWriter writer(4);
  const std::vector<std::uint64_t> none(8);
  const std::vector<std::uint64_t> rows = {0b0101, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<std::uint64_t> eligible = {0b1110, 0, 0, 0, 0, 0, 0, ~std::uint64_t{0}};
  writer.SetEligible(eligible);
  writer.AddGiven(0, rows);
  writer.AddGiven(1, none);
  std::vector<std::byte> out = OutOf();

  const std::size_t size = Value(face_.FindRows(matcher_, plan, writer.Take().bytes(), out));

  const RowSets found = ReadRowSets(std::span(out).first(size), 4);
  EXPECT_EQ(found.second, 1U) << "some row may match";
  EXPECT_EQ(found.rows, (RowsByNumber{{1, {0b1110, 0, 0, 0, 0, 0, 0, 0}}}))
      << "`b or size >= 10` needs the size of every row that counts";
}

TEST_F(FaceObjects, APlanIsOnlyForMatchersOfItsEngine) {
  const Handle other = Value(face_.OpenEngine(ruleset_, EngineCode::kInterpreter));
  const Handle plan = Value(face_.OpenPlan(other, Knowledge({0, 0, 0})));
  std::vector<std::byte> out = OutOf();

  EXPECT_EQ(CodeOf(face_.FindRows(matcher_, plan, BlockWriter(1).Take().bytes(), out)),
            ErrorCode::kUsage);
}

TEST_F(FaceObjects, AMatcherChangesBetweenPlans) {
  const Handle all = Value(face_.OpenPlan(engine_, Knowledge({0, 0, 0})));
  const Handle none = Value(face_.OpenPlan(engine_, Knowledge({2, 2, 2})));
  const AlignedBytes block = BlockWriter(4).Take();
  std::vector<std::byte> out = OutOf();

  for (int i = 0; i < 3; ++i) {
    std::size_t size = Value(face_.FindRows(matcher_, all, block.bytes(), out));
    EXPECT_EQ(ReadRowSets(std::span(out).first(size), 4).rows.size(), 2U);
    size = Value(face_.FindRows(matcher_, none, block.bytes(), out));
    EXPECT_TRUE(ReadRowSets(std::span(out).first(size), 4).rows.empty());
  }
}

// ---- buffers for answers ------------------------------------------------------------------------

TEST_F(FaceObjects, ABufferThatIsTooSmallIsToldTheBytesThatItTakes) {
  const AlignedBytes block = Block();
  const std::size_t needed = 8 + 2 * (8 + 64);  // two outputs with 8 words each

  for (std::size_t size = 0; size < needed; ++size) {
    std::vector<std::byte> out(size + 16, std::byte{0x5A});
    const Result<std::size_t> matched =
        face_.Match(matcher_, block.bytes(), std::span(out).first(size));
    ASSERT_EQ(CodeOf(matched), ErrorCode::kLimit);
    EXPECT_THAT(matched.error().message, HasSubstr(std::to_string(needed)));
    for (std::size_t i = size; i < out.size(); ++i) {
      ASSERT_EQ(out[i], std::byte{0x5A}) << "nothing is written behind the end";
    }
  }
  std::vector<std::byte> out(needed);
  EXPECT_EQ(Value(face_.Match(matcher_, block.bytes(), out)), needed);
  EXPECT_EQ(ReadRowSets(out, 4).rows, Expected());
}

TEST_F(FaceObjects, FoundRowsThatDoNotFitAreRefusedToo) {
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({0, 0, 0})));
  const AlignedBytes block = BlockWriter(4).Take();
  std::vector<std::byte> out(8 + 2 * 72 - 1);

  const Result<std::size_t> found = face_.FindRows(matcher_, plan, block.bytes(), out);

  EXPECT_EQ(CodeOf(found), ErrorCode::kLimit);
  EXPECT_THAT(found.error().message, HasSubstr("152"));
}

// ---- handles ------------------------------------------------------------------------------------

TEST_F(FaceObjects, HandlesOfOtherKindsClosedOnesAndMadeUpOnesAreRefused) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({0, 0, 0})));
  const Handle closed = Value(face_.OpenMatcher(engine_));
  ASSERT_TRUE(face_.CloseMatcher(closed).has_value());
  const std::vector<Handle> handles = {ruleset_, engine_, answers,      plan,
                                       matcher_, closed,  Handle{0},    ~Handle{0},
                                       12345,    1,       engine_ + 64, engine_ ^ 1U << 31U};
  const AlignedBytes block = Block();
  std::vector<std::byte> out = OutOf();
  struct Call {
    std::vector<Handle> right;
    std::function<std::optional<ErrorCode>(Handle)> with;
  };
  const std::vector<Call> calls = {
      {{ruleset_}, [&](Handle h) { return CodeOf(face_.SaveRuleset(h)); }},
      {{ruleset_}, [&](Handle h) { return CodeOf(face_.DescribeRuleset(h)); }},
      {{}, [&](Handle h) { return CodeOf(face_.BuildAlert(h, {})); }},
      {{engine_}, [&](Handle h) { return CodeOf(face_.AddMachineCode(h)); }},
      {{answers}, [&](Handle h) { return CodeOf(face_.ValuesOfLeaves(h, 1)); }},
      {{}, [&](Handle h) { return CodeOf(face_.AddValues(h, ChunkOf({}).bytes())); }},
      {{answers}, [&](Handle h) { return CodeOf(face_.SealAnswers(h)); }},
      {{plan}, [&](Handle h) { return CodeOf(face_.DescribePlan(h)); }},
      {{matcher_}, [&](Handle h) { return CodeOf(face_.Match(h, block.bytes(), out)); }},
      {{matcher_}, [&](Handle h) { return CodeOf(face_.FindRows(h, plan, block.bytes(), out)); }},
      {{plan}, [&](Handle h) { return CodeOf(face_.FindRows(matcher_, h, block.bytes(), out)); }},
      {{answers}, [&](Handle h) {
         return h == 0 ? ErrorCode::kUsage : CodeOf(face_.Match(matcher_, Block(h).bytes(), out));
       }}};

  for (std::size_t i = 0; i < calls.size(); ++i) {
    for (const Handle handle : handles) {
      const bool is_right = std::ranges::count(calls[i].right, handle) != 0;
      EXPECT_EQ(calls[i].with(handle), is_right ? std::nullopt : std::optional(ErrorCode::kUsage))
          << "call " << i << " handle " << handle;
    }
  }
}

TEST_F(FaceObjects, OpeningAndClosingRefuseWrongHandlesToo) {
  const Handle answers = SealedAnswers(face_, engine_, 0, {});

  EXPECT_EQ(CodeOf(face_.OpenEngine(engine_, EngineCode::kInterpreter)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.OpenMatcher(ruleset_)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.OpenAnswers(ruleset_, 0)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.OpenPlan(ruleset_, Knowledge({0, 0, 0}))), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.CloseRuleset(engine_)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.CloseEngine(matcher_)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.CloseAnswers(engine_)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.ClosePlan(engine_)), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(face_.CloseMatcher(answers)), ErrorCode::kUsage);
  ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
  EXPECT_EQ(CodeOf(face_.CloseAnswers(answers)), ErrorCode::kUsage);
}

TEST_F(FaceObjects, ClosingWhatOthersWereMadeOfIsHarmless) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);
  const Handle half_done = Value(face_.OpenAnswers(engine_, 0));
  const Handle plan = Value(face_.OpenPlan(engine_, Knowledge({0, 0, 0})));
  std::vector<std::byte> out = OutOf();
  ASSERT_TRUE(face_.CloseRuleset(ruleset_).has_value());
  ASSERT_TRUE(face_.CloseEngine(engine_).has_value());

  EXPECT_EQ(Match(Block(answers)), Expected());
  EXPECT_TRUE(face_.FindRows(matcher_, plan, Block().bytes(), out).has_value());
  EXPECT_TRUE(face_.AddValues(half_done, ChunkOf(kNames).bytes()).has_value());
  EXPECT_TRUE(face_.SealAnswers(half_done).has_value());
  ASSERT_TRUE(face_.ClosePlan(plan).has_value());
  ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
  EXPECT_EQ(Match(Block(half_done)), Expected());
  ASSERT_TRUE(face_.CloseMatcher(matcher_).has_value());
  ASSERT_TRUE(face_.CloseAnswers(half_done).has_value());

  const FaceCounts counts = face_.counts();
  EXPECT_EQ(counts.rulesets + counts.engines + counts.answers + counts.answers_bytes +
                counts.plans + counts.matchers,
            0U);
}

TEST_F(FaceObjects, ObjectsMayBeClosedWhileOtherThreadsUseThem) {
  const Handle answers = SealedAnswers(face_, engine_, 0, kNames);
  const AlignedBytes block = Block(answers);
  std::atomic<int> num_wrong = 0;
  std::atomic<int> num_matched = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, own = Value(face_.OpenMatcher(engine_))] {
      std::vector<std::byte> out(1 << 12);
      for (;;) {
        const Result<std::size_t> matched = face_.Match(own, block.bytes(), out);
        if (!matched) {
          num_wrong += matched.error().code == ErrorCode::kUsage ? 0 : 1;
          return;  // the answers were closed
        }
        num_wrong += *matched == 8 + 2 * 72 ? 0 : 1;
        ++num_matched;
      }
    });
  }
  while (num_matched < 1'000) {
    std::this_thread::yield();
  }

  ASSERT_TRUE(face_.CloseRuleset(ruleset_).has_value());
  ASSERT_TRUE(face_.CloseEngine(engine_).has_value());
  ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
  threads.clear();

  EXPECT_EQ(num_wrong, 0);
}

TEST_F(FaceObjects, OneMatcherServesOneThreadAtATime) {
  // Blocks of 4,096 rows take long enough for two threads to meet in the matcher.
  BlockWriter writer(4096);
  BlockColumn column{.field = 0, .num_slots = 4096};
  for (std::uint32_t i = 0; i < 4096; ++i) {
    column.codes.push_back(i);
    column.dictionary.push_back("a" + std::to_string(i));
  }
  writer.Add(column);
  const AlignedBytes block = writer.Take();
  std::atomic<int> num_refused = 0;
  std::atomic<int> num_wrong = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      std::vector<std::byte> out(1 << 12);
      for (int i = 0; i < 200'000 && num_refused < 10; ++i) {
        if (const auto matched = face_.Match(matcher_, block.bytes(), out); !matched) {
          num_wrong += matched.error().code == ErrorCode::kUsage ? 0 : 1;
          ++num_refused;
        }
      }
    });
  }
  threads.clear();

  EXPECT_GE(num_refused, 10);
  EXPECT_EQ(num_wrong, 0);
  EXPECT_EQ(Match(Block()), Expected()) << "it goes on when they are done";
}

TEST_F(FaceObjects, UnsealedAnswersServeOneThreadAtATime) {
  const Handle answers = Value(face_.OpenAnswers(engine_, 0));
  const AlignedBytes chunk = ChunkOf(std::vector<std::string>(2'000, "a"));
  std::atomic<int> num_refused = 0;
  std::atomic<std::uint32_t> num_added = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000 && num_refused < 3; ++i) {
        if (const auto added = face_.AddValues(answers, chunk.bytes()); added) {
          num_added += 2'000;
        } else if (added.error().code == ErrorCode::kUsage) {
          ++num_refused;
        }
      }
    });
  }
  threads.clear();
  ASSERT_TRUE(face_.SealAnswers(answers).has_value());

  const std::string leaves = Value(face_.ValuesOfLeaves(answers, 0));
  EXPECT_GE(num_refused, 3);
  EXPECT_EQ(AnswerReader(leaves).U32(), num_added) << "whole chunks, each once";
}

TEST_F(FaceObjects, MatchersTakeMachineCodeWhenItComes) {
  EXPECT_EQ(Match(Block()), Expected());

  ASSERT_TRUE(face_.AddMachineCode(engine_).has_value());
  ASSERT_TRUE(face_.AddMachineCode(engine_).has_value()) << "a second time does nothing";

  EXPECT_EQ(Match(Block()), Expected());
}

}  // namespace
}  // namespace tripline::shim

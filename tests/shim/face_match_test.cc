// Blocks as bytes against the Batches that they say: random rulesets and events, every layout,
// dictionaries in the buffer and answers made beforehand. runtime::Matcher is the judge.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "plugin-shim/native/face.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "tests/shim/face_world.h"
#include "tests/support/random_atoms.h"
#include "tests/support/random_events.h"

namespace tripline::shim {
namespace {

using jit::ColumnKind;
using runtime::Batch;
using runtime::EventBlock;
using runtime::EventReader;
using tripline::testing::AlignedBytes;
using tripline::testing::BlockColumn;
using tripline::testing::BlockColumnOf;
using tripline::testing::BlockLayout;
using tripline::testing::BlockWriter;

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b"},
    {.name = "a.c", .kind = ColumnKind::kText},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.a", .kind = ColumnKind::kInteger},
    {.name = "c", .kind = ColumnKind::kFloat},
    {.name = "c.a", .kind = ColumnKind::kDate},
    {.name = "c.b", .kind = ColumnKind::kBoolean},
    {.name = "host", .kind = ColumnKind::kDelegated},
};
constexpr jit::FieldIndex kDelegatedField = 8;

std::string RandomEventLines(std::uint64_t seed, int count) {
  tripline::testing::RandomEvents events(seed);
  std::string text;
  for (int i = 0; i < count; ++i) {
    text +=
        events.Next({"a", "b", "c", "a"}, {"null", "true", "7", "-3", "1.5", R"("x")", R"("X")",
                                           R"("curl")", R"("Foo bar")", R"("")", R"("10.0.0.1")",
                                           R"("fe80::1")", R"("2026-05-01T00:00:00Z")"}) +
        "\n";
  }
  return text;
}

// A host's part in a block: which rows count, and bitmaps for leaves.
struct HostRows {
  std::vector<std::uint64_t> eligible;
  std::vector<std::vector<std::uint64_t>> rows_of_leaf;  // empty: not given

  HostRows(const jit::Program& program, std::uint32_t num_rows, std::mt19937_64& random)
      : rows_of_leaf(program.leaves.size()) {
    const auto fill = [&](std::vector<std::uint64_t>& words, bool is_full) {
      words.resize(runtime::WordsFor(num_rows));
      for (std::uint64_t& word : words) {
        word = is_full ? random() | random() : random() & random();  // behind the last row too
      }
    };
    if (random() % 3 != 0) {
      fill(eligible, true);
    }
    for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
      if (program.leaves[leaf].field == kDelegatedField || random() % 8 == 0) {
        fill(rows_of_leaf[leaf], false);
      }
    }
  }

  void AddTo(Batch& batch) const {
    batch.eligible = eligible;
    for (jit::LeafIndex leaf = 0; leaf < rows_of_leaf.size(); ++leaf) {
      if (!rows_of_leaf[leaf].empty()) {
        batch.given.push_back({.leaf = leaf, .rows = rows_of_leaf[leaf]});
      }
    }
  }
  void AddTo(BlockWriter& writer) const {
    if (!eligible.empty()) {
      writer.SetEligible(eligible);
    }
    for (jit::LeafIndex leaf = 0; leaf < rows_of_leaf.size(); ++leaf) {
      if (!rows_of_leaf[leaf].empty()) {
        writer.AddGiven(leaf, rows_of_leaf[leaf]);
      }
    }
  }
};

// What the judge says, in the shape in which the Face says it.
RowsByNumber VerdictsOf(const runtime::Matcher& matcher, std::uint32_t num_outputs) {
  RowsByNumber verdicts;
  for (jit::OutputIndex output = 0; output < num_outputs; ++output) {
    if (matcher.AnyOf(output)) {
      const auto rows = matcher.RowsOf(output);
      verdicts[output].assign(rows.begin(), rows.end());
    }
  }
  return verdicts;
}

// The slots of a column whose rows are wanted.
BlockColumn Survivors(const BlockColumn& column, const std::vector<std::uint64_t>& wanted) {
  BlockColumn kept{.field = column.field,
                   .kind = column.kind,
                   .layout = BlockLayout::kRows,
                   .dictionary = column.dictionary};
  for (std::uint32_t slot = 0; slot < column.num_slots; ++slot) {
    const std::uint32_t row = column.places[slot];
    if (((wanted[row / 64] >> (row % 64)) & 1U) == 0) {
      continue;
    }
    kept.places.push_back(row);
    ++kept.num_slots;
    if (!column.codes.empty()) {
      kept.codes.push_back(column.codes[slot]);
    } else if (!column.floats.empty()) {
      kept.floats.push_back(column.floats[slot]);
    } else {
      kept.integers.push_back(column.integers[slot]);
    }
  }
  return kept;
}

enum class Values : std::uint8_t { kInTheBlock, kDecided, kEither };

class FaceOverRandomRules : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  FaceOverRandomRules()
      : program_(tripline::testing::RandomProgramOver(kFields, GetParam())),
        num_outputs_(static_cast<std::uint32_t>(program_.outputs.size())),
        random_(GetParam()),
        text_(RandomEventLines(GetParam(), 500)),
        judge_(runtime::Matcher::Make(program_, {.code = runtime::MatcherCode::kInterpreter})
                   .value()) {
    const Handle ruleset = LoadProgram(face_, program_);
    engine_ = Value(face_.OpenEngine(
        ruleset, GetParam() % 4 == 0 ? EngineCode::kMachineCode : EngineCode::kInterpreter));
    matcher_ = Value(face_.OpenMatcher(engine_));
    out_.resize(8 + std::size_t{num_outputs_} * (8 + 8 * 64));
  }

  EventReader Reader() const {
    return EventReader::OverText(kFields, text_, {.max_rows = 193}).value();
  }

  AlignedBytes Encode(const Batch& batch, const HostRows& host, BlockLayout layout, Values values) {
    BlockWriter writer(batch.num_rows);
    host.AddTo(writer);
    for (jit::FieldIndex field = 0; field < kFields.size(); ++field) {
      if (batch.columns[field].is_empty) {
        continue;
      }
      BlockColumn column = BlockColumnOf(field, batch.columns[field], batch.num_rows, layout);
      const bool is_decided =
          values == Values::kDecided || (values == Values::kEither && random_() % 2 == 0);
      if (BlockWriter::HoldsCodes(column.kind) && is_decided) {
        column.answers = SealedAnswers(face_, engine_, field, column.dictionary);
        opened_.push_back(column.answers);
        column.dictionary.clear();
      }
      writer.Add(column);
    }
    return writer.Take();
  }

  RowsByNumber Match(const AlignedBytes& block, std::uint32_t num_rows) {
    const std::size_t size = Value(face_.Match(matcher_, block.bytes(), out_));
    return ReadRowSets(std::span(out_).first(size), num_rows).rows;
  }

  void CloseAnswers() {
    for (const Handle answers : opened_) {
      ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
    }
    opened_.clear();
  }

  jit::Program program_;
  std::uint32_t num_outputs_;
  std::mt19937_64 random_;
  std::string text_;
  std::unique_ptr<runtime::Matcher> judge_;
  Face face_;
  Handle engine_ = 0;
  Handle matcher_ = 0;
  std::vector<Handle> opened_;
  std::vector<std::byte> out_;
};

TEST_P(FaceOverRandomRules, MatchesBytesAsTheMatcherMatchesTheirBatch) {
  EventReader reader = Reader();
  EventBlock block;
  std::size_t num_found = 0;
  while (reader.Next(&block).value()) {
    Batch& batch = block.batch;
    const HostRows host(program_, batch.num_rows, random_);
    host.AddTo(batch);
    judge_->Match(batch);
    const RowsByNumber expected = VerdictsOf(*judge_, num_outputs_);
    num_found += expected.size();

    for (const BlockLayout layout :
         {BlockLayout::kOneSlotARow, BlockLayout::kOffsets, BlockLayout::kRows}) {
      for (const Values values : {Values::kInTheBlock, Values::kDecided, Values::kEither}) {
        ASSERT_EQ(Match(Encode(batch, host, layout, values), batch.num_rows), expected)
            << "layout " << static_cast<int>(layout) << " values " << static_cast<int>(values);
      }
    }
    CloseAnswers();
  }
  EXPECT_GT(num_found, 0U);
}

// Leaves by knowledge: given ones get the rows that the judge's leaves have.
TEST_P(FaceOverRandomRules, FindsInAPlansRowsAllThatReadingEverythingFinds) {
  jit::Program leaves = program_;
  leaves.nodes.clear();
  leaves.operands.clear();
  leaves.outputs.clear();
  for (jit::LeafIndex leaf = 0; leaf < leaves.leaves.size(); ++leaf) {
    leaves.nodes.push_back({.op = jit::Op::kLeaf, .first = leaf});
    leaves.outputs.push_back(leaf);
  }
  const auto leaf_judge =
      runtime::Matcher::Make(leaves, {.code = runtime::MatcherCode::kInterpreter}).value();
  EventReader reader = Reader();
  EventBlock block;
  while (reader.Next(&block).value()) {
    Batch& batch = block.batch;
    HostRows host(program_, batch.num_rows, random_);
    host.rows_of_leaf.assign(program_.leaves.size(), {});
    leaf_judge->Match(batch);
    const RowsByNumber rows_of_leaf =
        VerdictsOf(*leaf_judge, static_cast<std::uint32_t>(program_.leaves.size()));
    std::vector<std::byte> knowledge;
    for (jit::LeafIndex leaf = 0; leaf < program_.leaves.size(); ++leaf) {
      const auto rows = rows_of_leaf.find(leaf);
      const bool is_known = random_() % 2 == 0;
      knowledge.push_back(static_cast<std::byte>(rows == rows_of_leaf.end() ? 2 : is_known));
      if (rows != rows_of_leaf.end() && is_known) {
        host.rows_of_leaf[leaf] = rows->second;
      }
    }
    batch.eligible = host.eligible;
    judge_->Match(batch);
    const Handle plan = Value(face_.OpenPlan(engine_, knowledge));

    BlockWriter asking(batch.num_rows);
    host.AddTo(asking);
    const std::size_t size = Value(face_.FindRows(matcher_, plan, asking.Take().bytes(), out_));
    const RowSets needed = ReadRowSets(std::span(out_).first(size), batch.num_rows);
    BlockWriter writer(batch.num_rows);
    host.AddTo(writer);
    for (const auto& [field, rows] : needed.rows) {
      ASSERT_LT(field, kFields.size());
      if (!batch.columns[field].is_empty) {
        writer.Add(Survivors(
            BlockColumnOf(field, batch.columns[field], batch.num_rows, BlockLayout::kRows), rows));
      }
    }

    const RowsByNumber expected = VerdictsOf(*judge_, num_outputs_);
    ASSERT_EQ(Match(writer.Take(), batch.num_rows), expected);
    EXPECT_TRUE(expected.empty() || needed.second == 1);
    ASSERT_TRUE(face_.ClosePlan(plan).has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FaceOverRandomRules, ::testing::Range<std::uint64_t>(1, 13));

TEST(FaceBlocks, MayBeEmptyAndMayBeFull) {
  jit::ProgramBuilder builder;
  const jit::NodeIndex leaf =
      builder.AddLeaf({.field = builder.AddField({.name = "a"}), .atoms = {jit::Exists{}}});
  builder.AddOutput(builder.AddNot(leaf));
  Face face;
  const Handle engine =
      Value(face.OpenEngine(LoadProgram(face, builder.Take()), EngineCode::kInterpreter));
  const Handle matcher = Value(face.OpenMatcher(engine));
  std::vector<std::byte> out(1 << 12);

  for (const std::uint32_t num_rows : {0U, 1U, 64U, 511U, 512U, 513U, 4095U, 4096U}) {
    const AlignedBytes block = BlockWriter(num_rows).Take();
    const std::size_t size = Value(face.Match(matcher, block.bytes(), out));
    std::uint32_t num_found = 0;
    for (const auto& [output, rows] : ReadRowSets(std::span(out).first(size), num_rows).rows) {
      for (const std::uint64_t word : rows) {
        num_found += static_cast<std::uint32_t>(std::popcount(word));
      }
    }
    EXPECT_EQ(num_found, num_rows);
  }
  const Result<std::size_t> larger = face.Match(matcher, BlockWriter(4097).Take().bytes(), out);
  EXPECT_EQ(CodeOf(larger), ErrorCode::kLimit);
}

}  // namespace
}  // namespace tripline::shim

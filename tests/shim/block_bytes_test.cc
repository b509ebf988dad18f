// Buffers that a broken or hostile host could hand over: valid ones, damaged. Whatever they hold,
// nothing is read or written outside them, every refusal says why, and what is taken has an answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "plugin-shim/native/face.h"
#include "runtime/json_events.h"
#include "tests/shim/face_world.h"
#include "tests/support/random_atoms.h"
#include "tests/support/random_events.h"

namespace tripline::shim {
namespace {

using jit::ColumnKind;
using tripline::testing::AlignedBytes;
using tripline::testing::BlockColumn;
using tripline::testing::BlockColumnOf;
using tripline::testing::BlockLayout;
using tripline::testing::BlockWriter;
using tripline::testing::ChunkOf;

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.c", .kind = ColumnKind::kText},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.a", .kind = ColumnKind::kInteger},
    {.name = "c", .kind = ColumnKind::kFloat},
    {.name = "c.b", .kind = ColumnKind::kBoolean},
    {.name = "host", .kind = ColumnKind::kDelegated},
};

// Damages bytes. The result has a block of its own on the heap that ends where the bytes end, so
// that the address sanitizer sees the first byte too far.
class Damager {
 public:
  explicit Damager(std::uint64_t seed) : random_(seed) {}

  // The bytes begin `offset` behind a multiple of 8.
  struct Damaged {
    std::vector<std::byte> memory{};
    std::size_t offset = 0;
    [[nodiscard]] std::span<const std::byte> bytes() const {
      return std::span(memory).subspan(offset);
    }
  };

  // `num_head` bytes at the front are the likely target: the numbers that others depend on.
  Damaged Damage(std::span<const std::byte> valid, std::size_t num_head) {
    Damaged damaged{.offset = Below(16) == 0 ? Below(8) : 0};
    damaged.memory.resize(damaged.offset);
    damaged.memory.insert(damaged.memory.end(), valid.begin(), valid.end());
    for (std::uint64_t left = 1 + Below(3); left > 0; --left) {
      DamageOnce(damaged, std::min(num_head, valid.size()));
    }
    damaged.memory.shrink_to_fit();
    return damaged;
  }

  std::uint64_t Below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }

 private:
  void DamageOnce(Damaged& damaged, std::size_t num_head) {
    const std::size_t size = damaged.memory.size() - damaged.offset;
    if (size == 0) {
      return;
    }
    const std::size_t target = Below(4) == 0 ? size : std::min(size, num_head);
    std::byte* const bytes = damaged.memory.data() + damaged.offset;
    switch (Below(8)) {
      case 0:
        bytes[Below(target)] ^= std::byte{1} << static_cast<int>(Below(8));
        return;
      case 1:
        damaged.memory.resize(damaged.offset + Below(size + 1));
        return;
      case 2:  // two numbers change places
        if (size >= 16) {
          SwapNumbers(bytes + Below(target / 4) * 4, bytes + Below(target / 4) * 4);
        }
        return;
      default:
        if (target >= 4) {
          const std::uint32_t number = Number(size);
          std::memcpy(bytes + Below(target / 4) * 4, &number, sizeof(number));
        }
        return;
    }
  }

  static void SwapNumbers(std::byte* a, std::byte* b) {
    std::array<std::byte, 4> kept;
    std::memcpy(kept.data(), a, 4);
    std::memmove(a, b, 4);
    std::memcpy(b, kept.data(), 4);
  }

  // Numbers that break bounds: small ones, powers of two, ends of ranges, places near the end.
  std::uint32_t Number(std::size_t size) {
    switch (Below(5)) {
      case 0:
        return static_cast<std::uint32_t>(Below(16));
      case 1:
        return static_cast<std::uint32_t>((std::uint64_t{1} << Below(33)) - Below(2));
      case 2:
        return static_cast<std::uint32_t>(size - Below(std::min<std::size_t>(size, 64) + 1));
      case 3:
        return static_cast<std::uint32_t>(Below(size / 8 + 1) * 8);
      default:
        return static_cast<std::uint32_t>(random_());
    }
  }

  std::mt19937_64 random_;
};

class BlockBytes : public ::testing::Test {
 protected:
  BlockBytes() : program_(tripline::testing::RandomProgramOver(kFields, 7)) {
    engine_ = Value(face_.OpenEngine(LoadProgram(face_, program_), EngineCode::kInterpreter));
    matcher_ = Value(face_.OpenMatcher(engine_));
    plan_ = Value(face_.OpenPlan(engine_, KnowledgeBytes()));
    out_.resize(8 + (program_.outputs.size() + kFields.size()) * (8 + 8 * 64));
    MakeBlocks();
  }

  std::vector<std::byte> KnowledgeBytes() const {
    std::vector<std::byte> knowledge;
    for (std::size_t leaf = 0; leaf < program_.leaves.size(); ++leaf) {
      knowledge.push_back(static_cast<std::byte>(leaf % 3));
    }
    return knowledge;
  }

  // A valid block of every size and layout, with dictionaries of its own and decided ones.
  void MakeBlocks() {
    tripline::testing::RandomEvents events(7);
    std::string text;
    for (int i = 0; i < 700; ++i) {
      text += events.Next({"a", "b", "c", "a"}, {"true", "7", "-3", "1.5", R"("x")", R"("curl")",
                                                 R"("Foo bar")", R"("10.0.0.1")", R"("fe80::1")"}) +
              "\n";
    }
    for (const std::uint32_t max_rows : {1U, 7U, 64U, 520U}) {
      auto reader = runtime::EventReader::OverText(kFields, text, {.max_rows = max_rows}).value();
      runtime::EventBlock block;
      ASSERT_TRUE(reader.Next(&block).value());
      for (const BlockLayout layout :
           {BlockLayout::kOneSlotARow, BlockLayout::kOffsets, BlockLayout::kRows}) {
        blocks_.push_back(Encode(block.batch, layout, false));
        blocks_.push_back(Encode(block.batch, layout, true));
      }
    }
  }

  AlignedBytes Encode(const runtime::Batch& batch, BlockLayout layout, bool is_decided) {
    BlockWriter writer(batch.num_rows);
    const std::vector<std::uint64_t> rows(runtime::WordsFor(batch.num_rows), 0x5555555555555555U);
    writer.SetEligible(rows);
    for (jit::LeafIndex leaf = 0; leaf < program_.leaves.size(); leaf += 5) {
      writer.AddGiven(leaf, rows);
    }
    for (jit::FieldIndex field = 0; field < kFields.size(); ++field) {
      if (batch.columns[field].is_empty) {
        continue;
      }
      BlockColumn column = BlockColumnOf(field, batch.columns[field], batch.num_rows, layout);
      if (is_decided && BlockWriter::HoldsCodes(column.kind)) {
        column.answers = SealedAnswers(face_, engine_, field, column.dictionary);
        column.dictionary.clear();
      }
      writer.Add(column);
    }
    return writer.Take();
  }

  // Counts what was taken and what was refused.
  template <class T>
  void See(const Result<T>& result) {
    if (result) {
      ++num_taken_;
    } else {
      ++num_refused_;
      ASSERT_FALSE(result.error().message.empty());
      ASSERT_LT(result.error().message.size(), 1'000U);
    }
  }

  // Every output and every row that verdicts name is there.
  void SeeRowSets(const Result<std::size_t>& size, std::span<const std::byte> block,
                  std::size_t num_numbers) {
    See(size);
    if (!size) {
      return;
    }
    std::uint32_t num_rows = 0;
    std::memcpy(&num_rows, block.data() + 8, sizeof(num_rows));
    ASSERT_LE(num_rows, runtime::kMaxBlockRows);
    const RowSets sets = ReadRowSets(std::span(out_).first(*size), num_rows);
    for (const auto& [number, rows] : sets.rows) {
      ASSERT_LT(number, num_numbers);
      for (std::uint32_t row = num_rows; row < rows.size() * 64; ++row) {
        ASSERT_EQ((rows[row / 64] >> (row % 64)) & 1U, 0U) << "a row behind the last one";
      }
    }
  }

  Face face_;
  jit::Program program_;
  Handle engine_ = 0;
  Handle matcher_ = 0;
  Handle plan_ = 0;
  std::vector<AlignedBytes> blocks_;
  std::vector<std::byte> out_;
  std::uint64_t num_taken_ = 0;
  std::uint64_t num_refused_ = 0;
};

TEST_F(BlockBytes, OfValidBlocksAreAllTaken) {
  for (const AlignedBytes& block : blocks_) {
    SeeRowSets(face_.Match(matcher_, block.bytes(), out_), block.bytes(), program_.outputs.size());
    SeeRowSets(face_.FindRows(matcher_, plan_, block.bytes(), out_), block.bytes(), kFields.size());
  }

  EXPECT_EQ(num_taken_, 2 * blocks_.size());
}

TEST_F(BlockBytes, MayBeDamagedInAnyWay) {
  constexpr int kMutations = 90'000;
  Damager damager(1);
  for (int i = 0; i < kMutations; ++i) {
    const std::span<const std::byte> valid = blocks_[damager.Below(blocks_.size())].bytes();
    std::uint32_t num_columns = 0;
    std::memcpy(&num_columns, valid.data() + 12, sizeof(num_columns));
    const Damager::Damaged damaged = damager.Damage(valid, 32 + 48 * num_columns + 64);
    if (i % 4 == 0) {
      SeeRowSets(face_.FindRows(matcher_, plan_, damaged.bytes(), out_), damaged.bytes(),
                 kFields.size());
    } else {
      SeeRowSets(face_.Match(matcher_, damaged.bytes(), out_), damaged.bytes(),
                 program_.outputs.size());
    }
    if (HasFatalFailure()) {
      FAIL() << "mutation " << i;
    }
  }

  EXPECT_GT(num_refused_, kMutations / 4) << "damage that nobody notices tests nothing";
  EXPECT_GT(num_taken_, kMutations / 20) << "damage that never gets through neither";
}

TEST_F(BlockBytes, CutOffAnywhereAreRefused) {
  const AlignedBytes& block = blocks_.front();
  std::size_t used = block.bytes().size();  // the last array may end in filling
  for (std::size_t size = 0; size + 8 < used; ++size) {
    const std::vector<std::byte> cut(block.bytes().begin(),
                                     block.bytes().begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_TRUE(CodeOf(face_.Match(matcher_, cut, out_)).has_value()) << size;
  }
}

TEST_F(BlockBytes, OfDictionaryChunksMayBeDamagedInAnyWay) {
  constexpr int kMutations = 12'000;
  Damager damager(2);
  std::vector<AlignedBytes> chunks = {ChunkOf({}), ChunkOf({""}), ChunkOf({"a", "curl", "x"})};
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(std::string(static_cast<std::size_t>(i % 20), 'x') + std::to_string(i));
  }
  chunks.push_back(ChunkOf(many));
  chunks.push_back(ChunkOf({std::string(16, '\x0A'), std::string(16, '\xFF')}));
  Handle answers = 0;
  for (int i = 0; i < kMutations; ++i) {
    if (i % 50 == 0) {
      const auto field = static_cast<std::uint32_t>(i / 50 % 3);
      answers = Value(face_.OpenAnswers(engine_, field));
    }
    const Damager::Damaged damaged =
        damager.Damage(chunks[damager.Below(chunks.size())].bytes(), 64);
    See(face_.AddValues(answers, damaged.bytes()));
    if (i % 50 == 49) {
      ASSERT_TRUE(face_.SealAnswers(answers).has_value());
      EXPECT_FALSE(Value(face_.ValuesOfLeaves(answers, 5)).empty());
      ASSERT_TRUE(face_.CloseAnswers(answers).has_value());
    }
  }

  EXPECT_GT(num_refused_, kMutations / 10);
  EXPECT_GT(num_taken_, kMutations / 10);
}

TEST_F(BlockBytes, OfAPlansKnowledgeMayBeDamagedInAnyWay) {
  constexpr int kMutations = 8'000;
  Damager damager(3);
  const std::vector<std::byte> valid = KnowledgeBytes();
  std::vector<std::byte> random(valid.size());
  for (int i = 0; i < kMutations; ++i) {
    std::ranges::generate(random, [&] { return static_cast<std::byte>(damager.Below(3)); });
    const Damager::Damaged damaged = damager.Damage(random, random.size());
    const Result<Handle> plan =
        face_.OpenPlan(engine_, i % 2 == 0 ? std::span<const std::byte>(random) : damaged.bytes());
    See(plan);
    if (plan) {
      const std::span<const std::byte> block = blocks_[damager.Below(blocks_.size())].bytes();
      SeeRowSets(face_.FindRows(matcher_, *plan, block, out_), block, kFields.size());
      ASSERT_TRUE(face_.ClosePlan(*plan).has_value());
    }
  }

  EXPECT_GT(num_refused_, kMutations / 10);
  EXPECT_GT(num_taken_, kMutations / 10);
}

}  // namespace
}  // namespace tripline::shim

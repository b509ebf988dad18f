#include "runtime/segment_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "jit/field_decider.h"
#include "runtime/column_slots.h"
#include "runtime/json_events.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/value_answers.h"
#include "tests/support/random_atoms.h"
#include "tests/support/random_events.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using jit::Knowledge;

const std::vector<jit::Field> kFields = {
    {.name = "a"},
    {.name = "a.b"},
    {.name = "b", .kind = ColumnKind::kAddress},
    {.name = "b.a", .kind = ColumnKind::kInteger},
    {.name = "c", .kind = ColumnKind::kFloat},
    {.name = "c.b", .kind = ColumnKind::kBoolean},
};

std::unique_ptr<Matcher> MatcherOf(const jit::Program& program) {
  return Matcher::Make(program, {.code = MatcherCode::kInterpreter}).value();
}

// The rows of every leaf, found by a program whose outputs are the leaves.
std::vector<std::vector<std::uint64_t>> LeafRowsOf(jit::Program program, const Batch& batch) {
  program.nodes.clear();
  program.operands.clear();
  program.outputs.clear();
  for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
    program.nodes.push_back({.op = jit::Op::kLeaf, .first = leaf});
    program.outputs.push_back(leaf);
  }
  const auto matcher = MatcherOf(program);
  matcher->Match(batch);
  std::vector<std::vector<std::uint64_t>> rows(program.leaves.size());
  for (jit::LeafIndex leaf = 0; leaf < rows.size(); ++leaf) {
    rows[leaf].resize(WordsFor(batch.num_rows));
    if (matcher->AnyOf(leaf)) {
      const auto found = matcher->RowsOf(leaf);
      rows[leaf].assign(found.begin(), found.end());
    }
  }
  return rows;
}

// A search index's way to a block: sorted dictionaries decided beforehand, and of each column only
// the values of rows that are asked for.
class IndexedBlock {
 public:
  IndexedBlock(const jit::Program& program, const Batch& batch) : batch_(batch) {
    for (jit::FieldIndex field = 0; field < program.fields.size(); ++field) {
      const Column& column = batch.columns[field];
      const auto decider = jit::FieldDecider::Make(program, field).value();
      ValueAnswersBuilder builder(decider);
      std::map<std::string_view, std::uint32_t> sorted;
      for (const std::string_view value : column.dictionary.values) {
        sorted.emplace(value, 0);
      }
      std::uint32_t code = 0;
      for (auto& [value, place] : sorted) {
        place = code++;
        EXPECT_TRUE(builder.Add(value).has_value());
      }
      std::vector<std::uint32_t>& code_of = code_of_.emplace_back();
      for (const std::string_view value : column.dictionary.values) {
        code_of.push_back(sorted[value]);
      }
      answers_.push_back(std::move(builder).Finish());
    }
    parts_.resize(program.fields.size());
  }

  // The column's values of these rows alone.
  Column Read(jit::FieldIndex field, std::span<const std::uint64_t> wanted) {
    const Column& whole = batch_.columns[field];
    Part& part = parts_[field] = {};
    for (std::uint32_t row = 0; row < batch_.num_rows && !whole.is_empty; ++row) {
      if (((wanted[row / 64] >> (row % 64)) & 1U) == 0) {
        continue;
      }
      const auto [begin, end] = SlotsOf(whole, row);
      for (std::uint32_t slot = begin; slot < end; ++slot) {
        Append(field, whole, slot, row, part);
      }
    }
    return {.kind = whole.kind,
            .rows = part.rows,
            .answers = &answers_[field],
            .codes = part.codes,
            .integers = part.integers,
            .floats = part.floats,
            .is_empty = part.rows.empty()};
  }

 private:
  struct Part {
    std::vector<std::uint32_t> rows;
    std::vector<std::uint32_t> codes;
    std::vector<std::int64_t> integers;
    std::vector<double> floats;
  };

  void Append(jit::FieldIndex field, const Column& whole, std::uint32_t slot, std::uint32_t row,
              Part& part) const {
    if (!whole.present.empty() && ((whole.present[slot / 64] >> (slot % 64)) & 1U) == 0) {
      return;
    }
    if (!whole.codes.empty()) {
      if (whole.codes[slot] == kMissing) {
        return;
      }
      part.codes.push_back(code_of_[field][whole.codes[slot]]);
    } else if (!whole.floats.empty()) {
      part.floats.push_back(whole.floats[slot]);
    } else {
      part.integers.push_back(whole.integers[slot]);
    }
    part.rows.push_back(row);
  }

  const Batch& batch_;
  std::vector<ValueAnswers> answers_;
  std::vector<std::vector<std::uint32_t>> code_of_;
  std::vector<Part> parts_;
};

class SegmentPlanOverRandomRules : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SegmentPlanOverRandomRules, FindsTheSameRowsAsAMatcherThatReadsEverything) {
  std::mt19937_64 random(GetParam());
  const jit::Program program = tripline::testing::RandomProgramOver(kFields, GetParam());
  tripline::testing::RandomEvents events(GetParam());
  std::string text;
  for (int i = 0; i < 600; ++i) {
    text += events.Next({"a", "b", "c", "a"}, {"null", "true", "7", "-3", "1.5", R"("x")",
                                               R"("curl")", R"("10.0.0.1")", R"("fe80::1")"}) +
            "\n";
  }
  auto reader = EventReader::OverText(program.fields, text, {.max_rows = 250}).value();
  const auto whole = MatcherOf(program);
  const auto partial = MatcherOf(program);
  std::uint64_t num_rows_read = 0;
  std::uint64_t num_rows = 0;
  RowFinder finder(static_cast<std::uint32_t>(program.leaves.size()),
                   static_cast<std::uint32_t>(program.outputs.size()));
  EventBlock block;
  while (reader.Next(&block).value()) {
    const Batch& batch = block.batch;
    const auto leaf_rows = LeafRowsOf(program, batch);
    std::vector<Knowledge> knowledge;
    std::vector<LeafRows> given;
    for (jit::LeafIndex leaf = 0; leaf < program.leaves.size(); ++leaf) {
      const bool is_absent = batch.columns[program.leaves[leaf].field].is_empty;
      knowledge.push_back(is_absent           ? Knowledge::kNever
                          : random() % 2 == 0 ? Knowledge::kKnown
                                              : Knowledge::kUnknown);
      if (knowledge.back() == Knowledge::kKnown) {
        given.push_back({.leaf = leaf, .rows = leaf_rows[leaf]});
      }
    }
    std::vector<std::uint64_t> eligible(WordsFor(batch.num_rows));
    for (std::uint64_t& word : eligible) {
      word = random() | random();
    }
    IndexedBlock index(program, batch);
    const auto plan = SegmentPlan::Make(program, knowledge).value();
    std::erase_if(given, [&](const LeafRows& leaf) {
      return !std::ranges::binary_search(plan->given_leaves(), leaf.leaf);
    });
    finder.Use(plan);

    finder.Find(batch.num_rows, given, eligible);
    Batch part{.num_rows = batch.num_rows,
               .columns = std::vector<Column>(program.fields.size()),
               .given = given,
               .eligible = eligible};
    for (std::size_t i = 0; i < plan->columns().size(); ++i) {
      if (const auto rows = finder.RowsOf(i); !rows.empty()) {
        Column& column = part.columns[plan->columns()[i]];
        column = index.Read(plan->columns()[i], rows);
        num_rows_read += column.rows.size();
      }
      num_rows += batch.num_rows;
    }
    ASSERT_TRUE(CheckBatch(part, program).has_value());
    partial->Match(part);
    Batch all = batch;
    all.eligible = eligible;
    whole->Match(all);

    for (jit::OutputIndex output = 0; output < program.outputs.size(); ++output) {
      ASSERT_EQ(partial->AnyOf(output), whole->AnyOf(output)) << output;
      if (whole->AnyOf(output)) {
        EXPECT_TRUE(plan->IsAlive(output));
        const auto expected = whole->RowsOf(output);
        const auto found = partial->RowsOf(output);
        EXPECT_TRUE(std::ranges::equal(found, expected)) << output;
      }
    }
  }
  EXPECT_GT(num_rows_read, 0U);
  EXPECT_LT(num_rows_read, num_rows) << "a plan that reads everything is of no use";
}

INSTANTIATE_TEST_SUITE_P(Seeds, SegmentPlanOverRandomRules, ::testing::Range<std::uint64_t>(1, 21));

TEST(SegmentPlan, RefusesAnotherNumberOfLeaves) {
  const jit::Program program = tripline::testing::RandomProgramOver(kFields, 1);
  EXPECT_FALSE(SegmentPlan::Make(program, {}).has_value());
}

TEST(ValueAnswers, WidensWithoutForgetting) {
  // Value i makes leaf i true: as many classes as values.
  constexpr std::uint32_t kValues = 70'000;
  jit::Program program;
  program.fields.push_back({.name = "f"});
  for (std::uint32_t i = 0; i < kValues; ++i) {
    program.leaves.push_back({.field = 0, .atoms = {jit::Term{std::to_string(i)}}});
  }
  const auto decider = jit::FieldDecider::Make(program, 0).value();
  ValueAnswersBuilder builder(decider);
  for (std::uint32_t i = 0; i < kValues; ++i) {
    ASSERT_TRUE(builder.Add(std::to_string(i)).has_value());
  }
  ASSERT_TRUE(builder.Add("none").has_value());
  const ValueAnswers answers = std::move(builder).Finish();

  ASSERT_EQ(answers.num_values(), kValues + 1);
  for (std::uint32_t i = 0; i < kValues; ++i) {
    const auto positions = answers.PositionsOf(answers.ClassOf(i));
    ASSERT_EQ(positions.size(), 1U) << i;
    ASSERT_EQ(positions[0], i);
  }
  EXPECT_EQ(answers.ClassOf(kValues), jit::kNoLeafClass);
}

TEST(ValueAnswers, NameTheValuesOfALeafUpToABound) {
  jit::Program program;
  program.fields.push_back({.name = "f"});
  program.leaves = {{.field = 0, .atoms = {jit::Glob{{"a", ""}}}},
                    {.field = 0, .atoms = {jit::Term{"b"}}},
                    {.field = 0, .atoms = {jit::Term{"z"}}}};
  const auto decider = jit::FieldDecider::Make(program, 0).value();
  ValueAnswersBuilder builder(decider);
  for (const char* value : {"a", "ab", "abc", "b", "c"}) {
    ASSERT_TRUE(builder.Add(value).has_value());
  }

  const auto leaves = std::move(builder).Finish().ValuesOfLeaves(2);

  ASSERT_EQ(leaves.size(), 3U);
  EXPECT_EQ(leaves[0].num_values, 3U);
  EXPECT_EQ(leaves[0].codes, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(leaves[1].codes, (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(leaves[2].num_values, 0U);
}

}  // namespace
}  // namespace tripline::runtime

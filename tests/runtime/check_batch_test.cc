#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jit/field_decider.h"
#include "jit/program_builder.h"
#include "runtime/batch.h"
#include "runtime/matcher.h"
#include "runtime/value_answers.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using ::testing::HasSubstr;

// Batches that a foreign reader could hand over.
class CheckBatchTest : public ::testing::Test {
 protected:
  CheckBatchTest() {
    jit::ProgramBuilder builder;
    const auto add = [&builder](const char* name, ColumnKind kind, jit::Atom atom) {
      builder.AddOutput(builder.AddLeaf(
          {.field = builder.AddField({.name = name, .kind = kind}), .atoms = {std::move(atom)}}));
    };
    add("s", ColumnKind::kString, jit::Term{"x"});
    add("n", ColumnKind::kInteger, jit::IntegerRange{});
    add("f", ColumnKind::kFloat, jit::FloatRange{});
    add("d", ColumnKind::kDelegated, jit::Exists{});
    program_ = builder.Take();
    batch_.num_rows = 3;
    batch_.columns.resize(4);
    batch_.columns[0] = {.kind = ColumnKind::kString,
                         .offsets = offsets_,
                         .dictionary = {.id = 1, .values = values_},
                         .codes = codes_,
                         .is_empty = false};
    batch_.columns[1] = {.kind = ColumnKind::kInteger, .integers = integers_, .is_empty = false};
    batch_.columns[2] = {
        .kind = ColumnKind::kFloat, .floats = floats_, .present = present_, .is_empty = false};
    batch_.given = {{.leaf = 3, .rows = given_}};
  }

  std::string Error() const {
    const Result<void> checked = CheckBatch(batch_, program_);
    return checked ? "" : checked.error().message;
  }

  jit::Program program_;
  std::vector<std::string_view> values_ = {"x", "y"};
  std::vector<std::uint32_t> offsets_ = {0, 2, 2, 4};
  std::vector<std::uint32_t> codes_ = {0, 1, kMissing, 0};
  std::vector<std::int64_t> integers_ = {1, 2, 3};
  std::vector<double> floats_ = {1, 2, 3};
  std::vector<std::uint64_t> present_ = {7};
  std::vector<std::uint64_t> given_ = std::vector<std::uint64_t>(8);
  Batch batch_;
};

TEST_F(CheckBatchTest, AcceptsWhatTheContractAllows) {
  EXPECT_EQ(Error(), "");
  batch_.columns.push_back({});
  EXPECT_EQ(Error(), "") << "columns behind the program's are the detectors'";
}

TEST_F(CheckBatchTest, RefusesMissingColumnsAndForeignKinds) {
  batch_.columns[1].kind = ColumnKind::kDate;
  EXPECT_THAT(Error(), HasSubstr("column `n`"));
  batch_.columns.pop_back();
  EXPECT_THAT(Error(), HasSubstr("3 columns; expected 4"));
}

TEST_F(CheckBatchTest, RefusesTooManyRows) {
  batch_.num_rows = kMaxBlockRows + 1;
  EXPECT_THAT(Error(), HasSubstr("at most 4096"));
}

TEST_F(CheckBatchTest, RefusesOffsetsThatAreNoPartition) {
  for (const std::vector<std::uint32_t>& offsets :
       std::vector<std::vector<std::uint32_t>>{{0, 2, 1, 4},
                                               {1, 2, 2, 4},
                                               {0, 2, 4},
                                               {0, 2, 2, 4, 4},
                                               {0, 2, 2, 5},
                                               {0, 2, 2, 3},
                                               {0, 0xFFFFFFFF, 2, 4}}) {
    offsets_ = offsets;
    batch_.columns[0].offsets = offsets_;
    EXPECT_THAT(Error(), HasSubstr("column `s`"));
  }
}

TEST_F(CheckBatchTest, RefusesCodesBehindTheDictionary) {
  codes_[1] = 2;
  EXPECT_THAT(Error(), HasSubstr("codes below the number of its dictionary's values"));
}

TEST_F(CheckBatchTest, RefusesColumnsOfAnotherLength) {
  integers_.pop_back();
  batch_.columns[1].integers = integers_;
  EXPECT_THAT(Error(), HasSubstr("one number a slot"));
  batch_.columns[1].is_empty = true;
  batch_.columns[2].floats = {};
  EXPECT_THAT(Error(), HasSubstr("column `f`"));
  batch_.columns[2].is_empty = true;
  batch_.columns[0].codes = batch_.columns[0].codes.first(3);
  EXPECT_THAT(Error(), HasSubstr("one code a slot"));
}

TEST_F(CheckBatchTest, RefusesBitmapsThatAreTooShort) {
  batch_.given[0].rows = batch_.given[0].rows.first(7);
  EXPECT_THAT(Error(), HasSubstr("the given rows of leaf 3: expected 8 words"));
  batch_.given.clear();
  std::vector<std::uint32_t> many_offsets = {0, 0, 0, 65};
  const std::vector<double> many_floats(65);
  batch_.columns[2].offsets = many_offsets;
  batch_.columns[2].floats = many_floats;
  EXPECT_THAT(Error(), HasSubstr("a bit for each slot"));
}

TEST_F(CheckBatchTest, RefusesRowsOfLeavesThatAreNotThere) {
  batch_.given[0].leaf = 4;
  EXPECT_THAT(Error(), HasSubstr("leaf 4; there are 4"));
}

TEST_F(CheckBatchTest, RefusesValuesOfDelegatedFields) {
  batch_.columns[3] = {.kind = ColumnKind::kDelegated, .is_empty = false};
  EXPECT_THAT(Error(), HasSubstr("column `d` of a block: expected no values"));
}

TEST_F(CheckBatchTest, TakesRowsThatRiseInsideTheBlock) {
  std::vector<std::uint32_t> rows = {0, 2, 2};
  batch_.columns[1].rows = rows;
  EXPECT_EQ(Error(), "");
  rows[2] = 3;
  EXPECT_THAT(Error(), HasSubstr("rows that do not decrease, all in the block"));
  rows = {2, 0, 2};
  EXPECT_THAT(Error(), HasSubstr("rows that do not decrease, all in the block"));
}

TEST_F(CheckBatchTest, RefusesCodesBehindTheAnswersThatWereMade) {
  const auto decider = jit::FieldDecider::Make(program_, 0);
  ASSERT_TRUE(decider.has_value());
  ValueAnswersBuilder builder(*decider);
  ASSERT_TRUE(builder.Add("x").has_value());
  const ValueAnswers answers = std::move(builder).Finish();
  batch_.columns[0].answers = &answers;
  EXPECT_THAT(Error(), HasSubstr("codes below the number"));
  codes_[1] = 0;
  EXPECT_EQ(Error(), "");
}

TEST_F(CheckBatchTest, RefusesFloatsThatAreNoNumbers) {
  floats_[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Error(), HasSubstr("column `f`"));
  present_[0] = 3;
  EXPECT_EQ(Error(), "") << "what is not present does not count";
}

}  // namespace
}  // namespace tripline::runtime

#include "jit/program_bytes.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "jit/interpreter.h"
#include "jit/print.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

/// A small Program with every kind of atom, column and operation in it.
Program Everything() {
  const IpAddress address = *ParseIpAddress("10.0.0.1");
  Program program;
  program.fields = {{.name = "s", .ignore_above = 256, .source = "t", .lowercases = true},
                    {.name = "x", .kind = ColumnKind::kText, .analysis = Analysis::kStop},
                    {.name = "a", .kind = ColumnKind::kAddress},
                    {.name = "i", .kind = ColumnKind::kInteger},
                    {.name = "f", .kind = ColumnKind::kFloat},
                    {.name = "d.*", .kind = ColumnKind::kDelegated, .is_pattern = true},
                    {.name = "t", .kind = ColumnKind::kDate, .form = NumberForm::kNanos},
                    {.name = "[*]", .is_pattern = true, .except = {"a", "b"}}};
  Program query;  // of the objects of a nested field
  query.fields = {program.fields[0], program.fields[3]};
  query.leaves = {{0, {Term{"x"}}}, {1, {IntegerRange{1, 2}}}};
  query.nodes = {{Op::kLeaf, 0, 0}, {Op::kLeaf, 1, 0}, {Op::kAnd, 0, 2}};
  query.operands = {0, 1};
  query.outputs = {2};
  program.fields.push_back(
      {.name = "o{s,i}", .kind = ColumnKind::kObject, .source = "o", .inner = query.fields});
  program.fields.push_back(
      {.name = "y", .kind = ColumnKind::kDate, .date_format = "yyyy||epoch_second"});
  program.leaves = {
      {0, {Term{"curl"}, Glob{{"a", "b"}, true, false}, StringRange{"a", std::nullopt, true}}},
      {1,
       {TextAny{{"one"}}, TextPhrase{{"one", "two"}}, TextGlob{{{"a", ""}}},
        TextRange{{"a", std::nullopt}}}},
      {2, {*ParseIpPrefix("10.0.0.0/8"), AddressRange{address, address}}},
      {3, {IntegerRange{-1, 1}}},
      {4, {FloatRange{-0.5, 1e300, false, true}}},
      {5, {Exists{}}},
      {6, {RelativeDateRange{std::nullopt, "now/d", true, false, 300'000}}},
      {7, {Term{"x"}}},
      {8, {ObjectMatch{{query}}}}};
  program.nodes = {{Op::kLeaf, 0, 0}, {Op::kLeaf, 1, 0}, {Op::kLeaf, 2, 0}, {Op::kLeaf, 3, 0},
                   {Op::kLeaf, 4, 0}, {Op::kLeaf, 5, 0}, {Op::kNot, 5, 0},  {Op::kOr, 0, 3},
                   {Op::kAnd, 3, 4},  {Op::kTrue, 0, 0}, {Op::kFalse, 0, 0}};
  program.operands = {0, 1, 2, 3, 4, 6, 7};
  program.outputs = {8, 9, 10, 8};
  return program;
}

/// What foreign bytes may do at worst: be refused, or be a Program that everything can read.
void ExpectHarmless(const std::string& bytes) {
  const Result<Program> program = Deserialize(bytes);
  if (!program) {
    EXPECT_FALSE(program.error().message.empty());
    return;
  }
  EXPECT_TRUE(Verify(*program));
  EXPECT_FALSE(Print(*program).empty());
  EXPECT_EQ(*Deserialize(Serialize(*program)), *program);

  const Interpreter interpreter(*program);
  Interpreter::Scratch scratch(interpreter, kSliceWords);
  LeafBitmaps leaves(static_cast<std::uint32_t>(program->leaves.size()), kSliceWords);
  OutputBitmaps outputs(static_cast<std::uint32_t>(program->outputs.size()), kSliceWords);
  leaves.Reset(kSliceWords);
  interpreter.Evaluate(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(), kSliceWords,
                       scratch);
}

TEST(ProgramBytes, WhatIsWrittenIsRead) {
  const Program program = Everything();
  ASSERT_TRUE(Verify(program));

  const Result<Program> read = Deserialize(Serialize(program));

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, program);
  EXPECT_EQ(*Deserialize(Serialize(Program{})), Program{});
}

TEST(ProgramBytes, RandomProgramsAreReadAsWritten) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20; ++i) {
    const Program program = testing::RandomProgram(random, {.num_nodes = 200, .num_outputs = 20});
    EXPECT_EQ(*Deserialize(Serialize(program)), program);
  }
}

TEST(ProgramBytes, EveryTruncationIsRefused) {
  const std::string bytes = Serialize(Everything());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Result<Program> program = Deserialize(bytes.substr(0, size));
    ASSERT_FALSE(program) << "of " << size << " bytes";
    EXPECT_NE(program.error().message.find("damaged at byte"), std::string::npos);
  }
}

TEST(ProgramBytes, EveryChangedByteIsRefusedOrHarmless) {
  const std::string bytes = Serialize(Everything());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x02, 0x08, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      ExpectHarmless(changed);
    }
  }
}

TEST(ProgramBytes, BytesBehindTheEndAreRefused) {
  EXPECT_FALSE(Deserialize(Serialize(Everything()) + '\0'));
}

TEST(ProgramBytes, AnotherVersionIsUnsupportedAndSaysWhatToDo) {
  std::string bytes = Serialize(Everything());
  bytes[4] = static_cast<char>(kProgramVersion + 1);

  const Result<Program> program = Deserialize(bytes);

  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(program.error().message.find("compile the rules again"), std::string::npos);
}

TEST(ProgramBytes, ForeignBytesAreRefused) {
  EXPECT_FALSE(Deserialize(""));
  EXPECT_FALSE(Deserialize("PK\x03\x04 something else entirely"));
}

TEST(ProgramBytes, LimitsHoldBeforeAnythingIsAllocated) {
  ByteWriter writer;
  for (const char letter : {'T', 'L', 'P', 'G'}) writer.Number(letter);
  writer.Number(kProgramVersion);
  writer.Number<std::uint32_t>(0);  // fields
  writer.Number<std::uint32_t>(1);  // leaves
  writer.Number<std::uint32_t>(0);  // its field
  writer.Number<std::uint32_t>(1000);
  for (int i = 0; i < 1000; ++i) writer.Number<std::uint8_t>(0);  // Exists: one byte each

  const Result<Program> program = Deserialize(writer.bytes(), {.atoms = 999});

  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, ErrorCode::kLimit);
}

}  // namespace
}  // namespace tripline::jit

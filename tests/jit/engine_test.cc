#include "jit/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "jit/compile_thread.h"
#include "jit/emit_llvm.h"
#include "jit/interpreter.h"
#include "jit/program_builder.h"
#include "tests/support/golden.h"
#include "tests/support/random_program.h"

namespace tripline::jit {
namespace {

std::uint32_t Size(const auto& list) { return static_cast<std::uint32_t>(list.size()); }

/// The kernel answers like the interpreter on a few random blocks.
void ExpectAnswersLikeInterpreter(const Program& program, KernelFunction kernel) {
  constexpr std::uint32_t kWords = 16;
  std::mt19937_64 random(3);
  const Interpreter interpreter(program);
  Interpreter::Scratch scratch(interpreter, kWords);
  LeafBitmaps leaves(Size(program.leaves), kWords);
  OutputBitmaps expected(Size(program.outputs), kWords);
  OutputBitmaps found(Size(program.outputs), kWords);
  for (const testing::Density& density : {testing::Density{1, 0.5}, {0.2, 0.1}, {0, 0}}) {
    testing::FillRandomly(random, density, Size(program.leaves), kWords, leaves);
    expected.Reset(kWords);
    found.Reset(kWords);
    interpreter.Evaluate(leaves.bits(), leaves.any(), expected.bits(), expected.any(), kWords,
                         scratch);
    kernel(leaves.bits(), leaves.any(), found.bits(), found.any(), kWords);
    for (OutputIndex i = 0; i < program.outputs.size(); ++i) {
      ASSERT_EQ(found.IsAny(i), expected.IsAny(i)) << i;
      if (!found.IsAny(i)) continue;
      ASSERT_TRUE(std::ranges::equal(found.Words(i), expected.Words(i))) << i;
    }
  }
}

Program SomeProgram() {
  std::mt19937_64 random(11);
  return testing::RandomProgram(random, {.num_nodes = 200, .num_outputs = 40});
}

/// "(a and not b) or d" and "(a or c) and d" with shared parts, and the constants.
Program SmallProgram() {
  ProgramBuilder builder;
  const FieldIndex name = builder.AddField({.name = "process.name"});
  const FieldIndex ip = builder.AddField({.name = "source.ip", .kind = ColumnKind::kAddress});
  const NodeIndex a = builder.AddLeaf({name, {Term{"curl"}}});
  const NodeIndex b = builder.AddLeaf({name, {Term{"wget"}}});
  const NodeIndex c = builder.AddLeaf({ip, {*ParseIpPrefix("10.0.0.0/8")}});
  const std::vector<NodeIndex> a_or_c{a, c};
  const NodeIndex shared = builder.AddOr(a_or_c);
  const std::vector<NodeIndex> first{shared, builder.AddNot(b)};
  const std::vector<NodeIndex> second{shared, b};
  builder.AddOutput(builder.AddAnd(first));
  builder.AddOutput(builder.AddAnd(second));
  builder.AddOutput(builder.AddConstant(true));
  builder.AddOutput(builder.AddConstant(false));
  return builder.Take();
}

TEST(EmitLlvm, WritesTheCodeThatItsHeadShows) {
  const Program program = SmallProgram();
  testing::ExpectGolden("llvm/small.out", PrintLlvm(program, *PlanKernel(program)));
}

TEST(Engine, AnEmptyProgramHasAKernel) {
  const Result<CompiledKernel> kernel = CompileKernel(Program{});
  ASSERT_TRUE(kernel) << kernel.error().message;
  ExpectAnswersLikeInterpreter(Program{}, kernel->function());
}

TEST(Engine, ConstantsAndBareLeavesAreOutputsToo) {
  const Program program = SmallProgram();
  const Result<CompiledKernel> kernel = CompileKernel(program);
  ASSERT_TRUE(kernel) << kernel.error().message;
  ExpectAnswersLikeInterpreter(program, kernel->function());
}

TEST(Engine, ABlockWithoutRowsMatchesNothing) {
  const Program program = SmallProgram();
  const Result<CompiledKernel> kernel = CompileKernel(program);
  ASSERT_TRUE(kernel) << kernel.error().message;
  LeafBitmaps leaves(Size(program.leaves), 8);
  OutputBitmaps outputs(Size(program.outputs), 8);
  leaves.Reset(0);
  outputs.Reset(0);
  std::fill_n(outputs.any(), program.outputs.size(), 0xAA);

  kernel->function()(leaves.bits(), leaves.any(), outputs.bits(), outputs.any(), 0);

  for (OutputIndex i = 0; i < program.outputs.size(); ++i) EXPECT_FALSE(outputs.IsAny(i));
}

TEST(Engine, TenThousandOutputsWork) {
  std::mt19937_64 random(13);
  const Program program = testing::RandomProgram(random, {.num_leaves = 2000,
                                                          .num_nodes = 12000,
                                                          .num_outputs = 10000,
                                                          .max_depth = 1,
                                                          .max_operands = 2});
  const Result<CompiledKernel> kernel = CompileKernel(program, {.level = OptimizationLevel::kNone});
  ASSERT_TRUE(kernel) << kernel.error().message;
  ExpectAnswersLikeInterpreter(program, kernel->function());
}

TEST(Engine, EveryWidthAndCommonProcessorAnswersTheSame) {
  const Program program = SomeProgram();
  for (const std::uint32_t vector_bits : {128U, 256U, 512U}) {
    const Result<CompiledKernel> kernel = CompileKernel(program, {.vector_bits = vector_bits});
    ASSERT_TRUE(kernel) << kernel.error().message;
    ExpectAnswersLikeInterpreter(program, kernel->function());
  }
#ifdef __x86_64__
  const Result<CompiledKernel> kernel = CompileKernel(program, {.target_cpu = "x86-64-v2"});
  ASSERT_TRUE(kernel) << kernel.error().message;
  ExpectAnswersLikeInterpreter(program, kernel->function());
#endif
}

TEST(Engine, AKernelLivesInWhoeverItWasMovedTo) {
  const Program program = SmallProgram();
  Result<CompiledKernel> made = CompileKernel(program);
  ASSERT_TRUE(made) << made.error().message;
  CompiledKernel first = *std::move(made);
  CompiledKernel second = std::move(first);
  ExpectAnswersLikeInterpreter(program, second.function());
}

TEST(Engine, AnObjectLoadedLaterAnswersTheSame) {
  const Program program = SomeProgram();
  const Result<std::string> object = CompileToObject(program);
  ASSERT_TRUE(object) << object.error().message;

  const Result<CompiledKernel> kernel = LoadObject(*object);

  ASSERT_TRUE(kernel) << kernel.error().message;
  ExpectAnswersLikeInterpreter(program, kernel->function());
}

TEST(Engine, TheSameProgramGivesTheSameObject) {
  EXPECT_EQ(*CompileToObject(SomeProgram()), *CompileToObject(SomeProgram()));
}

TEST(Engine, BytesThatAreNoObjectAreAnError) {
  for (const std::string bytes : {"", "not an object",
                                  "\x7f"
                                  "ELF but short"}) {
    const Result<CompiledKernel> kernel = LoadObject(bytes);
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kInvalid);
  }
}

TEST(Engine, AnObjectOfAnotherKernelVersionOrArchitectureIsAnError) {
  std::string object = *CompileToObject(SmallProgram());
  std::string renamed = object;
  const std::size_t name = renamed.find(kKernelSymbol);
  ASSERT_NE(name, std::string::npos);
  renamed[name] = 'T';
  std::string foreign = object;
  foreign[18] = '\xF3';  // e_machine: RISC-V
  foreign[19] = '\0';

  for (const std::string& bytes : {renamed, foreign}) {
    const Result<CompiledKernel> kernel = LoadObject(bytes);
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kInvalid);
    EXPECT_NE(kernel.error().message.find("cannot be loaded"), std::string::npos);
  }
}

TEST(Engine, ATruncatedObjectIsAnError) {
  const std::string object = *CompileToObject(SmallProgram());
  for (std::size_t size = 0; size < object.size(); size += 97) {
    EXPECT_FALSE(LoadObject(std::string_view(object).substr(0, size))) << size;
  }
}

TEST(Engine, OptionsThatMakeNoSenseAreErrors) {
  const Program program = SmallProgram();
  for (const CompileOptions& options :
       {CompileOptions{.target_cpu = "pentium-viii"}, CompileOptions{.target_cpu = ""},
        CompileOptions{.vector_bits = 100}, CompileOptions{.plan = {.max_outputs = 0}}}) {
    const Result<CompiledKernel> kernel = CompileKernel(program, options);
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().code, ErrorCode::kUsage) << kernel.error().message;
  }
}

TEST(Engine, AProgramThatVerifyRefusesIsAnError) {
  Program program = SmallProgram();
  program.outputs[0] = 77;
  const Result<CompiledKernel> kernel = CompileKernel(program);
  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().code, ErrorCode::kInvalid);
}

TEST(Engine, MoreThanTheMemoryAllowedIsRefusedBeforehand) {
  const Result<CompiledKernel> kernel =
      CompileKernel(SmallProgram(), {.memory_limit_bytes = 1 << 20});
  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().code, ErrorCode::kLimit);
}

#ifdef __x86_64__
TEST(Engine, AFatalErrorInsideTheCodeGeneratorIsAnError) {
  // 64-bit code for a 32-bit processor: LLVM calls it fatal, and would end the process.
  const Result<CompiledKernel> kernel = CompileKernel(SmallProgram(), {.target_cpu = "pentium3"});

  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(kernel.error().message.find("64-bit"), std::string::npos) << kernel.error().message;
  EXPECT_TRUE(CompileKernel(SmallProgram())) << "the next one works again";
}
#endif

TEST(CompileThread, AnswersWhatTheWorkAnswers) {
  EXPECT_TRUE(RunOnCompileThread([]() -> Result<void> { return {}; }));
  EXPECT_EQ(RunOnCompileThread([]() -> Result<void> { return Fail(ErrorCode::kLimit, "too much"); })
                .error()
                .message,
            "too much");
}

TEST(CompileThread, MissingMemoryIsAnErrorAndOtherExceptionsPass) {
  EXPECT_EQ(RunOnCompileThread([]() -> Result<void> { throw std::bad_alloc(); }).error().code,
            ErrorCode::kLimit);
  EXPECT_THROW(
      static_cast<void>(RunOnCompileThread([]() -> Result<void> { throw std::range_error("x"); })),
      std::range_error);
}

TEST(CompileThread, HasAStackForDeepRecursion) {
  const Result<void> result = RunOnCompileThread([]() -> Result<void> {
    volatile char deep[32 << 20];
    for (std::size_t i = 0; i < sizeof(deep); i += 4096) deep[i] = 1;
    return {};
  });
  EXPECT_TRUE(result);
}

TEST(CompileThread, AbandonedWorkIsAnErrorWithTheReason) {
  const Result<void> result = RunOnCompileThread([]() -> Result<void> {
    AbandonWork(ErrorCode::kUnavailable, "cannot select");
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("gave up: cannot select"), std::string::npos);
}

TEST(CompileThread, ElsewhereNothingIsAbandoned) {
  AbandonWork(ErrorCode::kUnavailable, "returns");
}

}  // namespace
}  // namespace tripline::jit

#include "jit/emit_target.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripline::jit {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

CodeTarget Target(const std::string& cpu) {
  const auto target = TargetOf(cpu);
  EXPECT_TRUE(target.has_value()) << target.error().message;
  return target.value_or(CodeTarget{});
}

TEST(CodeTarget, CodeForThisMachineMayRunHere) {
  EXPECT_EQ(WhyNotHere(Target("native")), "");
  EXPECT_NE(Target("native").cpu, "native") << "a name that means something elsewhere";
}

TEST(CodeTarget, NamesTheFeatureThatIsMissing) {
  CodeTarget target = Target("native");
  target.features.push_back("telepathy");

  EXPECT_THAT(WhyNotHere(target), HasSubstr("this one lacks telepathy"));
}

TEST(CodeTarget, OfAnotherArchitectureOrBuildMayNotRun) {
  CodeTarget foreign = Target("native");
  foreign.architecture = "vax";
  CodeTarget older = Target("native");
  older.generator = "LLVM 3.1.0";
  CodeTarget other_face = Target("native");
  other_face.kernel += "0";

  EXPECT_THAT(WhyNotHere(foreign), HasSubstr("it is for vax"));
  EXPECT_THAT(WhyNotHere(older), HasSubstr("another build (LLVM 3.1.0"));
  EXPECT_THAT(WhyNotHere(other_face), HasSubstr("another build"));
}

#ifdef __x86_64__
TEST(CodeTarget, KnowsWhatNamedProcessorsHave) {
  EXPECT_THAT(Target("x86-64-v3").features, Contains("avx2"));
  EXPECT_THAT(Target("x86-64-v2").features, Not(Contains("avx2")));
  EXPECT_THAT(Target("x86-64-v4").features, IsSupersetOf(Target("x86-64-v3").features));
  EXPECT_EQ(WhyNotHere(Target("x86-64")), "") << "every 64-bit x86 processor has it";
}
#endif

TEST(CodeTarget, OfAProcessorThatNobodyKnowsIsAnError) {
  for (const std::string name : {"", "pentium", "x86-64-v9", "generic"}) {
    const auto target = TargetOf(name);
    ASSERT_FALSE(target.has_value()) << name;
    EXPECT_EQ(target.error().code, ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace tripline::jit

// Scheduled runs at the native face: the bytes that the host writes and reads, and who may call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "plugin-shim/native/face.h"
#include "tests/shim/face_world.h"

namespace tripline::shim {
namespace {

using runtime::SavedPart;
using ::testing::HasSubstr;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kBegin = 1'777'593'600'000;  // 2026-05-01T00:00Z
constexpr PlanTimes kAfterTenMinutes{.now_ms = kBegin + 10 * kMinute,
                                     .job_now_ms = kBegin + 10 * kMinute,
                                     .max_span_ms = 60 * kMinute,
                                     .earliest_ms = std::numeric_limits<std::int64_t>::min()};

class FaceRuns : public ::testing::Test {
 protected:
  FaceRuns() {
    const std::string rule =
        RuleDocument("process.name : curl", "interval = \"5m\"\nfrom = \"now-6m\"\n");
    ruleset_ = Value(face_.CompileRuleset("rule.toml", rule, std::nullopt)).ruleset;
    runs_ = Value(face_.OpenRuns(ruleset_, kBegin));
  }

  static std::string OneEvent(std::int64_t time) {
    ByteWriter finds;
    finds.Number<std::uint64_t>(1);  // matches
    finds.Number<std::uint32_t>(1);
    finds.Number<std::uint32_t>(1);
    finds.String("logs-a");
    finds.Number(time);
    finds.Number<std::uint32_t>(0);
    finds.String("id-1");
    return finds.Take();
  }

  Face face_;
  Handle ruleset_ = 0;
  Handle runs_ = 0;
};

TEST_F(FaceRuns, AnswerAPlanAndWhatItsRunsFound) {
  const std::string plan = Value(face_.PlanRuns(runs_, kAfterTenMinutes, ""));
  AnswerReader asks(plan);
  EXPECT_EQ(asks.U32(), 1U);
  EXPECT_EQ(asks.U32(), 0U);  // the rule
  EXPECT_EQ(asks.Take<std::int64_t>(), kBegin + 5 * kMinute);
  EXPECT_EQ(asks.Take<std::int64_t>(), kBegin + 10 * kMinute);
  EXPECT_EQ(asks.Take<std::int64_t>(), kBegin - kMinute);
  EXPECT_EQ(asks.Take<std::int64_t>(), kBegin + 10 * kMinute);
  EXPECT_EQ(asks.Take<std::int64_t>(), kBegin - kMinute);
  EXPECT_EQ(asks.U32(), 200U);
  EXPECT_EQ(asks.Bytes(12), std::string(12, '\0'));  // no jobs, no rules of jobs, no gaps

  EXPECT_FALSE(CodeOf(face_.TakeFinds(runs_, 0, OneEvent(kBegin + kMinute))));
  const std::string findings = Value(face_.RunRule(runs_, 0, kBegin + 10 * kMinute));
  AnswerReader found(findings);
  EXPECT_EQ(found.U32(), 1U);
  EXPECT_EQ(found.U32(), 0U);
  EXPECT_EQ(found.Take<std::int64_t>(), kBegin + 5 * kMinute);
  EXPECT_EQ(found.Take<std::int64_t>(), kBegin + kMinute);
  EXPECT_EQ(found.Bytes(found.U32()), "logs-a");
  EXPECT_EQ(found.Bytes(found.U32()), "id-1");
  EXPECT_EQ(found.U32(), 0U);  // no term
  EXPECT_EQ(found.U32(), 0U);  // and the event stands in its index
}

TEST_F(FaceRuns, GoOnFromWhatWasSavedInAnotherFace) {
  (void)Value(face_.PlanRuns(runs_, kAfterTenMinutes, ""));
  EXPECT_FALSE(CodeOf(face_.TakeFinds(runs_, 0, OneEvent(kBegin + 9 * kMinute))));
  (void)Value(face_.RunRule(runs_, 0, kBegin + 10 * kMinute));
  const std::string saved = Value(face_.SaveRuns(runs_, SavedPart::kEverything));
  EXPECT_FALSE(CodeOf(face_.KeptRuns(runs_)));

  const Handle again = Value(face_.OpenRuns(ruleset_, kBegin));
  EXPECT_FALSE(CodeOf(face_.RestoreRuns(again, saved)));
  PlanTimes later = kAfterTenMinutes;
  later.now_ms += 2 * kMinute;
  EXPECT_EQ(Value(face_.PlanRuns(again, later, "")), std::string(16, '\0')) << "nothing is due";
  later.now_ms += 3 * kMinute;
  (void)Value(face_.PlanRuns(again, later, ""));
  // The same document, found anew by a window that still covers it, is not given again.
  EXPECT_FALSE(CodeOf(face_.TakeFinds(again, 0, OneEvent(kBegin + 9 * kMinute))));
  const std::string findings = Value(face_.RunRule(again, 0, kBegin + 15 * kMinute));
  EXPECT_EQ(AnswerReader(findings).U32(), 0U);
}

TEST_F(FaceRuns, ReportWhereEveryRuleStands) {
  (void)Value(face_.PlanRuns(runs_, kAfterTenMinutes, ""));

  EXPECT_THAT(Value(face_.ReportRuns(runs_)), HasSubstr("\"position\":1777593600000"));
}

TEST_F(FaceRuns, TakeAnyTimesAndAnyNumbers) {
  for (const std::int64_t wild : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                  std::numeric_limits<std::int64_t>::max()}) {
    const Handle runs = Value(face_.OpenRuns(ruleset_, wild));
    EXPECT_TRUE(face_.PlanRuns(runs, {wild, wild, wild, wild}, "").has_value());
    EXPECT_TRUE(face_.PlanRuns(runs, {kBegin, kBegin, wild, wild}, "").has_value());
    EXPECT_EQ(CodeOf(face_.RunRule(runs, 0, wild)), ErrorCode::kUsage);
    EXPECT_EQ(CodeOf(face_.CloseJob(runs, 0, wild)), ErrorCode::kUsage);
    EXPECT_EQ(CodeOf(face_.TakeFinds(runs, 99, "")), ErrorCode::kUsage);
    EXPECT_TRUE(face_.CloseRuns(runs).has_value());
  }
}

TEST_F(FaceRuns, OutliveTheirRulesetAndEndWhenTheyAreClosed) {
  EXPECT_TRUE(face_.CloseRuleset(ruleset_).has_value());

  EXPECT_TRUE(face_.PlanRuns(runs_, kAfterTenMinutes, "").has_value());
  EXPECT_EQ(face_.counts().runs, 1U);
  EXPECT_TRUE(face_.CloseRuns(runs_).has_value());
  EXPECT_EQ(CodeOf(face_.PlanRuns(runs_, kAfterTenMinutes, "")), ErrorCode::kUsage);
  EXPECT_EQ(face_.counts().runs, 0U);
}

TEST_F(FaceRuns, ServeOneThreadAtATime) {
  std::atomic<int> num_wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        const auto plan = face_.PlanRuns(runs_, kAfterTenMinutes, "");
        num_wrong += plan || plan.error().code == ErrorCode::kUsage ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(num_wrong, 0);
}

// As at the desk, a rule never alerts on its own alerts.
TEST_F(FaceRuns, ARulesOwnAlertGivesNoAlert) {
  AlertRequest request;
  request.index = "a";
  request.id = "1";
  request.source = R"({"process":{"name":"curl"}})";
  const AlertAnswer first = Value(face_.BuildAlert(ruleset_, request));
  EXPECT_FALSE(first.id.empty());
  request.source = first.json;

  const AlertAnswer second = Value(face_.BuildAlert(ruleset_, request));

  EXPECT_EQ(second.id, "");
  EXPECT_EQ(second.json, "");
}

}  // namespace
}  // namespace tripline::shim

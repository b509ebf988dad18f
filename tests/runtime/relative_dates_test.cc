#include "runtime/relative_dates.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/json_events.h"
#include "runtime/matcher.h"

namespace tripline::runtime {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kNoon = 1777636800000;  // 2026-05-01T12:00:00Z

jit::Program Asking(jit::RelativeDateRange range, jit::NumberForm form = jit::NumberForm::kPlain) {
  jit::Program program;
  program.fields = {{.name = "d", .kind = jit::ColumnKind::kDate, .form = form}};
  program.leaves = {{0, {std::move(range)}}};
  program.nodes = {{jit::Op::kLeaf, 0, 0}};
  program.outputs = {0};
  return program;
}

// One letter per event: y if it matches.
std::string Verdicts(const jit::Program& program, const std::vector<std::string>& dates,
                     const RowClock& clock) {
  std::string text;
  for (const std::string& date : dates) {
    text += "{\"d\":" + date + "}\n";
  }
  auto reader = EventReader::OverText(program.fields, text);
  const auto matcher = Matcher::Make(program);
  std::string verdicts;
  EventBlock block;
  while (reader->Next(&block).value()) {
    (*matcher)->Match(block.batch, clock);
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      const bool is_true =
          (*matcher)->AnyOf(0) && (((*matcher)->RowsOf(0)[row / 64] >> (row % 64)) & 1U) != 0;
      verdicts += is_true ? 'y' : '-';
    }
  }
  return verdicts;
}

TEST(RelativeDates, AreResolvedAgainstTheClockThatIsGiven) {
  const jit::Program program = Asking({"now-1h", "now", true, false});
  const std::vector<std::string> dates = {"\"2026-05-01T10:59:59.999Z\"",
                                          "\"2026-05-01T11:00:00Z\"", "\"2026-05-01T12:00:00Z\"",
                                          "[\"2020\", \"2026-05-01T11:30:00Z\"]", "null"};

  EXPECT_EQ(Verdicts(program, dates, {.now = kNoon}), "-y-y-");
  EXPECT_EQ(Verdicts(program, dates, {.now = kNoon + 1}), "--yy-");
  EXPECT_EQ(Verdicts(program, dates, {.now = 0}), "-----");
}

TEST(RelativeDates, RoundToTheEndThatTheOperatorMeans) {
  const std::vector<std::string> dates = {"\"2026-05-01T00:00:00Z\"",
                                          "\"2026-05-01T23:59:59.999Z\"", "\"2026-05-02\""};
  const RowClock clock{.now = kNoon};

  EXPECT_EQ(Verdicts(Asking({"now/d", std::nullopt}), dates, clock), "yyy");
  EXPECT_EQ(Verdicts(Asking({"now/d", std::nullopt, false}), dates, clock), "--y");
  EXPECT_EQ(Verdicts(Asking({std::nullopt, "now/d"}), dates, clock), "yy-");
  EXPECT_EQ(Verdicts(Asking({std::nullopt, "now/d", true, false}), dates, clock), "---");
}

TEST(RelativeDates, OfRowsWithATimeAreThoseOfTheirFirstRun) {
  const jit::Program program = Asking({"now-5m", std::nullopt, true, true, 10 * kMinute});
  const std::vector<std::string> dates(4, "\"2026-05-01T12:03:00Z\"");
  // Runs at 12:00, 12:10 and 12:20.
  const std::vector<std::int64_t> times = {kNoon, kNoon + 1, kNoon + 11 * kMinute, kNoTime};

  EXPECT_EQ(Verdicts(program, dates, {.now = kNoon, .times = times}), "y--y");
}

TEST(RelativeDates, MeetNanoseconds) {
  const jit::Program program = Asking({"now", std::nullopt, false}, jit::NumberForm::kNanos);
  const std::vector<std::string> dates = {"\"2026-05-01T12:00:00.000Z\"",
                                          "\"2026-05-01T12:00:00.000999999Z\"",
                                          "\"2026-05-01T12:00:00.001Z\""};

  EXPECT_EQ(Verdicts(program, dates, {.now = kNoon}), "--y");
}

TEST(RelativeDates, StandBesideOtherAtomsOfTheirLeaf) {
  jit::Program program = Asking({"now", std::nullopt});
  program.leaves[0].atoms.emplace_back(jit::IntegerRange{0, 0});

  EXPECT_EQ(Verdicts(program, {"0", "1", "\"2026-05-01T12:00:00Z\""}, {.now = kNoon}), "y-y");
}

}  // namespace
}  // namespace tripline::runtime

#include "runtime/column_values.h"

#include <gtest/gtest.h>

#include "runtime/json_events.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;

// The column `f` of one event, and what a look at its row gives.
template <class Look>
auto LookAt(ColumnKind kind, const std::string& value, Look&& look) {
  const std::vector<jit::Field> fields = {{.name = "f", .kind = kind}};
  const std::string text = R"({"f":)" + value + "}\n{\"f\":[null]}\n";
  EventReader events = EventReader::OverText(fields, text).value();
  EventBlock block;
  EXPECT_TRUE(events.Next(&block).value());
  return look(block.batch.columns[0]);
}

std::optional<Timestamp> TimeOf(ColumnKind kind, const std::string& value) {
  return LookAt(kind, value, [](const Column& column) { return EarliestTime(column, 0); });
}

std::string TermsOf(ColumnKind kind, const std::string& value) {
  return LookAt(kind, value, [](const Column& column) {
    std::vector<std::string> terms;
    AppendTerms(column, 0, terms);
    std::string all;
    for (const std::string& term : terms) {
      all += TermToJson(term);
    }
    return all;
  });
}

TEST(EarliestTime, TakesTheEarliestOfSeveralValues) {
  EXPECT_EQ(TimeOf(ColumnKind::kDate, R"(["2026-05-02","2026-05-01","2026-05-03"])"),
            ParseDate("2026-05-01"));
}

TEST(EarliestTime, ReadsDatesThatCameAsOtherKinds) {
  EXPECT_EQ(TimeOf(ColumnKind::kString, R"("2026-05-01T00:00:00Z")"), ParseDate("2026-05-01"));
  EXPECT_EQ(TimeOf(ColumnKind::kInteger, "1000"), Timestamp(Milliseconds(1000)));
}

TEST(EarliestTime, FindsNoneWhereThereIsNone) {
  EXPECT_EQ(TimeOf(ColumnKind::kDate, "null"), std::nullopt);
  EXPECT_EQ(TimeOf(ColumnKind::kDate, R"("soon")"), std::nullopt);
  EXPECT_EQ(TimeOf(ColumnKind::kString, R"("soon")"), std::nullopt);
  EXPECT_EQ(TimeOf(ColumnKind::kBoolean, "true"), std::nullopt);
  EXPECT_EQ(TimeOf(ColumnKind::kInteger, "9223372036854775807"), std::nullopt);
  EXPECT_EQ(TimeOf(ColumnKind::kInteger, "-9223372036854775808"), std::nullopt);
}

TEST(AppendTerms, GivesDistinctValuesInTheirOrder) {
  EXPECT_EQ(TermsOf(ColumnKind::kString, R"(["b","a","b",null,"a"])"), R"(["b"]["a"])");
  EXPECT_EQ(TermsOf(ColumnKind::kInteger, "[3,1,3]"), "[3][1]");
  EXPECT_EQ(TermsOf(ColumnKind::kFloat, "[0.5,-0.0,0.0]"), "[0.5][0.0]");
  EXPECT_EQ(TermsOf(ColumnKind::kBoolean, "[true,false,true]"), "[true][false]");
  EXPECT_EQ(TermsOf(ColumnKind::kAddress, R"(["10.0.0.1","::ffff:10.0.0.1"])"), R"(["10.0.0.1"])");
  EXPECT_EQ(TermsOf(ColumnKind::kDate, R"("2026-05-01")"), R"(["2026-05-01T00:00:00.000Z"])");
  EXPECT_EQ(TermsOf(ColumnKind::kString, "null"), "");
}

TEST(AppendTerms, StaysQuickWithManyValues) {
  std::string values = "[0";
  std::string wanted = "[0]";
  for (int i = 1; i < 100'000; ++i) {
    values += "," + std::to_string(i % 50'000);
    wanted += i < 50'000 ? "[" + std::to_string(i) + "]" : "";
  }

  EXPECT_TRUE(TermsOf(ColumnKind::kInteger, values + "]") == wanted);
}

}  // namespace
}  // namespace tripline::runtime

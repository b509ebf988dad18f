#include "runtime/index_pattern.h"

#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

TEST(IndexPattern, StarsCrossEverythingAndAnEmptyListSeesAll) {
  EXPECT_TRUE(LooksAt({"logs-*"}, "logs-endpoint.events.network-default"));
  EXPECT_TRUE(
      LooksAt({"auditbeat-*", "logs-endpoint.events.*"}, "logs-endpoint.events.network-default"));
  EXPECT_FALSE(LooksAt({"auditbeat-*"}, "logs-x"));
  EXPECT_FALSE(LooksAt({"logs-*-x"}, "logs-a-y"));
  EXPECT_TRUE(LooksAt({"l*s-*x"}, "logs-aaxx"));
  EXPECT_TRUE(LooksAt({}, "anything"));
}

TEST(IndexPattern, BackingIndicesAreKnownByTheirDataStream) {
  EXPECT_EQ(DataStreamOf(".ds-logs-a.b-default-2026.05.01-000001"), "logs-a.b-default");
  EXPECT_EQ(DataStreamOf(".ds-logs-a-000001"), "logs-a");
  EXPECT_EQ(DataStreamOf(".ds-x"), ".ds-x");
  EXPECT_EQ(DataStreamOf("logs-a-2026.05.01-000001"), "logs-a-2026.05.01-000001");
  EXPECT_TRUE(LooksAt({"logs-a.*"}, ".ds-logs-a.b-default-2026.05.01-000001"));
}

TEST(IndexPattern, AMinusTakesAwayWhatCameBefore) {
  EXPECT_FALSE(LooksAt({"logs-*", "-logs-private-*"}, "logs-private-1"));
  EXPECT_TRUE(LooksAt({"-logs-private-*", "logs-*"}, "logs-private-1"));
  EXPECT_TRUE(LooksAt({"logs-*", "-logs-private-*"}, "logs-open-1"));
}

}  // namespace
}  // namespace tripline::runtime

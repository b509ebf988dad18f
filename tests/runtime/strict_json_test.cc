#include "runtime/strict_json.h"

#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

std::string Strict(std::string_view json) {
  std::string buffer;
  return std::string(StrictJson(json, buffer));
}

TEST(StrictJson, LeavesOrdinaryEventsWhereTheyAre) {
  const std::string_view event =
      R"({"a":[1,-2.5,1e3,18446744073709551615,-9223372036854775808],"b":"\ud83d\ude00 \\ud800 \""})";
  std::string buffer;

  EXPECT_EQ(StrictJson(event, buffer).data(), event.data());
}

TEST(StrictJson, ReplacesHalvesOfSurrogatePairs) {
  EXPECT_EQ(Strict(R"(["\ud800","\udc00x","\ud800\ud83d\ude00","\ud800\\udc00"])"),
            R"(["\ufffd","\ufffdx","\ufffd\ud83d\ude00","\ufffd\\udc00"])");
}

TEST(StrictJson, QuotesNumbersThatNothingHolds) {
  EXPECT_EQ(
      Strict(R"({"a":123456789012345678901,"b":1e999,"c":-1e999,"d":0.12345678901234567890})"),
      R"({"a":"123456789012345678901","b":"1e999","c":"-1e999","d":"0.12345678901234567890"})");
  EXPECT_EQ(Strict("[0.00000000000000000000001,100000000000000000000.5]"),
            R"([0.00000000000000000000001,"100000000000000000000.5"])");
}

TEST(StrictJson, SurvivesTextThatIsCutOff) {
  const std::string_view event = R"({"a":"\ud800\udc00\ud800","b":123456789012345678901})";
  for (std::size_t size = 0; size <= event.size(); ++size) {
    EXPECT_GE(Strict(event.substr(0, size)).size() + 2, size);
  }
}

}  // namespace
}  // namespace tripline::runtime

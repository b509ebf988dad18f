#include "runtime/event.h"

#include <gtest/gtest.h>

namespace tripline::runtime {
namespace {

std::string IdentityOf(std::string_view json) { return EventSource("", "", json).Keep()->id; }

TEST(EventSource, TakesTheIdentityOfASearchHit) {
  EventSource source("logs-1", "abc", R"({"a":1})");

  EXPECT_EQ(source.Keep()->index, "logs-1");
  EXPECT_EQ(source.Keep()->id, "abc");
  EXPECT_TRUE(source.Keep()->is_hit);
  EXPECT_EQ(source.Keep()->json, R"({"a":1})");
}

TEST(EventSource, GivesTheSameDocumentToAllWhoKeepIt) {
  EventSource source("", "", "{}");

  EXPECT_EQ(source.Keep(), source.Keep());
}

TEST(EventSource, HashesAnEventWithoutAnId) {
  // sha256sum of the text {}
  EXPECT_EQ(IdentityOf("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  EXPECT_FALSE(EventSource("logs-1", "", "{}").Keep()->is_hit);
}

TEST(EventSource, KnowsAnEventAgainWhateverTheOrderOfItsKeys) {
  EXPECT_EQ(IdentityOf(R"({"a":{"b":1,"c":[1,2]},"d":"x"})"),
            IdentityOf(R"( { "d" : "x", "a":{"c":[1, 2],"b":1} } )"));
  EXPECT_NE(IdentityOf(R"({"a":[1,2]})"), IdentityOf(R"({"a":[2,1]})"));
  EXPECT_NE(IdentityOf(R"({"a":1})"), IdentityOf(R"({"a":"1"})"));
}

TEST(EventSource, TellsLargeNumbersApart) {
  EXPECT_NE(IdentityOf(R"({"a":123456789012345678901})"),
            IdentityOf(R"({"a":123456789012345678902})"));
  EXPECT_EQ(IdentityOf(R"({"a":"\ud800","b":1})"), IdentityOf(R"({"b":1,"a":"\udbff"})"));
}

TEST(EventSource, NamesTextThatIsNotJsonByItsBytes) {
  EXPECT_NE(IdentityOf("{\"a\":"), IdentityOf("{\"b\":"));
  EXPECT_EQ(IdentityOf("{\"a\":").size(), 64U);
}

TEST(CanonicalJson, RefusesWhatNestsTooDeep) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const std::string fine = std::string(1000, '[') + std::string(1000, ']');

  EXPECT_EQ(CanonicalJson(deep), std::nullopt);
  EXPECT_EQ(CanonicalJson(fine), fine);
}

TEST(IsNestedDeeperThan, LooksPastBracketsInStrings) {
  EXPECT_FALSE(IsNestedDeeperThan(R"({"a":"[[[[\"[[["})", 1));
  EXPECT_TRUE(IsNestedDeeperThan(R"({"a":[1]})", 1));
}

TEST(Document, ComesBackAsItWasSaved) {
  EventSource source("logs-1", "abc", R"({"a":1})");
  ByteWriter writer;
  source.Keep()->Save(writer);

  ByteReader reader(writer.bytes(), "a document");
  const Result<std::shared_ptr<const Document>> loaded = Document::Load(reader);

  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ((*loaded)->CompareIdentity(*source.Keep()), std::strong_ordering::equal);
  EXPECT_EQ((*loaded)->json, source.Keep()->json);
}

TEST(EventOrder, GoesByTimeThenIndexThenId) {
  const auto order = [](int time, std::string_view index, std::string_view id) {
    return EventOrder{.time = Timestamp(Milliseconds(time)),
                      .document = EventSource(index, id, "{}").Keep()};
  };

  EXPECT_LT(order(1, "z", "z"), order(2, "a", "a"));
  EXPECT_LT(order(1, "a", "z"), order(1, "b", "a"));
  EXPECT_LT(order(1, "a", "a"), order(1, "a", "b"));
  EXPECT_EQ(order(1, "a", "a"), order(1, "a", "a"));
}

TEST(LoadTime, RefusesTimesOutsideTheCalendar) {
  for (const std::int64_t time : {INT64_MIN, INT64_MAX, std::int64_t{-70'000'000'000'000}}) {
    ByteWriter writer;
    writer.Number(time);
    ByteReader reader(writer.bytes(), "a time");
    EXPECT_FALSE(LoadTime(reader).has_value());
  }
}

}  // namespace
}  // namespace tripline::runtime

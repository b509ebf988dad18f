// What is kept of a history (runtime/term_history_format.cc): it comes back, and each kind of
// damage is refused by name. SHA-256 stands before it in the store; these are the faults that it
// cannot see: parts in the wrong order, of another history, or written by something else.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "runtime/new_terms_detector.h"
#include "runtime/saved_part.h"
#include "tests/runtime/detector_scenario.h"

namespace tripline::runtime::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Schedule kSchedule(minutes(5), minutes(59), days(20));

TermSecret SecretOf(std::uint8_t first) {
  TermSecret secret;
  secret.bytes[0] = first;
  return secret;
}

NewTermsDetector DetectorOf(std::uint8_t secret = 1, std::size_t num_fields = 1) {
  return NewTermsDetector(kSchedule, {.num_fields = num_fields, .secret = SecretOf(secret)});
}

TestEvent Sighting(Milliseconds time, const std::string& value,
                   EventUse use = EventUse::kMayAlert) {
  return {
      .time = time.count(), .index = "i", .id = value, .use = use, .values = {{StringTerm(value)}}};
}

std::string Changes(Detector& detector) {
  ByteWriter writer;
  EXPECT_TRUE(detector.SaveChanges(writer));
  detector.MarkKept();
  return writer.Take();
}

std::string Everything(Detector& detector) {
  std::string bytes = SaveEverything(detector);
  detector.MarkKept();
  return bytes;
}

void RunTo(Detector& detector, Milliseconds time) {
  GivenByRun given;
  RunUpTo(detector, Timestamp(time), given);
}

// The message of the first part that is refused; empty: all were taken.
std::string Refusal(const std::vector<std::string>& parts, std::uint8_t secret = 1) {
  NewTermsDetector detector = DetectorOf(secret);
  for (const std::string& part : parts) {
    ByteReader reader(part, "the history");
    if (const auto loaded = detector.Load(reader); !loaded) {
      return loaded.error().message;
    }
  }
  return "";
}

// A part as its author may write it: any terms with any arrivals.
struct Part {
  SavedPart what = SavedPart::kEverything;
  std::uint8_t secret = 1;
  std::optional<Timestamp> position{};
  std::uint64_t num_terms = 0;
  std::function<void(ByteWriter&)> terms = [](ByteWriter&) {};

  [[nodiscard]] std::string Bytes() const {
    ByteWriter writer;
    writer.Number<std::uint32_t>(2);
    writer.Number(static_cast<std::uint8_t>(what));
    for (const std::uint8_t byte : SecretOf(secret).bytes) {
      writer.Number(byte);
    }
    SaveOptionalTime(writer, position);
    writer.Number(num_terms);
    terms(writer);
    return writer.Take();
  }
};

void WriteTerm(ByteWriter& writer, const TermKey& key, Milliseconds last_seen,
               std::uint32_t num_arrivals) {
  writer.Number(key.high);
  writer.Number(key.low);
  SaveTime(writer, Timestamp(last_seen));
  writer.Number(num_arrivals);
}

void WriteArrival(ByteWriter& writer, Milliseconds time, std::optional<Timestamp> silent_since,
                  std::uint8_t standing, const std::string& term = "") {
  SaveTime(writer, Timestamp(time));
  SaveOptionalTime(writer, silent_since);
  writer.Number(standing);
  writer.Number<std::uint8_t>(0);
  if (standing != 0) {
    Document{.index = "i", .id = "1", .is_hit = true, .json = "{}"}.Save(writer);
  }
  if (standing == 1) {
    writer.String(term);
  }
}

TEST(TermHistoryFormat, GivesBackACheckpointAndItsChanges) {
  NewTermsDetector detector = DetectorOf();
  Observe(detector, Sighting(minutes(1), "history", EventUse::kHistoryOnly));
  Observe(detector, Sighting(minutes(3), "alerted"));
  std::vector<std::string> parts = {Everything(detector)};
  RunTo(detector, minutes(5));
  Observe(detector, Sighting(minutes(7), "waits"));
  parts.push_back(Changes(detector));
  Observe(detector, Sighting(minutes(8), "history"));
  Observe(detector, Sighting(minutes(6), "waits"));  // late
  parts.push_back(Changes(detector));

  NewTermsDetector loaded = DetectorOf(9);  // a secret of its own, until it has loaded another
  for (const std::string& part : parts) {
    ByteReader reader(part, "the history");
    ASSERT_TRUE(loaded.Load(reader).has_value());
    EXPECT_TRUE(reader.AtEnd());
  }
  EXPECT_EQ(SaveEverything(loaded), SaveEverything(detector));
  EXPECT_EQ(loaded.NextRun(), detector.NextRun());
  EXPECT_EQ(loaded.position(), detector.position());
}

TEST(TermHistoryFormat, SavesNothingTwice) {
  NewTermsDetector detector = DetectorOf();
  for (int i = 0; i < 1000; ++i) {
    Observe(detector, Sighting(minutes(1), std::to_string(i)));
  }
  const std::string everything = Everything(detector);
  const std::string nothing = Changes(detector);
  Observe(detector, Sighting(minutes(2), "7"));
  const std::string one = Changes(detector);

  EXPECT_GT(everything.size(), 28'000U);
  EXPECT_EQ(nothing.size(), 4U + 1U + 16U + 1U + 8U);
  EXPECT_LT(one.size(), 200U);
}

TEST(TermHistoryFormat, SavesEverythingWhereMostHasChanged) {
  NewTermsDetector detector = DetectorOf();
  ByteWriter writer;
  EXPECT_FALSE(detector.SaveChanges(writer));  // nothing was kept yet
  (void)Everything(detector);
  for (int i = 0; i < 10'000; ++i) {
    Observe(detector, Sighting(minutes(1), std::to_string(i), EventUse::kHistoryOnly));
  }
  EXPECT_FALSE(detector.SaveChanges(writer));
  EXPECT_EQ(writer.bytes().size(), 0U);
  (void)Everything(detector);
  EXPECT_TRUE(detector.SaveChanges(writer));
}

TEST(TermHistoryFormat, DoesNotHoldTheTermsThemselves) {
  NewTermsDetector detector = DetectorOf();
  Observe(detector,
          Sighting(minutes(1), "a-name-that-is-nobody's-business", EventUse::kHistoryOnly));
  EXPECT_EQ(SaveEverything(detector).find("nobody"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesChangesWithoutWhatTheyChange) {
  NewTermsDetector detector = DetectorOf();
  (void)Everything(detector);
  Observe(detector, Sighting(minutes(1), "a"));
  EXPECT_NE(Refusal({Changes(detector)}).find("everything first"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesChangesOfAnotherHistory) {
  const std::string other = Part{.what = SavedPart::kChanges, .secret = 2}.Bytes();
  EXPECT_NE(Refusal({Part{}.Bytes(), other}).find("of the same history"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesEverythingTwice) {
  const std::string everything = Part{.position = Timestamp(hours(1))}.Bytes();
  EXPECT_NE(Refusal({everything, everything}).find("everything first"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesAPositionThatGoesBack) {
  const std::string later = Part{.position = Timestamp(hours(2))}.Bytes();
  for (const auto position : {std::optional<Timestamp>(), std::optional(Timestamp(hours(1)))}) {
    const std::string back = Part{.what = SavedPart::kChanges, .position = position}.Bytes();
    EXPECT_NE(Refusal({later, back}).find("does not go back"), std::string::npos);
  }
}

TEST(TermHistoryFormat, RefusesMoreTermsThanThereAreBytesFor) {
  EXPECT_NE(Refusal({Part{.num_terms = UINT64_MAX}.Bytes()}).find("as many terms"),
            std::string::npos);
}

TEST(TermHistoryFormat, RefusesTermsOutOfOrder) {
  for (const std::uint64_t second : {5U, 4U}) {
    const Part part{.num_terms = 2, .terms = [&](ByteWriter& writer) {
                      WriteTerm(writer, {.high = 5, .low = 1}, minutes(1), 0);
                      WriteTerm(writer, {.high = second, .low = 1}, minutes(1), 0);
                    }};
    EXPECT_NE(Refusal({part.Bytes()}).find("terms in the order"), std::string::npos);
  }
}

TEST(TermHistoryFormat, RefusesAnArrivalAfterTheLastOccurrence) {
  const Part part{.num_terms = 1, .terms = [](ByteWriter& writer) {
                    WriteTerm(writer, {.high = 5, .low = 1}, minutes(1), 1);
                    WriteArrival(writer, minutes(2), std::nullopt, 0);
                  }};
  EXPECT_NE(Refusal({part.Bytes()}).find("no arrival after"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesArrivalsWithoutALongSilenceBetween) {
  const Part part{.num_terms = 1, .terms = [](ByteWriter& writer) {
                    WriteTerm(writer, {.high = 5, .low = 1}, days(40), 2);
                    WriteArrival(writer, days(20), std::nullopt, 0);
                    WriteArrival(writer, days(40), Timestamp(days(39)), 0);
                  }};
  EXPECT_NE(Refusal({part.Bytes()}).find("a long silence"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesAnArrivalThatWaitsForNoRun) {
  const TermKey key = TermHasher(SecretOf(1)).KeyOf(StringTerm("a"));
  const Part part{
      .position = Timestamp(hours(1)), .num_terms = 1, .terms = [&](ByteWriter& writer) {
        WriteTerm(writer, key, days(40), 1);
        // Its runs are those after its silence has left the window: none examines it.
        WriteArrival(writer, days(30),
                     Timestamp(days(30) - days(20) + minutes(59) - Milliseconds(1)), 1,
                     StringTerm("a"));
      }};
  EXPECT_NE(Refusal({part.Bytes()}).find("a run to come"), std::string::npos);
}

TEST(TermHistoryFormat, RefusesAWaitingTermThatIsNotTheOneOfItsKey) {
  const TermKey key = TermHasher(SecretOf(1)).KeyOf(StringTerm("a"));
  for (const std::string& text :
       {StringTerm("b"), std::string("no term"), StringTerm("a") + StringTerm("a")}) {
    const Part part{.num_terms = 1, .terms = [&](ByteWriter& writer) {
                      WriteTerm(writer, key, minutes(1), 1);
                      WriteArrival(writer, minutes(1), std::nullopt, 1, text);
                    }};
    EXPECT_NE(Refusal({part.Bytes()}).find("the term of this key"), std::string::npos);
  }
}

TEST(TermHistoryFormat, RefusesAnUnknownStandingAndAnUnknownPart) {
  const Part standing{.num_terms = 1, .terms = [](ByteWriter& writer) {
                        WriteTerm(writer, {.high = 5, .low = 1}, minutes(1), 1);
                        WriteArrival(writer, minutes(1), std::nullopt, 7);
                      }};
  EXPECT_NE(Refusal({standing.Bytes()}).find("a known standing"), std::string::npos);
  EXPECT_NE(
      Refusal({Part{.what = static_cast<SavedPart>(2)}.Bytes()}).find("everything, or changes"),
      std::string::npos);
}

TEST(TermHistoryFormat, RefusesATimeOutsideTheCalendar) {
  const Part part{.num_terms = 1, .terms = [](ByteWriter& writer) {
                    writer.Number<std::uint64_t>(1);
                    writer.Number<std::uint64_t>(1);
                    writer.Number(INT64_MAX);
                    writer.Number<std::uint32_t>(0);
                  }};
  EXPECT_NE(Refusal({part.Bytes()}).find("years 1 to 9999"), std::string::npos);
}

}  // namespace
}  // namespace tripline::runtime::testing

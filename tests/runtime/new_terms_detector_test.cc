// What the brute force (new_terms_brute_force_test.cc) does not reach: bounds, damage, forgetting.
#include "runtime/new_terms_detector.h"

#include "tests/runtime/detector_scenario.h"

namespace tripline::runtime::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Schedule kSeedSchedule(minutes(5), minutes(59), days(20));

NewTermsDetector SeedDetector() { return NewTermsDetector(kSeedSchedule, {}); }

TestEvent Sighting(Milliseconds time, const std::string& value, std::string id) {
  return {.time = time.count(),
          .index = "i",
          .id = std::move(id),
          .use = EventUse::kMayAlert,
          .values = {{StringTerm(value)}}};
}

Given RunAll(Detector& detector, Milliseconds last) {
  GivenByRun by_run;
  RunUpTo(detector, Timestamp(last), by_run);
  Given given;
  for (auto& [run, some] : by_run) {
    given.insert(given.end(), some.begin(), some.end());
  }
  return given;
}

TEST(NewTermsDetector, AlertsATermOnceHoweverManyRunsSeeIt) {
  NewTermsDetector detector = SeedDetector();
  Observe(detector, Sighting(minutes(7), "/tmp/x", "first"));
  Observe(detector, Sighting(minutes(8), "/tmp/x", "second"));

  const Given given = RunAll(detector, hours(3));

  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(std::get<2>(given[0]), "first");
  EXPECT_EQ(std::get<3>(given[0]), R"(["/tmp/x"])");
}

TEST(NewTermsDetector, FindsATermNewAgainThatWasLastSeenBeforeTheHistoryWindow) {
  NewTermsDetector detector = SeedDetector();
  Observe(detector, Sighting(minutes(0), "/tmp/x", "old"));
  Observe(detector, Sighting(days(20) + minutes(6), "/tmp/x", "new again"));
  Observe(detector, Sighting(minutes(5), "/tmp/y", "old y"));
  Observe(detector, Sighting(days(19), "/tmp/y", "still known"));

  EXPECT_EQ(RunAll(detector, days(21)).size(), 3U);
}

TEST(NewTermsDetector, DoesNotCallATermNewThatIsFirstSeenExactlyAtFrom) {
  NewTermsDetector detector(Schedule(minutes(5), minutes(10), days(1)), {});
  detector.SkipTo(Timestamp(minutes(15)));  // its next run, at 00:20, examines from 00:10

  Observe(detector, Sighting(minutes(10), "/tmp/x", "at from"));
  Observe(detector, Sighting(minutes(10) + Milliseconds(1), "/tmp/y", "after from"));

  const Given given = RunAll(detector, hours(1));
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(std::get<2>(given[0]), "after from");
}

TEST(NewTermsDetector, IgnoresAnEventThatLacksAField) {
  NewTermsDetector detector(kSeedSchedule, {.num_fields = 2});
  TestEvent event = Sighting(minutes(7), "/tmp/x", "a");
  event.values.push_back({});

  Observe(detector, event);

  EXPECT_EQ(detector.NextRun(), std::nullopt);
}

TEST(NewTermsDetector, ClipsAnEventWithTooManyCombinationsAndCountsIt) {
  NewTermsDetector detector(kSeedSchedule,
                            {.num_fields = 3, .max_signals = 1000, .max_combinations = 10});
  TestEvent event = Sighting(minutes(7), "", "a");
  event.values.assign(3, {});
  for (int i = 0; i < 100; ++i) {
    event.values[0].push_back(IntegerTerm(i));
    event.values[1].push_back(IntegerTerm(i));
    event.values[2].push_back(IntegerTerm(i));
  }

  Observe(detector, event);

  EXPECT_EQ(detector.counts().clipped_events, 1U);
  EXPECT_EQ(detector.counts().clipped_terms, 1'000'000U - 10U);
  const Given given = RunAll(detector, hours(1));
  ASSERT_EQ(given.size(), 10U);
  EXPECT_EQ(std::get<3>(given[0]), "[0,0,0]");
  EXPECT_EQ(std::get<3>(given[9]), "[0,0,9]");
}

TEST(NewTermsDetector, TakesMoreCombinationsThanANumberCanCount) {
  NewTermsDetector detector(kSeedSchedule, {.num_fields = 5, .max_combinations = 1});
  TestEvent event = Sighting(minutes(7), "", "a");
  event.values.assign(5, std::vector<std::string>(10'000, IntegerTerm(1)));

  Observe(detector, event);

  EXPECT_EQ(detector.counts().clipped_events, 1U);
  EXPECT_EQ(detector.counts().clipped_terms, UINT64_MAX - 1);
}

TEST(NewTermsDetector, PrefersTheEventThatMayAlertAmongThoseOfTheSameTime) {
  NewTermsDetector detector = SeedDetector();
  TestEvent history = Sighting(minutes(7), "/tmp/x", "a");
  history.use = EventUse::kHistoryOnly;

  Observe(detector, history);
  Observe(detector, Sighting(minutes(7), "/tmp/x", "b"));

  EXPECT_EQ(RunAll(detector, hours(1)).size(), 1U);
}

TEST(NewTermsDetector, ForgetsTermsThatNoRunToComeLooksBackAt) {
  NewTermsDetector detector = SeedDetector();
  for (int day = 0; day < 400; ++day) {
    for (int i = 0; i < 1000; ++i) {
      TestEvent event = Sighting(days(day), std::to_string(day) + "/" + std::to_string(i), "a");
      event.use = EventUse::kHistoryOnly;
      Observe(detector, event);
    }
    detector.SkipTo(kSeedSchedule.LastRunUpTo(Timestamp(days(day))));
  }

  EXPECT_LT(detector.memory_bytes(), 20'000'000U);  // 400,000 terms would be far more
  ByteWriter writer;
  detector.Save(writer);
  ByteReader reader(writer.bytes(), "history");
  EXPECT_EQ(*reader.Number<std::uint32_t>(), 2U);  // version
  EXPECT_EQ(*reader.Number<std::uint8_t>(), 0U);   // everything
  EXPECT_TRUE(reader.Take(sizeof(TermSecret)).has_value());
  EXPECT_TRUE(LoadOptionalTime(reader)->has_value());
  EXPECT_EQ(*reader.Number<std::uint64_t>(), 20'000U);  // days 380 to 399
}

TEST(NewTermsDetector, AnswersTheSameAfterForgetting) {
  NewTermsDetector detector(kSeedSchedule, {.max_signals = 10'000});
  std::size_t num_alerts = 0;
  for (int day = 0; day < 70; ++day) {
    for (int i = 0; i < 2000; ++i) {
      const std::string name = std::to_string(day) + "/" + std::to_string(i);
      Observe(detector, Sighting(days(day), name, name));
    }
    Observe(detector, Sighting(days(day), "every day", "a"));
    num_alerts += RunAll(detector, days(day)).size();
  }

  EXPECT_EQ(num_alerts, 70U * 2000U + 1U);
}

TEST(NewTermsDetector, RefusesEveryTruncationOfItsState) {
  NewTermsDetector detector = SeedDetector();
  Observe(detector, Sighting(minutes(7), "/tmp/x", "a"));
  Observe(detector, Sighting(minutes(3), "/tmp/y", "b"));
  RunAll(detector, minutes(5));
  ByteWriter writer;
  detector.Save(writer);

  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    NewTermsDetector loaded = SeedDetector();
    ByteReader reader(std::string_view(writer.bytes()).substr(0, size), "history");
    EXPECT_FALSE(loaded.Load(reader).has_value()) << size;
  }
}

TEST(NewTermsDetector, SurvivesEveryChangedByteOfItsState) {
  NewTermsDetector detector = SeedDetector();
  Observe(detector, Sighting(minutes(7), "/tmp/x", "a"));
  Observe(detector, Sighting(minutes(3), "/tmp/y", "b"));
  RunAll(detector, minutes(5));
  ByteWriter writer;
  detector.Save(writer);

  for (std::size_t at = 0; at < writer.bytes().size(); ++at) {
    for (const int change : {1, 0x80, 0xFF}) {
      std::string bytes = writer.bytes();
      bytes[at] = static_cast<char>(bytes[at] ^ change);
      NewTermsDetector loaded = SeedDetector();
      ByteReader reader(bytes, "history");
      if (loaded.Load(reader).has_value()) {
        std::vector<Finding> findings;
        if (loaded.NextRun()) {
          loaded.Run(*loaded.NextRun(), findings);  // some answer; no crash
        }
      }
    }
  }
}

TEST(NewTermsDetector, RefusesAnotherVersionAndAnotherNumberOfFields) {
  NewTermsDetector detector = SeedDetector();
  Observe(detector, Sighting(minutes(7), "/tmp/x", "a"));
  ByteWriter writer;
  detector.Save(writer);
  std::string other_version = writer.bytes();
  other_version[0] = 9;

  NewTermsDetector loaded = SeedDetector();
  ByteReader foreign(other_version, "history");
  EXPECT_EQ(loaded.Load(foreign).error().code, ErrorCode::kUnsupported);
  NewTermsDetector two_fields(kSeedSchedule, {.num_fields = 2});
  ByteReader reader(writer.bytes(), "history");
  EXPECT_EQ(two_fields.Load(reader).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace tripline::runtime::testing

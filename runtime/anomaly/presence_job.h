// PresenceJob: the function `rare`: how uncommon it is that a value is present at all.
//
// Estimand: of all (bucket, value) presences, the share whose value had been present in no more
// buckets than this one's. Formula: values are classed by the whole part of log2(1 + c), c their
// faded number of earlier buckets; P = (presences so far in this class or a lower one + 1) / (all
// presences so far + 1), both faded, from a job's fourth day on. It is the empirical tail itself:
// where new values come every hour, a new one is common. Error: with n presences, P is never below
// 1 / (n + 1), and within 1 / sqrt(n P) of the truth relatively; a class is wider than one count
// from 3 on. Memory: 60 days. Space: 16 bytes a value. Score: 75 where presences this rare are
// expected at most twice a job-week (or 0.1 times a value-week).
//
// Thread-safety: Judge is const; the rest needs the job alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/score_map.h"

namespace tripline::runtime {

/// What is kept of one value.
struct Presence {
  double num_buckets = 0.0;  // faded, as of last_index
  std::int64_t last_index = 0;

  void Save(ByteWriter& writer) const;
  [[nodiscard]] static Result<Presence> Load(ByteReader& reader);
};

class PresenceJob {
 public:
  struct Judgement {
    double probability = 1.0;
    double score = 0.0;
    double typical = 0.0;  // of 100 buckets, in how many the value was
    std::size_t value_class = 0;
  };

  explicit PresenceJob(const BucketCalendar& calendar, const ScoreOptions& score_options = {});

  /// A value that is present in a bucket; one never seen is Presence{}.
  [[nodiscard]] Judgement Judge(const Presence& presence, BucketPoint point) const;
  /// Notes the presence; takes effect with EndBucket. A bucket not after the value's last is
  /// ignored.
  void Take(Presence& presence, BucketPoint point, const Judgement& judgement);
  void EndBucket(BucketPoint point);

  void Save(ByteWriter& writer) const;
  [[nodiscard]] Result<void> Load(ByteReader& reader);

 private:
  static constexpr std::size_t kNumClasses = 40;

  [[nodiscard]] double Faded(const Presence& presence, BucketPoint point) const;
  [[nodiscard]] double Keep(std::int64_t num_buckets) const;

  BucketCalendar calendar_;
  ScoreOptions score_options_;
  std::array<double, kNumClasses> presences_{};  // faded, by class when they came
  std::array<double, kNumClasses> pending_{};    // of the bucket that is not over
  double days_ = 0.0;                            // faded
  std::int64_t last_index_ = 0;
  std::uint64_t num_buckets_ = 0;
};

}  // namespace tripline::runtime

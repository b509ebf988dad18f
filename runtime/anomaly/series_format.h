// The bytes of a SeriesModel in a checkpoint: exact, so that scores after a restore are bit for bit
// those that would have been.
//
//   version u8 = 1, num_learned u32, last_index i64, odd_buckets i16, clock_shift i8,
//   multi_sum, multi_variance, days_off_course, resting_level, former_course, earlier, later: f32,
//   regression: 16 means, 160 covariances, pending days: f32,
//   levels: 4 means, 4 variances, 4 votes: f32,   shapes: 8 votes: f32,
//   cells: 96 and 84 times (seen, expected): u16 (upper halves of f32),
//   surprises: bursts, sum, buckets f32, 12 indexes u32, 12 ln ratios f32, next u32
//
// Thread-safety: functions of their arguments.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/series_model.h"

namespace tripline::runtime {

class SeriesFormat {
 public:
  static constexpr std::uint8_t kVersion = 2;

  static void Save(const SeriesModel& model, ByteWriter& writer);
  /// Errors: kUnsupported (another version), kInvalid (short, or numbers that no model can hold).
  [[nodiscard]] static Result<SeriesModel> Load(ByteReader& reader);

 private:
  template <class Model, class Visit>
  static void ForEachNumber(Model& model, Visit visit);
};

}  // namespace tripline::runtime

// One list of the numbers serves both directions, so that they cannot come to differ.
#include "runtime/anomaly/series_format.h"

#include <cmath>

namespace tripline::runtime {

template <class Model, class Visit>
void SeriesFormat::ForEachNumber(Model& model, Visit visit) {
  const auto each = [&visit](auto& numbers) {
    for (auto& number : numbers) {
      visit(number);
    }
  };
  const auto each_cell = [&visit](auto& cells) {
    for (auto& cell : cells) {
      visit(cell.seen);
      visit(cell.expected);
    }
  };
  visit(model.num_learned_);
  visit(model.last_index_);
  visit(model.odd_buckets_);
  visit(model.clock_shift_);
  visit(model.multi_sum_);
  visit(model.multi_variance_);
  visit(model.days_off_course_);
  visit(model.resting_level_);
  visit(model.former_course_);
  visit(model.earlier_evidence_);
  visit(model.later_evidence_);
  each(model.regression_.mean_);
  each(model.regression_.covariance_);
  visit(model.regression_.pending_days_);
  each(model.levels_.means_);
  each(model.levels_.variances_);
  each(model.levels_.votes_);
  each(model.shapes_.votes_);
  each_cell(model.cells_.day_);
  each_cell(model.cells_.week_);
  visit(model.surprises_.num_bursts_);
  visit(model.surprises_.sum_log_ratios_);
  visit(model.surprises_.num_buckets_);
  visit(model.surprises_.unconfirmed_);
  visit(model.surprises_.unconfirmed_log_ratio_);
  each(model.surprises_.indexes_);
  each(model.surprises_.log_ratios_);
  visit(model.surprises_.next_);
}

void SeriesFormat::Save(const SeriesModel& model, ByteWriter& writer) {
  writer.Number(kVersion);
  ForEachNumber(model, [&writer](const auto& number) { writer.Number(number); });
}

Result<SeriesModel> SeriesFormat::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint8_t version, reader.Number<std::uint8_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported,
                "series model: expected version " + std::to_string(kVersion) + ", found " +
                    std::to_string(version) + "; rebuild the job's state from its events");
  }
  SeriesModel model;
  Result<void> result;
  ForEachNumber(model, [&]<class T>(T& number) {
    if (!result) {
      return;
    }
    Result<T> read = reader.Number<T>();
    if (read) {
      number = *read;
    } else {
      result = std::unexpected(std::move(read).error());
    }
  });
  TRIPLINE_TRY_VOID(result);
  if (!model.IsSound()) {
    return reader.Damaged("the numbers of a series model");
  }
  return model;
}

}  // namespace tripline::runtime

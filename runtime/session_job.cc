#include "runtime/session_job.h"

#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "runtime/detector_key.h"

namespace tripline::runtime {

SessionJob::SessionJob(const Ruleset& ruleset, const AnomalyJobSpec& job,
                       const SessionJobOptions& options)
    : spec_(job),
      options_(options),
      key_(JobKey(ruleset, job)),
      term_columns_(ruleset, JobRun::FieldsOf(job)) {
  StartAnew("");
}

void SessionJob::StartAnew(const std::string& why) {
  auto run = JobRun::Make(spec_, options_.run);
  Check(run.has_value(), "a ruleset's jobs have spans that a calendar has");
  run_ = *std::move(run);
  sizes_ = PartSizes();
  if (!why.empty()) {
    note_ = why +
            "; its models start anew: feed the past with --history so that it knows what is "
            "usual";
  }
}

Result<void> SessionJob::Restore(const JobState& state) {
  if (state.key != key_) {
    note_ =
        "its detectors, fields or datafeed have changed since the state was kept, so its models "
        "start anew; feed the past with --history so that it knows what is usual";
    return {};
  }
  const std::string what = "the kept state of the anomaly job '" + job().job_id + "'";
  for (const std::string& part : state.parts) {
    ByteReader reader(part, what);
    TRIPLINE_TRY_VOID(run_->Load(reader));
    if (!reader.AtEnd()) {
      return reader.Damaged("its end");
    }
    sizes_.Read(part.size());
  }
  return {};
}

JobState SessionJob::Save() {
  JobState state{.key = key_, .is_delta = sizes_.TakesDelta(0), .parts = {}};
  if (state.is_delta) {
    ByteWriter writer;
    run_->Save(writer, SavedPart::kChanges);
    state.parts = {writer.Take()};
    state.is_delta = sizes_.TakesDelta(state.parts[0].size());
    sizes_.AddDelta(state.parts[0].size());
  }
  if (!state.is_delta) {
    state.parts = {SaveEverything()};
    sizes_.AddCheckpoint(state.parts[0].size());
  }
  run_->MarkKept();
  return state;
}

std::string SessionJob::SaveEverything() const {
  ByteWriter writer;
  run_->Save(writer, SavedPart::kEverything);
  return writer.Take();
}

void SessionJob::Observe(const Batch& batch, std::uint32_t row, std::optional<Timestamp> time,
                         EventUse use, EventSource& source) {
  if (!time) {
    run_->ObserveTimeless();
    return;
  }
  if ((options_.from && *time < *options_.from) || (options_.to && *time > *options_.to)) {
    use = EventUse::kHistoryOnly;
  }
  run_->Observe({.time = *time,
                 .use = use,
                 .source = &source,
                 .term_values = term_columns_.Read(batch, row)});
}

JobSummary SessionJob::Summarize() const {
  JobSummary summary = run_->Summarize();
  summary.note = note_;
  return summary;
}

}  // namespace tripline::runtime

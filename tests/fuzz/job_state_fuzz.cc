// Any bytes as the kept state of an anomaly job: refused with a message, or a state from which the
// job goes on and judges. (Numbers that no learning has led to may lead to some that the next load
// refuses.)
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/event.h"

namespace {

using tripline::Check;
using tripline::runtime::AnomalyJobSpec;
using tripline::runtime::JobRun;
using tripline::runtime::SavedPart;

AnomalyJobSpec JobOf(const char* function) {
  AnomalyJobSpec job;
  job.job_id = "job";
  job.bucket_span = std::chrono::minutes(15);
  job.time_field = "@timestamp";
  job.model_memory_limit = 1U << 20U;
  job.detectors = {
      {.function = function, .by_field = "b", .partition_field = "", .custom_rules = {}}};
  return job;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const AnomalyJobSpec kJobs[] = {JobOf("high_non_zero_count"), JobOf("low_count"),
                                         JobOf("rare")};
  if (size == 0) {
    return 0;
  }
  const AnomalyJobSpec& job = kJobs[data[0] % 3];
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  auto run = JobRun::Make(job, {.explained_from = 0.0, .keeps_results = true});
  Check(run.has_value(), "the job can be made");
  tripline::ByteReader reader(bytes, "state");
  if (const auto loaded = (*run)->Load(reader); !loaded) {
    Check(!loaded.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  // Some buckets after those that the state knows, wherever in time they lie.
  const auto judged = (*run)->CloseUpTo(tripline::Timestamp(std::chrono::hours(24 * 365 * 57)));
  for (const auto& record : judged) {
    Check(record.record.probability > 0.0 && record.record.probability <= 1.0,
          "a probability is one");
  }
  tripline::ByteWriter writer;
  (*run)->Save(writer, SavedPart::kEverything);
  const std::string saved = writer.Take();
  auto again = JobRun::Make(job, {});
  tripline::ByteReader second(saved, "state");
  const auto reloaded = (*again)->Load(second);
  Check(reloaded.has_value() || !reloaded.error().message.empty(), "a refusal has a reason");
  return 0;
}

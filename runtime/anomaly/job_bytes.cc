#include "runtime/anomaly/job_bytes.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "runtime/anomaly/bucket_calendar.h"
#include "runtime/anomaly/count_function.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint8_t kLastSubject = 3;
constexpr std::uint8_t kLastComparison = 3;

class JobWriter {
 public:
  std::string Run(const std::vector<AnomalyJobSpec>& jobs) {
    writer_.Number(kVersion);
    Count(jobs.size());
    for (const AnomalyJobSpec& job : jobs) {
      Add(job);
    }
    return writer_.Take();
  }

 private:
  void Count(std::size_t count) { writer_.Number(static_cast<std::uint32_t>(count)); }
  void Flag(bool flag) { writer_.Number(static_cast<std::uint8_t>(flag ? 1 : 0)); }
  void Texts(const std::vector<std::string>& texts) {
    Count(texts.size());
    for (const std::string& text : texts) {
      writer_.String(text);
    }
  }

  void Add(const AnomalyJobSpec& job) {
    writer_.String(job.job_id);
    writer_.Number(static_cast<std::int64_t>(job.bucket_span.count()));
    writer_.String(job.time_field);
    writer_.String(job.summary_count_field);
    Texts(job.influencers);
    writer_.Number(job.model_memory_limit);
    Count(job.detectors.size());
    for (const AnomalyDetectorSpec& detector : job.detectors) {
      Add(detector);
    }
    Texts(job.indices);
    writer_.String(job.datafeed_query);
    Flag(job.query.has_value());
    writer_.Number(job.query.value_or(0));
    Texts(job.not_yet);
  }

  void Add(const AnomalyDetectorSpec& detector) {
    writer_.String(detector.function);
    writer_.String(detector.by_field);
    writer_.String(detector.partition_field);
    Count(detector.custom_rules.size());
    for (const AnomalyCustomRule& rule : detector.custom_rules) {
      Flag(rule.skips_result);
      Flag(rule.skips_model_update);
      Count(rule.conditions.size());
      for (const AnomalyCondition& condition : rule.conditions) {
        writer_.Number(static_cast<std::uint8_t>(condition.applies_to));
        writer_.Number(static_cast<std::uint8_t>(condition.comparison));
        writer_.Number(condition.value);
      }
    }
  }

  ByteWriter writer_;
};

class JobReader {
 public:
  explicit JobReader(std::string_view bytes) : reader_(bytes, "the ruleset's anomaly jobs") {}

  Result<std::vector<AnomalyJobSpec>> Run() {
    TRIPLINE_TRY(const std::uint32_t version, reader_.Number<std::uint32_t>());
    if (version != kVersion) {
      return Fail(ErrorCode::kUnsupported,
                  "a ruleset file with anomaly jobs of version " + std::to_string(version) +
                      "; this build reads version " + std::to_string(kVersion) +
                      "; compile the rules again");
    }
    TRIPLINE_TRY(const std::uint32_t num_jobs, reader_.Count(4));
    std::vector<AnomalyJobSpec> jobs;
    for (std::uint32_t i = 0; i < num_jobs; ++i) {
      TRIPLINE_TRY(AnomalyJobSpec job, Job());
      jobs.push_back(std::move(job));
    }
    if (!reader_.AtEnd()) {
      return reader_.Damaged("the end of the jobs");
    }
    return jobs;
  }

 private:
  Result<std::string> Text() {
    TRIPLINE_TRY(const std::string_view text, reader_.String());
    return std::string(text);
  }
  Result<bool> Flag() {
    TRIPLINE_TRY(const std::uint8_t flag, reader_.Number<std::uint8_t>());
    if (flag > 1) {
      return reader_.Damaged("0 or 1");
    }
    return flag == 1;
  }
  Result<std::vector<std::string>> Texts() {
    TRIPLINE_TRY(const std::uint32_t count, reader_.Count(4));
    std::vector<std::string> texts;
    for (std::uint32_t i = 0; i < count; ++i) {
      TRIPLINE_TRY(std::string text, Text());
      texts.push_back(std::move(text));
    }
    return texts;
  }

  Result<AnomalyJobSpec> Job() {
    AnomalyJobSpec job;
    TRIPLINE_TRY(job.job_id, Text());
    TRIPLINE_TRY(const std::int64_t span, reader_.Number<std::int64_t>());
    job.bucket_span = Milliseconds(span);
    if (!BucketCalendar::Make(job.bucket_span)) {
      return reader_.Damaged("a bucket span between a second and a year");
    }
    TRIPLINE_TRY(job.time_field, Text());
    TRIPLINE_TRY(job.summary_count_field, Text());
    TRIPLINE_TRY(job.influencers, Texts());
    TRIPLINE_TRY(job.model_memory_limit, reader_.Number<std::uint64_t>());
    TRIPLINE_TRY(const std::uint32_t num_detectors, reader_.Count(4 * 4));
    for (std::uint32_t i = 0; i < num_detectors; ++i) {
      TRIPLINE_TRY(AnomalyDetectorSpec detector, Detector());
      job.detectors.push_back(std::move(detector));
    }
    TRIPLINE_TRY(job.indices, Texts());
    TRIPLINE_TRY(job.datafeed_query, Text());
    TRIPLINE_TRY(const bool has_query, Flag());
    TRIPLINE_TRY(const std::uint32_t query, reader_.Number<std::uint32_t>());
    if (has_query) {
      job.query = query;
    }
    TRIPLINE_TRY(job.not_yet, Texts());
    TRIPLINE_TRY_VOID(CheckJob(job));
    return job;
  }

  // What makes a job that runs: the compiler never writes another one.
  Result<void> CheckJob(const AnomalyJobSpec& job) const {
    if (job.detectors.empty()) {
      return reader_.Damaged("at least one detector");
    }
    for (const AnomalyDetectorSpec& detector : job.detectors) {
      const bool is_known =
          detector.function == "rare" || ParseCountFunction(detector.function).has_value();
      if (job.not_yet.empty() && !is_known) {
        return reader_.Damaged("a function that this build knows");
      }
    }
    return {};
  }

  Result<AnomalyDetectorSpec> Detector() {
    AnomalyDetectorSpec detector;
    TRIPLINE_TRY(detector.function, Text());
    TRIPLINE_TRY(detector.by_field, Text());
    TRIPLINE_TRY(detector.partition_field, Text());
    TRIPLINE_TRY(const std::uint32_t num_rules, reader_.Count(1 + 1 + 4));
    for (std::uint32_t i = 0; i < num_rules; ++i) {
      AnomalyCustomRule rule;
      TRIPLINE_TRY(rule.skips_result, Flag());
      TRIPLINE_TRY(rule.skips_model_update, Flag());
      TRIPLINE_TRY(const std::uint32_t num_conditions, reader_.Count(1 + 1 + 8));
      for (std::uint32_t j = 0; j < num_conditions; ++j) {
        TRIPLINE_TRY(const AnomalyCondition condition, Condition());
        rule.conditions.push_back(condition);
      }
      detector.custom_rules.push_back(std::move(rule));
    }
    return detector;
  }

  Result<AnomalyCondition> Condition() {
    TRIPLINE_TRY(const std::uint8_t subject, reader_.Number<std::uint8_t>());
    TRIPLINE_TRY(const std::uint8_t comparison, reader_.Number<std::uint8_t>());
    TRIPLINE_TRY(const double value, reader_.Number<double>());
    if (subject > kLastSubject || comparison > kLastComparison || !std::isfinite(value)) {
      return reader_.Damaged("a condition");
    }
    return AnomalyCondition{.applies_to = static_cast<AnomalyCondition::AppliesTo>(subject),
                            .comparison = static_cast<AnomalyCondition::Comparison>(comparison),
                            .value = value};
  }

  ByteReader reader_;
};

}  // namespace

std::string SaveJobs(const std::vector<AnomalyJobSpec>& jobs) { return JobWriter().Run(jobs); }

Result<std::vector<AnomalyJobSpec>> LoadJobs(std::string_view bytes) {
  return JobReader(bytes).Run();
}

}  // namespace tripline::runtime

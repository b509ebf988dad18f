// BucketResults: what a bucket as a whole, and each influencer of it, was worth: the result
// documents that Elastic's jobs keep beside their records.
//
// Estimand: the probability that the least likely of n judged series would be as unlikely as what
// was seen, by Simes' combination of the records' probabilities p(1) <= p(2) <= ...: the least of
// n p(k) / k. One very unlikely series counts, and so do many somewhat unlikely ones; it errs to
// the safe side for independent and for positively dependent series. For an influencer the records
// are those that it influenced, n is the same: it was chosen among all of them. The score is the
// one of a job of one series with the job's whole budget of false alarms, so a bucket of 75 is as
// rare as a record of 75 anywhere in the job. Source: Simes (1986).
//
// Thread-safety: free functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/anomaly/job_spec.h"
#include "runtime/anomaly/series_run.h"

namespace tripline::runtime {

enum class ResultType : std::uint8_t { kRecord, kBucket, kInfluencer };

/// One result document: a line of JSON.
struct AnomalyResult {
  ResultType type = ResultType::kRecord;
  std::string json;
};

/// What a bucket is, beside its findings.
struct BucketSeen {
  Timestamp begins;
  double num_events = 0.0;
  std::uint64_t num_series = 1;  // that the job knows
};

/// The bucket's own document, then its influencers', those with the highest scores first. Requires
/// findings whose records are explained.
[[nodiscard]] std::vector<AnomalyResult> BucketResults(const AnomalyJobSpec& job,
                                                       const BucketSeen& bucket,
                                                       const BucketFindings& findings);

/// min over k of num_judged p(k) / k, at most 1; 1 if there is none.
[[nodiscard]] double SimesProbability(std::vector<double> probabilities, std::uint64_t num_judged);

}  // namespace tripline::runtime

// AnomalyRecord: one series of one bucket that was unusual, and its JSON in the shape of Elastic's
// result documents: what `--records` writes, and the event of an alert.
//
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/anomaly/job_spec.h"

namespace tripline::runtime {

/// Why a record is one, found while the model had not learned its bucket yet.
struct RecordExplanation {
  /// 95 % of counts were expected in [lower, upper].
  double lower = 0.0;
  double upper = 0.0;
  /// The expected count as a product: usual_count x time_of_day x day_of_week x level_now.
  double usual_count = 0.0;
  double time_of_day = 1.0;
  double day_of_week = 1.0;
  double level_now = 1.0;
  /// The counts nearest to the one seen that would not have been a record, and that would have
  /// scored below 75.
  double would_be_normal = 0.0;
  double would_score_below_75 = 0.0;
};

struct AnomalyRecord {
  struct Source {
    std::string term;        // runtime/term.h
    double count = 0.0;      // what it brought
    double influence = 0.0;  // the share of the surprise that goes away without it, 0 to 1
  };
  struct Influencer {
    std::string field;
    std::vector<Source> sources;  // the most influential first
  };

  Timestamp bucket;          // its beginning
  std::size_t detector = 0;  // of the job
  std::string key;           // of the series (bucket_counts.h)
  double actual = 0.0;
  double typical = 0.0;
  double probability = 1.0;
  double score = 0.0;
  double multi_bucket_impact = 0.0;
  std::vector<Influencer> influencers;
  std::optional<RecordExplanation> explanation;
};

/// The record's identity: the same finding has the same one, however often it is found.
[[nodiscard]] std::string RecordId(const AnomalyJobSpec& job, const AnomalyRecord& record);

/// One line of JSON, keys in a fixed order.
[[nodiscard]] std::string RecordToJson(const AnomalyJobSpec& job, const AnomalyRecord& record);

}  // namespace tripline::runtime

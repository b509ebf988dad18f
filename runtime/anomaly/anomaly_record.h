// AnomalyRecord: one series of one bucket that was unusual, and its JSON in the shape of Elastic's
// result documents: what `--records` writes, and the event of an alert.
//
// Thread-safety: free functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"
#include "runtime/anomaly/job_spec.h"

namespace tripline::runtime {

struct AnomalyRecord {
  struct Influencer {
    std::string field;
    std::vector<std::string> terms;  // runtime/term.h, the most influential first
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
};

/// The record's identity: the same finding has the same one, however often it is found.
[[nodiscard]] std::string RecordId(const AnomalyJobSpec& job, const AnomalyRecord& record);

/// One line of JSON, keys in a fixed order.
[[nodiscard]] std::string RecordToJson(const AnomalyJobSpec& job, const AnomalyRecord& record);

}  // namespace tripline::runtime

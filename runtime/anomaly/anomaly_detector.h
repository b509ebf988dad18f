// AnomalyDetector: the detector of machine_learning rules. Its events are the records of the rule's
// anomaly jobs; those whose score reaches the threshold are findings.
//
//   JobRun -records-> Offer -Run-> findings (score >= threshold)
//
// A run gives what has become known since the run before, so that nothing is lost however short
// the rule's look-back is. A record is given once; one that late events change afterwards stays as
// it was. A finding's event is the record itself, under the record's id.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/detector.h"
#include "runtime/schedule.h"

namespace tripline::runtime {

struct AnomalyOptions {
  double threshold = 75.0;
  std::uint32_t max_signals = 100;  // of a run; those with the highest scores
};

class AnomalyDetector : public Detector {
 public:
  AnomalyDetector(const Schedule& schedule, const AnomalyOptions& options)
      : schedule_(schedule), options_(options) {}

  /// A record of one of the rule's jobs.
  void Offer(const AnomalyJobSpec& job, const JudgedRecord& judged);

  /// Events reach this detector as records only.
  void Observe(const MatchedEvent& /*event*/) override {}
  [[nodiscard]] std::optional<Timestamp> NextRun() const override;
  void Run(Timestamp run_at, std::vector<Finding>& findings) override;
  void SkipTo(Timestamp run_at) override { position_ = run_at; }
  [[nodiscard]] std::optional<Timestamp> position() const override { return position_; }

  [[nodiscard]] DetectorCounts counts() const override { return {.cut = cut_}; }
  [[nodiscard]] std::uint64_t num_postponed() const override { return 0; }
  [[nodiscard]] std::uint64_t memory_bytes() const override;

  void Save(ByteWriter& writer) const override;
  [[nodiscard]] Result<void> Load(ByteReader& reader) override;

 private:
  struct Waiting {
    double score = 0.0;
    EventOrder event;
  };

  Schedule schedule_;
  AnomalyOptions options_;
  std::multimap<Timestamp, Waiting> waiting_;          // by known_at
  std::set<std::pair<Timestamp, std::string>> given_;  // bucket and id of records given
  std::optional<Timestamp> position_;
  std::uint64_t cut_ = 0;
};

}  // namespace tripline::runtime

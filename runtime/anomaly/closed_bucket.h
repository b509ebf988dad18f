// ClosedBucket: what is kept of a bucket that is over, for events that come late: which events it
// has counted, and every series' count. 24 bytes a series and 8 an event, what influenced beside.
//
//   ClosedBucket closed(counts, fingerprints);
//   if (closed.TakeEvent(fingerprint)) { closed.Add(detector, key, weight, influencers); }
//   closed.Find(detector, key)   // the whole count: before and late
//
// Series stand under the hash of their key: two of a bucket share one with a chance of 2^-64.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/bucket_counts.h"

namespace tripline::runtime {

class ClosedBucket {
 public:
  /// `events`: fingerprints, in any order.
  ClosedBucket(const BucketCounts& counts, std::vector<std::uint64_t> events);

  /// False if the event has been counted already; else it is from now on.
  [[nodiscard]] bool TakeEvent(std::uint64_t fingerprint);
  void Add(std::size_t detector, const std::string& key, double weight,
           std::span<const std::vector<std::string>> influencers);
  /// The whole bucket counted anew: takes over the series whose counts are others now, and answers
  /// which those are.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::string>> Recount(
      const BucketCounts& counts);
  [[nodiscard]] std::optional<SeriesCount> Find(std::size_t detector, const std::string& key) const;

  [[nodiscard]] bool may_alert() const { return may_alert_; }
  void LetAlert() { may_alert_ = true; }
  [[nodiscard]] std::uint64_t memory_bytes() const;

  void Save(ByteWriter& writer) const;
  /// `num_key_values`: as for BucketCounts::Load.
  [[nodiscard]] static Result<ClosedBucket> Load(ByteReader& reader,
                                                 const std::vector<std::size_t>& num_key_values,
                                                 std::size_t num_influencers);

 private:
  struct Series {
    std::uint64_t key = 0;  // its hash
    double count = 0.0;
    std::uint64_t influenced = 0;  // 1 + its place in influencers_; 0: nothing is known
  };
  using ByInfluencer = std::vector<std::map<std::string, double>>;

  ClosedBucket() = default;
  [[nodiscard]] const Series* FindBefore(std::size_t detector, const std::string& key) const;

  bool may_alert_ = false;
  std::vector<std::vector<Series>> series_;  // per detector, by key
  std::vector<ByInfluencer> influencers_;
  std::vector<std::uint64_t> events_;  // in order
  std::set<std::uint64_t> late_events_;
  std::vector<std::map<std::string, SeriesCount>> late_;  // per detector: whole counts
};

}  // namespace tripline::runtime

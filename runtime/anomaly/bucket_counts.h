// BucketCounts: what one job counted in one bucket: per detector and series the count, and how much
// of it each influencer value brought.
//
//   BucketCounts bucket(num_detectors, num_influencers);
//   bucket.Add(detector, key, weight, influencer_values);
//
// A series is named by a key: the term of its partition value, then of its by value
// (runtime/term.h); empty where the detector splits by nothing.
//
// Space: a series of a bucket remembers at most kMaxInfluencerValues values of each influencer;
// what comes later counts, but influences nothing.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tripline::runtime {

inline constexpr std::size_t kMaxInfluencerValues = 1000;

/// Parts of kept bytes. Load: errors for a count that is negative or not finite, and for terms that
/// are not one whole value.
void SaveInfluencers(const std::vector<std::map<std::string, double>>& influencers,
                     ByteWriter& writer);
[[nodiscard]] Result<std::vector<std::map<std::string, double>>> LoadInfluencers(
    ByteReader& reader, std::size_t num_influencers);
[[nodiscard]] Result<double> LoadCount(ByteReader& reader);
/// A key of a series, read from kept bytes. Errors: not `num_values` whole values.
[[nodiscard]] Result<std::string> LoadKey(ByteReader& reader, std::size_t num_values);

struct SeriesCount {
  void Add(double weight, std::span<const std::vector<std::string>> influencers);

  double count = 0.0;
  std::vector<std::map<std::string, double>> by_influencer;  // per influencer field, by its term
};

struct BucketCounts {
  explicit BucketCounts(std::size_t num_detectors) : series(num_detectors) {}

  /// `influencers`: per influencer field the event's values (terms).
  void Add(std::size_t detector, const std::string& key, double weight,
           std::span<const std::vector<std::string>> influencers);

  void Save(ByteWriter& writer) const;
  /// `num_key_values`: per detector of how many values its keys are.
  [[nodiscard]] static Result<BucketCounts> Load(ByteReader& reader,
                                                 const std::vector<std::size_t>& num_key_values,
                                                 std::size_t num_influencers);

  bool may_alert = false;  // an event of it is more than history
  double num_events = 0.0;
  std::vector<std::map<std::string, SeriesCount>> series;  // per detector, by key
};

}  // namespace tripline::runtime

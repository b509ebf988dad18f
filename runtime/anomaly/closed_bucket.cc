#include "runtime/anomaly/closed_bucket.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/hash.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kBytesOfAnInfluencerValue = 100;

std::uint64_t HashOf(const std::string& key) {
  KeptHash hash;
  hash.Add(key);
  return hash.Value();
}

}  // namespace

ClosedBucket::ClosedBucket(const BucketCounts& counts, std::vector<std::uint64_t> events)
    : may_alert_(counts.may_alert), events_(std::move(events)), late_(counts.series.size()) {
  std::ranges::sort(events_);
  for (const auto& of_detector : counts.series) {
    std::vector<Series>& kept = series_.emplace_back();
    kept.reserve(of_detector.size());
    for (const auto& [key, counted] : of_detector) {
      Series series{.key = HashOf(key), .count = counted.count, .influenced = 0};
      if (std::ranges::any_of(counted.by_influencer,
                              [](const auto& values) { return !values.empty(); })) {
        influencers_.push_back(counted.by_influencer);
        series.influenced = influencers_.size();
      }
      kept.push_back(series);
    }
    std::ranges::sort(kept, {}, &Series::key);
  }
}

bool ClosedBucket::TakeEvent(std::uint64_t fingerprint) {
  return !std::ranges::binary_search(events_, fingerprint) &&
         late_events_.insert(fingerprint).second;
}

const ClosedBucket::Series* ClosedBucket::FindBefore(std::size_t detector,
                                                     const std::string& key) const {
  const std::uint64_t hash = HashOf(key);
  const auto found = std::ranges::lower_bound(series_[detector], hash, {}, &Series::key);
  return found != series_[detector].end() && found->key == hash ? &*found : nullptr;
}

void ClosedBucket::Add(std::size_t detector, const std::string& key, double weight,
                       std::span<const std::vector<std::string>> influencers) {
  SeriesCount whole = Find(detector, key).value_or(SeriesCount{});
  whole.Add(weight, influencers);
  late_[detector].insert_or_assign(key, std::move(whole));
}

std::vector<std::pair<std::size_t, std::string>> ClosedBucket::Recount(const BucketCounts& counts) {
  std::vector<std::pair<std::size_t, std::string>> differing;
  for (std::size_t detector = 0; detector < late_.size(); ++detector) {
    for (const auto& [key, counted] : counts.series[detector]) {
      const std::optional<SeriesCount> before = Find(detector, key);
      // Sums of the same weights in another order differ in their last digits.
      const double most_by_rounding = 1e-9 * counted.count;
      if (!before || std::abs(before->count - counted.count) > most_by_rounding) {
        late_[detector].insert_or_assign(key, counted);
        differing.emplace_back(detector, key);
      }
    }
  }
  return differing;
}

std::optional<SeriesCount> ClosedBucket::Find(std::size_t detector, const std::string& key) const {
  if (const auto late = late_[detector].find(key); late != late_[detector].end()) {
    return late->second;
  }
  const Series* const before = FindBefore(detector, key);
  if (before == nullptr) {
    return std::nullopt;
  }
  SeriesCount counted;
  counted.count = before->count;
  if (before->influenced != 0) {
    counted.by_influencer = influencers_[before->influenced - 1];
  }
  return counted;
}

std::uint64_t ClosedBucket::memory_bytes() const {
  std::uint64_t bytes = events_.size() * 8 + late_events_.size() * 48;
  for (const auto& of_detector : series_) {
    bytes += of_detector.size() * sizeof(Series);
  }
  for (const ByInfluencer& of_series : influencers_) {
    for (const auto& values : of_series) {
      bytes += values.size() * kBytesOfAnInfluencerValue;
    }
  }
  for (const auto& of_detector : late_) {
    bytes += of_detector.size() * 2 * kBytesOfAnInfluencerValue;
  }
  return bytes;
}

void ClosedBucket::Save(ByteWriter& writer) const {
  writer.Number(static_cast<std::uint8_t>(may_alert_ ? 1 : 0));
  for (std::size_t detector = 0; detector < series_.size(); ++detector) {
    writer.Number(static_cast<std::uint32_t>(series_[detector].size()));
    for (const Series& series : series_[detector]) {
      writer.Number(series.key);
      writer.Number(series.count);
      writer.Number(static_cast<std::uint8_t>(series.influenced != 0 ? 1 : 0));
      if (series.influenced != 0) {
        SaveInfluencers(influencers_[series.influenced - 1], writer);
      }
    }
    writer.Number(static_cast<std::uint32_t>(late_[detector].size()));
    for (const auto& [key, counted] : late_[detector]) {
      writer.String(key);
      writer.Number(counted.count);
      SaveInfluencers(counted.by_influencer, writer);
    }
  }
  std::vector<std::uint64_t> events;
  std::ranges::set_union(events_, late_events_, std::back_inserter(events));
  writer.Number(static_cast<std::uint32_t>(events.size()));
  for (const std::uint64_t event : events) {
    writer.Number(event);
  }
}

Result<ClosedBucket> ClosedBucket::Load(ByteReader& reader,
                                        const std::vector<std::size_t>& num_key_values,
                                        std::size_t num_influencers) {
  ClosedBucket bucket;
  bucket.late_.resize(num_key_values.size());
  TRIPLINE_TRY(const std::uint8_t may_alert, reader.Number<std::uint8_t>());
  bucket.may_alert_ = may_alert != 0;
  for (std::size_t detector = 0; detector < num_key_values.size(); ++detector) {
    std::vector<Series>& kept = bucket.series_.emplace_back();
    TRIPLINE_TRY(const std::uint32_t num_series, reader.Count(8 + 8 + 1));
    for (std::uint32_t i = 0; i < num_series; ++i) {
      Series series;
      TRIPLINE_TRY(series.key, reader.Number<std::uint64_t>());
      TRIPLINE_TRY(series.count, LoadCount(reader));
      TRIPLINE_TRY(const std::uint8_t is_influenced, reader.Number<std::uint8_t>());
      if (is_influenced != 0) {
        TRIPLINE_TRY(ByInfluencer influencers, LoadInfluencers(reader, num_influencers));
        bucket.influencers_.push_back(std::move(influencers));
        series.influenced = bucket.influencers_.size();
      }
      if (!kept.empty() && series.key < kept.back().key) {
        return reader.Damaged("series in order");
      }
      kept.push_back(series);
    }
    TRIPLINE_TRY(const std::uint32_t num_late, reader.Count(4 + 8));
    for (std::uint32_t i = 0; i < num_late; ++i) {
      TRIPLINE_TRY(std::string key, LoadKey(reader, num_key_values[detector]));
      SeriesCount counted;
      TRIPLINE_TRY(counted.count, LoadCount(reader));
      TRIPLINE_TRY(counted.by_influencer, LoadInfluencers(reader, num_influencers));
      bucket.late_[detector].insert_or_assign(std::move(key), std::move(counted));
    }
  }
  TRIPLINE_TRY(const std::uint32_t num_events, reader.Count(8));
  for (std::uint32_t i = 0; i < num_events; ++i) {
    TRIPLINE_TRY(const std::uint64_t event, reader.Number<std::uint64_t>());
    if (!bucket.events_.empty() && event <= bucket.events_.back()) {
      return reader.Damaged("events in order");
    }
    bucket.events_.push_back(event);
  }
  return bucket;
}

}  // namespace tripline::runtime

#include "runtime/anomaly/bucket_counts.h"

#include <cmath>
#include <utility>

#include "runtime/term.h"

namespace tripline::runtime {

void SaveInfluencers(const std::vector<std::map<std::string, double>>& influencers,
                     ByteWriter& writer) {
  writer.Number(static_cast<std::uint32_t>(influencers.size()));
  for (const auto& counts : influencers) {
    writer.Number(static_cast<std::uint32_t>(counts.size()));
    for (const auto& [term, count] : counts) {
      writer.String(term);
      writer.Number(count);
    }
  }
}

Result<std::vector<std::map<std::string, double>>> LoadInfluencers(ByteReader& reader,
                                                                   std::size_t num_influencers) {
  TRIPLINE_TRY(const std::uint32_t num_kept, reader.Count(4));
  if (num_kept != num_influencers && num_kept != 0) {
    return reader.Damaged("the job's influencers");
  }
  std::vector<std::map<std::string, double>> influencers(num_kept);
  for (auto& values : influencers) {
    TRIPLINE_TRY(const std::uint32_t num_values, reader.Count(4 + 8));
    for (std::uint32_t i = 0; i < num_values; ++i) {
      TRIPLINE_TRY(const std::string term, LoadKey(reader, 1));
      TRIPLINE_TRY(values[term], LoadCount(reader));
    }
  }
  return influencers;
}

Result<double> LoadCount(ByteReader& reader) {
  TRIPLINE_TRY(const double count, reader.Number<double>());
  if (!(count >= 0.0 && std::isfinite(count))) {
    return reader.Damaged("a count");
  }
  return count;
}

Result<std::string> LoadKey(ByteReader& reader, std::size_t num_values) {
  TRIPLINE_TRY(const std::string_view key, reader.String());
  if (key.empty() ? num_values != 0 : NumTermValues(key) != num_values) {
    return reader.Damaged("a key of " + std::to_string(num_values) + " values");
  }
  return std::string(key);
}

void SeriesCount::Add(double weight, std::span<const std::vector<std::string>> influencers) {
  count += weight;
  by_influencer.resize(influencers.size());
  for (std::size_t i = 0; i < influencers.size(); ++i) {
    std::map<std::string, double>& values = by_influencer[i];
    for (const std::string& term : influencers[i]) {
      if (values.size() < kMaxInfluencerValues || values.contains(term)) {
        values[term] += weight;
      }
    }
  }
}

void BucketCounts::Add(std::size_t detector, const std::string& key, double weight,
                       std::span<const std::vector<std::string>> influencers) {
  series[detector][key].Add(weight, influencers);
}

void BucketCounts::Save(ByteWriter& writer) const {
  writer.Number(static_cast<std::uint8_t>(may_alert ? 1 : 0));
  writer.Number(num_events);
  for (const auto& of_detector : series) {
    writer.Number(static_cast<std::uint32_t>(of_detector.size()));
    for (const auto& [key, counted] : of_detector) {
      writer.String(key);
      writer.Number(counted.count);
      SaveInfluencers(counted.by_influencer, writer);
    }
  }
}

Result<BucketCounts> BucketCounts::Load(ByteReader& reader,
                                        const std::vector<std::size_t>& num_key_values,
                                        std::size_t num_influencers) {
  BucketCounts bucket(num_key_values.size());
  TRIPLINE_TRY(const std::uint8_t may_alert, reader.Number<std::uint8_t>());
  bucket.may_alert = may_alert != 0;
  TRIPLINE_TRY(bucket.num_events, LoadCount(reader));
  for (std::size_t detector = 0; detector < num_key_values.size(); ++detector) {
    auto& of_detector = bucket.series[detector];
    TRIPLINE_TRY(const std::uint32_t num_series, reader.Count(4 + 8 + 4));
    for (std::uint32_t i = 0; i < num_series; ++i) {
      TRIPLINE_TRY(const std::string key, LoadKey(reader, num_key_values[detector]));
      SeriesCount counted;
      TRIPLINE_TRY(counted.count, LoadCount(reader));
      TRIPLINE_TRY(counted.by_influencer, LoadInfluencers(reader, num_influencers));
      if (!of_detector.emplace(key, std::move(counted)).second) {
        return reader.Damaged("every series once");
      }
    }
  }
  return bucket;
}

}  // namespace tripline::runtime

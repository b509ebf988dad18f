// SeriesTable: the series of a detector by their keys, at most so many. Part of SeriesRun.
//
// Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tripline::runtime {

/// `Series` has last_index(): the bucket in which it was seen last.
template <class Series>
class SeriesTable {
 public:
  SeriesTable(std::size_t max_series, std::int64_t silent_buckets)
      : max_series_(max_series), silent_buckets_(silent_buckets) {}

  /// Null if it is not there.
  [[nodiscard]] Series* Find(const std::string& key) {
    const auto found = series_.find(key);
    return found == series_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const Series* Find(const std::string& key) const {
    const auto found = series_.find(key);
    return found == series_.end() ? nullptr : &found->second;
  }

  /// The series, made by `make()` if it is new; null if there is no room for it at `bucket`.
  template <class Make>
  [[nodiscard]] Series* FindOrMake(const std::string& key, std::int64_t bucket, const Make& make) {
    if (Series* const known = Find(key)) {
      return known;
    }
    if (series_.size() >= max_series_) {
      MakeRoom(bucket);
    }
    if (series_.size() >= max_series_) {
      ++num_refused_;
      return nullptr;
    }
    return &series_.emplace(key, make()).first->second;
  }

  /// Requires a key that is not there yet; not bounded: what was kept once is kept.
  void Put(std::string key, Series series) { series_.emplace(std::move(key), std::move(series)); }

  [[nodiscard]] const std::map<std::string, Series>& all() const { return series_; }
  [[nodiscard]] std::map<std::string, Series>& all() { return series_; }
  [[nodiscard]] std::uint64_t num_refused() const { return num_refused_; }

 private:
  // The longest silent twentieth, if they have been silent long enough: pruning one by one would
  // look at every series for each new one.
  void MakeRoom(std::int64_t bucket) {
    if (bucket < next_look_) {
      return;
    }
    std::vector<std::pair<std::int64_t, std::string>> silent;
    for (const auto& [key, series] : series_) {
      if (series.last_index() + silent_buckets_ < bucket) {
        silent.emplace_back(series.last_index(), key);
      }
    }
    std::ranges::sort(silent);
    const std::size_t num_dropped = std::min(silent.size(), max_series_ / 20 + 1);
    for (std::size_t i = 0; i < num_dropped; ++i) {
      series_.erase(silent[i].second);
    }
    next_look_ = silent.empty() ? bucket + 1 : bucket;
  }

  std::size_t max_series_;
  std::int64_t silent_buckets_;
  std::map<std::string, Series> series_;
  std::uint64_t num_refused_ = 0;
  std::int64_t next_look_ = INT64_MIN;
};

}  // namespace tripline::runtime

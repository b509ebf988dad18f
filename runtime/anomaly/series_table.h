// SeriesTable: the series of a detector by their keys, inside a budget of bytes. Part of SeriesRun.
//
// Above kSoftLimit of the budget, series that have been silent for long are dropped once a day: for
// more than nine weeks at kSoftLimit, for more than one where the budget is full. A new series that
// still finds no room takes that of the least useful ones: the longest silent, where each bucket
// that a series has learned counts as much as a bucket of silence less, up to a week's worth. If
// none has been silent for a week, it is refused, and counted.
//
// Kept state is a checkpoint (every series) and deltas (those changed or dropped since the last
// MarkKept). The series' own bytes are the caller's.
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

#include "base/bytes.h"
#include "base/result.h"
#include "runtime/anomaly/bucket_counts.h"
#include "runtime/anomaly/memory_use.h"

namespace tripline::runtime {

/// `Series` has last_index(), the bucket in which it was seen last, and num_learned(), buckets.
template <class Series>
class SeriesTable {
 public:
  /// `bytes_of_one`: of a series beside its key. At least one series has room.
  SeriesTable(std::uint64_t max_bytes, std::uint64_t bytes_of_one, std::int64_t buckets_per_week)
      : bytes_of_one_(bytes_of_one), week_(std::max<std::int64_t>(buckets_per_week, 1)) {
    memory_.limit_bytes = std::max(max_bytes, bytes_of_one);
  }

  /// Null if it is not there.
  [[nodiscard]] const Series* Find(const std::string& key) const {
    const auto found = series_.find(key);
    return found == series_.end() ? nullptr : &found->second.series;
  }

  /// The series to be changed, made by `make()` if it is new; null if there is no room for it.
  template <class Make>
  [[nodiscard]] Series* FindOrMake(const std::string& key, std::int64_t bucket, const Make& make) {
    if (const auto found = series_.find(key); found != series_.end()) {
      found->second.is_changed = true;
      return &found->second.series;
    }
    if (!HasRoomFor(key)) {
      MakeRoom(bucket);
    }
    if (!HasRoomFor(key)) {
      ++memory_.num_refused;
      memory_.is_full = true;
      return nullptr;
    }
    memory_.is_full = false;
    return &Put(key, make());
  }

  /// `change(key, series)` for every series.
  template <class Change>
  void ChangeAll(const Change& change) {
    for (auto& [key, kept] : series_) {
      kept.is_changed = true;
      change(key, kept.series);
    }
  }

  /// Once a day or so: drops what has been silent for longer than the budget allows.
  void DropSilent(std::int64_t bucket) {
    const double fill = memory_.Fill();
    if (fill > kSoftLimit) {
      const double part = std::min(1.0, (fill - kSoftLimit) / (1.0 - kSoftLimit));
      const auto allowed =
          static_cast<std::int64_t>((9.0 - 8.0 * part) * static_cast<double>(week_));
      for (const std::string& key : SilentFor(allowed, bucket)) {
        Drop(key);
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return series_.size(); }
  [[nodiscard]] const MemoryUse& memory() const { return memory_; }

  template <class Save>
  void SaveAll(ByteWriter& writer, const Save& save) const {
    writer.Number(static_cast<std::uint32_t>(series_.size()));
    for (const auto& [key, kept] : series_) {
      writer.String(key);
      save(kept.series, writer);
    }
    writer.Number(std::uint32_t{0});
  }

  template <class Save>
  void SaveChanges(ByteWriter& writer, const Save& save) const {
    writer.Number(static_cast<std::uint32_t>(
        std::ranges::count_if(series_, [](const auto& entry) { return entry.second.is_changed; })));
    for (const auto& [key, kept] : series_) {
      if (kept.is_changed) {
        writer.String(key);
        save(kept.series, writer);
      }
    }
    writer.Number(static_cast<std::uint32_t>(dropped_.size()));
    for (const std::string& key : dropped_) {
      writer.String(key);
    }
  }

  /// What was saved so far is kept: the next delta begins here.
  void MarkKept() {
    for (auto& [key, kept] : series_) {
      kept.is_changed = false;
    }
    dropped_.clear();
  }

  /// Takes in a checkpoint or a delta, with keys of so many values. Not bounded: what was kept once
  /// is kept.
  template <class LoadOne>
  [[nodiscard]] Result<void> Load(ByteReader& reader, std::size_t num_key_values,
                                  const LoadOne& load) {
    TRIPLINE_TRY(const std::uint32_t num_series, reader.Count(4 + 1));
    std::string last;
    for (std::uint32_t i = 0; i < num_series; ++i) {
      TRIPLINE_TRY(const std::string key, LoadKey(reader, num_key_values));
      if (i > 0 && key <= last) {
        return reader.Damaged("series in the order of their keys");
      }
      last = key;
      TRIPLINE_TRY(Series series, load(reader));
      Forget(key);
      Put(key, std::move(series));
    }
    TRIPLINE_TRY(const std::uint32_t num_dropped, reader.Count(4));
    for (std::uint32_t i = 0; i < num_dropped; ++i) {
      TRIPLINE_TRY(const std::string_view key, reader.String());
      Forget(std::string(key));
    }
    return {};
  }

 private:
  struct Kept {
    Series series;
    bool is_changed = true;
  };

  [[nodiscard]] std::uint64_t BytesOf(const std::string& key) const {
    return bytes_of_one_ + key.size();
  }
  [[nodiscard]] bool HasRoomFor(const std::string& key) const {
    return series_.empty() || memory_.used_bytes + BytesOf(key) <= memory_.limit_bytes;
  }

  Series& Put(const std::string& key, Series series) {
    memory_.used_bytes += BytesOf(key);
    ++memory_.num_series;
    return series_.emplace(key, Kept{std::move(series)}).first->second.series;
  }

  void Forget(const std::string& key) {
    if (series_.erase(key) > 0) {
      memory_.used_bytes -= BytesOf(key);
      --memory_.num_series;
    }
  }

  void Drop(const std::string& key) {
    Forget(key);
    dropped_.push_back(key);
    ++memory_.num_dropped;
  }

  // The least useful first.
  [[nodiscard]] std::vector<std::string> SilentFor(std::int64_t num_buckets,
                                                   std::int64_t bucket) const {
    std::vector<std::pair<std::int64_t, const std::string*>> silent;
    for (const auto& [key, kept] : series_) {
      if (kept.series.last_index() + num_buckets < bucket) {
        const auto learned = static_cast<std::int64_t>(kept.series.num_learned());
        silent.emplace_back(kept.series.last_index() + std::min(learned, week_), &key);
      }
    }
    std::ranges::sort(silent, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : *a.second < *b.second;
    });
    std::vector<std::string> keys;
    keys.reserve(silent.size());
    for (const auto& [rank, key] : silent) {
      keys.push_back(*key);
    }
    return keys;
  }

  // A twentieth at once: one by one would look at every series for each new one.
  void MakeRoom(std::int64_t bucket) {
    if (bucket < next_look_) {
      return;
    }
    const std::vector<std::string> silent = SilentFor(week_, bucket);
    const std::size_t num_dropped = std::min(silent.size(), series_.size() / 20 + 1);
    for (std::size_t i = 0; i < num_dropped; ++i) {
      Drop(silent[i]);
    }
    next_look_ = silent.empty() ? bucket + 1 : bucket;
  }

  std::uint64_t bytes_of_one_;
  std::int64_t week_;
  std::map<std::string, Kept> series_;
  std::vector<std::string> dropped_;  // since MarkKept, in order
  MemoryUse memory_;
  std::int64_t next_look_ = INT64_MIN;
};

}  // namespace tripline::runtime

// MemoryUse: what the models of an anomaly job take of its model_memory_limit, in the words of
// Elastic's model size statistics.
//
// Plain data.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tripline::runtime {

/// From this part of the limit on, long silent series are dropped.
inline constexpr double kSoftLimit = 0.6;

struct MemoryUse {
  std::uint64_t used_bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::uint64_t num_series = 0;
  std::uint64_t num_refused = 0;  // counts of new series that found no room, since the beginning
  std::uint64_t num_dropped = 0;  // silent series that made room
  bool is_full = false;           // the last new series was refused

  [[nodiscard]] double Fill() const {
    return limit_bytes == 0 ? 1.0
                            : static_cast<double>(used_bytes) / static_cast<double>(limit_bytes);
  }

  /// "ok", "soft_limit" (silent series are dropped earlier) or "hard_limit" (new ones are refused).
  [[nodiscard]] std::string_view Status() const {
    return is_full ? "hard_limit" : (Fill() > kSoftLimit ? "soft_limit" : "ok");
  }

  /// Two detectors of one job.
  void Add(const MemoryUse& other) {
    used_bytes += other.used_bytes;
    limit_bytes += other.limit_bytes;
    num_series += other.num_series;
    num_refused += other.num_refused;
    num_dropped += other.num_dropped;
    is_full = is_full || other.is_full;
  }
};

}  // namespace tripline::runtime

// PartSizes: whether the next thing to keep of a detector or a model is a delta or a new
// checkpoint.
//
// A delta is as good as its size; once the deltas since the checkpoint weigh as much as it, or are
// too many to read back one by one, everything is written anew. So what is written over time is at
// most twice the changes, and what is read at most twice the state.
//
// Plain value.
#pragma once

#include <cstddef>

namespace tripline::runtime {

class PartSizes {
 public:
  /// True if there is a checkpoint that a delta of so many bytes may follow.
  [[nodiscard]] bool TakesDelta(std::size_t num_bytes) const {
    return checkpoint_bytes_ > 0 && num_deltas_ < kMostDeltas &&
           delta_bytes_ + num_bytes < checkpoint_bytes_;
  }
  void AddDelta(std::size_t num_bytes) {
    delta_bytes_ += num_bytes;
    ++num_deltas_;
  }
  void AddCheckpoint(std::size_t num_bytes) { *this = PartSizes(num_bytes); }
  /// A part as it was read back: the checkpoint first.
  void Read(std::size_t num_bytes) {
    checkpoint_bytes_ == 0 ? AddCheckpoint(num_bytes) : AddDelta(num_bytes);
  }

  PartSizes() = default;

 private:
  static constexpr std::size_t kMostDeltas = 1'000;

  explicit PartSizes(std::size_t checkpoint_bytes) : checkpoint_bytes_(checkpoint_bytes) {}

  std::size_t checkpoint_bytes_ = 0;
  std::size_t delta_bytes_ = 0;
  std::size_t num_deltas_ = 0;
};

}  // namespace tripline::runtime

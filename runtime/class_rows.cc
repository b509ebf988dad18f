#include "runtime/class_rows.h"

#include <algorithm>

namespace tripline::runtime {

std::uint32_t ClassRows::Open(jit::ClassId id) noexcept {
  if (num_open_ == kMaxClasses) {
    return 0;
  }
  ids_[num_open_] = id;
  ++num_open_;
  slot_of_[id] = static_cast<std::uint8_t>(num_open_);
  std::fill_n(BitsOf(num_open_), num_words_, 0U);
  return num_open_;
}

}  // namespace tripline::runtime

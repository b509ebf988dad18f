// SavedPart: what of a detector or a model is written: a checkpoint, or a delta to be read after
// it.
//
// Plain data.
#pragma once

#include <cstdint>

namespace tripline::runtime {

enum class SavedPart : std::uint8_t {
  kEverything,  // all there is
  kChanges      // what has changed since MarkKept
};

}  // namespace tripline::runtime

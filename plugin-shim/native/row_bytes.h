// What goes over the buffers beside blocks: chunks of a dictionary's values in, needed rows and
// verdicts out. plugin-shim/native/face.h has the layouts.
//
// Free functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "runtime/matcher.h"
#include "runtime/segment_plan.h"

namespace tripline::shim {

/// Values of a dictionary: value i is text[ends[i] .. ends[i + 1]).
struct ValueChunk {
  std::span<const std::uint32_t> ends;
  std::string_view text;
};

/// Looks into `bytes`. Errors: kInvalid.
[[nodiscard]] Result<ValueChunk> ReadValueChunk(std::span<const std::byte> bytes);

/// Answer the bytes written. Errors: kLimit, if `out` is too small.
[[nodiscard]] Result<std::size_t> WriteNeededRows(const runtime::SegmentPlan& plan,
                                                  const runtime::RowFinder& finder,
                                                  std::uint32_t num_words,
                                                  std::span<std::byte> out);
[[nodiscard]] Result<std::size_t> WriteVerdicts(const runtime::Matcher& matcher,
                                                std::uint32_t num_outputs, std::uint32_t num_words,
                                                std::span<std::byte> out);

}  // namespace tripline::shim

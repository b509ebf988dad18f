// Matcher: one block of events against all queries of a ruleset in one pass.
//
//   Batch -> per field: each distinct value's answer class, once -> a bitmap of rows per leaf
//         -> the kernel (machine code, or the interpreter) -> a bitmap of rows per output
//
// The answers of dictionary values are kept under the dictionary's id and grow with it; only values
// that occur are decided. A Matcher is one thread's; what several of them can share is the
// MatchEngine (runtime/match_engine.h). The Program is only looked at while they are made.
//
//   TRIPLINE_TRY(auto matcher, Matcher::Make(ruleset.program));
//   matcher->Match(block.batch);
//   if (matcher->AnyOf(output)) Use(matcher->RowsOf(output));
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/batch.h"
#include "runtime/native_cache.h"
#include "runtime/relative_dates.h"

namespace tripline::runtime {

enum class MatcherCode : std::uint8_t {
  kAuto,         // machine code where it takes no longer than a blink to make, else the interpreter
  kMachineCode,  // compiled when the Matcher is made
  kInterpreter,  // ready at once, the same answers
};

struct MatcherOptions {
  /// At a desk, machine code for a large ruleset never earns back the time that making it takes
  /// (docs/decisions/001-machine-code.md); for a few rules it is there at once.
  MatcherCode code = MatcherCode::kAuto;
  /// What was compiled for the same Program before (Ruleset::native); looked at while the Matcher
  /// is made. Null: nothing was.
  const NativeCache* native = nullptr;
};

/// What a foreign Batch must keep before it may be matched: columns for all fields, of their kinds,
/// codes below the dictionary's size, offsets that do not decrease and end at the number of slots,
/// bitmaps long enough. Errors: kInvalid, naming the column. The desk's own readers keep it by
/// construction.
[[nodiscard]] Result<void> CheckBatch(const Batch& batch, const jit::Program& program);

class MatchEngine;

class Matcher {
 public:
  /// Errors: kLimit (no memory).
  [[nodiscard]] static Result<std::unique_ptr<Matcher>> Make(
      std::shared_ptr<const MatchEngine> engine);
  /// With an engine of its own.
  /// Errors: kInvalid (Verify says no), kLimit, kUnsupported (a CPU that Hyperscan does not know).
  [[nodiscard]] static Result<std::unique_ptr<Matcher>> Make(const jit::Program& program,
                                                             const MatcherOptions& options = {});
  virtual ~Matcher() = default;

  /// Requires a Batch that CheckBatch accepts. Forgets the answers of the block before.
  /// `clock` is what the queries call `now`; not given, it stands at the epoch.
  virtual void Match(const Batch& batch, const RowClock& clock) = 0;
  void Match(const Batch& batch) { Match(batch, RowClock{}); }

  /// True if some row of the block makes the output true.
  [[nodiscard]] virtual bool AnyOf(jit::OutputIndex output) const = 0;
  /// Bitmap of the rows that make the output true; bits behind the last row are zero. Requires
  /// AnyOf(output).
  [[nodiscard]] virtual std::span<const std::uint64_t> RowsOf(jit::OutputIndex output) const = 0;

  /// Values that were evaluated without a cache because a table was full: slower, never wrong.
  [[nodiscard]] virtual std::uint64_t num_uncached() const = 0;
  /// Values that were passed over because there was no memory to decide them.
  [[nodiscard]] virtual std::uint64_t num_undecided() const = 0;
};

}  // namespace tripline::runtime

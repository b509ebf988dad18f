// PatternSet: all globs of one field against one value at once. The only door to Hyperscan (or
// Vectorscan, which has the same interface).
//
// The library looks for one literal of each glob, the longest; where the literal is not all that
// the glob says, a hit is confirmed by the glob's slow twin (jit/glob.h). Whole globs as regular
// expressions were tried and cost fifteen times as much to compile, without bound for short pieces:
// docs/decisions/002-globs-by-literals.md. Globs without a literal worth looking for, or beyond the
// limits, are asked one by one of the twin: slower and counted, never wrong.
//
// Immutable once made; any number of threads may match, each with its own PatternScratch, which may
// be fitted to any number of sets.
//
//   TRIPLINE_TRY(PatternSet set, PatternSet::Make(globs));
//   PatternScratch scratch;
//   TRIPLINE_TRY_VOID(scratch.Fit(set));
//   set.Match(value, scratch, &hits);   // numbers into globs
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/pattern_databases.h"
#include "jit/program.h"

namespace tripline::jit {

struct PatternLimits {
  /// Distinct literals in the database: 10,000 take about two seconds to compile, and more grows
  /// faster than the number.
  std::size_t literals = 20'000;
  /// A larger database is thrown away, and all its globs are left to the twin. 30,000 literals take
  /// 5 MB.
  std::size_t database_bytes = std::size_t{64} << 20U;
  /// Databases that were compiled before: one with a set's literals is taken in the place of
  /// compiling, if the library takes it here. Looked at while sets are made. As dangerous as code:
  /// the caller must know where they come from.
  const PatternDatabases* ready = nullptr;
  /// What compiled databases are to run on.
  PatternPlatform platform = PatternPlatform::kThisMachine;
};

class PatternScratch;

class PatternSet {
 public:
  /// A glob that the library does not look for, and why.
  struct Fallback {
    std::uint32_t pattern;
    std::string reason;
  };

  /// Errors: kUnsupported (this processor lacks SSSE3). What the library refuses is a fallback.
  static Result<PatternSet> Make(std::vector<Glob> globs, const PatternLimits& limits = {});

  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  /// Replaces `*hits` by the numbers of the globs that match the whole value, each once, in no
  /// order. If the scratch was not fitted to this set, or the library fails, the twin answers.
  void Match(std::string_view value, PatternScratch& scratch,
             std::vector<std::uint32_t>* hits) const;

  [[nodiscard]] std::size_t size() const;  // globs, fallbacks included
  [[nodiscard]] std::span<const Fallback> fallbacks() const;
  [[nodiscard]] std::size_t database_bytes() const;
  /// True if the library's compiler was called, which takes milliseconds to seconds.
  [[nodiscard]] bool was_compiled() const;
  /// Adds the set's database, if it has one, for PatternLimits::ready. Errors: kUnavailable.
  Result<void> AddTo(PatternDatabases* databases) const;

  /// Name and version of the library: databases of another one are not taken.
  [[nodiscard]] static std::string Library();

 private:
  friend class PatternScratch;
  struct State;
  explicit PatternSet(std::unique_ptr<const State> state);

  std::unique_ptr<const State> state_;
};

/// What one thread needs to match; it grows to the largest set that it is fitted to.
class PatternScratch {
 public:
  PatternScratch();
  PatternScratch(PatternScratch&&) noexcept;
  PatternScratch& operator=(PatternScratch&&) noexcept;
  ~PatternScratch();

  /// Errors: kLimit (no memory). Not while a match with this scratch runs.
  Result<void> Fit(const PatternSet& set);

 private:
  friend class PatternSet;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tripline::jit

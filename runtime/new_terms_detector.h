// NewTermsDetector: the detector of new_terms rules. A finding is a term (one value of each of the
// rule's one to three fields) that is new at a run, with the earliest event of the window that
// holds it.
//
// An event holds every combination of its fields' values; an event that lacks one of the fields
// holds none. TermHistory (runtime/term_history.h) says which terms are new.
//
// Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"
#include "runtime/term_history.h"
#include "runtime/term_key.h"

namespace tripline::runtime {

struct NewTermsOptions {
  std::size_t num_fields = 1;
  std::uint32_t max_signals = 100;
  /// Combinations of one event at most: the first ones in the order of the event's values, the last
  /// field's fastest. The rest is left out and counted; three arrays of 1,000 values would be 10^9.
  std::uint64_t max_combinations = 10'000;
  /// Of the keys that the history knows terms by; Load brings its own.
  TermSecret secret{};
};

class NewTermsDetector : public Detector {
 public:
  NewTermsDetector(const Schedule& schedule, const NewTermsOptions& options);

  /// Requires as many term_values as the rule has fields; each holds distinct values.
  void Observe(const MatchedEvent& event) override;
  /// The same for one term, whose bytes are known, and at once. Requires values of all fields.
  void ObserveTerm(std::string_view term, const MatchedEvent& event) {
    history_.Observe(history_.Call(term), term, event);
  }
  void Settle() override;
  [[nodiscard]] bool MayHaveSeen(const MatchedEvent& event) const override;
  [[nodiscard]] std::optional<Timestamp> NextRun() const override { return history_.NextRun(); }
  void Run(Timestamp run_at, std::vector<Finding>& findings) override;
  void SkipTo(Timestamp run_at) override { history_.SkipTo(run_at); }
  [[nodiscard]] std::optional<Timestamp> position() const override { return history_.position(); }

  [[nodiscard]] DetectorCounts counts() const override;
  [[nodiscard]] std::uint64_t num_postponed() const override { return history_.num_postponed(); }
  [[nodiscard]] std::uint64_t memory_bytes() const override { return history_.memory_bytes(); }
  [[nodiscard]] std::size_t num_terms() const { return history_.num_terms(); }

  void Save(ByteWriter& writer) const override { history_.Save(writer); }
  [[nodiscard]] bool SaveChanges(ByteWriter& writer) const override {
    return history_.SaveChanges(writer);
  }
  void MarkKept() override { history_.MarkKept(); }
  [[nodiscard]] Result<void> Load(ByteReader& reader) override;

 private:
  // An occurrence on its way into the history: its term's place in memory is called for when it is
  // put here, and has come when it is taken out.
  struct Called {
    MatchedEvent event{};
    TermKey key{};
    std::string term;
  };
  static constexpr std::size_t kNumCalled = 16;

  void TakeIn(std::size_t at);

  NewTermsOptions options_;
  TermHistory history_;
  std::uint64_t clipped_events_ = 0;
  std::uint64_t clipped_terms_ = 0;
  std::array<Called, kNumCalled> called_;
  std::size_t first_called_ = 0;
  std::size_t num_called_ = 0;
  std::vector<std::size_t> digits_;  // which value of each field it holds
};

}  // namespace tripline::runtime

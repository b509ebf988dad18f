// The combinations of an event's values are counted through like the digits of a number whose last
// digit is the last field. Each takes its way through a short queue, in which its place in the
// history comes from memory while others are looked at: that hides most of the cost of a large
// history, which is one access to memory that no cache holds.
#include "runtime/new_terms_detector.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"

namespace tripline::runtime {
namespace {

// The product of the numbers of values, at most the largest number.
std::uint64_t NumCombinations(std::span<const std::vector<std::string>> values) {
  std::uint64_t product = 1;
  for (const std::vector<std::string>& field : values) {
    if (__builtin_mul_overflow(product, field.size(), &product)) {
      return std::numeric_limits<std::uint64_t>::max();
    }
  }
  return product;
}

}  // namespace

NewTermsDetector::NewTermsDetector(const Schedule& schedule, const NewTermsOptions& options)
    : options_(options), history_(schedule, options.secret), digits_(options.num_fields) {}

void NewTermsDetector::Observe(const MatchedEvent& event) {
  Check(event.term_values.size() == digits_.size(), "an event has values for each field");
  for (const std::vector<std::string>& field : event.term_values) {
    if (field.empty()) {
      return;
    }
  }
  std::uint64_t num_terms = NumCombinations(event.term_values);
  if (history_.IsForgotten(event.time)) {
    return;
  }
  if (num_terms > options_.max_combinations) {
    ++clipped_events_;
    clipped_terms_ += num_terms - options_.max_combinations;
    num_terms = options_.max_combinations;
  }
  digits_.assign(digits_.size(), 0);
  for (std::uint64_t i = 0; i < num_terms; ++i) {
    if (num_called_ == kNumCalled) {
      TakeIn(1);
    }
    Called& called = called_[(first_called_ + num_called_++) % kNumCalled];
    called.term.clear();
    for (std::size_t field = 0; field < digits_.size(); ++field) {
      called.term += event.term_values[field][digits_[field]];
    }
    called.key = history_.Call(called.term);
    called.event = {
        .time = event.time, .use = event.use, .source = event.source, .term_values = {}};
    for (std::size_t field = digits_.size(); field-- > 0;) {
      if (++digits_[field] < event.term_values[field].size()) {
        break;
      }
      digits_[field] = 0;
    }
  }
}

// An event that was seen left none of its terms with an earlier last occurrence. One term is asked
// for, the first: of an event with many, it stands for all.
bool NewTermsDetector::MayHaveSeen(const MatchedEvent& event) const {
  std::string term;
  for (const std::vector<std::string>& field : event.term_values) {
    if (field.empty()) {
      return true;
    }
    term += field.front();
  }
  return history_.MayHaveSeen(term, event.time);
}

// The first `count` of what was called for.
void NewTermsDetector::TakeIn(std::size_t count) {
  for (; count > 0; --count) {
    const Called& called = called_[first_called_];
    history_.Observe(called.key, called.term, called.event);
    first_called_ = (first_called_ + 1) % kNumCalled;
    --num_called_;
  }
}

void NewTermsDetector::Settle() { TakeIn(num_called_); }

void NewTermsDetector::Run(Timestamp run_at, std::vector<Finding>& findings) {
  history_.Run(run_at, options_.max_signals, findings);
}

DetectorCounts NewTermsDetector::counts() const {
  return {
      .cut = history_.cut(), .clipped_events = clipped_events_, .clipped_terms = clipped_terms_};
}

Result<void> NewTermsDetector::Load(ByteReader& reader) {
  return history_.Load(reader, options_.num_fields);
}

}  // namespace tripline::runtime

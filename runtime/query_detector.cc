// Two ordered sets, what waits and what was given, walked from the front. The runs that examine an
// event form a range whose ends both rise with the event's time, so the events of one cell (the
// same range of runs) are neighbours, and what no run examines any more stands at the front.
//
// Why k * max_signals of a cell are enough: each of the k runs that examine an event either gives
// it or gives max_signals events before it. If k * max_signals waiting events of its own cell stand
// before it, all of them must be given in those same k runs before it can be.
#include "runtime/query_detector.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/event.h"
#include "runtime/schedule.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 1;
// An event's time, the lengths of its three texts and its kind.
constexpr std::size_t kMinBytesOfAnEvent = 8 + 3 * 4 + 1;

}  // namespace

QueryDetector::QueryDetector(const Schedule& schedule, std::uint32_t max_signals)
    : schedule_(schedule), max_signals_(max_signals) {}

std::uint64_t QueryDetector::CapacityOf(const RunRange& runs) const {
  const Timestamp first =
      position_ ? std::max(runs.first, *position_ + schedule_.interval()) : runs.first;
  const std::uint64_t num_runs = schedule_.CountRuns(first, runs.last);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return std::min(num_runs, kMost) * max_signals_;
}

QueryDetector::Events::iterator QueryDetector::LastOf(const RunRange& runs) {
  const Timestamp last_examined_by_first = schedule_.WindowOf(runs.first).to;
  const Timestamp last_examined_by_last =
      schedule_.WindowOf(runs.last + schedule_.interval()).from - Milliseconds(1);
  // The first event later than the cell: no document compares below the empty one.
  const EventOrder end{
      .time = std::min(last_examined_by_first, last_examined_by_last) + Milliseconds(1),
      .document = std::make_shared<Document>()};
  return std::prev(waiting_.lower_bound(end));
}

QueryDetector::Events::iterator QueryDetector::Drop(Events::iterator at) {
  const RunRange runs = schedule_.RunsOver(at->time);
  const auto cell = num_waiting_.find({runs.first, runs.last});
  if (--cell->second == 0) {
    num_waiting_.erase(cell);
  }
  return waiting_.erase(at);
}

void QueryDetector::Observe(const MatchedEvent& event) {
  const RunRange runs = schedule_.RunsOver(event.time);
  if (event.use == EventUse::kHistoryOnly || runs.IsEmpty() ||
      (position_ && runs.last <= *position_)) {
    return;
  }
  const std::uint64_t capacity = CapacityOf(runs);
  const Cell cell{runs.first, runs.last};
  const auto known = num_waiting_.find(cell);
  if (known != num_waiting_.end() && known->second >= capacity && event.time > LastOf(runs)->time) {
    ++num_dropped_[cell];  // told apart without computing its identity
    return;
  }
  const EventOrder order{.time = event.time, .document = event.source->Keep()};
  if (alerted_.contains(order) || !waiting_.insert(order).second) {
    return;
  }
  if (++num_waiting_[cell] > capacity) {
    Drop(LastOf(runs));
    ++num_dropped_[cell];
  }
}

std::optional<Timestamp> QueryDetector::NextRun() const {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  const Timestamp first = schedule_.RunsOver(waiting_.begin()->time).first;
  return position_ ? std::max(first, *position_ + schedule_.interval()) : first;
}

void QueryDetector::Run(Timestamp run_at, std::vector<Finding>& findings) {
  std::uint32_t num_found = 0;
  const Timestamp to = schedule_.WindowOf(run_at).to;
  auto at = waiting_.begin();
  while (at != waiting_.end() && at->time <= to && num_found < max_signals_) {
    alerted_.insert({.time = at->time, .document = at->document->WithoutText()});
    findings.push_back({.event = *at, .term = {}});
    at = Drop(at);
    ++num_found;
  }
  SkipTo(run_at);
}

void QueryDetector::SkipTo(Timestamp run_at) {
  position_ = run_at;
  const Timestamp from = schedule_.WindowOf(run_at + schedule_.interval()).from;
  while (!waiting_.empty() && waiting_.begin()->time < from) {
    Drop(waiting_.begin());
    ++cut_;
  }
  while (!alerted_.empty() && alerted_.begin()->time < from) {
    alerted_.erase(alerted_.begin());
  }
  while (!num_dropped_.empty() && num_dropped_.begin()->first.second <= run_at) {
    cut_ += num_dropped_.begin()->second;
    num_dropped_.erase(num_dropped_.begin());
  }
  Trim();
}

// Fewer runs are left to the cells that a run has examined, so that less of them can be given.
void QueryDetector::Trim() {
  for (auto cell = num_waiting_.begin();
       cell != num_waiting_.end() && cell->first.first <= *position_;) {
    const RunRange runs{.first = cell->first.first, .last = cell->first.second};
    const std::uint64_t capacity = CapacityOf(runs);
    ++cell;  // stays where it is when the one before it goes
    for (auto known = num_waiting_.find({runs.first, runs.last});
         known != num_waiting_.end() && known->second > capacity;
         known = num_waiting_.find({runs.first, runs.last})) {
      Drop(LastOf(runs));
      ++num_dropped_[{runs.first, runs.last}];
    }
  }
}

void QueryDetector::ForgetWaiting() {
  waiting_.clear();
  num_waiting_.clear();
  num_dropped_.clear();
}

void QueryDetector::NoteAlerted(const EventOrder& event) {
  const RunRange runs = schedule_.RunsOver(event.time);
  if (!runs.IsEmpty() && (!position_ || runs.last > *position_)) {
    alerted_.insert(event);
  }
}

DetectorCounts QueryDetector::counts() const {
  DetectorCounts counts{.cut = cut_};
  for (const auto& [cell, num_events] : num_dropped_) {
    counts.cut += num_events;
  }
  return counts;
}

std::uint64_t QueryDetector::num_postponed() const {
  if (!position_) {
    return 0;
  }
  const Timestamp to = schedule_.WindowOf(*position_).to;
  std::uint64_t num_events = 0;
  for (auto at = waiting_.begin(); at != waiting_.end() && at->time <= to; ++at) {
    ++num_events;
  }
  return num_events;
}

std::uint64_t QueryDetector::memory_bytes() const {
  constexpr std::uint64_t kNode = 48 + sizeof(EventOrder) + sizeof(Document) + 64;
  std::uint64_t bytes = (waiting_.size() + alerted_.size()) * kNode;
  for (const EventOrder& event : waiting_) {
    bytes += event.document->json.size();
  }
  return bytes;
}

void QueryDetector::Save(ByteWriter& writer) const {
  writer.Number(kVersion);
  SaveOptionalTime(writer, position_);
  for (const Events* events : {&waiting_, &alerted_}) {
    writer.Number(static_cast<std::uint32_t>(events->size()));
    for (const EventOrder& event : *events) {
      SaveTime(writer, event.time);
      event.document->Save(writer);
    }
  }
}

Result<void> QueryDetector::LoadEvents(ByteReader& reader, Events& events) {
  TRIPLINE_TRY(const std::uint32_t num_events, reader.Count(kMinBytesOfAnEvent));
  for (std::uint32_t i = 0; i < num_events; ++i) {
    EventOrder event;
    TRIPLINE_TRY(event.time, LoadTime(reader));
    TRIPLINE_TRY(event.document, Document::Load(reader));
    const RunRange runs = schedule_.RunsOver(event.time);
    if (runs.IsEmpty() || (position_ && runs.last <= *position_)) {
      return reader.Damaged("an event that a run to come examines");
    }
    if (!events.empty() && !(*events.rbegin() < event)) {
      return reader.Damaged("events in the order of their time");
    }
    events.insert(events.end(), std::move(event));
  }
  return {};
}

Result<void> QueryDetector::Load(ByteReader& reader) {
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the state of a query rule has format " +
                                             std::to_string(version) + ", this version reads " +
                                             std::to_string(kVersion));
  }
  if (position_ || !waiting_.empty() || !alerted_.empty()) {
    return reader.Damaged("a single part: query rules keep no changes");
  }
  TRIPLINE_TRY(position_, LoadOptionalTime(reader));
  TRIPLINE_TRY_VOID(LoadEvents(reader, waiting_));
  TRIPLINE_TRY_VOID(LoadEvents(reader, alerted_));
  for (const EventOrder& event : waiting_) {
    const RunRange runs = schedule_.RunsOver(event.time);
    ++num_waiting_[{runs.first, runs.last}];
  }
  return {};
}

}  // namespace tripline::runtime

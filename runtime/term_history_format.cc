// TermHistory as bytes: Save and Load. Format 1, little-endian:
//
//   history  = u32 version, optional position, u64 number of terms, term*
//   term     = string bytes, i64 last seen, u32 number of arrivals, arrival*
//   arrival  = i64 time, optional silent since, u8 standing (0 quiet, 1 waiting, 2 alerted),
//              u8 is postponed, document if the standing is not quiet
//   optional = u8 0 | u8 1, i64 time              string = u32 length, bytes
//
// Terms rise by their bytes, a term's arrivals by time. What no run to come can ask for is left
// out, so the bytes depend on the history alone and not on the order in which it came to be.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/event.h"
#include "runtime/schedule.h"
#include "runtime/term.h"
#include "runtime/term_history.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 1;

}  // namespace

void TermHistory::SaveArrival(ByteWriter& writer, Timestamp time, const Arrival& arrival) const {
  SaveTime(writer, time);
  const bool is_since_ever = !arrival.silent_since || IsForgotten(*arrival.silent_since);
  SaveOptionalTime(writer, is_since_ever ? std::nullopt : arrival.silent_since);
  writer.Number(static_cast<std::uint8_t>(arrival.standing));
  writer.Number<std::uint8_t>(arrival.is_postponed ? 1 : 0);
  if (arrival.standing != Standing::kQuiet) {
    arrival.document->Save(writer);
  }
}

void TermHistory::Save(ByteWriter& writer) const {
  const std::span<const std::string_view> values = terms_.View().values;
  std::vector<TermCode> codes;
  for (TermCode code = 0; code < last_seen_.size(); ++code) {
    if (!IsForgotten(last_seen_[code])) {
      codes.push_back(code);
    }
  }
  std::ranges::sort(codes, {}, [&](TermCode code) { return values[code]; });
  const std::optional<Timestamp> from = NextFrom();
  writer.Number(kVersion);
  SaveOptionalTime(writer, position_);
  writer.Number(static_cast<std::uint64_t>(codes.size()));
  for (const TermCode code : codes) {
    writer.String(values[code]);
    SaveTime(writer, last_seen_[code]);
    const auto begin = from ? arrivals_.upper_bound({code, *from})
                            : arrivals_.lower_bound({code, Timestamp::min()});
    const auto end = arrivals_.upper_bound({code, Timestamp::max()});
    writer.Number(static_cast<std::uint32_t>(std::distance(begin, end)));
    for (auto at = begin; at != end; ++at) {
      SaveArrival(writer, at->first.second, at->second);
    }
  }
}

Result<Timestamp> TermHistory::LoadArrival(ByteReader& reader, TermCode term,
                                           std::optional<Timestamp> previous) {
  Arrival arrival;
  TRIPLINE_TRY(const Timestamp time, LoadTime(reader));
  TRIPLINE_TRY(arrival.silent_since, LoadOptionalTime(reader));
  TRIPLINE_TRY(const auto standing, reader.Number<std::uint8_t>());
  TRIPLINE_TRY(const auto is_postponed, reader.Number<std::uint8_t>());
  if (standing > static_cast<std::uint8_t>(Standing::kAlerted) || is_postponed > 1) {
    return reader.Damaged("a known standing of an arrival");
  }
  const std::optional<Timestamp> from = NextFrom();
  if ((from && time <= *from) || !IsLongSilence(arrival.silent_since, time) ||
      (previous && (!arrival.silent_since || *arrival.silent_since < *previous))) {
    return reader.Damaged("arrivals in the order of time with a long silence before each");
  }
  arrival.standing = static_cast<Standing>(standing);
  arrival.is_postponed = is_postponed == 1;
  if (arrival.standing != Standing::kQuiet) {
    TRIPLINE_TRY(arrival.document, Document::Load(reader));
  }
  const auto at = arrivals_.emplace_hint(arrivals_.end(), std::pair(term, time), arrival);
  if (arrival.standing == Standing::kWaiting) {
    const RunRange runs = RunsThatFind(arrival.silent_since, time);
    if (runs.IsEmpty()) {
      return reader.Damaged("a run to come for an arrival that waits");
    }
    Wait(at, runs.first);
  }
  return time;
}

Result<void> TermHistory::Load(ByteReader& reader, std::size_t num_fields) {
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the history of a new_terms rule has format " +
                                             std::to_string(version) + ", this version reads " +
                                             std::to_string(kVersion));
  }
  TRIPLINE_TRY(position_, LoadOptionalTime(reader));
  TRIPLINE_TRY(const auto num_terms, reader.Number<std::uint64_t>());
  std::string_view previous_term;
  for (std::uint64_t i = 0; i < num_terms; ++i) {
    TRIPLINE_TRY(const std::string_view term, reader.String());
    if (NumTermValues(term) != num_fields || (i > 0 && term <= previous_term)) {
      return reader.Damaged("terms in the order of their bytes, a value for each field");
    }
    previous_term = term;
    TRIPLINE_TRY(const Timestamp last_seen, LoadTime(reader));
    const TermCode code = terms_.Intern(term);
    last_seen_.push_back(last_seen);
    TRIPLINE_TRY(const auto num_arrivals, reader.Number<std::uint32_t>());
    std::optional<Timestamp> previous;
    for (std::uint32_t j = 0; j < num_arrivals; ++j) {
      TRIPLINE_TRY(previous, LoadArrival(reader, code, previous));
    }
    if (previous && *previous > last_seen) {
      return reader.Damaged("no arrival after the last occurrence");
    }
  }
  sweep_at_terms_ = std::max(sweep_at_terms_, 2 * last_seen_.size());
  sweep_at_arrivals_ = std::max(sweep_at_arrivals_, 2 * arrivals_.size());
  return {};
}

}  // namespace tripline::runtime

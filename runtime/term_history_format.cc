// TermHistory as bytes: Save and Load. Format 2, little-endian:
//
//   part     = u32 version, u8 what (0 everything, 1 changes), 16 bytes secret, optional position,
//              u64 number of terms, term*
//   term     = u64 high, u64 low, i64 last seen, u32 number of arrivals, arrival*
//   arrival  = i64 time, optional silent since, u8 standing (0 quiet, 1 waiting, 2 alerted),
//              u8 is postponed, document if the standing is not quiet, string term if it is waiting
//   optional = u8 0 | u8 1, i64 time              string = u32 length, bytes
//
// Terms rise by their keys, a term's arrivals by time. What no run to come can ask for is left out,
// so the bytes of a whole history depend on what it knows alone, and not on the order in which it
// came to know it. A term of a part of changes takes the place of what stood there before.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/event.h"
#include "runtime/saved_part.h"
#include "runtime/schedule.h"
#include "runtime/term.h"
#include "runtime/term_history.h"
#include "runtime/term_key.h"
#include "runtime/term_table.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kLeastBytesOfATerm = 8 + 8 + 8 + 4;

void SaveArrivalHead(ByteWriter& writer, Timestamp time, std::optional<Timestamp> silent_since,
                     std::uint8_t standing, bool is_postponed) {
  SaveTime(writer, time);
  SaveOptionalTime(writer, silent_since);
  writer.Number(standing);
  writer.Number<std::uint8_t>(is_postponed ? 1 : 0);
}

}  // namespace

void TermHistory::SaveTerm(ByteWriter& writer, const Term& term) const {
  const Timestamp from = NextFrom().value_or(TermTable::kNever);
  writer.Number(term.key().high);
  writer.Number(term.key().low);
  SaveTime(writer, term.last_seen());
  const auto begin = arrivals_.upper_bound({term.key(), from});
  const auto end = arrivals_.upper_bound({term.key(), Timestamp::max()});
  const bool is_first_in_table = term.first_arrival > from;
  writer.Number(
      static_cast<std::uint32_t>(std::distance(begin, end) + (is_first_in_table ? 1 : 0)));
  if (is_first_in_table) {
    SaveArrivalHead(writer, term.first_arrival, std::nullopt,
                    static_cast<std::uint8_t>(Standing::kQuiet), false);
  }
  for (auto at = begin; at != end; ++at) {
    const Arrival& arrival = at->second;
    const bool is_since_ever = !arrival.silent_since || IsForgotten(*arrival.silent_since);
    SaveArrivalHead(writer, at->first.second, is_since_ever ? std::nullopt : arrival.silent_since,
                    static_cast<std::uint8_t>(arrival.standing), arrival.is_postponed);
    if (arrival.standing != Standing::kQuiet) {
      arrival.document->Save(writer);
    }
    if (arrival.standing == Standing::kWaiting) {
      writer.String(arrival.term);
    }
  }
}

void TermHistory::SaveHead(ByteWriter& writer, SavedPart part) const {
  writer.Number(kVersion);
  writer.Number(static_cast<std::uint8_t>(part));
  for (const std::uint8_t byte : hasher_.secret().bytes) {
    writer.Number(byte);
  }
  SaveOptionalTime(writer, position_);
}

bool TermHistory::SaveChanges(ByteWriter& writer) const {
  if (has_lost_changes_) {
    return false;
  }
  std::vector<TermKey> keys;
  std::ranges::copy_if(changed_, std::back_inserter(keys), [this](const TermKey& key) {
    const Term* const term = terms_.Find(key);
    return term != nullptr && !IsForgotten(term->last_seen());
  });
  std::ranges::sort(keys);  // a term that was forgotten and came back stands there twice
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  SaveHead(writer, SavedPart::kChanges);
  writer.Number(static_cast<std::uint64_t>(keys.size()));
  for (const TermKey& key : keys) {
    SaveTerm(writer, *terms_.Find(key));
  }
  return true;
}

void TermHistory::Save(ByteWriter& writer) const {
  SaveHead(writer, SavedPart::kEverything);
  std::uint64_t num_terms = 0;
  terms_.ForEach([&](const Term& term) { num_terms += IsForgotten(term.last_seen()) ? 0 : 1; });
  writer.Number(num_terms);
  writer.Reserve(num_terms * kLeastBytesOfATerm);
  terms_.ForEach([&](const Term& term) {
    if (!IsForgotten(term.last_seen())) {
      SaveTerm(writer, term);
    }
  });
}

void TermHistory::MarkKept() {
  if (has_lost_changes_) {
    terms_.RemoveMarks();
  }
  for (const TermKey& key : changed_) {
    if (Term* const term = terms_.Find(key)) {
      term->SetMark(false);
    }
  }
  changed_.clear();
  has_lost_changes_ = false;
}

Result<Timestamp> TermHistory::LoadArrival(ByteReader& reader, Term& term,
                                           std::optional<Timestamp> previous,
                                           std::size_t num_fields) {
  Arrival arrival;
  TRIPLINE_TRY(const Timestamp time, LoadTime(reader));
  TRIPLINE_TRY(arrival.silent_since, LoadOptionalTime(reader));
  TRIPLINE_TRY(const auto standing, reader.Number<std::uint8_t>());
  TRIPLINE_TRY(const auto is_postponed, reader.Number<std::uint8_t>());
  const bool is_quiet = standing == static_cast<std::uint8_t>(Standing::kQuiet);
  if (standing > static_cast<std::uint8_t>(Standing::kAlerted) ||
      is_postponed > (is_quiet ? 0 : 1)) {
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
  if (arrival.standing == Standing::kWaiting) {
    TRIPLINE_TRY(const std::string_view text, reader.String());
    if (NumTermValues(text) != num_fields || hasher_.KeyOf(text) != term.key()) {
      return reader.Damaged("the term of this key, a value for each field");
    }
    arrival.term = text;
  }
  if (arrival.standing == Standing::kQuiet && !arrival.silent_since) {
    term.first_arrival = time;
  } else {
    Put(term.key(), time, std::move(arrival));
  }
  return time;
}

Result<void> TermHistory::LoadTerm(ByteReader& reader, const TermKey& key, SavedPart part,
                                   std::size_t num_fields) {
  TRIPLINE_TRY(const Timestamp last_seen, LoadTime(reader));
  TRIPLINE_TRY(const auto num_arrivals, reader.Number<std::uint32_t>());
  Term& term = terms_.FindOrAdd(key).term;
  term.SetLastSeen(last_seen);
  term.first_arrival = TermTable::kNever;
  if (part == SavedPart::kChanges) {
    for (auto at = arrivals_.lower_bound({key, TermTable::kNever});
         at != arrivals_.end() && at->first.first == key;) {
      Erase(at++);
    }
  }
  std::optional<Timestamp> previous;
  for (std::uint32_t i = 0; i < num_arrivals; ++i) {
    TRIPLINE_TRY(previous, LoadArrival(reader, term, previous, num_fields));
  }
  if (previous && *previous > last_seen) {
    return reader.Damaged("no arrival after the last occurrence");
  }
  return {};
}

// False if there is no run to come for an arrival that waits.
bool TermHistory::QueueWhatWaits() {
  queue_.clear();
  for (auto at = arrivals_.begin(); at != arrivals_.end(); ++at) {
    if (at->second.standing == Standing::kWaiting) {
      const RunRange runs = RunsThatFind(at->second.silent_since, at->first.second);
      if (runs.IsEmpty()) {
        return false;
      }
      Wait(at, runs.first);
    }
  }
  return true;
}

Result<void> TermHistory::Load(ByteReader& reader, std::size_t num_fields) {
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "the history of a new_terms rule has format " +
                                             std::to_string(version) + ", this version reads " +
                                             std::to_string(kVersion));
  }
  TRIPLINE_TRY(const auto what, reader.Number<std::uint8_t>());
  const bool is_empty = terms_.num_terms() == 0 && !position_;
  if (what > static_cast<std::uint8_t>(SavedPart::kChanges)) {
    return reader.Damaged("everything, or changes");
  }
  const auto part = static_cast<SavedPart>(what);
  TRIPLINE_TRY(const std::string_view secret_bytes, reader.Take(sizeof(TermSecret)));
  TermSecret secret;
  std::memcpy(secret.bytes.data(), secret_bytes.data(), secret_bytes.size());
  if (part == SavedPart::kChanges ? has_lost_changes_ || secret != hasher_.secret() : !is_empty) {
    return reader.Damaged("everything first, then changes of the same history");
  }
  hasher_ = TermHasher(secret);
  TRIPLINE_TRY(const std::optional<Timestamp> position, LoadOptionalTime(reader));
  if (position_ && (!position || *position < *position_)) {
    return reader.Damaged("a position that does not go back");
  }
  if (position) {
    SetPosition(*position);
  }
  TRIPLINE_TRY(const auto num_terms, reader.Number<std::uint64_t>());
  if (num_terms > reader.num_left() / kLeastBytesOfATerm) {
    return reader.Damaged("as many terms as there are bytes for");
  }
  if (part == SavedPart::kEverything) {
    terms_.Reserve(num_terms);
  }
  std::optional<TermKey> previous;
  for (std::uint64_t i = 0; i < num_terms; ++i) {
    TermKey key;
    TRIPLINE_TRY(key.high, reader.Number<std::uint64_t>());
    TRIPLINE_TRY(key.low, reader.Number<std::uint64_t>());
    if (previous && key <= *previous) {
      return reader.Damaged("terms in the order of their keys");
    }
    previous = key;
    TRIPLINE_TRY_VOID(LoadTerm(reader, key, part, num_fields));
  }
  if (position_) {
    ForgetArrivals();
  }
  if (!QueueWhatWaits()) {
    return reader.Damaged("a run to come for each arrival that waits");
  }
  has_lost_changes_ = false;
  return {};
}

}  // namespace tripline::runtime

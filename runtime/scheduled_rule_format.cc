// What is kept of a scheduled rule, one piece per commit:
//
//   piece    = string detector key, optional position, optional seen to, optional passed by, u8
//   form form 0   the whole detector, as Detector::Save writes it form 1   its changes, as
//   Detector::SaveChanges writes them form 2   only the position has moved; of query rules u32
//   number, (i64 time, string index,
//            string id)* of what was given and may be found again
//
// So a rule that found nothing costs a few bytes a run.
#include <cstdint>
#include <utility>

#include "runtime/event.h"
#include "runtime/scheduled_rule.h"

namespace tripline::runtime {
namespace {

enum class Form : std::uint8_t { kWhole, kChanges, kMoved };

constexpr std::size_t kMinBytesOfAnEvent = 8 + 4 + 4;

}  // namespace

void ScheduledRule::Save(ByteWriter& writer, SavedPart part) const {
  writer.String(key_);
  SaveOptionalTime(writer, position());
  SaveOptionalTime(writer, seen_to_);
  SaveOptionalTime(writer, passed_by_);
  const bool is_whole = part == SavedPart::kEverything || !is_kept_;
  ByteWriter changes;
  if (!is_whole && made_.new_terms != nullptr && made_.new_terms->SaveChanges(changes)) {
    writer.Number(static_cast<std::uint8_t>(Form::kChanges));
    writer.Append(changes.bytes());
  } else if (is_whole || made_.new_terms != nullptr ||
             (made_.anomaly != nullptr && has_changed_wholly_)) {
    writer.Number(static_cast<std::uint8_t>(Form::kWhole));
    made_.detector->Save(writer);
  } else {
    writer.Number(static_cast<std::uint8_t>(Form::kMoved));
    ByteWriter events;
    std::uint32_t num_events = 0;
    for (const EventOrder& event : given_) {
      if (schedule_.RunsOver(event.time).last > *position()) {
        SaveTime(events, event.time);
        events.String(event.document->index);
        events.String(event.document->id);
        ++num_events;
      }
    }
    writer.Number(num_events);
    writer.Append(events.bytes());
  }
}

void ScheduledRule::MarkKept() {
  made_.detector->MarkKept();
  is_kept_ = true;
  has_changed_ = false;
  has_changed_wholly_ = false;
  given_.clear();
}

Result<void> ScheduledRule::Load(ByteReader& reader) {
  TRIPLINE_TRY(const std::string_view key, reader.String());
  TRIPLINE_TRY(const std::optional<Timestamp> position_then, LoadOptionalTime(reader));
  TRIPLINE_TRY(const std::optional<Timestamp> seen_to, LoadOptionalTime(reader));
  TRIPLINE_TRY(passed_by_, LoadOptionalTime(reader));
  TRIPLINE_TRY(const auto form, reader.Number<std::uint8_t>());
  if (!position_then || (position() && *position() > schedule_.LastRunUpTo(*position_then))) {
    return reader.Damaged("a position that does not go back");
  }
  if (key != key_) {
    Remake();
    is_kept_ = false;
    seen_to_.reset();
    SkipTo(schedule_.LastRunUpTo(*position_then));
    note_ =
        "its query, fields or windows have changed; it goes on from its last run, and what it "
        "knew is read again from the events";
    return {};
  }
  seen_to_ = seen_to;
  note_.clear();
  if (form == static_cast<std::uint8_t>(Form::kWhole)) {
    Remake();
    TRIPLINE_TRY_VOID(made_.detector->Load(reader));
  } else if (form > static_cast<std::uint8_t>(Form::kMoved) || !is_kept_) {
    return reader.Damaged("a whole rule first, then its changes");
  } else if (form == static_cast<std::uint8_t>(Form::kChanges)) {
    TRIPLINE_TRY_VOID(made_.detector->Load(reader));
  } else {
    TRIPLINE_TRY_VOID(LoadMove(reader, *position_then));
  }
  if (position() != position_then || !reader.AtEnd()) {
    return reader.Damaged("the rule at its position");
  }
  is_kept_ = true;
  has_changed_ = false;
  return {};
}

Result<void> ScheduledRule::LoadMove(ByteReader& reader, Timestamp to) {
  if (made_.new_terms != nullptr) {
    return reader.Damaged("the changes of a history");
  }
  TRIPLINE_TRY(const std::uint32_t num_events, reader.Count(kMinBytesOfAnEvent));
  for (std::uint32_t i = 0; i < num_events; ++i) {
    EventOrder event;
    auto document = std::make_shared<Document>();
    TRIPLINE_TRY(event.time, LoadTime(reader));
    TRIPLINE_TRY(document->index, reader.String());
    TRIPLINE_TRY(document->id, reader.String());
    document->is_hit = true;
    event.document = std::move(document);
    if (made_.query == nullptr || schedule_.RunsOver(event.time).last <= to) {
      return reader.Damaged("events that a run to come examines");
    }
    made_.query->NoteAlerted(event);
  }
  if (schedule_.LastRunUpTo(to) != to) {
    return reader.Damaged("the time of a run");
  }
  SkipTo(to);
  return {};
}

}  // namespace tripline::runtime

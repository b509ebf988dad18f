// Document, EventSource and MatchedEvent: what a detector is shown of an event that matched its
// rule, and what it may keep of it.
//
// An event is looked at by every rule it matched and kept by almost none, so its text is copied,
// and its identity computed, only when a detector asks for it: EventSource makes one Document at
// the first call of Keep, and all detectors share it.
//
// Identity (docs/alerts.md): (_index, _id) of a search hit; of any other event the SHA-256 of its
// canonical form, which does not depend on the order of keys or on blanks.
//
// Thread-safety: an EventSource serves one thread; a Document is immutable.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace tripline::runtime {

/// An event that may become an alert.
struct Document {
  std::string index;  // _index; empty if the event names none
  std::string id;     // _id of a search hit, else the SHA-256 (hex) of the canonical form
  bool is_hit = false;
  std::string json;  // the event itself; empty once it has been alerted

  /// The same event by name only.
  [[nodiscard]] std::shared_ptr<const Document> WithoutText() const;
  /// (index, id): the order of events of the same time.
  [[nodiscard]] std::strong_ordering CompareIdentity(const Document& other) const;

  void Save(ByteWriter& writer) const;
  [[nodiscard]] static Result<std::shared_ptr<const Document>> Load(ByteReader& reader);
};

/// What the text of an event is: the event itself, or a search hit around it.
enum class EventText : std::uint8_t { kDocument, kSearchHit };

/// An event where the reader has it. The views must outlive the EventSource.
class EventSource {
 public:
  /// `index` and `id` are empty where the event has none.
  EventSource(std::string_view index, std::string_view id, std::string_view text,
              EventText kind = EventText::kDocument)
      : index_(index), id_(id), text_(text), kind_(kind) {}

  /// The event as a Document, made once.
  [[nodiscard]] const std::shared_ptr<const Document>& Keep();
  /// Tells events apart without keeping them: by index and id, else by their bytes. Different
  /// events share one with a chance of 2^-64.
  [[nodiscard]] std::uint64_t Fingerprint() const;
  /// False: the event is no alert, and names none. Looked for once.
  [[nodiscard]] bool MayNameAlerts();

 private:
  std::string_view index_;
  std::string_view id_;
  std::string_view text_;
  EventText kind_;
  std::shared_ptr<const Document> document_;
  std::optional<bool> may_name_alerts_;
};

/// Whether an event may become an alert, or is only history (--history, or outside --from..--to).
enum class EventUse : std::uint8_t { kMayAlert, kHistoryOnly };

/// An event that matched a rule, as that rule's detector sees it. Only looks.
struct MatchedEvent {
  Timestamp time;  // by the rule's own timestamp field
  EventUse use = EventUse::kMayAlert;
  EventSource* source = nullptr;
  /// new_terms: per field of the rule its distinct values (runtime/term.h), in the event's order.
  std::span<const std::vector<std::string>> term_values;
};

/// Where an event stands among others: (time, index, id).
struct EventOrder {
  Timestamp time;
  std::shared_ptr<const Document> document;

  friend std::strong_ordering operator<=>(const EventOrder& a, const EventOrder& b) {
    if (const auto by_time = a.time <=> b.time; by_time != 0) {
      return by_time;
    }
    return a.document->CompareIdentity(*b.document);
  }
  friend bool operator==(const EventOrder& a, const EventOrder& b) { return (a <=> b) == 0; }
};

/// `time` as formats hold it: milliseconds since the epoch. Load: errors outside the years 1-9999.
void SaveTime(ByteWriter& writer, Timestamp time);
[[nodiscard]] Result<Timestamp> LoadTime(ByteReader& reader);
/// The same behind one byte that tells whether there is a time.
void SaveOptionalTime(ByteWriter& writer, std::optional<Timestamp> time);
[[nodiscard]] Result<std::optional<Timestamp>> LoadOptionalTime(ByteReader& reader);

/// JSON text with sorted keys and no blanks; none if `json` is not valid JSON or deeper than 1,000.
[[nodiscard]] std::optional<std::string> CanonicalJson(std::string_view json);

/// True if brackets in `json` nest deeper than `limit`; strings are skipped.
[[nodiscard]] bool IsNestedDeeperThan(std::string_view json, std::uint32_t limit);

}  // namespace tripline::runtime

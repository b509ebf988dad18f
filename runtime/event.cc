// The canonical form is what a JSON library with sorted maps prints: keys in byte order at every
// level, no blanks, numbers in their shortest form that reads back the same, strings as UTF-8. Of
// repeated keys the last one counts. StrictJson stands before it, so that no two numbers become one
// by rounding. The parser keeps its own stack but printing recurses, hence the depth limit.
#include "runtime/event.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/digest.h"
#include "runtime/exact_event_parser.h"
#include "runtime/hash.h"
#include "runtime/strict_json.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kMaxDepth = 1000;

// Years 1 to 9999, with room for a run that lies just outside.
constexpr std::int64_t kFirstMillisecond = -62'167'219'200'000;  // year 0
constexpr std::int64_t kLastMillisecond = 253'433'923'200'000;   // year 10001

std::string IdentityHash(std::string_view json) {
  if (const std::optional<std::string> canonical = CanonicalJson(json)) {
    return Sha256Hex(*canonical);
  }
  // Not JSON in the strict sense: the bytes themselves, told apart by a prefix that no JSON has.
  Sha256 digest;
  digest.Add("raw:");
  digest.Add(json);
  return ToHex(digest.Finish());
}

}  // namespace

std::shared_ptr<const Document> Document::WithoutText() const {
  auto named = std::make_shared<Document>();
  named->index = index;
  named->id = id;
  named->is_hit = is_hit;
  return named;
}

std::strong_ordering Document::CompareIdentity(const Document& other) const {
  if (const auto by_index = index <=> other.index; by_index != 0) {
    return by_index;
  }
  if (const auto by_id = id <=> other.id; by_id != 0) {
    return by_id;
  }
  return is_hit <=> other.is_hit;
}

void Document::Save(ByteWriter& writer) const {
  writer.String(index);
  writer.String(id);
  writer.Number<std::uint8_t>(is_hit ? 1 : 0);
  writer.String(json);
}

Result<std::shared_ptr<const Document>> Document::Load(ByteReader& reader) {
  auto document = std::make_shared<Document>();
  TRIPLINE_TRY(document->index, reader.String());
  TRIPLINE_TRY(document->id, reader.String());
  TRIPLINE_TRY(const auto is_hit, reader.Number<std::uint8_t>());
  if (is_hit > 1) {
    return reader.Damaged("0 or 1 for the kind of an event's identity");
  }
  document->is_hit = is_hit == 1;
  TRIPLINE_TRY(document->json, reader.String());
  return document;
}

const std::shared_ptr<const Document>& EventSource::Keep() {
  if (!document_) {
    const std::string_view json = kind_ == EventText::kSearchHit ? DocumentText(text_) : text_;
    auto document = std::make_shared<Document>();
    document->index = index_;
    document->is_hit = !id_.empty();
    document->id = document->is_hit ? std::string(id_) : IdentityHash(json);
    document->json = json;
    document_ = std::move(document);
  }
  return document_;
}

bool EventSource::MayNameAlerts() {
  if (!may_name_alerts_) {
    // Any of its letters may be written as an escape.
    may_name_alerts_ = text_.find("kibana") != text_.npos || text_.find("\\u006") != text_.npos ||
                       text_.find("\\u002") != text_.npos;
  }
  return *may_name_alerts_;
}

std::uint64_t EventSource::Fingerprint() const {
  KeptHash hash;
  if (id_.empty()) {
    hash.Add(text_);
  } else {
    hash.Add(index_);
    hash.Add(id_);
  }
  return hash.Value();
}

void SaveTime(ByteWriter& writer, Timestamp time) {
  writer.Number<std::int64_t>(time.time_since_epoch().count());
}

Result<Timestamp> LoadTime(ByteReader& reader) {
  TRIPLINE_TRY(const auto milliseconds, reader.Number<std::int64_t>());
  if (milliseconds < kFirstMillisecond || milliseconds > kLastMillisecond) {
    return reader.Damaged("a time in the years 1 to 9999");
  }
  return Timestamp(Milliseconds(milliseconds));
}

void SaveOptionalTime(ByteWriter& writer, std::optional<Timestamp> time) {
  writer.Number<std::uint8_t>(time ? 1 : 0);
  if (time) {
    SaveTime(writer, *time);
  }
}

Result<std::optional<Timestamp>> LoadOptionalTime(ByteReader& reader) {
  TRIPLINE_TRY(const auto is_there, reader.Number<std::uint8_t>());
  if (is_there == 0) {
    return std::nullopt;
  }
  if (is_there > 1) {
    return reader.Damaged("0 or 1 for whether a time follows");
  }
  TRIPLINE_TRY(const Timestamp time, LoadTime(reader));
  return time;
}

bool IsNestedDeeperThan(std::string_view json, std::uint32_t limit) {
  std::uint32_t depth = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (is_in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        is_in_string = false;
      }
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) {
        return true;
      }
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::optional<std::string> CanonicalJson(std::string_view json) {
  if (IsNestedDeeperThan(json, kMaxDepth)) {
    return std::nullopt;
  }
  std::string buffer;
  const nlohmann::json parsed =
      nlohmann::json::parse(StrictJson(json, buffer), nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) {
    return std::nullopt;
  }
  return parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace tripline::runtime

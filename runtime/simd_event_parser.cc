// simdjson's DOM checks the whole line before anything is read from it, and lets the walk step over
// objects that no rule asks about. Its memory is about ten times a line's, so very long lines are
// left to the other parser. The interface without exceptions is used throughout.
#include "runtime/simd_event_parser.h"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <optional>

#include "runtime/line_reader.h"

namespace tripline::runtime {
namespace {

namespace dom = simdjson::dom;

static_assert(simdjson::SIMDJSON_PADDING <= kLinePadding, "lines are padded for simdjson");

constexpr std::size_t kLongestLine = std::size_t{1} << 20U;
// Documents nested deeper go to the other parser; it bounds this one's recursion.
constexpr std::size_t kDeepest = 200;
static_assert(kDeepest < kMaxEventDepth);

class Filler {
 public:
  explicit Filler(EventColumns* columns)
      : columns_(*columns), paths_(columns->paths()), row_(columns->row()) {}

  void Document(const dom::object& document) { Object(document, paths_.Start()); }
  [[nodiscard]] bool needs_number_text() const { return needs_number_text_; }

 private:
  void Object(const dom::object& object, WantedPaths::Place place) {
    for (const dom::key_value_pair member : object) {
      const WantedPaths::Place child = paths_.Enter(place, member.key);
      if (child != WantedPaths::kNowhere) {
        Value(member.value, child);
        paths_.Leave();
      }
    }
  }

  void Value(const dom::element& value, WantedPaths::Place place) {
    if (value.type() == dom::element_type::OBJECT) {
      if (columns_.has_objects()) {
        WholeObject(value.get_object().value_unsafe(), place);
      }
      if (paths_.WantsBelow(place)) {
        Object(value.get_object().value_unsafe(), place);
      }
    } else if (value.type() == dom::element_type::ARRAY) {
      // A name of its own: the answer that value_unsafe() looks into would not outlive the loop's
      // head.
      const dom::array elements = value.get_array().value_unsafe();
      for (const dom::element each : elements) {
        Value(each, place);
      }
    } else {
      for (const std::uint32_t position : paths_.ColumnsAt(place)) {
        Scalar(value, &columns_.column(position));
      }
    }
  }

  // For columns of nested fields, which want it as one value.
  void WholeObject(const dom::object& object, WantedPaths::Place place) {
    for (const std::uint32_t position : paths_.ColumnsAt(place)) {
      if (ObjectColumns* const objects = columns_.objects(position)) {
        Filler inner(&objects->Start());
        inner.Document(object);
        needs_number_text_ = needs_number_text_ || inner.needs_number_text_;
        columns_.column(position).AddObject(row_, objects->Finish());
      }
    }
  }

  void Scalar(const dom::element& value, ColumnBuilder* column) {
    switch (value.type()) {
      case dom::element_type::STRING:
        return column->AddString(row_, value.get_string().value_unsafe());
      case dom::element_type::INT64:
        return column->AddInteger(row_, value.get_int64().value_unsafe());
      case dom::element_type::UINT64:
        return Unsigned(value.get_uint64().value_unsafe(), column);
      case dom::element_type::DOUBLE:
        if (!column->AddNumber(row_, value.get_double().value_unsafe(), {})) {
          needs_number_text_ = true;
        }
        return;
      case dom::element_type::BOOL:
        return column->AddBoolean(row_, value.get_bool().value_unsafe());
      case dom::element_type::NULL_VALUE:
      case dom::element_type::OBJECT:
      case dom::element_type::ARRAY:
        return;
    }
  }

  // A number beyond the signed ones; simdjson uses this type for no other.
  void Unsigned(std::uint64_t value, ColumnBuilder* column) {
    std::array<char, 20> digits;  // as many as the longest has
    const auto [end, status] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    (void)column->AddNumber(row_, static_cast<double>(value),
                            {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }

  EventColumns& columns_;
  WantedPaths& paths_;
  std::uint32_t row_;
  bool needs_number_text_ = false;
};

// The document of a search hit, and what the hit says of it.
std::optional<dom::object> FindSource(const dom::object& line, SearchHit* hit) {
  std::optional<dom::object> source;
  SearchHit found{.is_hit = true, .index = {}, .id = {}};
  for (const dom::key_value_pair member : line) {
    if (!member.key.starts_with('_')) {
      continue;
    }
    const bool is_string = member.value.is_string();
    if (member.key == "_source" && member.value.is_object() && !source) {
      source = member.value.get_object().value_unsafe();
    } else if (member.key == "_index" && is_string) {
      found.index = member.value.get_string().value_unsafe();
    } else if (member.key == "_id" && is_string) {
      found.id = member.value.get_string().value_unsafe();
    }
  }
  *hit = source ? found : SearchHit();
  return source;
}

}  // namespace

struct SimdEventParser::State {
  dom::parser parser;
  bool has_memory = false;
};

SimdEventParser::SimdEventParser() : state_(std::make_unique<State>()) {
  state_->has_memory = state_->parser.allocate(kLongestLine, kDeepest) == simdjson::SUCCESS;
}
SimdEventParser::~SimdEventParser() = default;
SimdEventParser::SimdEventParser(SimdEventParser&&) noexcept = default;
SimdEventParser& SimdEventParser::operator=(SimdEventParser&&) noexcept = default;

SimdEventParser::Outcome SimdEventParser::Parse(std::string_view line, EventColumns* columns,
                                                SearchHit* hit) {
  if (line.size() > kLongestLine || !state_->has_memory) {
    return Outcome::kLeftToExact;
  }
  dom::object root;
  const bool reallocates_for_padding = false;
  if (state_->parser.parse(line.data(), line.size(), reallocates_for_padding).get(root) !=
      simdjson::SUCCESS) {
    return Outcome::kLeftToExact;
  }
  const std::optional<dom::object> source = FindSource(root, hit);
  if (source) {
    columns->AddHitNames(hit->index, hit->id);
  }
  Filler filler(columns);
  filler.Document(source.value_or(root));
  if (filler.needs_number_text()) {
    columns->DropRow();
    return Outcome::kLeftToExact;
  }
  return Outcome::kParsed;
}

}  // namespace tripline::runtime

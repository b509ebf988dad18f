// Two passes: the first checks the whole line and finds out whether it is a search hit, the second
// walks the document, now known to be well formed, beside the path trie. Recursion is bounded by
// kMaxEventDepth.
#include "runtime/exact_event_parser.h"

#include <cstdint>
#include <vector>

#include "base/text.h"
#include "runtime/json_cursor.h"

namespace tripline::runtime {
namespace {

// Hands the parts of one JSON text to a Visitor, which sees each object and array from outside:
//   bool Key(std::string_view)   enters the member's value; false: it is only checked
//   void Leave()                 after a value that was entered by Key
//   void String(std::string_view), Number(std::string_view), Boolean(bool), Null()
// With `is_watching` false the visitor hears nothing.
template <class Visitor>
class Walk {
 public:
  Walk(JsonCursor* cursor, Visitor* visitor, std::string* scratch)
      : cursor_(*cursor), visitor_(*visitor), scratch_(*scratch) {}

  bool Value(bool is_watching, std::uint32_t depth) {
    switch (cursor_.Peek()) {
      case '{':
        return IsShallow(depth) && WholeObject(is_watching, depth + 1);
      case '[':
        return IsShallow(depth) && Array(is_watching, depth + 1);
      case '"':
        return String(is_watching);
      case 't':
      case 'f':
        return Boolean(is_watching);
      case 'n':
        return cursor_.TakeName("null");
      default:
        return Number(is_watching);
    }
  }

 private:
  bool IsShallow(std::uint32_t depth) {
    return depth < kMaxEventDepth || cursor_.FailWith("objects and arrays are nested deeper than " +
                                                      std::to_string(kMaxEventDepth));
  }

  bool WholeObject(bool is_watching, std::uint32_t depth) {
    const std::size_t begin = cursor_.position();
    if (!Object(is_watching, depth)) {
      return false;
    }
    if (is_watching) {
      visitor_.Object(cursor_.Since(begin));
    }
    return true;
  }

  bool Object(bool is_watching, std::uint32_t depth) {
    if (!cursor_.Take('{') || cursor_.TryTake('}')) {
      return cursor_.failure().empty();
    }
    do {
      if (cursor_.Peek() != '"') {
        return cursor_.FailExpecting("a key in double quotes");
      }
      if (!cursor_.TakeString(is_watching ? &scratch_ : nullptr) || !cursor_.Take(':')) {
        return false;
      }
      const bool is_entered = is_watching && visitor_.Key(scratch_, cursor_);
      if (!Value(is_entered, depth)) {
        return false;
      }
      if (is_entered) {
        visitor_.Leave(cursor_);
      }
    } while (cursor_.TryTake(','));
    return cursor_.TryTake('}') || cursor_.FailExpecting("',' or '}'");
  }

  bool Array(bool is_watching, std::uint32_t depth) {
    if (!cursor_.Take('[') || cursor_.TryTake(']')) {
      return cursor_.failure().empty();
    }
    do {
      if (!Value(is_watching, depth)) {
        return false;
      }
    } while (cursor_.TryTake(','));
    return cursor_.TryTake(']') || cursor_.FailExpecting("',' or ']'");
  }

  bool String(bool is_watching) {
    if (!cursor_.TakeString(is_watching ? &scratch_ : nullptr)) {
      return false;
    }
    if (is_watching) {
      visitor_.String(scratch_);
    }
    return true;
  }

  bool Boolean(bool is_watching) {
    const bool value = cursor_.Peek() == 't';
    if (!cursor_.TakeName(value ? "true" : "false")) {
      return false;
    }
    if (is_watching) {
      visitor_.Boolean(value);
    }
    return true;
  }

  bool Number(bool is_watching) {
    const char first = cursor_.Peek();
    if (first != '-' && (first < '0' || first > '9')) {
      return cursor_.FailExpecting("a value");
    }
    std::string_view digits;
    if (!cursor_.TakeNumber(&digits)) {
      return false;
    }
    if (is_watching) {
      visitor_.Number(digits);
    }
    return true;
  }

  JsonCursor& cursor_;
  Visitor& visitor_;
  std::string& scratch_;
};

// The first pass: finds the members of a search hit among those of the outermost object.
class HitFinder {
 public:
  bool Key(std::string_view key, JsonCursor& cursor) {
    if (depth_ > 0) {
      return false;
    }
    const char next = cursor.Peek();
    is_source_ = key == "_source" && next == '{' && source_end == 0;
    name_ = next != '"' ? nullptr : key == "_index" ? &index : key == "_id" ? &id : nullptr;
    if (is_source_) {
      source_begin = cursor.position();
    }
    depth_ = is_source_ || name_ != nullptr ? 1 : 0;
    return depth_ > 0;
  }
  void Leave(const JsonCursor& cursor) {
    source_end = is_source_ ? cursor.position() : source_end;
    depth_ = 0;
  }
  void String(std::string_view text) {
    if (name_ != nullptr) {
      *name_ = text;
    }
  }
  void Number(std::string_view /*digits*/) {}
  void Boolean(bool /*value*/) {}
  void Object(std::string_view /*text*/) {}

  std::size_t source_begin = 0;
  std::size_t source_end = 0;  // 0: no search hit
  std::string index;
  std::string id;

 private:
  int depth_ = 0;
  bool is_source_ = false;
  std::string* name_ = nullptr;
};

// The second pass: walks the wanted paths beside the document.
class ColumnFiller {
 public:
  explicit ColumnFiller(EventColumns* columns)
      : columns_(*columns), paths_(columns->paths()), places_{paths_.Start()} {}

  bool Key(std::string_view key, const JsonCursor& /*cursor*/) {
    const WantedPaths::Place child = paths_.Enter(places_.back(), key);
    if (child != WantedPaths::kNowhere) {
      places_.push_back(child);
    }
    return child != WantedPaths::kNowhere;
  }
  void Leave(const JsonCursor& /*cursor*/) {
    places_.pop_back();
    paths_.Leave();
  }
  void String(std::string_view text) {
    for (const std::uint32_t position : paths_.ColumnsAt(places_.back())) {
      columns_.column(position).AddString(columns_.row(), text);
    }
  }
  void Number(std::string_view digits) {
    for (const std::uint32_t position : paths_.ColumnsAt(places_.back())) {
      columns_.AddNumber(position, digits);
    }
  }
  void Boolean(bool value) {
    for (const std::uint32_t position : paths_.ColumnsAt(places_.back())) {
      columns_.column(position).AddBoolean(columns_.row(), value);
    }
  }
  // Behind its members: for columns of nested fields, which want it as one value.
  void Object(std::string_view text) {
    if (!columns_.has_objects()) {
      return;
    }
    for (const std::uint32_t position : paths_.ColumnsAt(places_.back())) {
      if (ObjectColumns* const objects = columns_.objects(position)) {
        Fill(text, &objects->Start());
        columns_.column(position).AddObject(columns_.row(), objects->Finish());
      }
    }
  }
  /// Walks a text that was checked before.
  static void Fill(std::string_view text, EventColumns* columns) {
    JsonCursor cursor(text);
    ColumnFiller filler(columns);
    std::string scratch;
    (void)Walk(&cursor, &filler, &scratch).Value(true, 0);
  }

 private:
  EventColumns& columns_;
  WantedPaths& paths_;
  std::vector<WantedPaths::Place> places_;  // from the root to where the document is
};

// What is wrong with the line, or nothing.
std::string CheckLine(std::string_view line, HitFinder* finder, std::string* scratch) {
  const std::size_t invalid = FindInvalidUtf8(line);
  if (invalid != line.npos) {
    return "not valid UTF-8 at byte " + std::to_string(invalid + 1);
  }
  JsonCursor cursor(line);
  if (cursor.Peek() != '{') {
    cursor.FailExpecting("a JSON object");
    return cursor.failure();
  }
  if (Walk walk(&cursor, finder, scratch); walk.Value(true, 0)) {
    (void)cursor.TakeEnd();
  }
  return cursor.failure();
}

std::string_view DocumentOf(std::string_view line, const HitFinder& finder) {
  return finder.source_end == 0
             ? line
             : line.substr(finder.source_begin, finder.source_end - finder.source_begin);
}

}  // namespace

std::string ExactEventParser::Parse(std::string_view line, EventColumns* columns, SearchHit* hit) {
  HitFinder finder;
  std::string fault = CheckLine(line, &finder, &scratch_);
  if (!fault.empty()) {
    return fault;
  }
  *hit = {};
  if (finder.source_end != 0) {
    index_ = std::move(finder.index);
    id_ = std::move(finder.id);
    *hit = {.is_hit = true, .index = index_, .id = id_};
    columns->AddHitNames(index_, id_);
  }
  ColumnFiller::Fill(DocumentOf(line, finder), columns);
  return {};
}

std::string_view DocumentText(std::string_view line) {
  HitFinder finder;
  std::string scratch;
  return CheckLine(line, &finder, &scratch).empty() ? DocumentOf(line, finder) : std::string_view();
}

}  // namespace tripline::runtime

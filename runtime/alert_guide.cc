// The note is read once: where its placeholders stand is all that is remembered. Blocks are passed
// over by counting braces outside of strings.
#include "runtime/alert_guide.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tripline::runtime {
namespace {

// Each is looked for up to the end of the note, so a note full of openings must not ask for more.
constexpr int kMostOpenBlocks = 16;
constexpr std::size_t kMostPlaceholders = AlertGuide::kMostOfAllValues;  // a byte for each
constexpr std::size_t kLongestName = 512;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool BeginsBlock(std::string_view text) {
  return text.size() > 2 && text.starts_with("!{") && IsLetter(text[2]);
}

// Behind the last brace of the block that `text` begins with; none: it has no end.
std::optional<std::size_t> EndOfBlock(std::string_view text) {
  std::size_t depth = 0;
  bool is_in_string = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      i += c == '\\' ? 1 : 0;
      is_in_string = c != '"';
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

struct Found {
  std::string_view name;
  std::size_t length = 0;
};

// The placeholder that `text` begins with.
std::optional<Found> PlaceholderAt(std::string_view text) {
  const std::size_t num_braces = text.starts_with("{{{") ? 3 : 2;
  std::size_t begin = text.find_first_not_of(kBlanks, num_braces);
  begin = std::min(begin, text.size());
  const std::size_t end = text.substr(begin, kLongestName + 1).find_first_of(" \t\r\n{}");
  if (end == text.npos || end == 0) {
    return std::nullopt;
  }
  const std::size_t closing = text.find_first_not_of(kBlanks, begin + end);
  if (closing == text.npos ||
      !text.substr(closing).starts_with(std::string_view("}}}").substr(3 - num_braces))) {
    return std::nullopt;
  }
  return Found{text.substr(begin, end), closing + num_braces};
}

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// One line of at most kMostOfOneValue bytes, cut between characters.
// What a reader's program may take for the end of a line, or for a change of direction: C1 controls
// (U+0080 to U+009F), line and paragraph separators, bidirectional controls.
constexpr std::size_t LengthOfControl(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  if (byte(0) < 0x20U || byte(0) == 0x7FU) {
    return 1;
  }
  if (byte(0) == 0xC2U && byte(1) >= 0x80U && byte(1) <= 0x9FU) {
    return 2;
  }
  const bool is_general = byte(0) == 0xE2U && byte(1) == 0x80U;
  const bool is_isolate = byte(0) == 0xE2U && byte(1) == 0x81U;
  return (is_general && byte(2) >= 0xA8U && byte(2) <= 0xAEU) ||
                 (is_isolate && byte(2) >= 0xA6U && byte(2) <= 0xA9U)
             ? 3
             : 0;
}

// Each control as a blank.
std::string OneLine(std::string_view value) {
  std::string line;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t control = LengthOfControl(value.substr(at));
    line += control > 0 ? ' ' : value[at];
    at += std::max<std::size_t>(control, 1);
  }
  return line;
}

std::string Shortened(std::string value) {
  if (value.size() > AlertGuide::kMostOfOneValue) {
    std::size_t length = AlertGuide::kMostOfOneValue - kEllipsis.size();
    while (length > 0 && IsContinuationByte(value[length])) {
      --length;
    }
    value.resize(length);
    value += kEllipsis;
  }
  return OneLine(value);
}

// Appends `text`, without making a `!{` of what stands on the two sides of the seam.
void Join(std::string& filled, std::string_view text) {
  if (filled.ends_with('!') && text.starts_with('{')) {
    filled += ' ';
  }
  filled += text;
}

void JoinValue(std::string& filled, std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find("!{", at), value.size() - 1) + 1;
    Join(filled, value.substr(at, end - at));
    at = end;
  }
}

}  // namespace

AlertGuide AlertGuide::Read(std::string_view note) {
  AlertGuide guide;
  guide.note_ = note;
  int num_open_blocks = 0;
  std::size_t at = note.find_first_of("!{");
  for (; at != note.npos && guide.placeholders_.size() < kMostPlaceholders;
       at = note.find_first_of("!{", at)) {
    const std::string_view rest = note.substr(at);
    if (BeginsBlock(rest)) {
      const auto end = EndOfBlock(rest);
      if (!end && ++num_open_blocks > kMostOpenBlocks) {
        break;
      }
      at += end.value_or(2);  // without an end it is text
      continue;
    }
    const auto found = rest.starts_with("{{") ? PlaceholderAt(rest) : std::nullopt;
    if (!found) {
      ++at;
      continue;
    }
    const auto known = std::ranges::find(guide.names_, found->name);
    const auto name = static_cast<std::size_t>(known - guide.names_.begin());
    if (name < kMostNames) {
      if (known == guide.names_.end()) {
        guide.names_.emplace_back(found->name);
      }
      guide.placeholders_.push_back({at, at + found->length, name});
    }
    at += found->length;
  }
  return guide;
}

std::string AlertGuide::FillIn(
    const std::function<std::string(const std::string& name)>& value_of) const {
  std::vector<std::string> values;
  for (const std::string& name : names_) {
    values.push_back(Shortened(value_of(name)));
  }
  std::string filled;
  std::size_t at = 0;
  std::size_t left = kMostOfAllValues;
  bool is_behind_value = false;
  const auto add_note = [&](std::size_t end) {
    const std::string_view text = std::string_view(note_).substr(at, end - at);
    is_behind_value ? Join(filled, text) : static_cast<void>(filled += text);
    is_behind_value = is_behind_value && text.empty();
    at = end;
  };
  for (const Placeholder& placeholder : placeholders_) {
    const std::string& value = values[placeholder.name];
    if (value.empty() || value.size() > left) {
      continue;
    }
    add_note(placeholder.begin);
    JoinValue(filled, value);
    left -= value.size();
    at = placeholder.end;
    is_behind_value = true;
  }
  add_note(note_.size());
  return filled;
}

}  // namespace tripline::runtime

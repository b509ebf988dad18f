#include "runtime/json_cursor.h"

#include <array>

#include "base/text.h"

namespace tripline::runtime {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(char32_t point, std::string* text) {
  const auto tail = [point](unsigned shift) {
    return static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x80) {
    text->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text->append({static_cast<char>(0xC0U | (point >> 6U)), tail(0)});
  } else if (point < 0x10000) {
    text->append({static_cast<char>(0xE0U | (point >> 12U)), tail(6), tail(0)});
  } else {
    text->append({static_cast<char>(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)});
  }
}

std::string NameOfCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7F) {
    return std::string("'") + c + "'";
  }
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  return std::string("the byte 0x") + kDigits[byte >> 4U] + kDigits[byte & 15U];
}

}  // namespace

char JsonCursor::Peek() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonCursor::TryTake(char word) {
  if (Peek() != word || at_ == text_.size()) {
    return false;
  }
  ++at_;
  return true;
}

bool JsonCursor::Take(char word) {
  return TryTake(word) || FailExpecting(std::string("'") + word + "'");
}

bool JsonCursor::TakeName(std::string_view name) {
  (void)Peek();
  if (!text_.substr(at_).starts_with(name)) {
    return FailExpecting("a value");
  }
  at_ += name.size();
  return true;
}

bool JsonCursor::TakeEnd() {
  (void)Peek();
  return at_ == text_.size() || FailExpecting("the end of the line after the document");
}

bool JsonCursor::TakeString(std::string* decoded) {
  if (decoded != nullptr) {
    decoded->clear();
  }
  if (!Take('"')) {
    return false;
  }
  for (;;) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
    if (decoded != nullptr) {
      decoded->append(text_.substr(begin, at_ - begin));
    }
    if (IsAt('"')) {
      ++at_;
      return true;
    }
    if (!IsAt('\\')) {
      return FailExpecting("the end of a string (a control character must be written as \\u00XX)");
    }
    ++at_;
    if (!TakeEscape(decoded)) {
      return false;
    }
  }
}

bool JsonCursor::TakeEscape(std::string* decoded) {
  constexpr std::string_view kNames = "\"\\/bfnrtu";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t which = at_ < text_.size() ? kNames.find(text_[at_]) : kNames.npos;
  if (which == kNames.npos) {
    return FailExpecting("one of \" \\ / b f n r t u after a backslash");
  }
  ++at_;
  if (which == kMeanings.size()) {
    return TakeUnicodeEscape(decoded);
  }
  if (decoded != nullptr) {
    decoded->push_back(kMeanings[which]);
  }
  return true;
}

bool JsonCursor::TakeUnicodeEscape(std::string* decoded) {
  char32_t point = 0;
  if (!TakeFourDigits(&point)) {
    return false;
  }
  if (IsHighSurrogate(point)) {
    const std::size_t after_high = at_;
    char32_t low = 0;
    if (text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      if (!TakeFourDigits(&low)) {
        return false;
      }
    }
    if (IsLowSurrogate(low)) {
      point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    } else {
      point = kReplacement;
      at_ = after_high;
    }
  } else if (IsLowSurrogate(point)) {
    point = kReplacement;
  }
  if (decoded != nullptr) {
    AppendUtf8(point, decoded);
  }
  return true;
}

bool JsonCursor::TakeFourDigits(char32_t* unit) {
  *unit = 0;
  for (int digit = 0; digit < 4; ++digit, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (!IsDigit(c) && (lower < 'a' || lower > 'f')) {
      return FailExpecting("four hexadecimal digits after \\u");
    }
    *unit = *unit * 16 + static_cast<char32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
  }
  return true;
}

bool JsonCursor::TakeNumber(std::string_view* digits) {
  (void)Peek();
  const std::size_t begin = at_;
  at_ += IsAt('-') ? 1 : 0;
  if (IsAt('0')) {
    ++at_;
    if (at_ < text_.size() && IsDigit(text_[at_])) {
      return FailExpecting("no digit after a leading zero");
    }
  } else if (!TakeDigits()) {
    return false;
  }
  if (IsAt('.')) {
    ++at_;
    if (!TakeDigits()) {
      return false;
    }
  }
  if (IsAt('e') || IsAt('E')) {
    ++at_;
    at_ += IsAt('+') || IsAt('-') ? 1 : 0;
    if (!TakeDigits()) {
      return false;
    }
  }
  if (digits != nullptr) {
    *digits = text_.substr(begin, at_ - begin);
  }
  return true;
}

bool JsonCursor::TakeDigits() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && IsDigit(text_[at_])) {
    ++at_;
  }
  return at_ > begin || FailExpecting("a digit");
}

bool JsonCursor::FailExpecting(std::string_view what) {
  const std::string found =
      at_ < text_.size() ? NameOfCharacter(text_[at_]) : std::string("the end of the line");
  const std::size_t column = CodePointCount(text_.substr(0, at_)) + 1;
  return FailWith("expected " + std::string(what) + " at column " + std::to_string(column) +
                  ", found " + found);
}

bool JsonCursor::FailWith(std::string what) {
  if (failure_.empty()) {
    failure_ = std::move(what);
  }
  return false;
}

}  // namespace tripline::runtime

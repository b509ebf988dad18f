// TextCursor: reads a short text from the left. Used by the readers of dates and durations.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tripline {

/// Every reader leaves the position alone when it fails.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool AtEnd() const { return at_ == text_.size(); }
  [[nodiscard]] char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool Skip(char c) {
    if (Peek() != c || AtEnd()) {
      return false;
    }
    ++at_;
    return true;
  }
  // Exactly `width` digits.
  std::optional<int> Digits(std::size_t width) {
    if (text_.size() - at_ < width) {
      return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const char c = text_[at_ + i];
      if (c < '0' || c > '9') {
        return std::nullopt;
      }
      value = value * 10 + (c - '0');
    }
    at_ += width;
    return value;
  }
  // One to `max_width` digits.
  std::optional<std::int64_t> Number(std::size_t max_width) {
    std::size_t width = 0;
    std::int64_t value = 0;
    while (width < max_width && at_ + width < text_.size() && text_[at_ + width] >= '0' &&
           text_[at_ + width] <= '9') {
      value = value * 10 + (text_[at_ + width] - '0');
      ++width;
    }
    if (width == 0) {
      return std::nullopt;
    }
    at_ += width;
    return value;
  }
  [[nodiscard]] std::string_view Rest() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace tripline

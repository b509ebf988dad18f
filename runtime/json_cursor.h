// JsonCursor: the words of one JSON text, one after another, exactly as RFC 8259 has them. It is
// slower than simdjson and knows more: numbers as they are written, of any size, and what is wrong
// at which column.
//
//   JsonCursor cursor(R"({"a":1.10})");
//   cursor.Take('{') && cursor.TakeString(&key) && cursor.Take(':') && cursor.TakeNumber(&number);
//   cursor.failure();   // "expected ',' or '}' at column 7, found 'x'"
//
// Requires valid UTF-8. Half a surrogate pair (\uD800 alone), which OpenSearch accepts, becomes
// U+FFFD, as there.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tripline::runtime {

class JsonCursor {
 public:
  /// `text` must outlive the cursor and what it hands out.
  explicit JsonCursor(std::string_view text) : text_(text) {}

  /// The first character of the next word, '\0' at the end.
  [[nodiscard]] char Peek();
  /// True, and past it, if the next word is this character.
  [[nodiscard]] bool TryTake(char word);

  // Each answers false, and sets failure(), if something else comes next.
  [[nodiscard]] bool Take(char word);
  /// "true", "false" or "null".
  [[nodiscard]] bool TakeName(std::string_view name);
  /// `decoded` may be null: the string is only checked.
  [[nodiscard]] bool TakeString(std::string* decoded);
  /// `digits` looks into the text; it may be null.
  [[nodiscard]] bool TakeNumber(std::string_view* digits);
  [[nodiscard]] bool TakeEnd();

  /// Sets failure() to "expected <what> at column N, found ...", unless it is set. Answers false.
  bool FailExpecting(std::string_view what);
  /// Sets failure() to the sentence, unless it is set. Answers false.
  bool FailWith(std::string what);

  /// Bytes before the next character.
  [[nodiscard]] std::size_t position() const { return at_; }
  /// The text from `begin`, an earlier position, up to here.
  [[nodiscard]] std::string_view Since(std::size_t begin) const {
    return text_.substr(begin, at_ - begin);
  }
  /// What went wrong first; empty if nothing did.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  bool TakeEscape(std::string* decoded);
  bool TakeUnicodeEscape(std::string* decoded);
  bool TakeFourDigits(char32_t* unit);
  bool TakeDigits();
  [[nodiscard]] bool IsAt(char c) const { return at_ < text_.size() && text_[at_] == c; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string failure_;
};

}  // namespace tripline::runtime

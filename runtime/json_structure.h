// JsonStructure: where the words of JSON texts begin, found for thousands of bytes at a time; and
// the one door to simdjson, whose first stage this is. It checks what concerns bytes and not
// grammar: UTF-8, control characters in strings, escapes, strings that do not end.
//
//   JsonStructure structure;
//   if (structure.Index(R"({"a": [1]})")) Use(structure.words());   // {0, 1, 4, 6, 7, 8, 9}
//
// A word is a bracket, a colon, a comma, or the first byte of a string, number or name. Whatever
// follows a word without a blank between is either part of it or a word of its own: behind a
// string's closing quote, there is one.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tripline::runtime {

class JsonStructure {
 public:
  /// Longer texts are not indexed: the index takes four bytes for each of theirs.
  static constexpr std::size_t kLongestText = std::size_t{1} << 20U;

  JsonStructure();
  ~JsonStructure();
  JsonStructure(JsonStructure&&) noexcept;
  JsonStructure& operator=(JsonStructure&&) noexcept;

  /// Finds the words of `text`, one or several documents with blanks or line breaks between them.
  /// False if the text is too long, empty, or damaged in some byte: then there are no words.
  /// Requires: kLinePadding readable bytes behind the text (runtime/line_reader.h).
  [[nodiscard]] bool Index(std::string_view text);

  /// Offsets into the text, rising. Valid until the next Index.
  [[nodiscard]] std::span<const std::uint32_t> words() const { return words_; }
  /// False if no string of the text holds a backslash.
  [[nodiscard]] bool has_escapes() const { return has_escapes_; }

 private:
  struct Stage;
  std::unique_ptr<Stage> stage_;
  std::span<const std::uint32_t> words_;
  bool has_escapes_ = false;
};

/// What is wrong with the escapes of a text: nothing (and whether there are any), or something.
/// Half a surrogate pair is not wrong. Requires: kLinePadding readable bytes behind the text.
enum class Escapes : std::uint8_t { kNone, kValid, kInvalid };
[[nodiscard]] Escapes CheckEscapes(std::string_view text);

}  // namespace tripline::runtime

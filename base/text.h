// Small facts about UTF-8 text: lengths in code points and UTF-16 units, validity, printable forms,
// nearness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tripline {

/// Byte offset of the first byte that is not valid UTF-8 (RFC 3629), or npos if all is valid.
[[nodiscard]] std::size_t FindInvalidUtf8(std::string_view text);

/// Length in bytes (1-4) of the valid UTF-8 sequence that begins at `at`; 0 if none does.
[[nodiscard]] std::size_t Utf8LengthAt(std::string_view text, std::size_t at);

[[nodiscard]] std::size_t CodePointCount(std::string_view utf8);

/// Length of valid UTF-8 in UTF-16 code units (how Java and JavaScript count).
[[nodiscard]] std::size_t Utf16Length(std::string_view utf8);

/// `line` with tabs as one blank and control characters and broken bytes as '?'; two byte offsets
/// into `line` are carried over to offsets into the answer.
[[nodiscard]] std::string PrintableUtf8(std::string_view line, std::uint32_t* begin_out,
                                        std::size_t begin, std::uint32_t* end_out, std::size_t end);

/// Number of single-byte edits (insert, delete, replace, swap of neighbours) from a to b, at most
/// `limit` + 1.
[[nodiscard]] std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit);

/// The candidate nearest to `word` within `limit` edits (ties: the first), or an empty view.
[[nodiscard]] std::string_view Nearest(std::string_view word,
                                       std::span<const std::string_view> candidates,
                                       std::size_t limit);

}  // namespace tripline

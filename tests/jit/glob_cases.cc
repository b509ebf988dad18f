#include "tests/jit/glob_cases.h"

#include <array>
#include <cctype>

#include "base/text.h"

namespace tripline::jit {
namespace {

constexpr std::array<std::string_view, 12> kBytes = {
    "a", "b", "A", "B", "?", std::string_view("\0", 1), "\n", "\xFF", "\xC3", "\xA9", "é", "😀"};
constexpr std::array<std::string_view, 12> kChunks = {
    "aab",  "aba",          "AAb",          "BAB", "?",   std::string_view("\0\0a", 3),
    "ab\n", "\xFF\xFF\xFF", "\xC3\xA9\xC3", "éé",  "a😀", "b"};

struct Flags {
  bool ignores_case;
  bool has_question;
};

/// One element of a glob: a byte, '?', or a star.
struct Element {
  bool is_star;
  char byte;
};

bool IsSame(char a, char b, bool ignores_case) {
  const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return ignores_case ? fold(a) == fold(b) : a == b;
}

bool Matches(const std::vector<Element>& elements, std::size_t i, std::string_view value,
             Flags flags) {
  if (i == elements.size()) return value.empty();
  const Element& element = elements[i];
  if (element.is_star) {
    return Matches(elements, i + 1, value, flags) ||
           (!value.empty() && Matches(elements, i, value.substr(1), flags));
  }
  if (flags.has_question && element.byte == '?') {
    const std::size_t length = Utf8LengthAt(value, 0);
    return length != 0 && Matches(elements, i + 1, value.substr(length), flags);
  }
  return !value.empty() && IsSame(element.byte, value[0], flags.ignores_case) &&
         Matches(elements, i + 1, value.substr(1), flags);
}

}  // namespace

Glob GlobOf(std::string_view text, bool ignores_case, bool has_question) {
  Glob glob{{""}, ignores_case, has_question};
  for (const char c : text) {
    if (c == '*') {
      glob.pieces.emplace_back();
    } else {
      glob.pieces.back() += c;
    }
  }
  return glob;
}

std::string Show(const Glob& glob) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string shown;
  for (std::size_t i = 0; i < glob.pieces.size(); ++i) {
    if (i > 0) shown += " * ";
    for (const char c : glob.pieces[i]) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0 || c == '?') {
        shown += c;
      } else {
        shown += "\\x";
        shown += kHex[byte >> 4U];
        shown += kHex[byte & 0xFU];
      }
    }
  }
  return "'" + shown + "'" + (glob.ignores_case ? " ignoring case" : "") +
         (glob.has_question ? " with ?" : "");
}

bool TextbookMatches(const Glob& glob, std::string_view value) {
  if (glob.pieces.empty()) return false;
  std::vector<Element> elements;
  for (std::size_t i = 0; i < glob.pieces.size(); ++i) {
    if (i > 0) elements.push_back({true, 0});
    for (const char c : glob.pieces[i]) elements.push_back({false, c});
  }
  return Matches(elements, 0, value, {glob.ignores_case, glob.has_question});
}

std::vector<std::string> AllStrings(std::string_view alphabet, std::size_t max_length) {
  std::vector<std::string> all = {""};
  std::size_t begin = 0;
  for (std::size_t length = 1; length <= max_length; ++length) {
    const std::size_t end = all.size();
    for (std::size_t i = begin; i < end; ++i) {
      for (const char c : alphabet) all.push_back(all[i] + c);
    }
    begin = end;
  }
  return all;
}

std::uint32_t RandomGlobs::Below(std::uint32_t end) {
  return static_cast<std::uint32_t>(random_() % end);
}

std::string RandomGlobs::NextText(std::uint32_t max_symbols) {
  std::string text;
  for (std::uint32_t i = Below(max_symbols + 1); i > 0; --i) {
    text += alphabet_ == Alphabet::kBytes ? kBytes[Below(kBytes.size())]
                                          : kChunks[Below(kChunks.size())];
  }
  return text;
}

Glob RandomGlobs::NextGlob() {
  Glob glob;
  glob.pieces.resize(1 + Below(4));
  for (std::string& piece : glob.pieces) piece = NextText(2);
  glob.ignores_case = Below(4) == 0;
  glob.has_question = Below(4) == 0;
  return glob;
}

std::string RandomGlobs::NextValue() { return NextText(6); }

}  // namespace tripline::jit

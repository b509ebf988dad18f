// Words by WordReader, or runs of what an analyzer keeps; each is lower-cased as it is taken.
#include "jit/tokens.h"

#include <algorithm>
#include <array>

#include "jit/unicode.h"
#include "jit/word_reader.h"

namespace tripline::jit {
namespace {

void AppendLowercase(std::string_view text, std::string* out) {
  for (std::size_t at = 0; at < text.size();) {
    if (const auto byte = static_cast<unsigned char>(text[at]); byte < 0x80U) {
      out->push_back(static_cast<char>(LowercaseOf(byte)));
      ++at;
      continue;
    }
    const CodePoint point = DecodeAt(text, at);
    if (point.is_valid) {
      AppendUtf8(LowercaseOf(point.value), out);
    } else {
      out->push_back(text[at]);
    }
    at += point.num_bytes;
  }
}

// The words that Lucene's English stop set has.
bool IsStopWord(std::string_view word) {
  static constexpr std::array<std::string_view, 33> kWords = {
      "a",   "an",    "and",  "are",   "as",    "at",   "be",   "but", "by",  "for",  "if",
      "in",  "into",  "is",   "it",    "no",    "not",  "of",   "on",  "or",  "such", "that",
      "the", "their", "then", "there", "these", "they", "this", "to",  "was", "will", "with"};
  return std::ranges::binary_search(kWords, word);
}

// As Java's Character.isWhitespace: no-break spaces do not separate.
bool IsBlank(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A && c != 0x2007) || c == 0x2028 || c == 0x2029 || c == 0x205F ||
         c == 0x3000;
}

bool IsLetter(char32_t c) { return (WordClassesOf(c) & WordClass::kAlphabetic) != 0; }

}  // namespace

void TokenBuffer::Assign(std::string_view text, Analysis analysis) {
  folded_.clear();
  ends_.clear();
  switch (analysis.tokenizer) {
    case Tokenizer::kStandard:
      AssignWords(text, analysis);
      break;
    case Tokenizer::kLetter:
    case Tokenizer::kWhitespace:
      AssignRuns(text, analysis);
      break;
    case Tokenizer::kKeyword:
      Add(text, analysis);
      break;
  }
}

void TokenBuffer::Add(std::string_view token, Analysis analysis) {
  const std::size_t begin = folded_.size();
  if (analysis.lowercases) {
    AppendLowercase(token, &folded_);
  } else {
    folded_ += token;
  }
  if (analysis.drops_stop_words && IsStopWord(std::string_view(folded_).substr(begin))) {
    folded_.resize(begin);
  }
  ends_.push_back(folded_.size());
}

void TokenBuffer::AssignWords(std::string_view text, Analysis analysis) {
  const WordReader reader(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = reader.WordEnd(at);
    if (end == at) {
      at = reader.Skip(at);
      continue;
    }
    Add(text.substr(at, end - at), analysis);
    at = end;
  }
}

void TokenBuffer::AssignRuns(std::string_view text, Analysis analysis) {
  const bool is_whitespace = analysis.tokenizer == Tokenizer::kWhitespace;
  std::size_t begin = 0;
  std::size_t num_utf16 = 0;
  const auto finish = [&](std::size_t end) {
    if (begin < end) Add(text.substr(begin, end - begin), analysis);
    num_utf16 = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    const std::size_t units = point.num_bytes == 4 ? 2 : 1;
    const bool is_inside =
        point.is_valid && (is_whitespace ? !IsBlank(point.value) : IsLetter(point.value));
    if (!is_inside) {
      finish(at);
      begin = at + point.num_bytes;
    } else if (num_utf16 + units >= kMaxTokenUnits) {  // here a last pair may be one too many
      finish(at + point.num_bytes);
      begin = at + point.num_bytes;
    } else {
      num_utf16 += units;
    }
    at += point.num_bytes;
  }
  finish(text.size());
}

std::string_view TokenBuffer::operator[](std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::string_view(folded_).substr(begin, ends_[i] - begin);
}

std::vector<std::string> Tokens(std::string_view text, Analysis analysis) {
  TokenBuffer buffer;
  buffer.Assign(text, analysis);
  std::vector<std::string> tokens;
  tokens.reserve(buffer.size());
  for (std::size_t i = 0; i < buffer.size(); ++i) tokens.emplace_back(buffer[i]);
  return tokens;
}

std::string LowercaseToken(std::string_view text) {
  std::string lowercase;
  AppendLowercase(text, &lowercase);
  return lowercase;
}

std::string NormalizedToken(std::string_view text, Analysis analysis) {
  return analysis.lowercases ? LowercaseToken(text) : std::string(text);
}

}  // namespace tripline::jit

// The first piece must stand at the front and the last at the back; those between are looked for
// from left to right, each as early as possible. Early is never wrong: what a piece matches at a
// later place also ends later, so the earliest place leaves the most room for the rest. (With '?'
// too: two matches of one piece could only cross inside a code point, where no '?' matches.)
#include "jit/glob.h"

#include <cstring>
#include <string>

#include "base/text.h"

namespace tripline::jit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kMaxSequence = 4;  // bytes of a code point

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsSame(const Glob& glob, char a, char b) {
  return a == b || (glob.ignores_case && Fold(a) == Fold(b));
}

bool IsQuestion(const Glob& glob, char c) { return glob.has_question && c == '?'; }

/// Pieces are plain bytes: libraries can compare them.
bool IsLiteral(const Glob& glob) { return !glob.ignores_case && !glob.has_question; }

/// Where the piece ends if it stands at `at`.
std::size_t EndOfPiece(const Glob& glob, std::string_view piece, std::string_view value,
                       std::size_t at) {
  if (IsLiteral(glob)) return value.substr(at).starts_with(piece) ? at + piece.size() : kNone;
  for (const char c : piece) {
    std::size_t length = 0;
    if (IsQuestion(glob, c)) {
      length = Utf8LengthAt(value, at);
    } else if (at < value.size() && IsSame(glob, c, value[at])) {
      length = 1;
    }
    if (length == 0) return kNone;
    at += length;
  }
  return at;
}

/// Length of the code point that ends at `end`, or 0.
std::size_t LengthOfLast(std::string_view value, std::size_t end) {
  for (std::size_t length = 1; length <= kMaxSequence && length <= end; ++length) {
    const std::size_t found = Utf8LengthAt(value.substr(0, end), end - length);
    if (found != 0) return found == length ? length : 0;
  }
  return 0;
}

/// Where the piece begins if it ends with the value.
std::size_t BeginOfLastPiece(const Glob& glob, std::string_view piece, std::string_view value) {
  std::size_t at = value.size();
  if (IsLiteral(glob)) return value.ends_with(piece) ? at - piece.size() : kNone;
  for (std::size_t i = piece.size(); i > 0; --i) {
    const char c = piece[i - 1];
    std::size_t length = 0;
    if (IsQuestion(glob, c)) {
      length = LengthOfLast(value, at);
    } else if (at > 0 && IsSame(glob, c, value[at - 1])) {
      length = 1;
    }
    if (length == 0) return kNone;
    at -= length;
  }
  return at;
}

/// Where the piece ends at its first occurrence from `at` on.
std::size_t EndOfNext(const Glob& glob, std::string_view piece, std::string_view value,
                      std::size_t at) {
  if (piece.empty()) return at;
  if (piece.size() > value.size() - at) return kNone;
  if (IsLiteral(glob)) {
    // memmem is linear in the value's size; string_view::find is not.
    const char* const from = value.data() + at;
    const void* const found = memmem(from, value.size() - at, piece.data(), piece.size());
    if (found == nullptr) return kNone;
    return at + static_cast<std::size_t>(static_cast<const char*>(found) - from) + piece.size();
  }
  for (; at < value.size(); ++at) {
    const std::size_t end = EndOfPiece(glob, piece, value, at);
    if (end != kNone) return end;
  }
  return kNone;
}

/// True if no piece has a '?' that stands for a code point.
bool HasNoQuestion(const Glob& glob) {
  if (!glob.has_question) return true;
  for (const std::string& piece : glob.pieces) {
    if (piece.find('?') != std::string::npos) return false;
  }
  return true;
}

/// The literal pieces strictly between the first and the last, and the last such.
struct Inner {
  std::size_t num_literals = 0;
  std::string_view last;
};

Inner InnerOf(const Glob& glob) {
  Inner inner;
  for (std::size_t i = 1; i + 1 < glob.pieces.size(); ++i) {
    if (glob.pieces[i].empty()) continue;
    ++inner.num_literals;
    inner.last = glob.pieces[i];
  }
  return inner;
}

}  // namespace

bool GlobMatches(const Glob& glob, std::string_view value) {
  if (glob.pieces.empty()) return false;
  std::size_t at = EndOfPiece(glob, glob.pieces.front(), value, 0);
  if (glob.pieces.size() == 1) return at == value.size();
  const std::size_t last = BeginOfLastPiece(glob, glob.pieces.back(), value);
  if (at == kNone || last == kNone || at > last) return false;
  const std::string_view middle = value.substr(0, last);
  for (std::size_t i = 1; i + 1 < glob.pieces.size(); ++i) {
    at = EndOfNext(glob, glob.pieces[i], middle, at);
    if (at == kNone) return false;
  }
  return true;
}

GlobShape Classify(const Glob& glob) {
  if (glob.pieces.empty()) return GlobShape::kGeneral;
  const Inner inner = InnerOf(glob);
  const bool has_first = !glob.pieces.front().empty();
  const bool has_last = !glob.pieces.back().empty();
  const bool has_star = glob.pieces.size() > 1;
  if (has_star && !has_first && !has_last && inner.num_literals == 0) {
    return GlobShape::kEverything;
  }
  if (glob.ignores_case || !HasNoQuestion(glob)) return GlobShape::kGeneral;
  if (!has_star) return GlobShape::kExact;
  if (inner.num_literals == 0 && !has_last) return GlobShape::kPrefix;
  if (inner.num_literals == 0 && !has_first) return GlobShape::kSuffix;
  if (inner.num_literals == 1 && !has_first && !has_last) return GlobShape::kContains;
  return GlobShape::kGeneral;
}

std::string_view LiteralOf(const Glob& glob) {
  switch (Classify(glob)) {
    case GlobShape::kExact:
    case GlobShape::kPrefix:
      return glob.pieces.front();
    case GlobShape::kSuffix:
      return glob.pieces.back();
    case GlobShape::kContains:
      return InnerOf(glob).last;
    case GlobShape::kEverything:
    case GlobShape::kGeneral:
      return {};
  }
  return {};
}

}  // namespace tripline::jit

// Recursive descent over words, with what words cannot tell checked at their bytes: numbers and
// names are read to their ends; strings need no look, as their bytes were checked before and their
// end is the closing quote before the next word.
#include "runtime/document_walk.h"

#include "runtime/json_scalar.h"

namespace tripline::runtime {
namespace {

// What is found where the words end.
constexpr char kNoWord = '\0';

}  // namespace

DocumentWalk::DocumentWalk(const char* base, std::span<const std::uint32_t> words, bool has_escapes,
                           EventColumns* columns)
    : base_(base),
      words_(words),
      next_(words.data()),
      end_(words.data() + words.size()),
      has_escapes_(has_escapes),
      columns_(*columns),
      paths_(columns->learned()) {}

DocumentWalk::End DocumentWalk::Line(bool looks_for_hits) {
  looks_for_hits_ = looks_for_hits;
  if (Take() == '{' && Object(LearnedPaths::kRoot, 1)) {
    return End::kDone;
  }
  return sees_hit_ ? End::kSeesHit : End::kRefused;
}

bool DocumentWalk::Document() {
  next_ = source_ != nullptr ? source_ : words_.data();
  looks_for_hits_ = false;
  return Take() == '{' && Object(LearnedPaths::kRoot, 1);
}

bool DocumentWalk::FindSource(SearchHit* hit, std::string* names) {
  using HitWord = LearnedPaths::HitWord;
  next_ = words_.data();
  SiteId site = LearnedPaths::kNoSite;
  std::string id;
  names->clear();
  if (Take() != '{') {
    return false;
  }
  char c = Take();
  for (bool is_first = true; c == ',' || (is_first && c != '}'); c = Take(), is_first = false) {
    if ((!is_first && Take() != '"') || *at_ != '"') {
      return false;
    }
    site = FindKey(LearnedPaths::kRoot, site);
    if (site == LearnedPaths::kNoSite || Take() != ':') {
      return false;
    }
    const HitWord word = paths_.site(site).hit_word;
    const std::uint32_t* const value = next_;
    const char first = Take();
    if (word == HitWord::kSource && first == '{' && source_ == nullptr) {
      source_ = value;
    } else if (word != HitWord::kNone && first == '"') {
      std::string& name = word == HitWord::kIndex ? *names : id;
      if (word != HitWord::kSource && !DecodeJsonString(Quoted(), &name)) {
        return false;
      }
    }
    if (!Skip(first, 1)) {
      return false;
    }
  }
  hit->is_hit = source_ != nullptr;
  if (hit->is_hit) {
    const std::size_t index_size = names->size();
    *names += id;
    hit->index = std::string_view(*names).substr(0, index_size);
    hit->id = std::string_view(*names).substr(index_size);
  }
  return c == '}';
}

// Behind the opening brace. The innermost loop of reading: where it stands is kept in registers,
// and what the others work with (next_, at_) is only brought up to date for them.
bool DocumentWalk::Object(PlaceId place, std::uint32_t depth) {
  const std::uint32_t* next = next_;
  const auto take = [&] { return next == end_ ? &kNoWord : base_ + *next++; };
  const char* at = take();
  for (SiteId site = LearnedPaths::kNoSite; *at != '}'; at = take()) {
    if (site != LearnedPaths::kNoSite) {
      if (*at != ',') {
        return false;
      }
      at = take();
    }
    if (*at != '"') {
      return false;
    }
    SiteId key = paths_.Guess(place, site, at + 1);
    if (key == LearnedPaths::kNoSite) {
      next_ = next;
      at_ = at;
      key = FindKey(place, site);
    }
    site = key;
    if (key == LearnedPaths::kNoSite || *take() != ':') {
      return false;
    }
    const LearnedPaths::Site& facts = paths_.site(key);
    if (facts.hit_word != LearnedPaths::HitWord::kNone && looks_for_hits_ && depth == 1) {
      sees_hit_ = true;
      return false;
    }
    at = take();
    if (facts.place == LearnedPaths::kNowhere && *at == '"') {
      continue;
    }
    next_ = next;
    at_ = at;
    if (!(facts.place == LearnedPaths::kNowhere ? Skip(*at, depth)
                                                : Value(*at, facts.place, depth))) {
      return false;
    }
    next = next_;
  }
  next_ = next;
  return true;
}

// The site of the key whose opening quote was taken last, where it is no guess.
DocumentWalk::SiteId DocumentWalk::FindKey(PlaceId place, SiteId previous) {
  const std::string_view quoted = Quoted();
  return quoted.empty() ? LearnedPaths::kNoSite
                        : paths_.Find(place, previous, quoted.substr(1, quoted.size() - 2));
}

// The string whose opening quote was taken last, with its quotes; empty at the end of the words.
std::string_view DocumentWalk::Quoted() const {
  if (next_ == end_) {
    return {};
  }
  const char* last = base_ + *next_ - 1;
  while (IsJsonBlank(*last)) {
    --last;
  }
  return {at_, static_cast<std::size_t>(last - at_) + 1};
}

bool DocumentWalk::Value(char first, PlaceId place, std::uint32_t depth) {
  switch (first) {
    case '{':
      if (depth == kDeepest || (columns_.has_objects() && !ReadWholeObject(place))) {
        return false;
      }
      return paths_.place(place).wants_below ? Object(place, depth + 1) : Skip(first, depth);
    case '[':
      return depth < kDeepest && Array(place, depth + 1);
    case '"':
      return ReadString(place);
    case 't':
    case 'f':
    case 'n':
      return ReadName(first, place);
    default:
      return ReadNumber(place);
  }
}

// Behind the opening bracket.
bool DocumentWalk::Array(PlaceId place, std::uint32_t depth) {
  char c = Take();
  if (c == ']') {
    return true;
  }
  for (;; c = Take()) {
    if (!Value(c, place, depth)) {
      return false;
    }
    c = Take();
    if (c != ',') {
      return c == ']';
    }
  }
}

bool DocumentWalk::ReadString(PlaceId place) {
  std::string_view text = Quoted();
  if (text.empty()) {
    return false;
  }
  if (has_escapes_ && text.find('\\') != text.npos) {
    std::string& decoded = columns_.decoded();
    if (!DecodeJsonString(text, &decoded)) {
      return false;
    }
    text = columns_.Keep(decoded);
  } else {
    text = text.substr(1, text.size() - 2);
  }
  for (const std::uint32_t position : ColumnsAt(place)) {
    has_added_ = true;
    columns_.column(position).AddLastingString(columns_.row(), text);
  }
  return true;
}

bool DocumentWalk::ReadNumber(PlaceId place) {
  const JsonNumber number = JsonNumberAt(at_);
  if (number.digits.empty()) {
    return false;
  }
  const bool is_short = number.is_whole && number.digits.size() <= kSafeJsonDigits;
  for (const std::uint32_t position : ColumnsAt(place)) {
    has_added_ = true;
    if (is_short) {
      columns_.column(position).AddInteger(columns_.row(), JsonIntegerOf(number.digits));
    } else {
      columns_.AddNumber(position, number.digits);
    }
  }
  return true;
}

bool DocumentWalk::ReadName(char first, PlaceId place) {
  if (!IsJsonName(first, at_)) {
    return false;
  }
  if (first != 'n') {
    for (const std::uint32_t position : ColumnsAt(place)) {
      has_added_ = true;
      columns_.column(position).AddBoolean(columns_.row(), first == 't');
    }
  }
  return true;
}

// For columns of nested fields, which want the object as one value. The walk stands where it stood.
bool DocumentWalk::ReadWholeObject(PlaceId place) {
  for (const std::uint32_t position : ColumnsAt(place)) {
    if (ObjectColumns* const objects = columns_.objects(position)) {
      DocumentWalk inner(base_, {next_, end_}, has_escapes_, &objects->Start());
      if (!inner.Object(LearnedPaths::kRoot, 1)) {
        return false;
      }
      has_added_ = true;
      columns_.column(position).AddObject(columns_.row(), objects->Finish());
    }
  }
  return true;
}

// Past the value whose first word was taken last.
bool DocumentWalk::Skip(char first, std::uint32_t depth) {
  switch (first) {
    case '"':
      return true;
    case '{':
      return depth < kDeepest && SkipObject(depth + 1);
    case '[':
      return depth < kDeepest && SkipArray(depth + 1);
    case 't':
    case 'f':
    case 'n':
      return IsJsonName(first, at_);
    default:
      return !JsonNumberAt(at_).digits.empty();
  }
}

bool DocumentWalk::SkipObject(std::uint32_t depth) {
  const std::uint32_t* next = next_;
  const auto take = [&] { return next == end_ ? &kNoWord : base_ + *next++; };
  const char* at = take();
  for (bool is_first = true; *at != '}'; at = take(), is_first = false) {
    if (!is_first) {
      if (*at != ',') {
        return false;
      }
      at = take();
    }
    if (*at != '"' || *take() != ':') {
      return false;
    }
    at = take();
    if (*at == '"') {
      continue;
    }
    next_ = next;
    at_ = at;
    if (!Skip(*at, depth)) {
      return false;
    }
    next = next_;
  }
  next_ = next;
  return true;
}

bool DocumentWalk::SkipArray(std::uint32_t depth) {
  char c = Take();
  if (c == ']') {
    return true;
  }
  for (;; c = Take()) {
    if (!Skip(c, depth)) {
      return false;
    }
    c = Take();
    if (c != ',') {
      return c == ']';
    }
  }
}

}  // namespace tripline::runtime

// Extendible hashing over segments (Fagin et al., 1979), and inside a segment linear probing in the
// order of the keys: a search ends at the first greater key, an insertion moves the run behind it
// by one place. A full segment grows by an eighth, or from a size on splits into two halves; all
// others stay as they are.
#include "runtime/term_table.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/time.h"
#include "runtime/term_key.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kLeastHomes = 16;
constexpr std::size_t kMostHomes = 4096;
constexpr std::uint32_t kMostDepth = 24;
constexpr std::size_t kTermsOfAReservedSegment = 2048;
constexpr std::size_t kSegmentsOfALargeTable = 64;  // about 8 MiB

// Homes for so many terms: a fill of 8/10, so that there is room to grow.
std::size_t HomesFor(std::size_t num_terms) {
  return std::max(kLeastHomes, num_terms * 10 / 8 + 1);
}

auto PlaceOrder(const TermKey& key) { return std::tuple(key.low, key.high); }

}  // namespace

void TermTable::Clear() {
  segments_.clear();
  segments_.push_back(EmptySegment(kLeastHomes, 0));
  directory_.assign(1, 0);
  depth_ = 0;
  num_terms_ = 0;
  next_to_look_at_ = 0;
}

void TermTable::Reserve(std::size_t num_terms) {
  Clear();
  const std::size_t num_wanted = num_terms / kTermsOfAReservedSegment;
  depth_ = num_wanted == 0
               ? 0
               : std::min(kMostDepth, static_cast<std::uint32_t>(std::bit_width(num_wanted)));
  const std::size_t num_segments = std::size_t{1} << depth_;
  segments_.clear();
  directory_.clear();
  for (std::size_t i = 0; i < num_segments; ++i) {
    segments_.push_back(EmptySegment(HomesFor(num_terms / num_segments), depth_));
    directory_.push_back(static_cast<std::uint32_t>(i));
  }
}

// The first entry after `at` that names another segment: a segment's entries are neighbours.
std::size_t TermTable::NextInDirectory(std::size_t at) const {
  return at + (std::size_t{1} << (depth_ - segments_[directory_[at]].depth));
}

std::size_t TermTable::NumPlaces(std::uint32_t num_homes) {
  return num_homes + 16 + num_homes / 64;
}

TermTable::Segment TermTable::EmptySegment(std::size_t num_homes, std::uint32_t depth) {
  Segment segment;
  segment.num_homes = static_cast<std::uint32_t>(num_homes);
  segment.depth = depth;
  const std::size_t num_places = NumPlaces(segment.num_homes);
  void* const large = segments_.size() < kSegmentsOfALargeTable
                          ? nullptr
                          : large_pages_->Take(num_places * sizeof(Term));
  segment.places = {large == nullptr ? new Term[num_places] : new (large) Term[num_places],
                    GiveBackPlaces(large == nullptr ? nullptr : large_pages_.get(), num_places)};
  return segment;
}

void TermTable::GiveBackPlaces::operator()(Term* places) const {
  static_assert(std::is_trivially_destructible_v<Term>);
  if (pages_ == nullptr) {
    delete[] places;
  } else {
    pages_->GiveBack(places, num_places_ * sizeof(Term));
  }
}

TermTable::Found TermTable::FindOrAdd(const TermKey& key) {
  for (;;) {
    Segment& segment = segments_[directory_[DirectoryOf(key)]];
    std::size_t at = HomeOf(segment, key);
    const std::size_t end = NumPlaces(segment.num_homes);
    while (at < end && !segment.places[at].IsFree() &&
           PlaceOrder(segment.places[at].key_) < PlaceOrder(key)) {
      ++at;
    }
    if (at < end && !segment.places[at].IsFree() && segment.places[at].key_ == key) {
      return {.term = segment.places[at], .is_new = false};
    }
    const bool has_room =
        10 * std::size_t{segment.num_terms + 1} <= 9 * std::size_t{segment.num_homes};
    if (Term* const added = has_room ? Insert(segment, at, key) : nullptr) {
      ++num_terms_;
      segment.oldest = Timestamp::min();  // until it is looked at
      return {.term = *added, .is_new = true};
    }
    Grow(key);
  }
}

TermTable::Term* TermTable::Find(const TermKey& key) {
  return const_cast<Term*>(std::as_const(*this).Find(key));
}

const TermTable::Term* TermTable::Find(const TermKey& key) const {
  const Segment& segment = segments_[directory_[DirectoryOf(key)]];
  const std::size_t end = NumPlaces(segment.num_homes);
  for (std::size_t at = HomeOf(segment, key); at < end && !segment.places[at].IsFree(); ++at) {
    if (segment.places[at].key_ == key) {
      return &segment.places[at];
    }
    if (PlaceOrder(key) < PlaceOrder(segment.places[at].key_)) {
      break;
    }
  }
  return nullptr;
}

void TermTable::RemoveMarks() {
  for (Segment& segment : segments_) {
    for (std::size_t at = 0; at < NumPlaces(segment.num_homes); ++at) {
      if (!segment.places[at].IsFree()) {
        segment.places[at].SetMark(false);
      }
    }
  }
}

// Null if there is no free place from `at` on.
TermTable::Term* TermTable::Insert(Segment& segment, std::size_t at, const TermKey& key) {
  const std::size_t end = NumPlaces(segment.num_homes);
  std::size_t free = at;
  while (free < end && !segment.places[free].IsFree()) {
    ++free;
  }
  if (free == end) {
    return nullptr;
  }
  std::move_backward(&segment.places[at], &segment.places[free], &segment.places[free] + 1);
  Term& term = segment.places[at];
  term = Term();
  term.key_ = key;
  term.SetLastSeen(Timestamp(Milliseconds(Term::kFree / 4)));
  ++segment.num_terms;
  return &term;
}

std::vector<const TermTable::Term*> TermTable::SortedTermsOf(const Segment& segment) {
  std::vector<const Term*> terms;
  terms.reserve(segment.num_terms);
  for (std::size_t at = 0; at < NumPlaces(segment.num_homes); ++at) {
    if (!segment.places[at].IsFree()) {
      terms.push_back(&segment.places[at]);
    }
  }
  std::ranges::sort(terms, {}, [](const Term* term) { return term->key_; });
  return terms;
}

// In the order of their places.
std::vector<TermTable::Term> TermTable::TakeTerms(const Segment& segment) {
  std::vector<Term> terms;
  terms.reserve(segment.num_terms);
  std::copy_if(&segment.places[0], &segment.places[0] + NumPlaces(segment.num_homes),
               std::back_inserter(terms), [](const Term& term) { return !term.IsFree(); });
  return terms;
}

TermTable::Segment TermTable::Pack(std::span<const Term> terms, std::size_t num_homes,
                                   std::uint32_t depth) {
  for (;; num_homes += num_homes / 8 + 4) {
    Segment segment = EmptySegment(num_homes, depth);
    const std::size_t end = NumPlaces(segment.num_homes);
    std::size_t next = 0;
    for (const Term& term : terms) {
      next = std::max(next, HomeOf(segment, term.key_));
      if (next == end) {
        break;
      }
      segment.places[next++] = term;
      segment.oldest = std::min(segment.oldest, term.last_seen());
      ++segment.num_terms;
    }
    if (segment.num_terms == terms.size()) {
      return segment;
    }
  }
}

// Makes room in the key's segment.
void TermTable::Grow(const TermKey& key) {
  Segment& segment = segments_[directory_[DirectoryOf(key)]];
  const std::vector<Term> terms = TakeTerms(segment);
  const std::size_t num_homes = segment.num_homes + segment.num_homes / 8 + 4;
  if (num_homes <= kMostHomes || segment.depth == kMostDepth || !Split(key, terms)) {
    segment = Pack(terms, num_homes, segment.depth);
  }
}

// False if nearly all terms are on one side, which the keys of a hash are not.
bool TermTable::Split(const TermKey& key, std::span<const Term> terms) {
  const std::uint32_t number = directory_[DirectoryOf(key)];
  const std::uint32_t depth = segments_[number].depth + 1;
  std::vector<Term> halves[2];
  for (const Term& term : terms) {
    halves[(term.key_.high >> (64U - depth)) & 1U].push_back(term);
  }
  if (std::min(halves[0].size(), halves[1].size()) < terms.size() / 8) {
    return false;
  }
  if (depth > depth_) {
    std::vector<std::uint32_t> doubled;
    doubled.reserve(2 * directory_.size());
    for (const std::uint32_t entry : directory_) {
      doubled.insert(doubled.end(), {entry, entry});
    }
    directory_ = std::move(doubled);
    depth_ = depth;
  }
  const auto upper = static_cast<std::uint32_t>(segments_.size());
  segments_[number] = Pack(halves[0], HomesFor(halves[0].size()), depth);
  segments_.push_back(Pack(halves[1], HomesFor(halves[1].size()), depth));
  const std::size_t num_entries = std::size_t{1} << (depth_ - depth);  // of each half
  const std::size_t first = DirectoryOf(key) & ~(2 * num_entries - 1);
  std::fill_n(directory_.begin() + static_cast<std::ptrdiff_t>(first + num_entries), num_entries,
              upper);
  return true;
}

void TermTable::ForgetSome(Timestamp before) {
  next_to_look_at_ = (next_to_look_at_ + 1) % segments_.size();
  Segment& segment = segments_[next_to_look_at_];
  if (segment.oldest >= before) {
    return;
  }
  std::vector<Term> terms = TakeTerms(segment);
  std::erase_if(terms, [before](const Term& term) { return term.last_seen() < before; });
  if (terms.size() == segment.num_terms) {
    segment.oldest = Timestamp::max();
    for (const Term& term : terms) {
      segment.oldest = std::min(segment.oldest, term.last_seen());
    }
    return;
  }
  num_terms_ -= segment.num_terms - terms.size();
  const std::size_t num_homes = 10 * terms.size() < 7 * std::size_t{segment.num_homes}
                                    ? HomesFor(terms.size())
                                    : segment.num_homes;
  segment = Pack(terms, num_homes, segment.depth);
}

std::uint64_t TermTable::memory_bytes() const {
  std::uint64_t bytes =
      segments_.capacity() * sizeof(Segment) + directory_.capacity() * sizeof(std::uint32_t);
  for (const Segment& segment : segments_) {
    bytes += NumPlaces(segment.num_homes) * sizeof(Term);
  }
  return bytes;
}

}  // namespace tripline::runtime

// TermTable: the terms of a history, 32 bytes each: key, last occurrence, and for a term that is
// known only as history the time of its first occurrence.
//
//   TermTable table;
//   auto [term, is_new] = table.FindOrAdd(key);
//   term.SetLastSeen(time);
//   table.ForgetSome(before);                                // a segment at a time
//   table.ForEach([](const TermTable::Term& term) { ... });  // in the order of the keys
//
// Space: 32 bytes over a fill of 8/10 to 9/10, so 36 to 41 bytes a term, whatever its length. The
// table grows by segments of at most 4,096 homes: no pause, and never a second copy of it.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "base/time.h"
#include "runtime/large_pages.h"
#include "runtime/term_key.h"

namespace tripline::runtime {

class TermTable {
 public:
  static constexpr Timestamp kNever = Timestamp::min();

  class Term {
   public:
    [[nodiscard]] const TermKey& key() const { return key_; }
    [[nodiscard]] Timestamp last_seen() const { return Timestamp(Milliseconds(seen_ >> 1)); }
    void SetLastSeen(Timestamp time) { seen_ = time.time_since_epoch().count() * 2 + (seen_ & 1); }
    /// A mark for the owner's use; a new term has none.
    [[nodiscard]] bool is_marked() const { return (seen_ & 1) != 0; }
    void SetMark(bool is_marked) { seen_ = (seen_ & ~std::int64_t{1}) | (is_marked ? 1 : 0); }

    Timestamp first_arrival = kNever;  // runtime/term_history.h

   private:
    friend class TermTable;
    static constexpr std::int64_t kFree = std::numeric_limits<std::int64_t>::min();
    [[nodiscard]] bool IsFree() const { return seen_ == kFree; }

    TermKey key_;
    std::int64_t seen_ = kFree;  // twice the time of the last occurrence, plus the mark
  };
  struct Found {
    Term& term;  // until the table changes again
    bool is_new = false;
  };

  TermTable() { Clear(); }

  /// The term of this key. A new one was last seen at the beginning of time.
  [[nodiscard]] Found FindOrAdd(const TermKey& key);
  /// Null if there is none.
  [[nodiscard]] Term* Find(const TermKey& key);
  [[nodiscard]] const Term* Find(const TermKey& key) const;

  /// Where the search for the key will begin, for whoever wants to call for it in time.
  [[nodiscard]] const void* HomeOf(const TermKey& key) const {
    const Segment& segment = segments_[directory_[DirectoryOf(key)]];
    return &segment.places[HomeOf(segment, key)];
  }

  /// Makes room in an empty table for so many terms, whose keys may then come in their order.
  void Reserve(std::size_t num_terms);
  /// Drops the terms of one segment that were last seen before `before`; as many calls as there are
  /// segments look at the whole table.
  void ForgetSome(Timestamp before);
  void Clear();

  /// Calls see(const Term&) for every term, in the order of the keys.
  template <class See>
  void ForEach(const See& see) const {
    for (std::size_t at = 0; at < directory_.size(); at = NextInDirectory(at)) {
      for (const Term* term : SortedTermsOf(segments_[directory_[at]])) {
        see(*term);
      }
    }
  }
  void RemoveMarks();

  [[nodiscard]] std::size_t num_terms() const { return num_terms_; }
  [[nodiscard]] std::size_t num_segments() const { return segments_.size(); }
  [[nodiscard]] std::uint64_t memory_bytes() const;

 private:
  class GiveBackPlaces {
   public:
    GiveBackPlaces() : GiveBackPlaces(nullptr, 0) {}
    GiveBackPlaces(LargePages* pages, std::size_t num_places)
        : pages_(pages), num_places_(num_places) {}
    void operator()(Term* places) const;

   private:
    LargePages* pages_;  // none: the usual memory
    std::size_t num_places_;
  };

  // Terms rise by (low, high), with free places between them; a term stands at or after its home,
  // the low half's share of all homes. The places after the last home catch what runs over.
  struct Segment {
    std::unique_ptr<Term[], GiveBackPlaces> places;
    std::uint32_t num_homes = 0;
    std::uint32_t num_terms = 0;
    std::uint32_t depth = 0;              // so many leading bits of `high` its keys share
    Timestamp oldest = Timestamp::max();  // none of its terms was last seen before
  };

  [[nodiscard]] std::size_t DirectoryOf(const TermKey& key) const {
    return depth_ == 0 ? 0 : key.high >> (64U - depth_);
  }
  [[nodiscard]] std::size_t NextInDirectory(std::size_t at) const;
  [[nodiscard]] static std::size_t HomeOf(const Segment& segment, const TermKey& key) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((static_cast<Wide>(key.low) * segment.num_homes) >> 64U);
  }
  [[nodiscard]] static std::size_t NumPlaces(std::uint32_t num_homes);
  [[nodiscard]] static std::vector<const Term*> SortedTermsOf(const Segment& segment);
  [[nodiscard]] static std::vector<Term> TakeTerms(const Segment& segment);
  [[nodiscard]] Segment EmptySegment(std::size_t num_homes, std::uint32_t depth);
  [[nodiscard]] Segment Pack(std::span<const Term> terms, std::size_t num_homes,
                             std::uint32_t depth);
  [[nodiscard]] static Term* Insert(Segment& segment, std::size_t at, const TermKey& key);
  void Grow(const TermKey& key);
  [[nodiscard]] bool Split(const TermKey& key, std::span<const Term> terms);

  std::unique_ptr<LargePages> large_pages_ = std::make_unique<LargePages>();
  std::vector<Segment> segments_;
  std::vector<std::uint32_t> directory_;  // the segment of a key, by its leading `depth_` bits
  std::uint32_t depth_ = 0;
  std::size_t num_terms_ = 0;
  std::size_t next_to_look_at_ = 0;
};

}  // namespace tripline::runtime

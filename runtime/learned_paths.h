// LearnedPaths: the keys that documents have shown, as they are written, and where each leads. What
// WantedPaths works out for a key (runtime/wanted_paths.h) is worked out once and remembered;
// from then on a key costs one comparison, because events repeat: behind a key mostly comes the one
// that came behind it the last time.
//
//   LearnedPaths paths(&wanted);
//   auto site = paths.Guess(LearnedPaths::kRoot, LearnedPaths::kNoSite, text);   // behind the
//   quote if (site == LearnedPaths::kNoSite) site = paths.Find(kRoot, LearnedPaths::kNoSite, key);
//   if (paths.site(site).place != LearnedPaths::kNowhere) ...
//
// Memory is bounded: when too many keys are known, all are forgotten between two documents, and a
// single document that shows too many is left to whoever needs no memory.
//
// Thread-safety: one thread at a time.
#pragma once

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/dictionary.h"
#include "runtime/wanted_paths.h"

namespace tripline::runtime {

class LearnedPaths {
 public:
  using PlaceId = std::uint32_t;  // a path below which something is wanted, or where it is
  using SiteId = std::uint32_t;   // a key in the objects at a place
  static constexpr PlaceId kNowhere = 0xFFFFFFFFU;
  static constexpr PlaceId kRoot = 0;
  static constexpr SiteId kNoSite = 0;

  /// What a search hit says beside the document (runtime/search_hit.h).
  enum class HitWord : std::uint8_t { kNone, kSource, kIndex, kId };

  struct Place {
    WantedPaths::Place wanted = WantedPaths::kNowhere;
    std::uint32_t first_column = 0;  // in columns_
    std::uint32_t num_columns = 0;
    bool wants_below = false;
    std::array<SiteId, 2> first_sites{};  // the keys that objects here began with last
  };
  struct Site {
    std::array<char, 16> head{};  // of the key and its closing quote
    std::uint16_t mask = 0;       // the bytes of `head` that count
    HitWord hit_word = HitWord::kNone;
    PlaceId place = kNowhere;           // where it leads; kNowhere: nothing is wanted there
    std::array<SiteId, 2> followers{};  // the keys that came behind it last
    PlaceId from = kRoot;
    std::string_view key;  // with its closing quote, as it is written
  };

  /// `wanted` must outlive it.
  explicit LearnedPaths(const WantedPaths* wanted);

  /// Before each document: forgets everything where there is too much of it.
  void StartDocument() {
    if (sites_.size() > kManySites || kept_bytes_ > kManyBytes) {
      Forget();
    }
  }

  [[nodiscard]] const Place& place(PlaceId id) const { return places_[id]; }
  [[nodiscard]] const Site& site(SiteId id) const { return sites_[id]; }
  [[nodiscard]] std::span<const std::uint32_t> columns(const Place& place) const {
    return {columns_.data() + place.first_column, place.num_columns};
  }

  /// The site of a key of the object at `place`, as long as it is one that came behind `previous`
  /// (kNoSite: at the front) lately; else kNoSite. `text` begins behind the opening quote.
  /// Requires kLinePadding readable bytes (runtime/line_reader.h).
  [[nodiscard]] SiteId Guess(PlaceId place, SiteId previous, const char* text) const {
    const std::array<SiteId, 2>& likely =
        previous == kNoSite ? places_[place].first_sites : sites_[previous].followers;
    return Fits(likely[0], text) ? likely[0] : Fits(likely[1], text) ? likely[1] : kNoSite;
  }
  /// The same for any key, with `key` as it is written between its quotes; what it finds is guessed
  /// the next time. kNoSite if the key is no valid string, or nothing more can be remembered.
  [[nodiscard]] SiteId Find(PlaceId place, SiteId previous, std::string_view key);

 private:
  static constexpr std::size_t kManySites = std::size_t{1} << 15U;
  static constexpr std::size_t kMostSites = std::size_t{1} << 16U;
  static constexpr std::size_t kManyBytes = std::size_t{4} << 20U;
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
  static constexpr std::size_t kLongestKey = 1024;
  // Longer keys are only found: a guess may read so far, wherever the present key ends.
  static constexpr std::size_t kGuessedBytes = 64;

  [[nodiscard]] bool Fits(SiteId id, const char* text) const {
    const Site& site = sites_[id];
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const __m128i head = _mm_loadu_si128(reinterpret_cast<const __m128i*>(site.head.data()));
    const auto same = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, head)));
    return (same & site.mask) == site.mask &&
           (site.key.size() <= site.head.size() ||
            (site.key.size() <= kGuessedBytes &&
             std::memcmp(text + site.head.size(), site.key.data() + site.head.size(),
                         site.key.size() - site.head.size()) == 0));
  }

  void Forget();
  [[nodiscard]] std::size_t SlotOf(PlaceId place, std::string_view quoted) const;
  SiteId Learn(PlaceId from, std::string_view key, std::size_t slot);
  PlaceId LearnPlace(PlaceId from, const std::string& key);
  void Grow();

  const WantedPaths* wanted_;
  std::vector<Place> places_;
  std::vector<std::string> paths_;  // by place; empty strings where there are no patterns
  std::vector<std::uint32_t> columns_;
  std::vector<Site> sites_;    // the first one fits no text
  std::vector<SiteId> slots_;  // open addressing, a power of two, at most half full
  ByteArena keys_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace tripline::runtime

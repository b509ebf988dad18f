// One hash table, keyed by (place, key as it is written), finds what the guesses do not. A key's
// first 16 bytes stand in the site itself: one vector comparison tells most keys apart.
#include "runtime/learned_paths.h"

#include <algorithm>

#include "runtime/hash.h"
#include "runtime/json_cursor.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kFirstSlots = 1024;

LearnedPaths::HitWord HitWordOf(LearnedPaths::PlaceId from, std::string_view key) {
  if (from != LearnedPaths::kRoot) {
    return LearnedPaths::HitWord::kNone;
  }
  return key == "_source"  ? LearnedPaths::HitWord::kSource
         : key == "_index" ? LearnedPaths::HitWord::kIndex
         : key == "_id"    ? LearnedPaths::HitWord::kId
                           : LearnedPaths::HitWord::kNone;
}

}  // namespace

LearnedPaths::LearnedPaths(const WantedPaths* wanted) : wanted_(wanted) { Forget(); }

void LearnedPaths::Forget() {
  places_.assign(1, Place{.wanted = PathTrie::kRoot, .wants_below = true});
  paths_.assign(1, std::string());
  columns_.clear();
  sites_.assign(1, Site{});
  sites_[kNoSite].mask = 0xFFFF;  // zeros, which stand in no string
  slots_.assign(kFirstSlots, kNoSite);
  keys_.Clear();
  kept_bytes_ = 0;
}

// Where the site is, or where it goes.
std::size_t LearnedPaths::SlotOf(PlaceId place, std::string_view quoted) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = HashBytes(quoted, place) & mask;
  while (slots_[at] != kNoSite &&
         !(sites_[slots_[at]].from == place && sites_[slots_[at]].key == quoted)) {
    at = (at + 1) & mask;
  }
  return at;
}

LearnedPaths::SiteId LearnedPaths::Find(PlaceId place, SiteId previous, std::string_view key) {
  const std::string_view quoted(key.data(), key.size() + 1);
  const std::size_t slot = SlotOf(place, quoted);
  const SiteId found = slots_[slot] != kNoSite ? slots_[slot] : Learn(place, key, slot);
  if (found != kNoSite) {
    std::array<SiteId, 2>& likely =
        previous == kNoSite ? places_[place].first_sites : sites_[previous].followers;
    likely = {found, likely[0]};
  }
  return found;
}

LearnedPaths::SiteId LearnedPaths::Learn(PlaceId from, std::string_view key, std::size_t slot) {
  if (sites_.size() >= kMostSites || kept_bytes_ > kMostBytes || key.size() > kLongestKey) {
    return kNoSite;
  }
  std::string decoded;
  const std::string_view in_quotes(key.data() - 1, key.size() + 2);
  if (JsonCursor cursor(in_quotes); !cursor.TakeString(&decoded) || !cursor.TakeEnd()) {
    return kNoSite;
  }
  Site site;
  site.hit_word = HitWordOf(from, decoded);
  site.place = LearnPlace(from, decoded);
  site.from = from;
  site.key = keys_.Keep({key.data(), key.size() + 1});
  const std::size_t size = std::min(site.key.size(), site.head.size());
  std::copy_n(site.key.data(), size, site.head.data());
  site.mask = static_cast<std::uint16_t>((1U << size) - 1);
  const auto id = static_cast<SiteId>(sites_.size());
  sites_.push_back(site);
  slots_[slot] = id;
  kept_bytes_ += site.key.size();
  if (2 * sites_.size() > slots_.size()) {
    Grow();
  }
  return id;
}

LearnedPaths::PlaceId LearnedPaths::LearnPlace(PlaceId from, const std::string& key) {
  std::string path;
  if (wanted_->has_patterns()) {
    path = from == kRoot ? key : paths_[from] + "." + key;
  }
  const WantedPaths::Place wanted = wanted_->Step(places_[from].wanted, key, path);
  if (wanted == WantedPaths::kNowhere) {
    return kNowhere;
  }
  Place place{.wanted = wanted,
              .first_column = static_cast<std::uint32_t>(columns_.size()),
              .wants_below = wanted_->WantsBelow(wanted, path)};
  wanted_->AppendColumns(wanted, path, &columns_);
  place.num_columns = static_cast<std::uint32_t>(columns_.size()) - place.first_column;
  kept_bytes_ += path.size() + place.num_columns * sizeof(std::uint32_t);
  places_.push_back(place);
  paths_.push_back(std::move(path));
  return static_cast<PlaceId>(places_.size() - 1);
}

void LearnedPaths::Grow() {
  slots_.assign(2 * slots_.size(), kNoSite);
  for (SiteId id = 1; id < sites_.size(); ++id) {
    slots_[SlotOf(sites_[id].from, sites_[id].key)] = id;
  }
}

}  // namespace tripline::runtime

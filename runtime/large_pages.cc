#include "runtime/large_pages.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "base/check.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kPage = std::size_t{4} << 10U;
constexpr std::size_t kLargePage = std::size_t{2} << 20U;
constexpr std::size_t kRegion = std::size_t{16} << 20U;

std::size_t WholePages(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

}  // namespace

LargePages::~LargePages() {
  for (const auto& [region, taken] : regions_) {
    munmap(region, kRegion);
  }
}

// Maps more than a region, and unmaps what stands over at both ends of one that is aligned.
bool LargePages::MapRegion() {
  void* const mapped = mmap(nullptr, kRegion + kLargePage, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) {
    return false;
  }
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t over = reinterpret_cast<std::uintptr_t>(begin) % kLargePage;
  const std::size_t front = over == 0 ? 0 : kLargePage - over;
  std::byte* const region = begin + front;
  if (front > 0) {
    munmap(begin, front);
  }
  munmap(region + kRegion, kLargePage - front);
  madvise(region, kRegion, MADV_HUGEPAGE);  // a wish: without it the pages are small
  regions_[region] = 0;
  free_[region] = kRegion;
  return true;
}

LargePages::Pieces::iterator LargePages::SmallestThatFits(std::size_t size) {
  auto best = free_.end();
  for (auto piece = free_.begin(); piece != free_.end(); ++piece) {
    if (piece->second >= size && (best == free_.end() || piece->second < best->second)) {
      best = piece;
    }
  }
  return best;
}

void* LargePages::Take(std::size_t size) {
  Check(size > 0 && size <= kRegion / 2, "a piece is part of a region");
  size = WholePages(size);
  auto piece = SmallestThatFits(size);
  if (piece == free_.end()) {
    if (!MapRegion()) {
      return nullptr;
    }
    piece = SmallestThatFits(size);
  }
  const auto [at, left] = *piece;
  free_.erase(piece);
  if (left > size) {
    free_[at + size] = left - size;
  }
  std::prev(regions_.upper_bound(at))->second += size;
  return at;
}

void LargePages::GiveBack(void* at, std::size_t size) {
  size = WholePages(size);
  const auto region = std::prev(regions_.upper_bound(static_cast<std::byte*>(at)));
  region->second -= size;
  const auto piece = free_.emplace(static_cast<std::byte*>(at), size).first;
  const auto next = std::next(piece);
  std::byte* const end = region->first + kRegion;
  if (next != free_.end() && next->first < end && piece->first + piece->second == next->first) {
    piece->second += next->second;
    free_.erase(next);
  }
  if (piece->first > region->first && piece != free_.begin()) {
    const auto before = std::prev(piece);
    if (before->first + before->second == piece->first) {
      before->second += piece->second;
      free_.erase(piece);
    }
  }
  if (region->second == 0) {
    free_.erase(region->first);
    munmap(region->first, kRegion);
    regions_.erase(region);
  }
}

}  // namespace tripline::runtime

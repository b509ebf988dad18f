// LargePages: memory for large tables that are read at random places, in pages of 2 MiB where the
// system gives them. With the usual 4 KiB each place costs a walk of the page table beside the
// access itself, which in a virtual machine takes longer than the access.
//
//   LargePages pages;
//   void* at = pages.Take(100'000);   // null: there is no memory
//   pages.GiveBack(at, 100'000);
//
// Regions of 16 MiB, cut into pieces of whole 4 KiB; the smallest free piece that fits is taken,
// and free neighbours become one. Regions without a taken piece go back to the system.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <map>

namespace tripline::runtime {

class LargePages {
 public:
  LargePages() = default;
  ~LargePages();
  LargePages(const LargePages&) = delete;
  LargePages& operator=(const LargePages&) = delete;

  /// At least `size` bytes. Requires 0 < size <= 8 MiB.
  [[nodiscard]] void* Take(std::size_t size);
  /// Requires what Take gave for this size.
  void GiveBack(void* at, std::size_t size);

 private:
  using Pieces = std::map<std::byte*, std::size_t>;

  [[nodiscard]] Pieces::iterator SmallestThatFits(std::size_t size);
  [[nodiscard]] bool MapRegion();

  Pieces free_;     // by address
  Pieces regions_;  // by address: how much of each is taken
};

}  // namespace tripline::runtime

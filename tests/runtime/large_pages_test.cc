#include "runtime/large_pages.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace tripline::runtime {
namespace {

struct Piece {
  unsigned char* at = nullptr;
  std::size_t size = 0;
  int filling = 0;

  [[nodiscard]] bool IsUntouched() const {
    for (std::size_t i = 0; i < size; i += 512) {
      if (at[i] != filling) {
        return false;
      }
    }
    return at[size - 1] == filling;
  }
};

TEST(LargePages, GivesPiecesThatDoNotOverlap) {
  std::mt19937_64 random(1);
  LargePages pages;
  std::vector<Piece> pieces;
  for (int i = 0; i < 3000; ++i) {
    if (pieces.size() < 300 || random() % 2 == 0) {
      const std::size_t size = 1 + random() % (random() % 50 == 0 ? 8U << 20U : 200'000U);
      Piece piece{.at = static_cast<unsigned char*>(pages.Take(size)),
                  .size = size,
                  .filling = static_cast<int>(random() % 256)};
      ASSERT_NE(piece.at, nullptr);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece.at) % 4096, 0U);
      std::memset(piece.at, piece.filling, size);
      pieces.push_back(piece);
    } else {
      std::swap(pieces[random() % pieces.size()], pieces.back());
      ASSERT_TRUE(pieces.back().IsUntouched());
      pages.GiveBack(pieces.back().at, pieces.back().size);
      pieces.pop_back();
    }
  }
  for (const Piece& piece : pieces) {
    ASSERT_TRUE(piece.IsUntouched());
  }
}

TEST(LargePages, UsesAgainWhatCameBack) {
  LargePages pages;
  void* const first = pages.Take(100'000);
  void* const second = pages.Take(100'000);
  void* const third = pages.Take(100'000);
  pages.GiveBack(first, 100'000);
  pages.GiveBack(second, 100'000);  // one piece with its neighbour
  EXPECT_EQ(pages.Take(200'000), first);
  EXPECT_NE(third, nullptr);
}

}  // namespace
}  // namespace tripline::runtime

// FieldMatcher: the column of one field -> bitmaps of its leaves. Part of the Matcher.
//
// A value is decided when it first occurs; what is kept beside it is a small answer class. Class 0,
// "no leaf", is what most values have, and costs one comparison a slot. The rows of the other
// classes are gathered first (runtime/class_rows.h) and added to the leaves by whole words.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "jit/answer_classes.h"
#include "jit/block_bits.h"
#include "jit/field_decider.h"
#include "runtime/batch.h"
#include "runtime/class_rows.h"

namespace tripline::runtime {

/// What all fields of one Matcher use in turn. `decide` must be fitted to their deciders.
struct FieldScratch {
  jit::FieldDecider::Scratch decide;
  ClassRows rows;
};

class FieldMatcher {
 public:
  /// `decider` must outlive it.
  explicit FieldMatcher(const jit::FieldDecider& decider);

  /// Sets the bits of the field's leaves for every row of the block.
  void Match(const Column& column, std::uint32_t num_rows, FieldScratch& scratch,
             jit::LeafBitmaps& leaves) noexcept;

  [[nodiscard]] std::uint64_t num_uncached() const { return num_uncached_; }
  [[nodiscard]] std::uint64_t num_undecided() const { return num_undecided_; }

 private:
  /// A class as it is kept beside a value: half the memory, so that more of them stay in the cache.
  using KeptClass = std::uint16_t;

  // The block being matched.
  struct Block {
    const Column& column;
    std::uint32_t num_rows;
    FieldScratch& scratch;
    jit::LeafBitmaps& leaves;
  };

  void MatchAnswers(const Block& block) const noexcept;
  void MatchCodes(const Block& block) noexcept;
  void MatchCodesUncached(const Block& block) noexcept;
  template <class Value>
  void MatchNumbers(const Block& block, std::span<const Value> values) noexcept;
  template <class Value>
  void MatchByCuts(const Block& block, std::span<const Value> values,
                   std::span<const Value> cuts) noexcept;
  template <class Value>
  void MatchByHash(const Block& block, std::span<const Value> values) noexcept;

  bool Follow(const DictionaryView& dictionary) noexcept;
  bool DecideBytes(std::string_view value, FieldScratch& scratch) noexcept;
  void DecideNumber(std::int64_t value, FieldScratch& scratch) noexcept;
  void DecideNumber(double value, FieldScratch& scratch) noexcept;
  KeptClass Decide(const DictionaryView& dictionary, std::uint32_t code,
                   FieldScratch& scratch) noexcept;
  KeptClass Keep(KeptClass& kept) noexcept;
  KeptClass Intern() noexcept;
  void AddRow(const Block& block, KeptClass id, std::uint32_t row) noexcept;
  void SetBits(std::span<const std::uint32_t> positions, std::uint32_t row,
               jit::LeafBitmaps& leaves) const noexcept;
  void AddRows(std::span<const std::uint32_t> positions, std::span<const std::uint64_t> rows,
               jit::LeafBitmaps& leaves) const noexcept;

  // A number's class under the low bits of its hash; a miss decides again.
  struct RecentNumber {
    std::uint64_t bits = 0;
    KeptClass id = 0;
    bool is_valid = false;
  };

  const jit::FieldDecider* decider_;
  jit::AnswerClasses classes_;
  std::vector<std::uint32_t> positions_;  // of the value decided last
  std::uint64_t dictionary_id_ = 0;
  std::vector<KeptClass> class_of_code_;  // by the code and one
  std::vector<KeptClass>
      class_of_cut_;                  // by the number of cuts that are not greater than the value
  std::vector<RecentNumber> recent_;  // for numbers without cuts
  std::uint64_t num_uncached_ = 0;
  std::uint64_t num_undecided_ = 0;
};

}  // namespace tripline::runtime

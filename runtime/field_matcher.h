// FieldMatcher: the column of one field -> bitmaps of its leaves. Part of the Matcher.
//
// A value is decided when it first occurs; what is kept beside it is a small answer class. Class 0,
// "no leaf", is what most values have, and costs one comparison a slot.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "jit/answer_classes.h"
#include "jit/block_bits.h"
#include "jit/field_decider.h"
#include "runtime/batch.h"

namespace tripline::runtime {

class FieldMatcher {
 public:
  /// `decider` must outlive it.
  explicit FieldMatcher(const jit::FieldDecider& decider);

  /// Sets the bits of the field's leaves for every row of the block. Requires a scratch that the
  /// decider was fitted to.
  void Match(const Column& column, std::uint32_t num_rows, jit::FieldDecider::Scratch& scratch,
             jit::LeafBitmaps& leaves) noexcept;

  [[nodiscard]] std::uint64_t num_uncached() const { return num_uncached_; }
  [[nodiscard]] std::uint64_t num_undecided() const { return num_undecided_; }

 private:
  void MatchAnswers(const Column& column, std::uint32_t num_rows,
                    jit::LeafBitmaps& leaves) noexcept;
  void MatchCodes(const Column& column, std::uint32_t num_rows, jit::LeafBitmaps& leaves) noexcept;
  template <class Value>
  void MatchNumbers(const Column& column, std::span<const Value> values, std::uint32_t num_rows,
                    jit::LeafBitmaps& leaves) noexcept;

  void Follow(const DictionaryView& dictionary) noexcept;
  jit::ClassId ClassOfCode(const DictionaryView& dictionary, std::uint32_t code) noexcept;
  bool DecideBytes(std::string_view value) noexcept;
  template <class Value>
  jit::ClassId ClassOfNumber(Value value) noexcept;
  jit::ClassId Intern() noexcept;
  void SetClass(jit::ClassId id, std::uint32_t row, jit::LeafBitmaps& leaves) noexcept;
  void SetBits(std::span<const std::uint32_t> positions, std::uint32_t row,
               jit::LeafBitmaps& leaves) noexcept;

  // A number's class under the low bits of its hash; a miss decides again.
  struct RecentNumber {
    std::uint64_t bits = 0;
    jit::ClassId id = 0;
    bool is_valid = false;
  };

  const jit::FieldDecider* decider_;
  jit::FieldDecider::Scratch* scratch_ = nullptr;  // of the block being matched
  jit::AnswerClasses classes_;
  std::vector<std::uint32_t> positions_;  // of the value decided last
  std::vector<std::uint64_t*> words_;     // by position: its leaf's bitmap in this block, or null
  std::uint64_t dictionary_id_ = 0;
  std::vector<jit::ClassId> class_of_code_;
  std::vector<RecentNumber> recent_;  // 256 once a number was seen, or none if there is no memory
  std::uint64_t num_uncached_ = 0;
  std::uint64_t num_undecided_ = 0;
};

}  // namespace tripline::runtime

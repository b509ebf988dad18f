// FieldMatcher: the column of one field -> bitmaps of its leaves. Part of the Matcher.
//
// A value is decided when it first occurs; what is kept beside it is a small answer class. Class 0,
// "no leaf", is what most values have, and costs one comparison a slot.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/answer_classes.h"
#include "jit/block_bits.h"
#include "jit/field_decider.h"
#include "runtime/batch.h"

namespace tripline::runtime {

class FieldMatcher {
 public:
  /// Requires: the field is not delegated and has leaves. Errors: as FieldDecider::Make.
  [[nodiscard]] static Result<FieldMatcher> Make(const jit::Program& program,
                                                 jit::FieldIndex field);

  /// Sets the bits of the field's leaves for every row of the block.
  void Match(const Column& column, std::uint32_t num_rows, jit::LeafBitmaps& leaves) noexcept;

  [[nodiscard]] std::uint64_t num_uncached() const { return num_uncached_; }
  [[nodiscard]] std::uint64_t num_undecided() const { return num_undecided_; }

 private:
  FieldMatcher(jit::FieldDecider decider, jit::FieldDecider::Scratch scratch);

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
  void SetBits(jit::ClassId id, std::uint32_t row, jit::LeafBitmaps& leaves) noexcept;

  // A number's class under the low bits of its hash; a miss decides again.
  struct RecentNumber {
    std::uint64_t bits = 0;
    jit::ClassId id = 0;
    bool is_valid = false;
  };

  jit::FieldDecider decider_;
  jit::FieldDecider::Scratch scratch_;
  jit::AnswerClasses classes_;
  std::vector<std::uint32_t> positions_;  // of the value decided last
  std::vector<std::uint64_t*> words_;     // by position: its leaf's bitmap in this block, or null
  std::uint64_t dictionary_id_ = 0;
  std::vector<jit::ClassId> class_of_code_;
  std::array<RecentNumber, 256> recent_{};
  std::uint64_t num_uncached_ = 0;
  std::uint64_t num_undecided_ = 0;
};

}  // namespace tripline::runtime

// ValueAnswers: the answers of all values of one dictionary that never changes, such as a segment's
// terms: per value one small number, its answer class. Made once by walking the dictionary in
// order, shared by every thread that matches the segment.
//
//   ValueAnswersBuilder builder(decider);
//   for (std::string_view value : dictionary) TRIPLINE_TRY_VOID(builder.Add(value));
//   const ValueAnswers answers = std::move(builder).Finish();
//   column.answers = &answers;               // codes are the values' places in the dictionary
//
// Space: one byte a value up to 255 different answers, two up to 65,535, else four; and the answers
// themselves. Most values make no leaf true.
//
// Thread-safety: ValueAnswers is immutable; a builder is one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "jit/answer_classes.h"
#include "jit/field_decider.h"

namespace tripline::runtime {

class ValueAnswers {
 public:
  /// Of a dictionary without values.
  ValueAnswers();

  [[nodiscard]] std::uint32_t num_values() const { return num_values_; }
  [[nodiscard]] std::uint32_t num_leaves() const { return num_leaves_; }
  /// Requires code < num_values().
  [[nodiscard]] jit::ClassId ClassOf(std::uint32_t code) const noexcept {
    return std::visit([code](const auto& classes) { return jit::ClassId{classes[code]}; },
                      class_of_);
  }
  /// Calls `see(class_of)` once, where class_of[code] is ClassOf(code): for loops over many codes.
  template <class See>
  void VisitClasses(const See& see) const noexcept {
    std::visit(see, class_of_);
  }
  /// The places in FieldDecider::leaves() that values of the class make true.
  [[nodiscard]] std::span<const std::uint32_t> PositionsOf(jit::ClassId id) const noexcept {
    return classes_.PositionsOf(id);
  }
  [[nodiscard]] std::size_t num_classes() const { return classes_.num_classes(); }
  [[nodiscard]] std::size_t memory_bytes() const;

  /// The values that make a leaf true.
  struct LeafValues {
    std::uint32_t num_values = 0;
    std::vector<std::uint32_t> codes;  // rising; the first ones if there are too many
  };
  /// Per place in FieldDecider::leaves(), with at most `max_codes` codes each: the host looks such
  /// values up in its index instead of reading the column. Errors: throws std::bad_alloc.
  [[nodiscard]] std::vector<LeafValues> ValuesOfLeaves(std::uint32_t max_codes) const;

 private:
  friend class ValueAnswersBuilder;

  std::variant<std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>>
      class_of_;
  jit::AnswerClasses classes_;
  std::uint32_t num_values_ = 0;
  std::uint32_t num_leaves_ = 0;
};

class ValueAnswersBuilder {
 public:
  using Scratch = jit::FieldDecider::Scratch;

  /// `decider` must outlive the builder. `scratch`, if there is one, was used for other deciders
  /// and need not be made again. Errors: throws std::bad_alloc.
  explicit ValueAnswersBuilder(const jit::FieldDecider& decider,
                               std::unique_ptr<Scratch> scratch = nullptr)
      : decider_(decider), scratch_(std::move(scratch)) {
    if (!scratch_) {
      scratch_ = std::make_unique<Scratch>();
    }
    answers_.num_leaves_ = static_cast<std::uint32_t>(decider.leaves().size());
  }

  /// The next value of the dictionary. Errors: kLimit (2^31 values, too many different answers, no
  /// memory); then the builder is of no more use.
  [[nodiscard]] Result<void> Add(std::string_view value);

  [[nodiscard]] ValueAnswers Finish() && { return std::move(answers_); }
  /// For the next builder; null if it was taken. No value can be added any more.
  [[nodiscard]] std::unique_ptr<Scratch> TakeScratch() { return std::move(scratch_); }

 private:
  void Append(jit::ClassId id);

  const jit::FieldDecider& decider_;
  std::unique_ptr<Scratch> scratch_;
  bool is_fitted_ = false;
  std::vector<std::uint32_t> positions_;
  ValueAnswers answers_;
};

}  // namespace tripline::runtime

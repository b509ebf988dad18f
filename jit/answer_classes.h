// AnswerClasses: gives every distinct answer about one field a small number. Beside each distinct
// value a matcher keeps this number and not the answer itself: most values make no leaf true (class
// 0), and the others share a few answers.
//
// Bounded: when the table is full, Intern says so, and the caller evaluates the value uncached. Not
// shared between threads; one per field and matcher.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tripline::jit {

using ClassId = std::uint32_t;

/// The class of values that make no leaf true.
inline constexpr ClassId kNoLeafClass = 0;

struct AnswerClassLimits {
  std::size_t classes = 1U << 16U;
  std::size_t positions = 1U << 20U;  // in all classes together; four bytes each
};

class AnswerClasses {
 public:
  explicit AnswerClasses(const AnswerClassLimits& limits = {});

  /// The class of these positions, a new one if they were not seen before. Requires them to be
  /// rising and distinct. None if there is no room for a new class.
  [[nodiscard]] std::optional<ClassId> Intern(std::span<const std::uint32_t> positions);

  /// The positions of a class; valid until the next Intern. Requires id < num_classes().
  [[nodiscard]] std::span<const std::uint32_t> PositionsOf(ClassId id) const;
  [[nodiscard]] std::size_t num_classes() const { return ends_.size(); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  /// The slot that holds the class of these positions, or the empty one where it belongs.
  [[nodiscard]] std::size_t FindSlot(std::uint64_t hash,
                                     std::span<const std::uint32_t> positions) const;
  void Grow();

  AnswerClassLimits limits_;
  std::vector<std::uint32_t> positions_;  // of all classes, one after another
  std::vector<std::size_t> ends_;         // by class: where its positions end
  std::vector<std::uint64_t> hashes_;     // by class
  std::vector<ClassId> slots_;            // a power of two, at most half full; kEmptySlot
};

}  // namespace tripline::jit

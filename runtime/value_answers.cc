// The table starts with one byte a value and is copied into a wider one when the first class needs
// it: that happens twice at most.
#include "runtime/value_answers.h"

#include <limits>
#include <new>
#include <type_traits>

namespace tripline::runtime {
namespace {

constexpr jit::AnswerClassLimits kLimits{.classes = std::size_t{1} << 20U,
                                         .positions = std::size_t{1} << 24U};
constexpr std::uint32_t kMaxValues = std::uint32_t{1} << 31U;

template <class Wide, class Narrow>
std::vector<Wide> Widened(const std::vector<Narrow>& narrow) {
  std::vector<Wide> wide;
  wide.reserve(narrow.capacity());
  wide.assign(narrow.begin(), narrow.end());
  return wide;
}

}  // namespace

ValueAnswers::ValueAnswers() : classes_(kLimits) {}

std::size_t ValueAnswers::memory_bytes() const {
  const std::size_t table = std::visit(
      [](const auto& classes) { return classes.capacity() * sizeof(classes[0]); }, class_of_);
  return sizeof(*this) + table + classes_.memory_bytes();
}

std::vector<ValueAnswers::LeafValues> ValueAnswers::ValuesOfLeaves(std::uint32_t max_codes) const {
  std::vector<LeafValues> leaves(num_leaves_);
  const auto add = [&](std::uint32_t code, jit::ClassId id) {
    for (const std::uint32_t position : classes_.PositionsOf(id)) {
      LeafValues& leaf = leaves[position];
      if (leaf.num_values++ < max_codes) {
        leaf.codes.push_back(code);
      }
    }
  };
  std::visit(
      [&](const auto& classes) {
        for (std::uint32_t code = 0; code < num_values_; ++code) {
          if (classes[code] != jit::kNoLeafClass) {
            add(code, classes[code]);
          }
        }
      },
      class_of_);
  return leaves;
}

Result<void> ValueAnswersBuilder::Add(std::string_view value) {
  if (answers_.num_values_ == kMaxValues) {
    return Fail(ErrorCode::kLimit, "a dictionary has more than 2^31 values");
  }
  try {
    if (!is_fitted_) {
      TRIPLINE_TRY_VOID(decider_.Fit(*scratch_));
      is_fitted_ = true;
    }
    decider_.DecideBytes(value, *scratch_, &positions_);
    const auto id = answers_.classes_.Intern(positions_);
    if (!id) {
      return Fail(ErrorCode::kLimit,
                  "a dictionary's values have more different answers than can be kept; split the "
                  "ruleset");
    }
    Append(*id);
    ++answers_.num_values_;
    return {};
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory to keep a dictionary's answers");
  }
}

void ValueAnswersBuilder::Append(jit::ClassId id) {
  if (auto* const bytes = std::get_if<0>(&answers_.class_of_);
      bytes != nullptr && id > std::numeric_limits<std::uint8_t>::max()) {
    answers_.class_of_ = Widened<std::uint16_t>(*bytes);
  }
  if (auto* const halves = std::get_if<1>(&answers_.class_of_);
      halves != nullptr && id > std::numeric_limits<std::uint16_t>::max()) {
    answers_.class_of_ = Widened<std::uint32_t>(*halves);
  }
  std::visit(
      [id](auto& classes) {
        using Width = typename std::remove_reference_t<decltype(classes)>::value_type;
        classes.push_back(static_cast<Width>(id));
      },
      answers_.class_of_);
}

}  // namespace tripline::runtime

#include "runtime/event_columns.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "runtime/decimal.h"

namespace tripline::runtime {
EventColumns::EventColumns(std::span<const jit::Field> fields, std::uint64_t hash_seed,
                           std::shared_ptr<const RowNeeds> needs)
    : paths_(std::make_unique<WantedPaths>(fields)), learned_(paths_.get()) {
  if (needs != nullptr) {
    gate_.emplace(std::move(needs));
  }
  builders_.reserve(fields.size());
  objects_.resize(fields.size());
  is_touched_.resize(fields.size());
  dictionary_bytes_.resize(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    builders_.emplace_back(fields[i], hash_seed);
    if (fields[i].kind == jit::ColumnKind::kObject) {
      objects_[i] = std::make_unique<ObjectColumns>(fields[i], hash_seed);
      has_objects_ = true;
    }
  }
}

EventColumns::~EventColumns() = default;
EventColumns::EventColumns(EventColumns&&) noexcept = default;
EventColumns& EventColumns::operator=(EventColumns&&) noexcept = default;

void EventColumns::StartBlock(std::size_t max_dictionary_bytes) {
  num_rows_ = 0;
  num_settled_ = 0;
  kept_.Clear();
  for (const std::uint32_t position : touched_) {
    ColumnBuilder& builder = builders_[position];
    held_bytes_ += builder.dictionary_bytes() - dictionary_bytes_[position];
    dictionary_bytes_[position] = builder.dictionary_bytes();
    builder.StartBlock();
    is_touched_[position] = 0;
  }
  touched_.clear();
  BoundDictionaries(max_dictionary_bytes);
}

// Half is left free, so that resets stay rare where every value is new.
void EventColumns::BoundDictionaries(std::size_t max_bytes) {
  if (held_bytes_ <= max_bytes) {
    return;
  }
  std::vector<std::uint32_t> by_size(builders_.size());
  std::iota(by_size.begin(), by_size.end(), 0U);
  std::ranges::sort(by_size, std::ranges::greater(),
                    [this](std::uint32_t position) { return dictionary_bytes_[position]; });
  for (const std::uint32_t position : by_size) {
    if (held_bytes_ <= max_bytes / 2) {
      return;
    }
    held_bytes_ -= dictionary_bytes_[position];
    builders_[position].ResetDictionary();
    dictionary_bytes_[position] = 0;
  }
}

void EventColumns::DropRow() {
  for (const std::uint32_t position : touched_) {
    builders_[position].DropRow(num_rows_);
  }
}

void EventColumns::Settle() {
  if (gate_) {
    gate_->Settle(num_settled_, builders_, touched_);
  } else {
    for (const std::uint32_t position : touched_) {
      builders_[position].Settle();
    }
  }
  num_settled_ = num_rows_;
}

void EventColumns::FinishBlock(Batch* batch) {
  Settle();
  batch->num_rows = num_rows_;
  if (batch->filler != paths_.get() || filled_ != batch->columns.data() ||
      batch->columns.size() != builders_.size()) {
    batch->columns.clear();
    for (ColumnBuilder& builder : builders_) {
      batch->columns.push_back(builder.FinishBlock(num_rows_));
    }
  } else {
    for (const std::uint32_t position : filled_columns_) {
      if (!is_touched_[position]) {
        batch->columns[position] = builders_[position].FinishBlock(num_rows_);
      }
    }
    for (const std::uint32_t position : touched_) {
      batch->columns[position] = builders_[position].FinishBlock(num_rows_);
    }
  }
  filled_columns_ = touched_;
  filled_ = batch->columns.data();
  batch->filler = paths_.get();
}

void EventColumns::AddNumber(std::uint32_t position, std::string_view digits) {
  std::int64_t integer = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, status] = std::from_chars(digits.data(), end, integer);
  if (status == std::errc() && stop == end) {
    column(position).AddInteger(num_rows_, integer);
    return;
  }
  const double value = ParseDecimal(digits).value_or(std::numeric_limits<double>::infinity());
  (void)column(position).AddNumber(num_rows_, value, digits);  // with its text, it is taken
}

void EventColumns::AddHitNames(std::string_view index, std::string_view id) {
  const auto add = [this](std::string_view field, std::string_view value) {
    const WantedPaths::Place place = paths_->Enter(paths_->Start(), field);
    if (place == WantedPaths::kNowhere || value.empty()) {
      return;
    }
    for (const std::uint32_t position : paths_->ColumnsAt(place)) {
      column(position).AddString(num_rows_, value);
    }
  };
  add("_index", index);
  add("_id", id);
}

}  // namespace tripline::runtime

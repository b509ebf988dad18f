#include "runtime/event_columns.h"

#include <algorithm>
#include <charconv>
#include <limits>

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
  for (ColumnBuilder& builder : builders_) {
    builder.StartBlock();
  }
  BoundDictionaries(max_dictionary_bytes);
}

// Half is left free, so that resets stay rare where every value is new.
void EventColumns::BoundDictionaries(std::size_t max_bytes) {
  std::size_t held = 0;
  for (const ColumnBuilder& builder : builders_) {
    held += builder.dictionary_bytes();
  }
  if (held <= max_bytes) {
    return;
  }
  std::vector<ColumnBuilder*> by_size;
  for (ColumnBuilder& builder : builders_) {
    by_size.push_back(&builder);
  }
  std::ranges::sort(by_size, std::ranges::greater(), &ColumnBuilder::dictionary_bytes);
  for (ColumnBuilder* builder : by_size) {
    if (held <= max_bytes / 2) {
      return;
    }
    held -= builder->dictionary_bytes();
    builder->ResetDictionary();
  }
}

void EventColumns::DropRow() {
  for (ColumnBuilder& builder : builders_) {
    builder.DropRow(num_rows_);
  }
}

void EventColumns::Settle() {
  if (gate_) {
    gate_->Settle(num_settled_, builders_);
  } else {
    for (ColumnBuilder& builder : builders_) {
      builder.Settle();
    }
  }
  num_settled_ = num_rows_;
}

void EventColumns::FinishBlock(Batch* batch) {
  Settle();
  batch->num_rows = num_rows_;
  const bool is_known = filled_ == batch->columns.data() &&
                        batch->columns.size() == builders_.size() &&
                        is_filled_.size() == builders_.size();
  if (!is_known) {
    batch->columns.resize(builders_.size());
    is_filled_.assign(builders_.size(), true);
  }
  for (std::size_t i = 0; i < builders_.size(); ++i) {
    if (is_filled_[i] || builders_[i].is_touched()) {
      batch->columns[i] = builders_[i].FinishBlock(num_rows_);
      is_filled_[i] = !batch->columns[i].is_empty;
    }
  }
  filled_ = batch->columns.data();
}

void EventColumns::AddNumber(std::uint32_t position, std::string_view digits) {
  std::int64_t integer = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, status] = std::from_chars(digits.data(), end, integer);
  if (status == std::errc() && stop == end) {
    builders_[position].AddInteger(num_rows_, integer);
    return;
  }
  const double value = ParseDecimal(digits).value_or(std::numeric_limits<double>::infinity());
  (void)builders_[position].AddNumber(num_rows_, value, digits);  // with its text, it is taken
}

void EventColumns::AddHitNames(std::string_view index, std::string_view id) {
  const auto add = [this](std::string_view field, std::string_view value) {
    const WantedPaths::Place place = paths_->Enter(paths_->Start(), field);
    if (place == WantedPaths::kNowhere || value.empty()) {
      return;
    }
    for (const std::uint32_t position : paths_->ColumnsAt(place)) {
      builders_[position].AddString(num_rows_, value);
    }
  };
  add("_index", index);
  add("_id", id);
}

}  // namespace tripline::runtime

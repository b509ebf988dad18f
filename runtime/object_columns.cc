#include "runtime/object_columns.h"

#include <cstddef>

#include "base/bytes.h"
#include "runtime/batch.h"
#include "runtime/column_slots.h"
#include "runtime/event_columns.h"

namespace tripline::runtime {
namespace {

// What the dictionaries of one field's objects may hold between two objects.
constexpr std::size_t kMaxDictionaryBytes = std::size_t{1} << 20U;

void WriteValue(const Column& column, std::uint32_t slot, ByteWriter& writer) {
  switch (column.kind) {
    case jit::ColumnKind::kString:
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kAddress:
    case jit::ColumnKind::kObject:
      writer.String(column.dictionary.values[column.codes[slot]]);
      return;
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
      writer.Number(column.integers[slot]);
      return;
    case jit::ColumnKind::kFloat:
      writer.Number(column.floats[slot]);
      return;
    case jit::ColumnKind::kDelegated:
      return;
  }
}

// The values of row 0.
void WriteColumn(const Column& column, ByteWriter& writer) {
  const SlotRange slots = SlotsOf(column, 0);
  std::uint32_t count = 0;
  for (std::uint32_t slot = slots.begin; slot < slots.end; ++slot) {
    count += HasValue(column, slot) ? 1U : 0U;
  }
  writer.Number(count);
  for (std::uint32_t slot = slots.begin; slot < slots.end; ++slot) {
    if (HasValue(column, slot)) {
      WriteValue(column, slot, writer);
    }
  }
}

}  // namespace

ObjectColumns::ObjectColumns(const jit::Field& field, std::uint64_t hash_seed)
    : columns_(std::make_unique<EventColumns>(field.inner, hash_seed)) {}
ObjectColumns::~ObjectColumns() = default;

EventColumns& ObjectColumns::Start() {
  columns_->StartBlock(kMaxDictionaryBytes);
  columns_->learned().StartDocument();
  return *columns_;
}

std::string_view ObjectColumns::Finish() {
  columns_->FinishRow();
  Batch batch;
  columns_->FinishBlock(&batch);
  ByteWriter writer;
  for (const Column& column : batch.columns) {
    WriteColumn(column, writer);
  }
  object_ = writer.Take();
  return object_;
}

}  // namespace tripline::runtime

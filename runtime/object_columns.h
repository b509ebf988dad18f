// ObjectColumns: the objects of one nested field, read one by one: the wanted fields of an object
// are columns of a block of one row, and that row becomes one value (jit/object_value.h) of the
// field's own column. Both event parsers use it where they meet an object that a column wants.
//
//   ObjectColumns* const objects = columns.objects(position);
//   Fill(objects->Start(), object);                          // as a document is filled
//   columns.column(position).AddObject(columns.row(), objects->Finish());
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "jit/program.h"

namespace tripline::runtime {

class EventColumns;

class ObjectColumns {
 public:
  /// `field` is of kind kObject.
  ObjectColumns(const jit::Field& field, std::uint64_t hash_seed);
  ~ObjectColumns();
  ObjectColumns(const ObjectColumns&) = delete;
  ObjectColumns& operator=(const ObjectColumns&) = delete;

  /// Where the next object's fields go; the last one is forgotten.
  [[nodiscard]] EventColumns& Start();
  /// The object as a value; lives until the next one is finished.
  [[nodiscard]] std::string_view Finish();

 private:
  std::unique_ptr<EventColumns> columns_;
  std::string object_;
};

}  // namespace tripline::runtime

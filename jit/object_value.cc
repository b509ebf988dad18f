// One walk over the bytes, field by field: each value is shown to the leaves on its field, then the
// query's nodes are evaluated for the one row that the object is. Objects inside the object come
// back here through AtomAccepts, as deep as Verify allows.
#include "jit/object_value.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "jit/atoms.h"
#include "jit/evaluate_row.h"

namespace tripline::jit {
namespace {

class Object {
 public:
  Object(const Program& query, std::string_view bytes)
      : query_(query), reader_(bytes, "an object"), truth_(query.leaves.size(), false) {}

  /// False if the bytes are no object of the query's fields.
  Result<void> Read() {
    for (FieldIndex field = 0; field < query_.fields.size(); ++field) {
      TRIPLINE_TRY(const auto count, reader_.Count(4));
      for (std::uint32_t i = 0; i < count; ++i) {
        TRIPLINE_TRY_VOID(ReadValue(field));
      }
    }
    return reader_.AtEnd() ? Result<void>() : reader_.Damaged("the end of the object");
  }

  [[nodiscard]] bool Holds() const { return EvaluateRow(query_, truth_).front(); }

 private:
  Result<void> ReadValue(FieldIndex field) {
    switch (query_.fields[field].kind) {
      case ColumnKind::kString:
      case ColumnKind::kText:
      case ColumnKind::kAddress:
      case ColumnKind::kObject: {
        TRIPLINE_TRY(const std::string_view value, reader_.String());
        const Analysis analysis = query_.fields[field].analysis;
        if (ValueExists(query_.fields[field], value)) {
          Show(field,
               [value, analysis](const Atom& atom) { return AtomAccepts(atom, value, analysis); });
        }
        return {};
      }
      case ColumnKind::kInteger:
      case ColumnKind::kDate:
      case ColumnKind::kBoolean: {
        TRIPLINE_TRY(const auto value, reader_.Number<std::int64_t>());
        Show(field, [value](const Atom& atom) { return AtomAccepts(atom, value); });
        return {};
      }
      case ColumnKind::kFloat: {
        TRIPLINE_TRY(const auto value, reader_.Number<double>());
        Show(field, [value](const Atom& atom) { return AtomAccepts(atom, value); });
        return {};
      }
      case ColumnKind::kDelegated:
        break;
    }
    return reader_.Damaged("no values of a delegated field");
  }

  template <class Accepts>
  void Show(FieldIndex field, const Accepts& accepts) {
    for (std::size_t leaf = 0; leaf < query_.leaves.size(); ++leaf) {
      if (query_.leaves[leaf].field == field && !truth_[leaf]) {
        truth_[leaf] = std::ranges::any_of(query_.leaves[leaf].atoms, accepts);
      }
    }
  }

  const Program& query_;
  ByteReader reader_;
  std::vector<bool> truth_;  // by leaf
};

}  // namespace

bool ObjectHolds(const ObjectMatch& match, std::string_view object) {
  Object row(match.query.front(), object);
  return row.Read().has_value() && row.Holds();
}

}  // namespace tripline::jit

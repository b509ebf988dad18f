// DataView: the fields whose types a detection rule's search knows when its query is translated.
//
// Kibana loads only the fields that a query names, and does not look for names inside the braces of
// a group over nested fields: there a field counts as unknown, unless the query names it outside
// as well. Part of TranslateToDsl; made for one query and used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/check.h"
#include "compiler/field_types.h"
#include "compiler/nested_groups.h"
#include "grammar/ast.h"

namespace tripline::compiler {

/// What a translation tells apart among field types.
enum class TypeFamily : std::uint8_t {
  kKeyword,  // keyword, and what a search engine reports as keyword: constant_keyword, wildcard
  kDate,     // date and date_nanos
  kOther,    // every other type, and fields of several types
};

[[nodiscard]] TypeFamily FamilyOf(const FieldInfo& field);

class DataView {
 public:
  /// The catalog's tables must outlive the view; `groups` are those of `ast`.
  DataView(const grammar::Ast& ast, const NestedGroups& groups, const FieldCatalog& catalog);

  /// The loaded fields that the name stands for, by name: the one of exactly that name, or all
  /// whose whole name fits its stars.
  [[nodiscard]] std::vector<const FieldInfo*> Fields(const grammar::Literal& name);

 private:
  [[nodiscard]] const FieldInfo* FindKnown(const std::string& name) const;
  [[nodiscard]] std::vector<const FieldInfo*> MatchingKnown(
      const std::vector<std::string>& pieces) const;
  void Load(const grammar::Literal& name);
  [[nodiscard]] bool IsLoaded(const FieldInfo* field) const;
  [[nodiscard]] const FieldInfo* AsListed(const FieldInfo* field);

  FieldCatalog catalog_;
  bool has_groups_ = false;  // if not, whatever is asked for has been named, and so is loaded
  std::unordered_set<const FieldInfo*> loaded_;
  std::vector<std::string> last_pieces_;  // the conditions of one value list ask the same
  std::vector<const FieldInfo*> last_matches_;
  // Fields whose nested path no data view would see.
  std::unordered_map<const FieldInfo*, FieldInfo> changed_;
};

}  // namespace tripline::compiler

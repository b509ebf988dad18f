// ValueLists: the value lists that exceptions name, text files of one value a line, as Kibana takes
// and gives them. A list becomes one packed set of the values of the field that is compared with it
// (jit/value_set.h), however many lines it has; it is read line by line and loaded once for each
// type of field.
//
//   --value-list bad_ips=ips.txt        {"type": "list", "list": {"id": "bad_ips", "type": "ip"}}
//
// Or lines of documents that travel with exceptions (AsideDocument::Kind::kValueList).
//
// Lines are values without the blanks around them; empty lines are passed over, files may be .gz or
// .zst. A line that is no value of the field's type is said and passed over.
//
// Thread-safety: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/diagnostic.h"
#include "base/result.h"
#include "compiler/field_types.h"
#include "compiler/leaf_atoms.h"
#include "compiler/rule_reader.h"
#include "jit/value_set.h"

namespace tripline::compiler {

/// How an exception's entry names a list.
struct ValueListName {
  std::string id;
  std::string type;         // "keyword", "ip", "ip_range", ...
  std::string beside_file;  // of the exception: a file named `id` in its folder is the list, too
};

class ValueLists {
 public:
  /// None: for documents from strangers, which must not name files.
  ValueLists() = default;
  /// `files`: paths by list id; of other lists, those that lie beside their exceptions.
  explicit ValueLists(std::map<std::string, std::string> files)
      : looks_beside_(true), files_(std::move(files)) {}

  /// More values of the list that the document names; what is wrong with it is said, and then
  /// nothing of it is taken. A list that has a file is that file.
  void Add(const AsideDocument& values, Diagnostics& said);

  struct Meaning {
    LeafMeaning leaf;    // the field's value is in the list
    std::string digest;  // SHA-256 (hex) of the list's lines; empty if there is a problem
  };
  /// Remarks about single lines go to `said`, at their place in the list's file.
  [[nodiscard]] Meaning MeaningOf(const ValueListName& name, const LeafType& type,
                                  Diagnostics& said);

 private:
  struct Loaded {
    std::shared_ptr<const jit::ValueSet> values;
    std::string digest;
  };
  struct Source {
    std::string shown;                   // a path, or where the values stand
    const std::string* lines = nullptr;  // null: of the file
  };
  [[nodiscard]] std::string PathOf(const ValueListName& name) const;
  [[nodiscard]] Source SourceOf(const ValueListName& name) const;
  static Result<Loaded> Load(const Source& source, const std::string& list_type,
                             const LeafType& type, Diagnostics& said);

  bool looks_beside_ = false;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> lines_;  // of documents, by list id
  std::map<std::tuple<std::string, std::string, FieldType, double>, Loaded> loaded_;
};

}  // namespace tripline::compiler

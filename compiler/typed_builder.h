// TypedBuilder: a TypedAst node by node, with a remark at its place in the document for everything
// that is wrong or doubtful about it. What query DSL and exception entries, both JSON, are typed
// with:
//
//   {"term": {"process.name": "x"}} -CheckDsl-> TypedBuilder -> TypedAst
//
// Operands are made before what joins them. Looks at the catalog and writes to the findings; both
// must outlive it. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/columns.h"
#include "compiler/document.h"
#include "compiler/field_condition.h"
#include "compiler/leaf_atoms.h"
#include "compiler/source_file.h"
#include "compiler/typed_ast.h"
#include "grammar/ast.h"
#include "jit/program.h"

namespace tripline::compiler {

/// A part of a document as messages name it: "filters[0].query.term".
struct DocumentPart {
  const Node& node;
  std::string path;
};

class TypedBuilder {
 public:
  TypedBuilder(const FieldCatalog& catalog, Findings& findings)
      : catalog_(catalog), findings_(findings) {}

  TypedNodeId Constant(bool value);
  TypedNodeId Not(TypedNodeId operand) { return Add(TypedNot{operand}); }
  /// True if all operands are; true where there are none.
  TypedNodeId All(std::vector<TypedNodeId> operands);
  /// True if one operand is; false where there are none.
  TypedNodeId Any(std::vector<TypedNodeId> operands);

  /// A name with stars that no field has stands for every field that it fits.
  TypedNodeId Exists(const DocumentPart& part, const std::string& field);
  TypedNodeId Value(const DocumentPart& part, const std::string& field,
                    const grammar::Literal& value);
  /// On analysed text a term is compared with single words, as it is written.
  TypedNodeId Term(const DocumentPart& part, const std::string& field,
                   const grammar::Literal& value);
  struct Bound {
    grammar::RangeOperator op;
    grammar::Literal value;
  };
  /// One value lies between all bounds, of which there is one at least.
  TypedNodeId Between(const DocumentPart& part, const std::string& field,
                      const std::vector<Bound>& bounds);
  /// On analysed text the pattern is asked of single tokens, as it is written: a search engine does
  /// not lower-case it.
  TypedNodeId Pattern(const DocumentPart& part, const std::string& field, const jit::Glob& glob);
  /// A test whose atoms `meaning_on` gives for the field's type.
  TypedNodeId Test(const DocumentPart& part, const std::string& field, const MeaningOn& meaning_on);

  /// True for documents in which one object of the nested field `path` makes what `inside` builds
  /// true by itself. `path` is the whole name, as that of every field in there.
  TypedNodeId Nested(const DocumentPart& part, const std::string& path,
                     const std::function<TypedNodeId()>& inside);

  /// A mistake, or what is not evaluated yet: there will be no tree.
  TypedNodeId Error(const DocumentPart& part, std::string code, const std::string& what,
                    std::string hint = "");
  TypedNodeId NotYet(const DocumentPart& part, std::string code, const std::string& what,
                     std::string hint = "");
  void Warn(const DocumentPart& part, std::string code, const std::string& what,
            std::string hint = "");

  /// Says nothing if no table knows this field.
  void KnowsField(std::string field) { said_unknown_.insert(std::move(field)); }

  [[nodiscard]] const FieldCatalog& catalog() const { return catalog_; }
  /// The tree; none if a part of it was a mistake or is not evaluated yet.
  [[nodiscard]] std::optional<TypedAst> Finish(TypedNodeId root);

 private:
  TypedNodeId Add(TypedNode node);
  TypedNodeId ExistsAny(const DocumentPart& part, const std::string& pattern);
  void Say(const DocumentPart& part, LeafProblem problem);
  void SayOfName(const DocumentPart& part, const std::string& field, LeafProblem remark);

  const FieldCatalog& catalog_;
  Findings& findings_;
  TypedAst typed_;
  std::set<std::string> said_unknown_;
  std::string group_;  // the path of the innermost Nested that is being built
  bool is_blocked_ = false;
};

/// The conjunction of trees: all of `required`, none of `excluded`.
[[nodiscard]] TypedAst JoinTrees(std::vector<TypedAst> required, std::vector<TypedAst> excluded);
/// The tree below a node, and the node itself as its root.
[[nodiscard]] TypedAst SubTree(const TypedAst& ast, TypedNodeId root);

}  // namespace tripline::compiler

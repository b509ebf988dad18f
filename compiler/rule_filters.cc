// A filter's query stands under `query`, or, as older exports have it, beside `meta` itself. A
// combined filter holds further filters in meta.params.
#include "compiler/rule_filters.h"

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "compiler/document.h"
#include "compiler/query_dsl.h"
#include "compiler/source_file.h"
#include "compiler/typed_builder.h"

namespace tripline::compiler {
namespace {

bool MetaFlag(const Node& filter, std::string_view name) {
  const Node* const meta = filter.Find("meta");
  const Node* const flag = meta == nullptr ? nullptr : meta->Find(name);
  const bool* const value = flag == nullptr ? nullptr : std::get_if<bool>(&flag->value);
  return value != nullptr && *value;
}

class FilterChecker {
 public:
  FilterChecker(const FieldCatalog& catalog, Findings& findings)
      : catalog_(catalog), findings_(findings) {}

  CheckedFilters All(const Node& list, const std::string& path) {
    CheckedFilters checked;
    for (std::size_t i = 0; list.AsArray() != nullptr && i < list.AsArray()->size(); ++i) {
      Add((*list.AsArray())[i], path + "[" + std::to_string(i) + "]", checked);
    }
    return checked;
  }

  void Add(const Node& filter, const std::string& path, CheckedFilters& checked) {
    if (MetaFlag(filter, "disabled")) {
      return;
    }
    std::optional<TypedAst> typed = One(filter, path);
    if (!typed) {
      checked.is_complete = false;
      return;
    }
    (MetaFlag(filter, "negate") ? checked.excluded : checked.required).push_back(*std::move(typed));
  }

 private:
  std::optional<TypedAst> One(const Node& filter, const std::string& path) {
    const Node* const meta = filter.Find("meta");
    const Node* const params = meta == nullptr ? nullptr : meta->Find("params");
    const Node* const type = meta == nullptr ? nullptr : meta->Find("type");
    if (type != nullptr && type->AsString() != nullptr && *type->AsString() == "combined" &&
        params != nullptr) {
      return Combined(*meta, *params, path + ".meta");
    }
    if (const Node* const query = filter.Find("query")) {
      return CheckDsl(*query, path + ".query", catalog_, findings_);
    }
    Node bare = filter;
    for (const char* const aside : {"meta", "$state"}) {
      bare.Take(aside);
    }
    return CheckDsl(bare, path, catalog_, findings_);
  }

  std::optional<TypedAst> Combined(const Node& meta, const Node& params, const std::string& path) {
    CheckedFilters parts = All(params, path + ".params");
    if (!parts.is_complete) {
      return std::nullopt;
    }
    const Node* const relation = meta.Find("relation");
    const bool is_and =
        relation != nullptr && relation->AsString() != nullptr && *relation->AsString() == "AND";
    if (is_and) {
      return JoinTrees(std::move(parts.required), std::move(parts.excluded));
    }
    // a or not b, as not (not a and b)
    TypedAst none = JoinTrees(std::move(parts.excluded), std::move(parts.required));
    return JoinTrees({}, {std::move(none)});
  }

  const FieldCatalog& catalog_;
  Findings& findings_;
};

}  // namespace

CheckedFilters CheckFilters(const Rule& rule, const std::string& filters, std::string_view key,
                            const FieldCatalog& catalog, Diagnostics& diagnostics) {
  CheckedFilters checked;
  const auto parsed = ParseJson(filters.empty() ? "[]" : filters, 0);
  if (!parsed) {
    checked.is_complete = false;  // the rule reader wrote it: cannot be
    return checked;
  }
  const SourceFile file(rule.file, filters);
  const Node::Array* const list = parsed->root.AsArray();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    Diagnostics said;
    Findings findings(file, said);
    const std::string name(key);
    FilterChecker(catalog, findings).Add((*list)[i], name + "[" + std::to_string(i) + "]", checked);
    for (Diagnostic& about : said) {
      diagnostics.push_back(rule.Remark("/" + name + "/" + std::to_string(i), about.severity,
                                        std::move(about.code), std::move(about.message),
                                        std::move(about.hint)));
    }
  }
  return checked;
}

}  // namespace tripline::compiler

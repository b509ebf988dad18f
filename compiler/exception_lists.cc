#include "compiler/exception_lists.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "compiler/document.h"
#include "compiler/exception_item.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/typed_ast.h"
#include "compiler/typed_builder.h"
#include "runtime/digest.h"

namespace tripline::compiler {
namespace {

std::string TextOf(const Node& object, std::string_view key) {
  const Node* const found = object.Find(key);
  return found != nullptr && found->AsString() != nullptr ? *found->AsString() : "";
}

std::vector<std::string> SystemsOf(const Node& item) {
  std::vector<std::string> systems;
  const Node* const found = item.Find("os_types");
  const Node::Array* const names = found == nullptr ? nullptr : found->AsArray();
  for (std::size_t i = 0; names != nullptr && i < names->size(); ++i) {
    if (const std::string* const name = (*names)[i].AsString()) {
      systems.push_back(*name);
    }
  }
  return systems;
}

// A list on its way: the trees of its items so far.
struct OpenList {
  ExceptionLists::List list;
  std::vector<TypedAst> items;
  std::string documents;  // of the items, for the digest
};

// True where one of the items is: not (not a and not b).
TypedAst AnyOf(std::vector<TypedAst> items) {
  std::vector<TypedAst> none;
  none.push_back(JoinTrees({}, std::move(items)));
  return JoinTrees({}, std::move(none));
}

}  // namespace

ListName ListOf(const Node& object) {
  ListName name{.list_id = TextOf(object, "list_id")};
  if (TextOf(object, "namespace_type") == "agnostic") {
    name.namespace_type = "agnostic";
  }
  return name;
}

std::vector<ListName> ListsNamedIn(const std::string& exceptions_list) {
  std::vector<ListName> names;
  const auto parsed = ParseJson(exceptions_list.empty() ? "[]" : exceptions_list, 0);
  const Node::Array* const references = parsed ? parsed->root.AsArray() : nullptr;
  for (std::size_t i = 0; references != nullptr && i < references->size(); ++i) {
    ListName name = ListOf((*references)[i]);
    if (!name.list_id.empty() && std::ranges::find(names, name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

ExceptionLists ExceptionLists::Make(std::span<const AsideDocument> asides,
                                    const FieldCatalog& catalog, ValueLists& value_lists,
                                    Diagnostics& diagnostics) {
  for (const AsideDocument& aside : asides) {
    if (aside.kind == AsideDocument::Kind::kValueList) {
      value_lists.Add(aside, diagnostics);
    }
  }
  std::vector<OpenList> open;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  for (const AsideDocument& aside : asides) {
    const auto parsed = ParseJson(aside.document, 0);
    if ((aside.kind != AsideDocument::Kind::kExceptionList &&
         aside.kind != AsideDocument::Kind::kExceptionItem) ||
        !parsed) {
      continue;
    }
    ListName name = ListOf(parsed->root);
    const auto [place, is_new] =
        places.try_emplace({name.list_id, name.namespace_type}, open.size());
    if (is_new) {
      open.push_back({});
      open.back().list.name = std::move(name);
      open.back().list.file = aside.file;
      open.back().list.where = aside.where;
    }
    if (aside.kind != AsideDocument::Kind::kExceptionItem) {
      continue;
    }
    OpenList& list = open[place->second];
    CheckedItem item = CheckExceptionItem(aside, catalog, value_lists, diagnostics);
    if (item.ast) {
      list.list.items.push_back({TextOf(parsed->root, "item_id"), MustHold(*item.ast),
                                 SystemsOf(parsed->root), aside.file, aside.where});
      list.items.push_back(*std::move(item.ast));
      list.documents += aside.document + "\n" + item.list_digests + "\n";
    }
  }
  ExceptionLists made;
  for (OpenList& list : open) {
    list.list.num_items = list.items.size();
    list.list.program = Rewrite(Lower(AnyOf(std::move(list.items))));
    list.list.digest = runtime::Sha256Hex(list.documents);
    made.lists_.push_back(std::move(list.list));
  }
  return made;
}

const ExceptionLists::List* ExceptionLists::Find(const ListName& name) const {
  const auto found = std::ranges::find(lists_, name, &List::name);
  return found == lists_.end() ? nullptr : &*found;
}

}  // namespace tripline::compiler

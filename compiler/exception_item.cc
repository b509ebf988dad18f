// Entries become tests by the same builder that query DSL goes through. The item's own document is
// parsed again, so that messages can name the part; their place is that of the item.
#include "compiler/exception_item.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "compiler/document.h"
#include "compiler/dsl_values.h"
#include "compiler/leaf_atoms.h"
#include "compiler/object_reader.h"
#include "compiler/source_file.h"
#include "compiler/typed_builder.h"
#include "grammar/ast.h"

namespace tripline::compiler {
namespace {

constexpr auto kItemKeys = std::to_array<std::string_view>(
    {"_version", "comments", "created_at", "created_by", "description", "entries", "expire_time",
     "id", "item_id", "list_id", "meta", "name", "namespace_type", "os_types", "tags",
     "tie_breaker_id", "type", "updated_at", "updated_by"});
constexpr auto kEntryKeys = std::to_array<std::string_view>(
    {"entries", "field", "id", "list", "operator", "type", "value"});

enum class EntryType : std::uint8_t { kMatch, kMatchAny, kExists, kWildcard, kList, kNested };
constexpr auto kEntryTypes =
    std::to_array<std::string_view>({"match", "match_any", "exists", "wildcard", "list", "nested"});
constexpr auto kOperators = std::to_array<std::string_view>({"included", "excluded"});
constexpr auto kOsTypes = std::to_array<std::string_view>({"linux", "macos", "windows"});

class ItemChecker {
 public:
  ItemChecker(const AsideDocument& item, const FieldCatalog& catalog, ValueLists& value_lists,
              Diagnostics& said, Diagnostics& said_of_lists)
      : file_(item.file, item.document),
        findings_(file_, said),
        builder_(catalog, findings_),
        value_lists_(value_lists),
        said_of_lists_(said_of_lists) {}

  CheckedItem Run(const Node& item) {
    ObjectReader reader(item, "", findings_);
    reader.WarnUnknown(kItemKeys);
    std::vector<TypedNodeId> all = Entries(reader, "");
    AddOsTypes(reader, all);
    AddExpiry(reader, all);
    std::optional<TypedAst> typed = builder_.Finish(builder_.All(std::move(all)));
    if (findings_.num_errors() != 0) {
      typed.reset();
    }
    return {std::move(typed), std::move(list_digests_)};
  }

 private:
  std::vector<TypedNodeId> Entries(ObjectReader& reader, const std::string& parent) {
    std::vector<TypedNodeId> tests;
    const std::span<const Node> entries = reader.Objects("entries", Need::kRequired);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::string path = reader.PathOf("entries") + "[" + std::to_string(i) + "]";
      tests.push_back(Entry(entries[i], path, parent));
    }
    return tests;
  }

  TypedNodeId Entry(const Node& node, const std::string& path, const std::string& parent) {
    ObjectReader entry(node, path + ".", findings_);
    entry.WarnUnknown(kEntryKeys);
    const std::string name = entry.String("field", Need::kRequired).value_or("");
    if (name.empty() && entry.Any("field") != nullptr) {
      entry.Reject("field", "rule.bad_value", "must name a field",
                   "write the field's full name, such as \"process.name\"");
    }
    const auto type = entry.Choice("type", kEntryTypes, Need::kRequired);
    if (name.empty() || !type) {
      return builder_.Constant(false);
    }
    const std::string field = parent.empty() ? name : parent + "." + name;
    const auto kind = static_cast<EntryType>(*type);
    if (kind == EntryType::kNested) {
      return Nested(entry, {node, path}, field, parent);
    }
    const TypedNodeId test = Test(entry, {node, path}, kind, field);
    return entry.Choice("operator", kOperators).value_or(0) == 0 ? test : builder_.Not(test);
  }

  TypedNodeId Test(ObjectReader& entry, const DocumentPart& part, EntryType kind,
                   const std::string& field) {
    switch (kind) {
      case EntryType::kMatch:
        return Match(entry, part, field);
      case EntryType::kMatchAny:
        return MatchAny(entry, part, field);
      case EntryType::kExists:
        return builder_.Exists(part, field);
      case EntryType::kWildcard:
        return Wildcard(entry, part, field);
      case EntryType::kList:
        return List(entry, part, field);
      case EntryType::kNested:
        break;  // has been told apart before
    }
    return builder_.Constant(false);
  }

  TypedNodeId Match(ObjectReader& entry, const DocumentPart& part, const std::string& field) {
    const Node* const value = entry.Any("value", Need::kRequired);
    if (value == nullptr) {
      return builder_.Constant(false);
    }
    const std::optional<grammar::Literal> literal = LiteralOf(*value);
    return literal ? builder_.Value(part, field, *literal)
                   : builder_.Error(part, "rule.wrong_type",
                                    "`value` of a match must be a text, found " +
                                        std::string(KindName(*value)),
                                    "for several values the type is match_any");
  }

  TypedNodeId MatchAny(ObjectReader& entry, const DocumentPart& part, const std::string& field) {
    const Node* const values = entry.Any("value", Need::kRequired);
    if (values == nullptr) {
      return builder_.Constant(false);
    }
    std::vector<TypedNodeId> tests;
    for (std::size_t i = 0; values->AsArray() != nullptr && i < values->AsArray()->size(); ++i) {
      const std::optional<grammar::Literal> literal = LiteralOf((*values->AsArray())[i]);
      if (!literal) {
        return builder_.Error(part, "rule.wrong_type", "`value` of match_any must hold texts",
                              "write each value between quotes");
      }
      tests.push_back(builder_.Value(part, field, *literal));
    }
    return !tests.empty()
               ? builder_.Any(std::move(tests))
               : builder_.Error(part, "rule.wrong_type",
                                "`value` of match_any must be a list of one text or more",
                                "for a single value the type is match");
  }

  TypedNodeId Wildcard(ObjectReader& entry, const DocumentPart& part, const std::string& field) {
    const std::optional<std::string> text = entry.String("value", Need::kRequired);
    if (!text) {
      return builder_.Constant(false);
    }
    const WildcardText wildcard = ReadWildcard(*text);
    if (wildcard.is_ambiguous) {
      return builder_.NotYet(part, "not_yet.dsl",
                             "a pattern with both `?` and `\\?` is not evaluated yet");
    }
    if (!wildcard.lost_backslashes.empty()) {
      builder_.Warn(part, "dsl.lost_backslash", AboutLostBackslash(wildcard),
                    "for the backslash itself write two (in JSON four)");
    } else if (wildcard.glob.pieces.size() == 1 && !wildcard.glob.has_question) {
      builder_.Warn(part, "exception.no_wildcard",
                    "nothing in the pattern " + Shown(*text) +
                        " is a wildcard, so it only matches that one value",
                    "`\\*` is a literal star: for a backslash before a wildcard write two (in JSON "
                    "four)");
    }
    return builder_.Pattern(part, field, wildcard.glob);
  }

  TypedNodeId List(ObjectReader& entry, const DocumentPart& part, const std::string& field) {
    static constexpr auto kKeys = std::to_array<std::string_view>({"id", "type"});
    const Node* const list = entry.Object("list", Need::kRequired);
    if (list == nullptr) {
      return builder_.Constant(false);
    }
    ObjectReader reader(*list, part.path + ".list.", findings_);
    reader.WarnUnknown(kKeys);
    const ValueListName name{.id = reader.String("id", Need::kRequired).value_or(""),
                             .type = reader.String("type").value_or("keyword"),
                             .beside_file = file_.name()};
    return builder_.Test(part, field, [&](const LeafType& type) {
      ValueLists::Meaning meaning = value_lists_.MeaningOf(name, type, said_of_lists_);
      list_digests_ += meaning.digest;
      return std::move(meaning.leaf);
    });
  }

  TypedNodeId Nested(ObjectReader& entry, const DocumentPart& part, const std::string& field,
                     const std::string& parent) {
    if (!parent.empty()) {
      return builder_.Error(part, "rule.bad_value", "a nested entry holds a nested entry",
                            "write the inner field's whole path below the outer one");
    }
    return builder_.Nested(part, field, [&] { return builder_.All(Entries(entry, field)); });
  }

  // As agents of different ages name the system.
  void AddOsTypes(ObjectReader& reader, std::vector<TypedNodeId>& all) {
    const std::vector<std::string> systems = reader.Strings("os_types");
    if (systems.empty()) {
      return;
    }
    std::vector<TypedNodeId> any;
    const DocumentPart part{*reader.Any("os_types"), "os_types"};
    builder_.KnowsField("host.os.name.caseless");
    for (const std::string& system : systems) {
      if (std::ranges::find(kOsTypes, system) == kOsTypes.end()) {
        reader.Reject("os_types", "rule.bad_value",
                      "must name linux, macos or windows, found " + Shown(system),
                      "write one of these three in lower case, or leave `os_types` empty");
      }
      grammar::Literal name;
      name.kind = grammar::Literal::Kind::kString;
      name.text = system;
      name.is_quoted = true;
      any.push_back(builder_.Value(part, "host.os.type", name));
      any.push_back(builder_.Value(part, "host.os.name.caseless", name));
    }
    all.push_back(builder_.Any(std::move(any)));
  }

  void AddExpiry(ObjectReader& reader, std::vector<TypedNodeId>& all) {
    const std::optional<std::string> text = reader.String("expire_time");
    if (!text) {
      return;
    }
    const std::optional<Timestamp> end = ParseDate(*text);
    if (!end) {
      reader.Reject("expire_time", "rule.bad_time",
                    "must be a date such as \"2026-05-01T12:00:00Z\", found " + Shown(*text),
                    "write the date that way, or leave `expire_time` out: the item then lasts");
      return;
    }
    const std::int64_t last = end->time_since_epoch().count() - 1;
    const jit::IntegerRange before{std::numeric_limits<std::int64_t>::min(), last};
    all.push_back(builder_.Test(
        {*reader.Any("expire_time"), "expire_time"}, "@timestamp",
        [&](const LeafType& leaf) -> LeafMeaning {
          if (ColumnKindOf(leaf.type) == jit::ColumnKind::kDate) {
            return {{before}, std::nullopt};
          }
          return {
              {},
              LeafProblem{Severity::kError, "value.wrong_type",
                          "an expiry needs events with a date, found " + FieldTypeName(leaf.type),
                          "give a mapping in which @timestamp is a date"}};
        }));
  }

  SourceFile file_;
  Findings findings_;
  TypedBuilder builder_;
  ValueLists& value_lists_;
  Diagnostics& said_of_lists_;
  std::string list_digests_;
};

}  // namespace

CheckedItem CheckExceptionItem(const AsideDocument& item, const FieldCatalog& catalog,
                               ValueLists& value_lists, Diagnostics& diagnostics) {
  const auto parsed = ParseJson(item.document, 0);
  if (!parsed) {
    return {};  // the reader wrote it: cannot be
  }
  Diagnostics said;
  CheckedItem checked =
      ItemChecker(item, catalog, value_lists, said, diagnostics).Run(parsed->root);
  const Node* const item_id = parsed->root.Find("item_id");
  const std::string* const id = item_id == nullptr ? nullptr : item_id->AsString();
  for (Diagnostic& about : said) {
    about.message = "exception item " + Shown(id == nullptr ? "" : *id) + ": " + about.message;
    about.where = item.where;
    about.line_text.clear();
    about.caret_begin = 0;
    about.caret_end = 0;
    about.utf16_offset = 0;
    diagnostics.push_back(std::move(about));
  }
  return checked;
}

}  // namespace tripline::compiler

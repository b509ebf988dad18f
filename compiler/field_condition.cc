#include "compiler/field_condition.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

#include "compiler/unknown_field.h"
#include "jit/atoms.h"

namespace tripline::compiler {
namespace {

// True if the format is known, or, of nanoseconds, one part of it is of those that ParseDateNanos
// reads.
bool IsReadHere(const FieldInfo& field) {
  if (field.type == FieldType::kDate && !OwnDateFormat(field).empty()) {
    return true;
  }
  std::string_view formats = field.date_format;
  static constexpr std::array<std::string_view, 9> kKnown = {"date_optional_time",
                                                             "date_time",
                                                             "epoch_millis",
                                                             "strict_date",
                                                             "strict_date_optional_time",
                                                             "strict_date_optional_time_nanos",
                                                             "strict_date_time",
                                                             "strict_date_time_no_millis",
                                                             "yyyy-MM-dd"};
  bool is_known = formats.empty();
  while (!formats.empty()) {
    const std::size_t bars = formats.find("||");
    is_known = is_known || std::ranges::find(kKnown, formats.substr(0, bars)) != kKnown.end();
    formats.remove_prefix(bars == formats.npos ? formats.size() : bars + 2);
  }
  return is_known;
}

bool MoveInto(const std::string& group, jit::Field* field) {
  const std::string source = field->source.empty() ? field->name : field->source;
  if (!source.starts_with(group + ".")) {
    return false;
  }
  field->source = source.substr(group.size() + 1);
  return true;
}

bool AsksForAnyValue(const LeafMeaning& meaning) {
  return meaning.atoms.size() == 1 && std::holds_alternative<jit::Exists>(meaning.atoms[0]);
}

class Condition {
 public:
  Condition(const FieldCatalog& catalog, const std::string& path, const MeaningOn& meaning_on)
      : catalog_(catalog), path_(path), meaning_on_(meaning_on) {}

  FieldCondition Run(const std::string& group, NestedOutside outside) {
    const FieldInfo* const info = FindField(catalog_, path_);
    if (IsLeftOut(catalog_, path_)) {
      made_.about_name.push_back(AboutLeftOutField(catalog_, path_));
      return std::move(made_);
    }
    if (info == nullptr) {
      made_.about_name.push_back(AboutUnknownField(catalog_, path_));
      OneTest(UnknownColumn(path_), meaning_on_(FieldType::kUnknown));
    } else if (info->IsObject()) {
      OnObject();
    } else if (SayNesting(*info, group, outside)) {
      SayDoubts(*info);
      OnField(*info);
      NameTheType(*info);
    }
    if (auto* const tests = std::get_if<TestNode>(&made_.node); tests != nullptr) {
      made_.node = MovedInto(group, std::move(*tests));
    }
    return std::move(made_);
  }

 private:
  // Of an object the only question is whether there is anything below it.
  void OnObject() {
    LeafMeaning meaning = meaning_on_(FieldType::kKeyword);
    if (AsksForAnyValue(meaning)) {
      OneTest(PatternColumn(path_ + ".*"), std::move(meaning));
      return;
    }
    Doubt(Severity::kWarning, "field.is_object",
          "`" + path_ + "` is an object: it has no value of its own, and this part never matches",
          "name one of the fields below it");
  }

  void OnField(const FieldInfo& info) {
    if (info.type == FieldType::kConstantKeyword && !info.constant.empty()) {
      // Every document of the index has the constant, whatever the event says.
      const LeafMeaning meaning = meaning_on_(LeafTypeOf(info));
      made_.node = ConstantNode{std::ranges::any_of(meaning.atoms, [&info](const jit::Atom& atom) {
        return jit::AtomAccepts(atom, info.constant);
      })};
    } else if (info.IsMixed()) {
      OnMixed(info);
    } else if (info.type == FieldType::kFlattened && info.name == path_) {
      // Asked as a whole, a flattened field has the values of all its keys.
      OneTest(PatternColumn(path_ + ".*"), meaning_on_(LeafTypeOf(info)));
    } else {
      OneTest(ColumnFor(info, path_), meaning_on_(LeafTypeOf(info)));
    }
  }

  // Of a field that has other types in other indices: by each of them. Types that cannot hold the
  // value are passed over, as the shards of their indices would fail by themselves.
  void OnMixed(const FieldInfo& info) {
    TestNode tests;
    for (const FieldType type : info.types) {
      FieldInfo one = info;
      one.type = type;
      LeafMeaning meaning = one.IsObject() ? LeafMeaning{} : meaning_on_(LeafTypeOf(one));
      if (meaning.atoms.empty()) {
        continue;
      }
      jit::Field column = ColumnFor(one, path_);
      if (type != info.type) {
        column.source = column.source.empty() ? path_ : column.source;
        column.name = path_ + "<" + FieldTypeName(type) + ">";
      }
      tests.tests.push_back({std::move(column), std::move(meaning.atoms)});
    }
    if (tests.tests.empty()) {
      OneTest(ColumnFor(info, path_), meaning_on_(LeafTypeOf(info)));
    } else {
      made_.node = std::move(tests);
    }
  }

  void OneTest(jit::Field field, LeafMeaning meaning) {
    if (meaning.problem) {
      meaning.problem->message += " (`" + field.name + "`)";
      made_.about_value.push_back(*std::move(meaning.problem));
    }
    if (!meaning.atoms.empty()) {
      made_.node = TestNode{{FieldTest{std::move(field), std::move(meaning.atoms)}}};
    }
  }

  // False if the field's values do not stand in the objects that are asked.
  bool SayNesting(const FieldInfo& info, const std::string& group, NestedOutside outside) {
    const bool is_included = outside == NestedOutside::kNeverMatches && info.IsAlsoIn(group);
    if (info.nested_path == group || is_included) {
      return true;
    }
    if (!group.empty()) {
      Doubt(Severity::kWarning, "field.outside_group",
            "`" + path_ + "` is no field of the nested objects `" + group +
                "`, and never matches in a group for them",
            "write it outside the group");
      return false;
    }
    if (outside == NestedOutside::kIsRefused) {
      Doubt(Severity::kError, "kql.nested_group",
            "`" + path_ + "` is a field of the nested objects `" + info.nested_path +
                "`, outside a group for them",
            "write " + info.nested_path + ":{ ... } with the field's name without that prefix");
    } else {
      Doubt(Severity::kWarning, "field.outside_group",
            "`" + path_ + "` is a field of the nested objects `" + info.nested_path +
                "`, and never matches outside a group for them",
            "ask for it in a nested query or entry, with the path " + info.nested_path);
    }
    return false;
  }

  // A type that is not known here, perhaps because nobody knows it.
  void NameTheType(const FieldInfo& info) {
    for (LeafProblem& problem : made_.about_value) {
      if (info.type == FieldType::kOther && problem.code == "not_yet.field_type") {
        problem.message = "the mapping has `" + path_ + "` as `" + info.declared_type +
                          "`, a type that is not known here: it is only tested for existence "
                          "(`*`) yet";
        problem.hint = "mend the mapping if the type is misspelt";
      }
    }
  }

  void SayDoubts(const FieldInfo& info) {
    for (const FieldOption& option : info.not_followed) {
      Doubt(Severity::kWarning, "field.option_ignored",
            "the mapping's `" + option.name + "` of `" + path_ +
                "` is not followed here: " + option.effect,
            "");
    }
    if (info.IsMixed()) {
      Doubt(Severity::kWarning, "field.mixed_types",
            "`" + path_ + "` has different types in different indices: it is asked by each of them",
            "give the mapping of one index, or agree on one type");
    }
    if (ColumnKindOf(info.type) == jit::ColumnKind::kDate && !IsReadHere(info)) {
      Doubt(Severity::kWarning, "field.unknown_date_format",
            "dates of `" + path_ + "` have the format `" + info.date_format +
                "`, which is not known here: they are read as ISO dates and milliseconds since the "
                "epoch",
            "");
    }
    if (ColumnKindOf(info.type) == jit::ColumnKind::kText &&
        (!info.analysis || !info.search_analysis)) {
      const std::string& name = info.analysis ? info.search_analyzer : info.analyzer;
      Doubt(Severity::kWarning, "field.unknown_analyzer",
            "the analyzer `" + (name.empty() ? "default" : name) + "` of `" + path_ +
                "` is not known here: " + (info.analysis ? "queries are" : "the field is") +
                " taken as analyzed by `standard`",
            "what it matches may differ from what the index finds");
    }
    if (!info.has_known_normalizer && ColumnKindOf(info.type) == jit::ColumnKind::kString) {
      Doubt(Severity::kWarning, "field.unknown_normalizer",
            "the normalizer `" + info.normalizer + "` of `" + path_ +
                "` is not known here: values are taken as they are",
            "give the index's settings with its mapping; only lower-casing is known");
    }
  }

  void Doubt(Severity severity, std::string code, std::string message, std::string hint) {
    made_.about_name.push_back({severity, std::move(code), std::move(message), std::move(hint)});
  }

  const FieldCatalog& catalog_;
  const std::string& path_;
  const MeaningOn& meaning_on_;
  FieldCondition made_;
};

}  // namespace

FieldCondition ConditionOn(const FieldCatalog& catalog, const std::string& path,
                           const std::string& group, NestedOutside outside,
                           const MeaningOn& meaning_on) {
  return Condition(catalog, path, meaning_on).Run(group, outside);
}

TypedNode MovedInto(const std::string& group, TestNode tests) {
  if (!group.empty()) {
    std::erase_if(tests.tests, [&](FieldTest& test) { return !MoveInto(group, &test.field); });
  }
  return tests.tests.empty() ? TypedNode(ConstantNode{false}) : TypedNode(std::move(tests));
}

}  // namespace tripline::compiler

#include "compiler/default_fields.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tripline::compiler {
namespace {

using grammar::Literal;
using Kind = grammar::Literal::Kind;

// What index templates cut strings at; longer values are not searched.
constexpr std::uint32_t kUsualIgnoreAbove = 1024;

// One of the many that the common column stands for.
bool IsPlainKeyword(const FieldInfo& field) {
  return (field.type == FieldType::kKeyword || field.type == FieldType::kConstantKeyword) &&
         !field.lowercases && (field.ignore_above == kUsualIgnoreAbove) &&
         field.source == field.name;
}

bool IsSearched(const FieldInfo& field) {
  const bool is_outside = field.nested_path.empty() || field.IsAlsoIn("");
  return !field.IsObject() && is_outside && field.is_indexed && !field.is_disabled &&
         field.type != FieldType::kBinary;
}

Literal EmptyPattern() {
  Literal pattern;
  pattern.kind = Kind::kWildcard;
  pattern.pieces = {""};
  return pattern;
}

// The parts of a value with stars, cut at blanks: {"a", "*b"} of `a *b`.
std::vector<Literal> PartsOf(const Literal& value) {
  std::vector<Literal> parts;
  Literal part = EmptyPattern();
  const auto finish = [&] {
    if (part.pieces.size() == 1) {
      part.kind = Kind::kString;
      part.text = std::move(part.pieces[0]);
      part.pieces.clear();
    }
    if (part.kind == Kind::kWildcard || !part.text.empty()) {
      parts.push_back(std::move(part));
    }
    part = EmptyPattern();
  };
  for (std::size_t i = 0; i < value.pieces.size(); ++i) {
    if (i > 0) {
      part.pieces.emplace_back();
    }
    for (const char c : value.pieces[i]) {
      if (std::string_view(" \t\r\n").contains(c)) {
        finish();
      } else {
        part.pieces.back() += c;
      }
    }
  }
  finish();
  return parts;
}

}  // namespace

LeafMeaning MeaningOfBareValue(const LeafType& type, const Literal& value) {
  if (value.kind != Kind::kWildcard) {
    return MeaningOfValue(type, value);
  }
  LeafMeaning meaning;
  for (const Literal& part : PartsOf(value)) {
    LeafMeaning of_part = MeaningOfValue(type, part);
    for (jit::Atom& atom : of_part.atoms) {
      meaning.atoms.push_back(std::move(atom));
    }
  }
  return meaning;
}

std::vector<FieldTest> DefaultFieldTests(
    const FieldCatalog& catalog, const std::function<LeafMeaning(const LeafType&)>& meaning_on) {
  std::vector<FieldTest> tests;
  std::set<std::string> seen;
  jit::Field others = PatternColumn("*");
  others.ignore_above = kUsualIgnoreAbove;
  std::set<std::string> except = {"_id", "_index"};
  for (const FieldTypes* const table : {catalog.mapping, catalog.ecs}) {
    if (table == nullptr) {
      continue;
    }
    for (const FieldInfo& field : table->fields()) {
      if (FindField(catalog, field.name) != &field) {
        continue;  // another table's word comes first
      }
      if (field.type == FieldType::kNested) {
        except.insert(field.name + ".*");
      }
      if (field.IsObject() || IsPlainKeyword(field) || !seen.insert(field.name).second) {
        continue;
      }
      except.insert(field.name);
      LeafMeaning meaning = IsSearched(field) ? meaning_on(LeafTypeOf(field)) : LeafMeaning{};
      if (!meaning.atoms.empty()) {
        tests.push_back({ColumnFor(field, field.name), std::move(meaning.atoms)});
      }
    }
  }
  others.except.assign(except.begin(), except.end());
  LeafMeaning meaning = meaning_on(FieldType::kUnknown);
  if (IsLeftOut(catalog, "any")) {
    // Nothing is searched but what the mapping names: its plain keywords one by one.
    for (const FieldInfo& field : catalog.mapping->fields()) {
      if (!field.IsObject() && IsPlainKeyword(field) && IsSearched(field) &&
          !meaning.atoms.empty()) {
        tests.push_back({ColumnFor(field, field.name), meaning.atoms});
      }
    }
  } else if (!meaning.atoms.empty()) {
    tests.push_back({std::move(others), std::move(meaning.atoms)});
  }
  return tests;
}

}  // namespace tripline::compiler

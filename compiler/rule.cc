#include "compiler/rule.h"

#include <algorithm>
#include <array>

namespace tripline::compiler {

std::string_view RuleTypeName(RuleType type) {
  constexpr std::array<std::string_view, 8> kNames = {
      "query",     "saved_query", "eql",          "esql",
      "threshold", "new_terms",   "threat_match", "machine_learning"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view QueryLanguageName(QueryLanguage language) {
  constexpr std::array<std::string_view, 5> kNames = {"none", "kuery", "lucene", "eql", "esql"};
  return kNames[static_cast<std::size_t>(language)];
}

LineColumn Rule::PlaceOf(std::string_view pointer) const {
  while (!pointer.empty()) {
    const auto found = std::ranges::lower_bound(places, pointer, {}, &Place::pointer);
    if (found != places.end() && found->pointer == pointer) {
      return found->at;
    }
    const std::size_t slash = pointer.rfind('/');
    pointer = pointer.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return where;
}

Diagnostic Rule::Remark(std::string_view pointer, Severity kind, std::string code,
                        std::string message, std::string hint) const {
  Diagnostic made;
  made.severity = kind;
  made.code = std::move(code);
  made.message = std::move(message);
  made.hint = std::move(hint);
  made.file = file;
  made.where = PlaceOf(pointer);
  return made;
}

}  // namespace tripline::compiler

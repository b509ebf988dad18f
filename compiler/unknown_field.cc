#include "compiler/unknown_field.h"

namespace tripline::compiler {

LeafProblem AboutUnknownField(const FieldCatalog& catalog, const std::string& field) {
  std::string nearest = catalog.mapping != nullptr ? catalog.mapping->Suggest(field) : "";
  if (nearest.empty() && catalog.ecs != nullptr) {
    nearest = catalog.ecs->Suggest(field);
  }
  const std::string where =
      catalog.mapping != nullptr ? "neither in the mapping nor in ECS" : "not in ECS";
  const std::string root = field.substr(0, field.find('.'));
  const bool is_in_a_known_set =
      catalog.ecs != nullptr && field != root && catalog.ecs->Find(root) != nullptr;
  const bool is_doubtful = !nearest.empty() || is_in_a_known_set || catalog.mapping != nullptr;
  return {is_doubtful ? Severity::kWarning : Severity::kNote, "field.unknown",
          "unknown field `" + field + "`: " + where + ", taken as a keyword",
          nearest.empty() ? "give its type with --mapping" : "did you mean `" + nearest + "`?"};
}

LeafProblem AboutLeftOutField(const FieldCatalog& catalog, const std::string& field) {
  if (catalog.mapping->IsDisabled(field)) {
    return {
        Severity::kWarning, "field.not_in_index",
        "`" + field + "` is not searched, by `\"enabled\": false` in the mapping: it never matches",
        "enable the object in the mapping, or ask another field"};
  }
  const std::string nearest = catalog.mapping->Suggest(field);
  return {Severity::kWarning, "field.not_in_index",
          "`" + field + "` is not in the mapping, which takes in no other fields: it never matches",
          nearest.empty() ? "add it to the mapping" : "did you mean `" + nearest + "`?"};
}

}  // namespace tripline::compiler

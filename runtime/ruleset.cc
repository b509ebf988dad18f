#include "runtime/ruleset.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "runtime/ruleset_file.h"

namespace tripline::runtime {

std::string RuleTypeName(RuleType type) {
  switch (type) {
    case RuleType::kQuery:
      return "query";
    case RuleType::kNewTerms:
      return "new_terms";
    case RuleType::kThreshold:
      return "threshold";
    case RuleType::kThreatMatch:
      return "threat_match";
    case RuleType::kMachineLearning:
      return "machine_learning";
  }
  return {};
}

std::optional<std::uint32_t> Ruleset::ColumnOf(const std::string& field) const {
  const auto found = std::ranges::find(columns, field, &jit::Field::name);
  if (found == columns.end()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(found - columns.begin());
}

Ruleset MakeUnhashedRuleset(jit::Program program, std::vector<RuleSpec> rules,
                            const std::vector<jit::Field>& detector_fields,
                            std::vector<AnomalyJobSpec> jobs) {
  Ruleset ruleset;
  ruleset.jobs = std::move(jobs);
  ruleset.program = std::move(program);
  ruleset.rules = std::move(rules);
  ruleset.columns = ruleset.program.fields;
  std::unordered_set<std::string> names;
  for (const jit::Field& field : ruleset.columns) {
    names.insert(field.name);
  }
  for (const jit::Field& field : detector_fields) {
    if (names.insert(field.name).second) {
      ruleset.columns.push_back(field);
    }
  }
  return ruleset;
}

Ruleset MakeRuleset(jit::Program program, std::vector<RuleSpec> rules,
                    const std::vector<jit::Field>& detector_fields,
                    std::vector<AnomalyJobSpec> jobs) {
  Ruleset ruleset =
      MakeUnhashedRuleset(std::move(program), std::move(rules), detector_fields, std::move(jobs));
  ruleset.content_hash = ContentHash(ruleset);
  return ruleset;
}

}  // namespace tripline::runtime

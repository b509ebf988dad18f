#include "compiler/lint/duplicate_rule.h"

#include <algorithm>
#include <map>
#include <utility>

#include "compiler/lint/leaf_text.h"

namespace tripline::compiler {
namespace {

std::string Listed(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  std::string listed;
  for (const std::string& text : texts) {
    listed += std::to_string(text.size()) + ":" + text;
  }
  return listed + ";";
}

// Indices in any order; the fields of new terms and thresholds as they are counted.
std::string KindOf(const Rule& rule) {
  std::string kind = std::string(RuleTypeName(rule.type)) + ";" + Listed(rule.indices) +
                     rule.data_view_id + ";" + rule.exceptions_list + ";" +
                     Listed(rule.new_terms_fields);
  if (rule.history_window_start) {
    kind += rule.history_window_start->text + ";";
  }
  if (rule.threshold) {
    kind += Listed(rule.threshold->fields) + std::to_string(rule.threshold->value) + ";";
    for (const Threshold::Cardinality& distinct : rule.threshold->cardinality) {
      kind += distinct.field + ">=" + std::to_string(distinct.value) + ";";
    }
  }
  kind += rule.threat_query.text + ";" + Listed(rule.threat_indices) + rule.threat_filters + ";";
  for (const std::vector<ThreatEntry>& all : rule.threat_mapping) {
    for (const ThreatEntry& entry : all) {
      kind += entry.field + (entry.is_negated ? "!=" : "=") + entry.value + ",";
    }
    kind += ";";
  }
  return kind;
}

}  // namespace

void DuplicateRules::Add(const Rule& rule, jit::OutputIndex query) {
  rules_.push_back(
      {rule.rule_id, rule.name, rule.file, rule.PlaceOf("/query"), KindOf(rule), query});
}

Diagnostics DuplicateRules::Find(const jit::Program& linked) const {
  Diagnostics said;
  std::map<std::pair<jit::NodeIndex, std::string>, const Known*> first;
  for (const Known& rule : rules_) {
    const auto [known, is_new] =
        first.try_emplace({linked.outputs.at(rule.query), rule.kind}, &rule);
    if (is_new || known->second->rule_id == rule.rule_id) {
      continue;  // two rules of one id are an error of their own
    }
    Diagnostic about;
    about.severity = Severity::kWarning;
    about.code = "lint.duplicate_rule";
    about.message = "the rule asks for the same events as " + InBackticks(known->second->name) +
                    " (" + known->second->file + "): each of them will alert";
    about.hint = "leave one of the two out, or mend the query if it was to differ";
    about.file = rule.file;
    about.where = rule.where;
    said.push_back(std::move(about));
  }
  return said;
}

}  // namespace tripline::compiler

// One function per group of keys; each reads what it can and reports what it cannot, so that an
// author sees all mistakes of a rule at once. What a key may hold follows Kibana's rule schema.
#include "compiler/rule_from_document.h"

#include <algorithm>
#include <array>

#include "compiler/object_reader.h"
#include "compiler/rule_parts.h"

namespace tripline::compiler {
namespace {

// Every key of Kibana's rule API, requests and answers; sorted.
constexpr auto kRuleKeys = std::to_array<std::string_view>({
#include "compiler/rule_keys.inc"
});
static_assert(std::ranges::is_sorted(kRuleKeys));

// In the order of the enumerators.
constexpr auto kTypes =
    std::to_array<std::string_view>({"query", "saved_query", "eql", "esql", "threshold",
                                     "new_terms", "threat_match", "machine_learning"});
constexpr auto kSeverities = std::to_array<std::string_view>({"low", "medium", "high", "critical"});

void ReadIdentity(ObjectReader& reader, Rule& rule) {
  for (auto [key, member] : {std::pair("rule_id", &rule.rule_id), std::pair("name", &rule.name)}) {
    if (auto text = reader.String(key, Need::kRequired)) {
      if (text->empty()) {
        reader.Reject(key, "rule.bad_value", "must not be empty", "");
      }
      *member = std::move(*text);
    }
  }
  if (const auto type = reader.Choice("type", kTypes, Need::kRequired)) {
    rule.type = static_cast<RuleType>(*type);
  }
}

// Kibana refuses rules without these, but a rule means the same to the engine.
void WarnMissing(ObjectReader& reader, std::string_view key, std::string_view assumed) {
  if (reader.Any(key) == nullptr) {
    reader.findings().Warning(
        reader.span(), "rule.missing_key",
        "`" + std::string(key) + "` is missing, " + std::string(assumed) + " is assumed",
        "Kibana does not import a rule without it");
  }
}

std::vector<ScoreMapping> ReadScoreMappings(ObjectReader& reader, std::string_view key) {
  static constexpr auto kKeys =
      std::to_array<std::string_view>({"field", "operator", "risk_score", "severity", "value"});
  std::vector<ScoreMapping> mappings;
  for (const Node& object : reader.Objects(key)) {
    ObjectReader entry(object, reader.PathOf(key) + ".", reader.findings());
    entry.WarnUnknown(kKeys);
    ScoreMapping mapping;
    mapping.field = entry.String("field", Need::kRequired).value_or("");
    mapping.value = entry.Text("value");
    if (key == "severity_mapping") {
      const auto severity = entry.Choice("severity", kSeverities, Need::kRequired);
      mapping.severity = static_cast<RuleSeverity>(severity.value_or(0));
    } else if (const auto score = entry.Whole("risk_score", 0, 100)) {
      mapping.risk_score = static_cast<std::int32_t>(*score);
    }
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

void ReadScores(ObjectReader& reader, Rule& rule) {
  WarnMissing(reader, "severity", "`low`");
  if (const auto severity = reader.Choice("severity", kSeverities)) {
    rule.severity = static_cast<RuleSeverity>(*severity);
  }
  WarnMissing(reader, "risk_score", "21");
  rule.risk_score =
      static_cast<std::int32_t>(reader.Whole("risk_score", 0, 100).value_or(rule.risk_score));
  rule.severity_mapping = ReadScoreMappings(reader, "severity_mapping");
  rule.risk_score_mapping = ReadScoreMappings(reader, "risk_score_mapping");
  rule.rule_name_override = reader.Text("rule_name_override");
}

void ReadQueries(ObjectReader& reader, Rule& rule) {
  const bool has_query =
      rule.type != RuleType::kMachineLearning && rule.type != RuleType::kSavedQuery;
  rule.query = ReadQuery(reader, "query", NeedIf(has_query));
  rule.language = rule.type == RuleType::kMachineLearning
                      ? QueryLanguage::kNone
                      : ReadLanguage(reader, "language", rule.type);
  rule.saved_id =
      reader.String("saved_id", NeedIf(rule.type == RuleType::kSavedQuery)).value_or("");
  rule.indices = reader.Strings("index");
  rule.data_view_id = reader.Text("data_view_id");
  rule.filters = ReadRawObjects(reader, "filters");
}

void ReadSchedule(ObjectReader& reader, Rule& rule) {
  rule.is_enabled = reader.Flag("enabled").value_or(true);
  const std::string interval = reader.String("interval").value_or("5m");
  if (const auto duration = ParseDuration(interval)) {
    rule.interval = *duration;
  } else {
    reader.Reject("interval", "rule.bad_time",
                  "must be a duration such as \"5m\", found " + Shown(interval),
                  "units are s, m, h, d and w");
  }
  rule.from = ReadTime(reader, "from", "now-6m").value_or(RuleTime());
  rule.to = ReadTime(reader, "to", "now").value_or(RuleTime());
  rule.max_signals = static_cast<std::uint32_t>(
      reader.Whole("max_signals", 1, kMaxCount).value_or(rule.max_signals));
  rule.timestamp_override = reader.Text("timestamp_override");
  rule.is_timestamp_fallback_disabled =
      reader.Flag("timestamp_override_fallback_disabled").value_or(false);
}

void ReadGuide(ObjectReader& reader, Rule& rule) {
  static constexpr auto kFieldKeys = std::to_array<std::string_view>({"field_names"});
  static constexpr auto kBuildingBlocks = std::to_array<std::string_view>({"default"});
  WarnMissing(reader, "description", "an empty one");
  rule.description = reader.Text("description");
  rule.version = reader.Whole("version", 1, kMaxCount).value_or(1);
  rule.license = reader.Text("license");
  rule.note = reader.Text("note");
  rule.setup = reader.Text("setup");
  rule.author = reader.Strings("author");
  rule.tags = reader.Strings("tags");
  rule.references = reader.Strings("references");
  rule.false_positives = reader.Strings("false_positives");
  if (const Node* const fields = reader.Object("investigation_fields")) {
    ObjectReader inner(*fields, "investigation_fields.", reader.findings());
    inner.WarnUnknown(kFieldKeys);
    rule.investigation_fields = inner.Strings("field_names");
  }
  if (reader.Choice("building_block_type", kBuildingBlocks)) {
    rule.building_block_type = reader.Text("building_block_type");
  }
  rule.threat = ReadRawObjects(reader, "threat");
  rule.exceptions_list = ReadRawObjects(reader, "exceptions_list");
}

// Places of prose would only cost memory: nobody complains about them later.
bool IsProse(std::string_view key) {
  static constexpr auto kProse = std::to_array<std::string_view>(
      {"author", "false_positives", "investigation_fields", "references", "related_integrations",
       "required_fields", "tags", "threat"});
  return std::ranges::binary_search(kProse, key);
}

std::vector<Rule::Place> PlacesIn(const Node& document, const SourceFile& file) {
  std::vector<Rule::Place> places;
  const auto add = [&](std::string pointer, const Node& node) {
    places.push_back({std::move(pointer), file.Locate(node.span.begin)});
  };
  for (const Member& member : *document.AsObject()) {
    const std::string pointer = "/" + member.key;
    add(pointer, member.value);
    if (IsProse(member.key)) {
      continue;
    }
    if (const Node::Array* const elements = member.value.AsArray()) {
      for (std::size_t i = 0; i < elements->size(); ++i) {
        add(pointer + "/" + std::to_string(i), (*elements)[i]);
      }
    } else if (const Node::Object* const members = member.value.AsObject()) {
      for (const Member& inner : *members) {
        add(pointer + "/" + inner.key, inner.value);
      }
    }
  }
  std::ranges::sort(places, {}, &Rule::Place::pointer);
  return places;
}

}  // namespace

std::optional<Rule> RuleFromDocument(const Node& document, Findings& findings) {
  const std::size_t num_errors_before = findings.num_errors();
  ObjectReader reader(document, "", findings);
  Rule rule;
  ReadIdentity(reader, rule);
  reader.WarnUnknown(kRuleKeys);
  ReadScores(reader, rule);
  ReadQueries(reader, rule);
  ReadSchedule(reader, rule);
  ReadNewTerms(reader, rule);
  ReadThreshold(reader, rule);
  ReadMachineLearning(reader, rule);
  ReadThreatMatch(reader, rule);
  ReadSuppression(reader, rule);
  ReadGuide(reader, rule);
  if (findings.num_errors() != num_errors_before) {
    return std::nullopt;
  }
  rule.document = ToJson(document);
  rule.file = findings.file().name();
  rule.where = findings.file().Locate(document.span.begin);
  rule.places = PlacesIn(document, findings.file());
  return rule;
}

bool LooksLikeRule(const Node& object) {
  constexpr auto kTelling = std::to_array<std::string_view>(
      {"rule_id", "type", "query", "risk_score", "severity", "name"});
  return std::ranges::any_of(
      kTelling, [&object](std::string_view key) { return object.Find(key) != nullptr; });
}

}  // namespace tripline::compiler

// What a key may hold follows Kibana's rule schema; which keys a rule needs follows its type.
#include "compiler/rule_parts.h"

#include <array>
#include <span>

namespace tripline::compiler {
namespace {

using Words = std::span<const std::string_view>;

// Of forms that runs cannot go by, the order at some noon: that at most times.
bool IsBefore(const RuleTime& a, const RuleTime& b) {
  constexpr Timestamp kSomeNoon = std::chrono::sys_days(std::chrono::year(2024) / 7 / 17) +
                                  std::chrono::hours(12) + std::chrono::minutes(30);
  return a.math.Resolve(kSomeNoon) < b.math.Resolve(kSomeNoon);
}

bool HistoryBeginsBeforeEveryWindow(const Rule& rule) {
  const RuleTime& start = *rule.history_window_start;
  if (!start.bound || !rule.from.bound || !rule.to.bound) {
    return IsBefore(start, rule.from);
  }
  const runtime::WindowMath window{*rule.from.bound, *rule.to.bound, *start.bound};
  return runtime::MeasureWindow(window, rule.interval).least_quiet > Milliseconds(0);
}

std::vector<ThreatEntry> ReadThreatEntries(ObjectReader& reader) {
  static constexpr auto kKeys =
      std::to_array<std::string_view>({"field", "negate", "type", "value"});
  std::vector<ThreatEntry> entries;
  for (const Node& object : reader.Objects("entries", Need::kRequired)) {
    ObjectReader entry(object, reader.PathOf("entries") + ".", reader.findings());
    entry.WarnUnknown(kKeys);
    entries.push_back({entry.String("field", Need::kRequired).value_or(""),
                       entry.String("value", Need::kRequired).value_or(""),
                       entry.Flag("negate").value_or(false)});
  }
  return entries;
}

}  // namespace

std::string ReadRawObjects(ObjectReader& reader, std::string_view key) {
  const std::span<const Node> objects = reader.Objects(key);
  return objects.empty() ? "" : ToJson(*reader.Any(key));
}

QueryLanguage ReadLanguage(ObjectReader& reader, std::string_view key, RuleType type) {
  static constexpr auto kLanguages =
      std::to_array<std::string_view>({"kuery", "lucene", "eql", "esql"});
  Words allowed = Words(kLanguages).first(2);
  QueryLanguage first = QueryLanguage::kKuery;
  if (type == RuleType::kEql) {
    allowed = Words(kLanguages).subspan(2, 1);
    first = QueryLanguage::kEql;
  } else if (type == RuleType::kEsql) {
    allowed = Words(kLanguages).subspan(3, 1);
    first = QueryLanguage::kEsql;
  }
  const std::size_t choice = reader.Choice(key, allowed).value_or(0);
  return static_cast<QueryLanguage>(static_cast<std::size_t>(first) + choice);
}

SourceText ReadQuery(ObjectReader& reader, std::string_view key, Need need) {
  const SourceFile& file = reader.findings().file();
  if (!reader.String(key, need)) {
    return {file.name(), "", file.Locate(reader.span().begin)};
  }
  return file.TextOf(*reader.Any(key));
}

std::optional<RuleTime> ReadTime(ObjectReader& reader, std::string_view key,
                                 std::string_view otherwise) {
  RuleTime time;
  time.text = reader.String(key).value_or(std::string(otherwise));
  const std::optional<DateMath> math = ParseDateMath(time.text);
  Result<runtime::WindowBound> bound = runtime::WindowBound::Parse(time.text);
  if (!math || (!bound && bound.error().code == ErrorCode::kInvalid)) {
    reader.Reject(key, "rule.bad_time",
                  "must be a time such as \"now-6m\", found " + Shown(time.text),
                  "units are s, m, h, d, w, M and y");
    return std::nullopt;
  }
  time.math = *math;
  if (bound) {
    time.bound = *std::move(bound);
  } else {
    time.why_no_bound = bound.error().message;
  }
  return time;
}

void ReadNewTerms(ObjectReader& reader, Rule& rule) {
  constexpr std::size_t kMaxFields = 3;
  const bool is_needed = rule.type == RuleType::kNewTerms;
  rule.new_terms_fields = reader.Strings("new_terms_fields", NeedIf(is_needed));
  if (rule.new_terms_fields.size() > kMaxFields) {
    reader.Reject(
        "new_terms_fields", "rule.bad_value",
        "holds " + std::to_string(rule.new_terms_fields.size()) + " fields, at most 3 are possible",
        "");
  }
  if (reader.Any("history_window_start", NeedIf(is_needed)) == nullptr) {
    return;
  }
  if (!reader.String("history_window_start")) {
    return;
  }
  rule.history_window_start = ReadTime(reader, "history_window_start", "");
  if (rule.history_window_start && !rule.from.text.empty() &&
      !HistoryBeginsBeforeEveryWindow(rule)) {
    reader.Reject("history_window_start", "rule.history_shorter",
                  "must lie before `from` in every run, but " +
                      Shown(rule.history_window_start->text) + " does not lie before " +
                      Shown(rule.from.text),
                  "the history window is shorter than the interval + look-back: it reaches from "
                  "history_window_start to `to`, and must begin before what a run examines; move "
                  "it back, for example to \"now-14d\"");
  }
}

void ReadThreshold(ObjectReader& reader, Rule& rule) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"cardinality", "field", "value"});
  static constexpr auto kCardinalityKeys = std::to_array<std::string_view>({"field", "value"});
  const Node* const object = reader.Object("threshold", NeedIf(rule.type == RuleType::kThreshold));
  if (object == nullptr) {
    return;
  }
  ObjectReader inner(*object, "threshold.", reader.findings());
  inner.WarnUnknown(kKeys);
  Threshold threshold;
  const Node* const field = inner.Any("field");
  if (field != nullptr && (field->AsString() == nullptr || !field->AsString()->empty())) {
    threshold.fields = inner.OneOrMoreStrings("field");
  }
  threshold.value = inner.Whole("value", 1, kMaxCount, Need::kRequired).value_or(1);
  for (const Node& element : inner.Objects("cardinality")) {
    ObjectReader entry(element, "threshold.cardinality.", reader.findings());
    entry.WarnUnknown(kCardinalityKeys);
    threshold.cardinality.push_back(
        {entry.String("field", Need::kRequired).value_or(""),
         entry.Whole("value", 0, kMaxCount, Need::kRequired).value_or(0)});
  }
  constexpr std::size_t kMaxFields = 5;
  if (threshold.fields.size() > kMaxFields) {
    inner.Reject(
        "field", "rule.bad_value",
        "holds " + std::to_string(threshold.fields.size()) + " fields, at most 5 are possible", "");
  }
  if (threshold.cardinality.size() > 1) {
    inner.Reject("cardinality", "rule.bad_value", "holds more than one field to count", "");
  }
  rule.threshold = std::move(threshold);
}

// {"value": 5, "unit": "h"}
std::optional<Milliseconds> ReadSpan(ObjectReader& reader, std::string_view key, Need need) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"unit", "value"});
  static constexpr auto kUnits = std::to_array<std::string_view>({"s", "m", "h"});
  const Node* const object = reader.Object(key, need);
  if (object == nullptr) {
    return std::nullopt;
  }
  ObjectReader span(*object, reader.PathOf(key) + ".", reader.findings());
  span.WarnUnknown(kKeys);
  const auto value = span.Whole("value", 1, kMaxCount, Need::kRequired);
  const auto unit = span.Choice("unit", kUnits, Need::kRequired);
  if (!value || !unit) {
    return std::nullopt;
  }
  return ParseDuration(std::to_string(*value) + std::string(kUnits[*unit]));
}

void ReadSuppression(ObjectReader& reader, Rule& rule) {
  static constexpr auto kKeys =
      std::to_array<std::string_view>({"duration", "group_by", "missing_fields_strategy"});
  static constexpr auto kStrategies =
      std::to_array<std::string_view>({"suppress", "doNotSuppress"});
  constexpr std::size_t kMaxFields = 5;
  const Node* const object = reader.Object("alert_suppression");
  if (object == nullptr) {
    return;
  }
  const bool is_threshold = rule.type == RuleType::kThreshold;
  ObjectReader inner(*object, "alert_suppression.", reader.findings());
  inner.WarnUnknown(kKeys);
  AlertSuppression suppression;
  suppression.group_by = inner.Strings("group_by", NeedIf(!is_threshold));
  if (is_threshold && !suppression.group_by.empty()) {
    inner.Reject("group_by", "rule.bad_value",
                 "has no meaning for a threshold rule, whose groups are those of `threshold.field`",
                 "take it out");
  } else if (suppression.group_by.size() > kMaxFields) {
    inner.Reject(
        "group_by", "rule.bad_value",
        "holds " + std::to_string(suppression.group_by.size()) + " fields, at most 5 are possible",
        "");
  }
  suppression.duration = ReadSpan(inner, "duration", NeedIf(is_threshold));
  if (inner.Choice("missing_fields_strategy", kStrategies).value_or(0) == 1) {
    suppression.missing_fields = AlertSuppression::MissingFields::kDoNotSuppress;
  }
  rule.alert_suppression = std::move(suppression);
}

void ReadMachineLearning(ObjectReader& reader, Rule& rule) {
  const Need need = NeedIf(rule.type == RuleType::kMachineLearning);
  rule.anomaly_threshold =
      static_cast<std::int32_t>(reader.Whole("anomaly_threshold", 0, 100, need).value_or(0));
  rule.machine_learning_job_ids = reader.OneOrMoreStrings("machine_learning_job_id", need);
}

void ReadThreatMatch(ObjectReader& reader, Rule& rule) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"entries"});
  const Need need = NeedIf(rule.type == RuleType::kThreatMatch);
  rule.threat_query = ReadQuery(reader, "threat_query", need);
  rule.threat_language = ReadLanguage(reader, "threat_language", RuleType::kThreatMatch);
  rule.threat_indices = reader.Strings("threat_index", need);
  for (const Node& object : reader.Objects("threat_mapping", need)) {
    ObjectReader mapping(object, "threat_mapping.", reader.findings());
    mapping.WarnUnknown(kKeys);
    rule.threat_mapping.push_back(ReadThreatEntries(mapping));
  }
  rule.threat_indicator_path =
      reader.String("threat_indicator_path").value_or(rule.threat_indicator_path);
  rule.threat_filters = ReadRawObjects(reader, "threat_filters");
}

}  // namespace tripline::compiler

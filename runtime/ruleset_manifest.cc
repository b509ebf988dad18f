// One member after another, each with its type and range; nlohmann's parser is used without
// exceptions. Members that nobody asks for are not looked for here: LoadRuleset writes what it read
// again and compares.
#include "runtime/ruleset_manifest.h"

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/date_format.h"

namespace tripline::runtime {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<RuleSeverity, std::string_view>, 4> kSeverities = {{
    {RuleSeverity::kLow, "low"},
    {RuleSeverity::kMedium, "medium"},
    {RuleSeverity::kHigh, "high"},
    {RuleSeverity::kCritical, "critical"},
}};

constexpr std::array<RuleType, 5> kTypes = {RuleType::kQuery, RuleType::kNewTerms,
                                            RuleType::kThreshold, RuleType::kThreatMatch,
                                            RuleType::kMachineLearning};

constexpr std::array<std::pair<jit::ColumnKind, std::string_view>, 9> kKinds = {{
    {jit::ColumnKind::kString, "string"},
    {jit::ColumnKind::kText, "text"},
    {jit::ColumnKind::kAddress, "address"},
    {jit::ColumnKind::kInteger, "integer"},
    {jit::ColumnKind::kFloat, "float"},
    {jit::ColumnKind::kDate, "date"},
    {jit::ColumnKind::kBoolean, "boolean"},
    {jit::ColumnKind::kDelegated, "delegated"},
    {jit::ColumnKind::kObject, "object"},
}};

// Room for 10,000 rules with long documents; it bounds what a hostile file makes the parser hold.
constexpr std::size_t kLargestManifest = std::size_t{128} << 20U;
constexpr std::int64_t kLongestDuration = std::int64_t{100} * 366 * 86400 * 1000;  // milliseconds
constexpr std::int64_t kLargest32 = std::numeric_limits<std::uint32_t>::max();

template <class Names, class Value>
std::string NameIn(const Names& names, Value value) {
  for (const auto& [each, name] : names) {
    if (each == value) {
      return std::string(name);
    }
  }
  return {};
}

json ToJson(const RuleSpec& rule) {
  json object = {
      {"rule_id", rule.rule_id},
      {"name", rule.name},
      {"type", RuleTypeName(rule.type)},
      {"severity", NameIn(kSeverities, rule.severity)},
      {"risk_score", rule.risk_score},
      {"indices", rule.indices},
      {"interval_ms", rule.interval.count()},
      {"from", rule.window.from.ToText()},
      {"to", rule.window.to.ToText()},
      {"timestamp_override", rule.timestamp_override},
      {"timestamp_fallback_disabled", rule.is_timestamp_fallback_disabled},
      {"max_signals", rule.max_signals},
      {"new_terms_fields", rule.new_terms_fields},
      {"history_window_start", rule.window.history_start.ToText()},
      {"exceptions_digest", rule.exceptions_digest},
      {"not_yet", rule.not_yet},
  };
  if (rule.query) {
    object["query"] = *rule.query;
  }
  if (!rule.jobs.empty()) {
    object["jobs"] = rule.jobs;
    object["anomaly_threshold"] = static_cast<std::int64_t>(rule.anomaly_threshold);
  }
  if (rule.alerting_records) {
    object["alerting_records"] = *rule.alerting_records;
  }
  return object;
}

json ToJson(const jit::Field& field) {
  return {
      {"name", field.name},
      {"kind", NameIn(kKinds, field.kind)},
      {"ignore_above", field.ignore_above},
      {"source", field.source},
      {"is_pattern", field.is_pattern},
      {"lowercases", field.lowercases},
      {"date_format", field.date_format},
  };
}

// The members of one object of the manifest. The first that is not as it must be is remembered, and
// what is read after it does not matter.
class Members {
 public:
  Members(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) {
      Expect("an object", "");
    }
  }

  std::string Text(const char* name) {
    const json* const member = Find(name);
    if (member == nullptr || !member->is_string()) {
      Expect("a string", name);
      return {};
    }
    return *member->get_ptr<const std::string*>();
  }
  bool Flag(const char* name) {
    const json* const member = Find(name);
    if (member == nullptr || !member->is_boolean()) {
      Expect("true or false", name);
      return false;
    }
    return *member->get_ptr<const bool*>();
  }
  std::int64_t Number(const char* name, std::int64_t least, std::int64_t most) {
    const json* const member = Find(name);
    std::int64_t value = least - 1;
    if (member != nullptr && member->is_number_integer() &&
        (!member->is_number_unsigned() ||
         *member->get_ptr<const std::uint64_t*>() <= static_cast<std::uint64_t>(most))) {
      value = member->get<std::int64_t>();
    }
    if (value < least || value > most) {
      Expect("a whole number from " + std::to_string(least) + " to " + std::to_string(most), name);
      return least;
    }
    return value;
  }
  WindowBound Bound(const char* name) {
    Result<WindowBound> bound = WindowBound::Parse(Text(name));
    if (!bound) {
      Expect("a time around `now`", name);
      return {};
    }
    return *std::move(bound);
  }
  Milliseconds Duration(const char* name) {
    return Milliseconds(Number(name, 0, kLongestDuration));
  }
  std::vector<std::uint32_t> Numbers(const char* name) {
    std::vector<std::uint32_t> numbers;
    for (const json& element : List(name)) {
      if (!element.is_number_unsigned() || element.get<std::uint64_t>() > kLargest32) {
        Expect("a list of numbers", name);
        break;
      }
      numbers.push_back(element.get<std::uint32_t>());
    }
    return numbers;
  }
  std::vector<std::string> Texts(const char* name) {
    std::vector<std::string> texts;
    for (const json& element : List(name)) {
      if (!element.is_string()) {
        Expect("a list of strings", name);
        break;
      }
      texts.push_back(*element.get_ptr<const std::string*>());
    }
    return texts;
  }
  const json& List(const char* name) {
    static const json kNone = json::array();
    const json* const member = Find(name);
    if (member == nullptr || !member->is_array()) {
      Expect("a list", name);
      return kNone;
    }
    return *member;
  }
  template <class Value, std::size_t kSize>
  Value Word(const char* name, const std::array<std::pair<Value, std::string_view>, kSize>& words) {
    const std::string word = Text(name);
    for (const auto& [value, each] : words) {
      if (each == word) {
        return value;
      }
    }
    Expect("a word that this build knows", name);
    return words[0].first;
  }
  [[nodiscard]] bool Has(const char* name) const {
    return object_.is_object() && object_.contains(name);
  }

  void Expect(const std::string& what, std::string_view name) {
    if (failure_.empty()) {
      failure_ = "the ruleset's manifest is damaged: expected " + what + " at " + where_ +
                 (name.empty() ? "" : "/") + std::string(name);
    }
  }
  [[nodiscard]] Result<void> Status() const {
    if (!failure_.empty()) {
      return Fail(ErrorCode::kInvalid, failure_);
    }
    return {};
  }

 private:
  const json* Find(const char* name) const {
    if (!object_.is_object()) {
      return nullptr;
    }
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  std::string where_;
  std::string failure_;
};

bool IsObject(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{' && json::accept(text);
}

Result<RuleSpec> ReadRule(const json& object, std::string where) {
  Members members(object, std::move(where));
  RuleSpec rule;
  rule.rule_id = members.Text("rule_id");
  rule.name = members.Text("name");
  const std::string type = members.Text("type");
  std::optional<RuleType> known;
  for (const RuleType each : kTypes) {
    if (RuleTypeName(each) == type) {
      known = each;
    }
  }
  if (!known) {
    members.Expect("a rule type that this build knows", "type");
  }
  rule.type = known.value_or(RuleType::kQuery);
  rule.severity = members.Word("severity", kSeverities);
  constexpr std::int64_t kInt32 = std::numeric_limits<std::int32_t>::max();
  rule.risk_score = static_cast<std::int32_t>(members.Number("risk_score", -kInt32, kInt32));
  rule.indices = members.Texts("indices");
  if (members.Has("query")) {
    rule.query = static_cast<jit::OutputIndex>(members.Number("query", 0, kLargest32));
  }
  if (members.Has("jobs")) {
    rule.jobs = members.Numbers("jobs");
    rule.anomaly_threshold = static_cast<double>(members.Number("anomaly_threshold", 0, 100));
  }
  if (members.Has("alerting_records")) {
    rule.alerting_records =
        static_cast<jit::OutputIndex>(members.Number("alerting_records", 0, kLargest32));
  }
  rule.exceptions_digest = members.Text("exceptions_digest");
  rule.interval = members.Duration("interval_ms");
  rule.window.from = members.Bound("from");
  rule.window.to = members.Bound("to");
  rule.timestamp_override = members.Text("timestamp_override");
  rule.is_timestamp_fallback_disabled = members.Flag("timestamp_fallback_disabled");
  rule.max_signals = static_cast<std::uint32_t>(members.Number("max_signals", 0, kLargest32));
  rule.new_terms_fields = members.Texts("new_terms_fields");
  rule.window.history_start = members.Bound("history_window_start");
  rule.not_yet = members.Texts("not_yet");
  TRIPLINE_TRY_VOID(members.Status());
  return rule;
}

Result<jit::Field> ReadField(const json& object, std::string where) {
  Members members(object, std::move(where));
  jit::Field field;
  field.name = members.Text("name");
  field.kind = members.Word("kind", kKinds);
  field.ignore_above = static_cast<std::uint32_t>(members.Number("ignore_above", 0, kLargest32));
  field.source = members.Text("source");
  field.is_pattern = members.Flag("is_pattern");
  field.lowercases = members.Flag("lowercases");
  field.date_format = members.Text("date_format");
  if (field.name.empty()) {
    members.Expect("a name", "name");
  }
  if (!field.date_format.empty() && !DateFormat::Parse(field.date_format)) {
    members.Expect("a date format", "date_format");
  }
  TRIPLINE_TRY_VOID(members.Status());
  return field;
}

}  // namespace

std::string WriteManifest(const Ruleset& ruleset) {
  json fields = json::array();
  for (std::size_t i = ruleset.program.fields.size(); i < ruleset.columns.size(); ++i) {
    fields.push_back(ToJson(ruleset.columns[i]));
  }
  json rules = json::array();
  for (const RuleSpec& rule : ruleset.rules) {
    rules.push_back(ToJson(rule));
  }
  const json manifest = {{"detector_fields", std::move(fields)}, {"rules", std::move(rules)}};
  // Broken UTF-8 in a rule's name must not throw.
  return manifest.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<RulesetManifest> ReadManifest(std::string_view text) {
  if (text.size() > kLargestManifest) {
    return Fail(ErrorCode::kLimit, "the ruleset's manifest has " + std::to_string(text.size()) +
                                       " bytes, at most " + std::to_string(kLargestManifest) +
                                       " are read; split the rules into several rulesets");
  }
  const bool throws = false;
  const json document = json::parse(text, nullptr, throws);
  if (document.is_discarded()) {
    return Fail(ErrorCode::kInvalid, "the ruleset's manifest is damaged: it is no JSON");
  }
  Members members(document, "");
  RulesetManifest manifest;
  std::size_t position = 0;
  for (const json& object : members.List("detector_fields")) {
    TRIPLINE_TRY(jit::Field field,
                 ReadField(object, "/detector_fields/" + std::to_string(position++)));
    manifest.detector_fields.push_back(std::move(field));
  }
  position = 0;
  for (const json& object : members.List("rules")) {
    TRIPLINE_TRY(RuleSpec rule, ReadRule(object, "/rules/" + std::to_string(position++)));
    manifest.rules.push_back(std::move(rule));
  }
  TRIPLINE_TRY_VOID(members.Status());
  return manifest;
}

std::string WriteDocuments(const std::vector<RuleSpec>& rules) {
  ByteWriter writer;
  writer.Number(static_cast<std::uint32_t>(rules.size()));
  for (const RuleSpec& rule : rules) {
    writer.String(rule.document);
  }
  return writer.Take();
}

Result<void> ReadDocuments(std::string_view bytes, std::vector<RuleSpec>& rules) {
  ByteReader reader(bytes, "the documents of a ruleset's rules");
  TRIPLINE_TRY(const auto count, reader.Count(sizeof(std::uint32_t)));
  if (count != rules.size()) {
    return reader.Damaged("as many documents as rules, " + std::to_string(rules.size()));
  }
  for (RuleSpec& rule : rules) {
    TRIPLINE_TRY(const std::string_view document, reader.String());
    rule.document = document;
  }
  if (!reader.AtEnd()) {
    return reader.Damaged("the end");
  }
  return {};
}

Result<void> CheckDocuments(const std::vector<RuleSpec>& rules) {
  for (const RuleSpec& rule : rules) {
    if (!IsObject(rule.document)) {
      return Fail(ErrorCode::kInvalid,
                  "the ruleset file is damaged: expected a JSON object as the "
                  "document of the rule `" +
                      rule.rule_id + "`");
    }
  }
  return {};
}

}  // namespace tripline::runtime

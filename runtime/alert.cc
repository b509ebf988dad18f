// An alert is the event's own document with three things done to it: what only an alert may say is
// taken out, what the alert overwrites is kept under kibana.alert.original_*, and the alert's own
// fields are laid over it as dotted keys. docs/alerts.md has every field.
#include "runtime/alert.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/alert_guide.h"
#include "runtime/alert_overrides.h"
#include "runtime/alert_reason.h"
#include "runtime/alert_rule.h"
#include "runtime/detector.h"
#include "runtime/digest.h"
#include "runtime/event.h"
#include "runtime/ruleset.h"
#include "runtime/strict_json.h"
#include "runtime/term.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

// The Kibana whose alert documents these follow.
constexpr std::string_view kKibanaVersion = "9.3.0";
constexpr const char* kNote = "kibana.alert.rule.note";
constexpr std::uint32_t kMaxDepth = 1000;
constexpr int kMaxDots = 16;

bool HasPrefix(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

Json ParseEvent(const std::string& text) {
  if (!IsNestedDeeperThan(text, kMaxDepth)) {
    std::string buffer;
    Json event = Json::parse(StrictJson(text, buffer), nullptr, /*allow_exceptions=*/false);
    if (event.is_object()) {
      return event;
    }
  }
  return Json::object();
}

// The value at a dotted path, however nested objects and dotted keys are mixed on the way; null if
// there is none.
const Json* Find(const Json& node, std::string_view path, int dots_left = kMaxDots) {
  if (!node.is_object() || dots_left < 0) {
    return nullptr;
  }
  if (const auto at = node.find(path); at != node.end()) {
    return &*at;
  }
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    const auto at = node.find(path.substr(0, dot));
    const Json* found = at == node.end() ? nullptr : Find(*at, path.substr(dot + 1), dots_left - 1);
    if (found != nullptr) {
      return found;
    }
  }
  return nullptr;
}

std::string TextOf(const Json& value) {
  if (value.is_array()) {
    std::string joined;
    for (const Json& element : value) {
      joined += (joined.empty() ? "" : ", ") + TextOf(element);
    }
    return joined;
  }
  if (value.is_null() || value.is_object()) {
    return "";
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string TextAt(const Json& event, std::string_view path) {
  const Json* found = Find(event, path);
  return found == nullptr ? "" : TextOf(*found);
}

// The texts of a value and of what lies in its lists, until they are more than a guide shows.
void AddTexts(const Json& value, std::string& joined) {
  if (value.is_array()) {
    for (const Json& element : value) {
      AddTexts(element, joined);
    }
    return;
  }
  const std::string text =
      joined.size() > AlertGuide::kMostOfOneValue || value.is_null() ? "" : TextOf(value);
  if (!text.empty()) {
    joined.append(joined.empty() ? "" : ", ").append(text);
  }
}

// The same of all values at a dotted path: as Find, and through lists of objects.
void AddTextsAt(const Json& node, std::string_view path, std::string& joined,
                int dots_left = kMaxDots) {
  if (node.is_array()) {
    for (const Json& element : node) {
      AddTextsAt(element, path, joined, dots_left);
    }
  }
  if (!node.is_object() || dots_left < 0 || joined.size() > AlertGuide::kMostOfOneValue) {
    return;
  }
  if (const auto at = node.find(path); at != node.end()) {
    AddTexts(*at, joined);
  }
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    if (const auto at = node.find(path.substr(0, dot)); at != node.end()) {
      AddTextsAt(*at, path.substr(dot + 1), joined, dots_left - 1);
    }
  }
}

// What a name in the guide stands for: the event's values, or what the alert says itself.
std::string GuideValueOf(const Json& event, const Json& fields, const std::string& name) {
  std::string joined;
  AddTextsAt(event, name, joined);
  if (const auto own = fields.find(name); joined.empty() && own != fields.end()) {
    AddTexts(*own, joined);
  }
  return joined;
}

std::string AddressAt(const Json& event, const std::string& side) {
  const std::string address = TextAt(event, side + ".address");
  return address.empty() ? TextAt(event, side + ".ip") : address;
}

ReasonFacts FactsOf(const Json& event) {
  return {.category = TextAt(event, "event.category"),
          .process = TextAt(event, "process.name"),
          .parent_process = TextAt(event, "process.parent.name"),
          .file = TextAt(event, "file.name"),
          .source_address = AddressAt(event, "source"),
          .source_port = TextAt(event, "source.port"),
          .destination_address = AddressAt(event, "destination"),
          .destination_port = TextAt(event, "destination.port"),
          .user = TextAt(event, "user.name"),
          .host = TextAt(event, "host.name")};
}

void RemoveAlertFields(Json& event) {
  static constexpr std::array<std::string_view, 3> kRoots = {"kibana", "signal",
                                                             "threshold_result"};
  for (auto at = event.begin(); at != event.end();) {
    const std::string& key = at.key();
    const bool is_alert_field = std::ranges::any_of(kRoots, [&](auto root) {
      return HasPrefix(key, root) && (key.size() == root.size() || key[root.size()] == '.');
    });
    at = is_alert_field ? event.erase(at) : std::next(at);
  }
}

void Flatten(const Json& value, const std::string& name, Json& fields) {
  if (!value.is_object()) {
    fields[name] = value;
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    Flatten(inner, std::string(name).append(".").append(key), fields);
  }
}

// Copies `root` and everything below it, nested or dotted, to dotted keys below `target`.
void CopyBelow(const Json& event, const std::string& root, const std::string& target,
               Json& fields) {
  for (const auto& [key, value] : event.items()) {
    if (key == root && value.is_object()) {
      Flatten(value, target, fields);
    } else if (HasPrefix(key, root + ".")) {
      Flatten(value, target + key.substr(root.size()), fields);
    }
  }
}

void SetKindToSignal(Json& event) {
  const auto nested = event.find("event");
  const bool has_dotted = std::any_of(event.items().begin(), event.items().end(),
                                      [](auto&& item) { return HasPrefix(item.key(), "event."); });
  if (nested != event.end() && nested->is_object()) {
    (*nested)["kind"] = "signal";
    event.erase("event.kind");
  } else if (nested == event.end() && !has_dotted) {
    event["event"]["kind"] = "signal";
  } else {
    event["event.kind"] = "signal";
  }
}

// Where the alert comes from: the event, and what that came from if it is an alert itself.
void SetAncestors(const Json& event, const Document& document, Json& fields) {
  Json ancestors = Json::array();
  Json parent = {{"id", document.id}, {"index", document.index}, {"type", "event"}, {"depth", 0}};
  const Json* depth = Find(event, "kibana.alert.depth");
  constexpr std::uint64_t kMostDepth = 1'000'000;  // a chain, not a hostile number
  if (depth != nullptr && depth->is_number_unsigned() && depth->get<std::uint64_t>() < kMostDepth) {
    const Json* earlier = Find(event, "kibana.alert.ancestors");
    const Json* rule = Find(event, "kibana.alert.rule.uuid");
    ancestors = earlier != nullptr && earlier->is_array() ? *earlier : Json::array();
    parent["depth"] = *depth;
    parent["type"] = "signal";
    parent["rule"] = rule != nullptr ? *rule : Json(nullptr);
  }
  fields["kibana.alert.depth"] = parent["depth"].get<std::int64_t>() + 1;
  ancestors.push_back(std::move(parent));
  fields["kibana.alert.ancestors"] = std::move(ancestors);
}

OverrideValues ValuesOf(const Json& event, const std::string& field) {
  OverrideValues found;
  const Json* const at = Find(event, field);
  found.is_list = at != nullptr && at->is_array();
  const auto add = [&found](const Json& value) {
    if (value.is_string() || value.is_number() || value.is_boolean()) {
      found.values.push_back(
          {.text = TextOf(value),
           .number = value.is_number() ? std::optional(value.get<double>()) : std::nullopt,
           .is_text = value.is_string()});
    }
  };
  if (found.is_list) {
    std::ranges::for_each(*at, add);
  } else if (at != nullptr) {
    add(*at);
  }
  return found;
}

// `@timestamp` of the event, if it is a date.
std::optional<Timestamp> OwnTime(const Json& event) {
  const auto found = event.find("@timestamp");
  if (found == event.end()) {
    return std::nullopt;
  }
  if (found->is_string()) {
    return ParseDate(found->get_ref<const std::string&>());
  }
  return found->is_number_integer() ? ParseDate(found->dump()) : std::nullopt;
}

}  // namespace

std::string AlertId(const std::string& rule_id, const Finding& finding) {
  const Document& document = *finding.event.document;
  ByteWriter writer;
  writer.String("tripline alert 1");
  writer.String(rule_id);
  writer.String(document.is_hit ? "hit" : "document");
  writer.String(document.is_hit ? document.index : "");
  writer.String(document.id);
  writer.String(finding.term.empty() ? "" : TermToJson(finding.term));
  return Sha256Hex(writer.bytes());
}

struct AlertBuilder::State {
  std::string rule_id;
  std::string rule_name;
  std::string_view severity;
  AlertOverrides overrides;
  AlertGuide guide;
  Json rule_fields;
};

AlertBuilder::AlertBuilder(std::unique_ptr<State> state) : state_(std::move(state)) {}
AlertBuilder::~AlertBuilder() = default;
AlertBuilder::AlertBuilder(AlertBuilder&&) noexcept = default;
AlertBuilder& AlertBuilder::operator=(AlertBuilder&&) noexcept = default;

Result<AlertBuilder> AlertBuilder::Make(const RuleSpec& rule) {
  TRIPLINE_TRY(const std::string fields, AlertFieldsOfRule(rule));
  auto state = std::make_unique<State>();
  state->rule_id = rule.rule_id;
  state->rule_name = rule.name;
  state->severity = SeverityWord(rule.severity);
  state->overrides = AlertOverrides::Read(rule.document);
  state->rule_fields = Json::parse(fields, nullptr, /*allow_exceptions=*/false);
  Check(state->rule_fields.is_object(), "a rule's alert fields are a JSON object");
  if (const auto note = state->rule_fields.find(kNote);
      note != state->rule_fields.end() && note->is_string()) {
    state->guide = AlertGuide::Read(note->get_ref<const std::string&>());
  }
  return AlertBuilder(std::move(state));
}

Alert AlertBuilder::Build(const Finding& finding, Timestamp run_at,
                          std::string_view execution_type) const {
  const Document& document = *finding.event.document;
  Json event = ParseEvent(document.json);
  Alert alert{.id = AlertId(state_->rule_id, finding),
              .rule_id = state_->rule_id,
              .run_at = run_at,
              .json = {}};
  const std::string run_time = ToIsoString(run_at);

  Json fields = state_->rule_fields;
  SetAncestors(event, document, fields);
  RemoveAlertFields(event);
  const Overridden own =
      state_->overrides.For([&](const std::string& field) { return ValuesOf(event, field); });
  const std::string name = own.name.value_or(state_->rule_name);
  const std::string_view severity = own.severity ? SeverityWord(*own.severity) : state_->severity;
  fields["kibana.alert.rule.name"] = name;
  fields["kibana.alert.severity"] = severity;
  if (own.risk_score) {
    fields["kibana.alert.risk_score"] = *own.risk_score;
  }
  CopyBelow(event, "event", "kibana.alert.original_event", fields);
  for (const char* const who : {"host", "user"}) {  // as alerts of older stacks have it
    const std::string level = TextAt(event, std::string(who) + ".asset.criticality");
    if (!level.empty()) {
      fields[std::string("kibana.alert.") + who + ".criticality_level"] = level;
    }
  }
  CopyBelow(event, "data_stream", "kibana.alert.original_data_stream", fields);
  fields["@timestamp"] = run_time;
  fields["kibana.alert.intended_timestamp"] = run_time;
  fields["kibana.alert.last_detected"] = run_time;
  // Kibana's original time is the event's own, whatever field the rule runs by.
  fields["kibana.alert.original_time"] = ToIsoString(OwnTime(event).value_or(finding.event.time));
  fields["kibana.alert.reason"] = ReasonSentence(FactsOf(event), severity, name);
  fields["kibana.alert.rule.execution.timestamp"] = run_time;
  fields["kibana.alert.rule.execution.type"] = execution_type;
  fields["kibana.alert.rule.execution.uuid"] =
      UuidOf("tripline run " + run_time + " " + state_->rule_id);
  fields["kibana.alert.start"] = run_time;
  fields["kibana.alert.status"] = "active";
  fields["kibana.alert.uuid"] = alert.id;
  fields["kibana.alert.workflow_assignee_ids"] = Json::array();
  fields["kibana.alert.workflow_status"] = "open";
  fields["kibana.alert.workflow_tags"] = Json::array();
  fields["kibana.space_ids"] = Json::array({"default"});
  fields["kibana.version"] = kKibanaVersion;
  if (!finding.term.empty()) {
    fields["kibana.alert.new_terms"] =
        Json::parse(TermToJson(finding.term), nullptr, /*allow_exceptions=*/false);
  }
  if (state_->guide.HasPlaceholders()) {
    fields[kNote] = state_->guide.FillIn(
        [&](const std::string& field) { return GuideValueOf(event, fields, field); });
  }
  SetKindToSignal(event);
  event.update(fields);
  alert.json = event.dump(-1, ' ', false, Json::error_handler_t::replace);
  return alert;
}

}  // namespace tripline::runtime

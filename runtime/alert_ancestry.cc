// An alert says `kibana.alert.rule.uuid` and `rule_id` of its own rule and
// `kibana.alert.ancestors.rule` of those before it, nested or dotted. Only what may lie on the way
// to one of these is walked.
#include "runtime/alert_ancestry.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "runtime/alert_rule.h"
#include "runtime/event.h"
#include "runtime/strict_json.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;
using IsIt = std::function<bool(const std::string&)>;

constexpr std::uint32_t kMaxDepth = 1000;

// True if a text at `path` below `node`, in whatever mixture of objects, dotted keys and lists, is
// it.
bool Holds(const Json& node, std::string_view path, const IsIt& is_it) {
  if (node.is_array()) {
    return std::ranges::any_of(node,
                               [&](const Json& element) { return Holds(element, path, is_it); });
  }
  if (path.empty()) {
    return node.is_string() && is_it(node.get_ref<const std::string&>());
  }
  if (!node.is_object()) {
    return false;
  }
  for (std::size_t end = path.find('.');; end = path.find('.', end + 1)) {
    const auto at = node.find(path.substr(0, end));
    const std::string_view rest = end == path.npos ? "" : path.substr(end + 1);
    if (at != node.end() && Holds(*at, rest, is_it)) {
      return true;
    }
    if (end == path.npos) {
      return false;
    }
  }
}

}  // namespace

AlertAncestry AlertAncestry::Of(const RuleSpec& rule) {
  AlertAncestry ancestry;
  ancestry.rule_id_ = rule.rule_id;
  ancestry.uuids_.insert(RuleUuid(rule));
  const Json document = IsNestedDeeperThan(rule.document, kMaxDepth)
                            ? Json()
                            : Json::parse(rule.document, nullptr, /*allow_exceptions=*/false);
  if (const auto id = document.is_object() ? document.find("id") : document.end();
      id != document.end() && id->is_string()) {
    ancestry.uuids_.insert(id->get<std::string>());
  }
  return ancestry;
}

bool AlertAncestry::Names(std::string_view event) const {
  if (IsNestedDeeperThan(event, kMaxDepth)) {
    return false;
  }
  std::string buffer;
  const Json alert = Json::parse(StrictJson(event, buffer), nullptr, /*allow_exceptions=*/false);
  const auto is_uuid = [this](const std::string& text) { return uuids_.contains(text); };
  return Holds(alert, "kibana.alert.rule.uuid", is_uuid) ||
         Holds(alert, "kibana.alert.ancestors.rule", is_uuid) ||
         Holds(alert, "kibana.alert.rule.rule_id",
               [this](const std::string& text) { return text == rule_id_; });
}

}  // namespace tripline::runtime

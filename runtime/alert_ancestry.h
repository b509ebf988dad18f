// AlertAncestry: whether an event is an alert of a rule, or comes from one. A rule never alerts on
// its own alerts, as in Kibana; else one that looks at alerts would feed itself.
//
//   AlertAncestry::Of(rule).Names(event's text)   // true: the rule stands among its ancestors
//
// Immutable once made; any number of threads may look.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "runtime/ruleset.h"

namespace tripline::runtime {

class AlertAncestry {
 public:
  [[nodiscard]] static AlertAncestry Of(const RuleSpec& rule);

  /// `event`: a JSON text; of other texts it is false.
  [[nodiscard]] bool Names(std::string_view event) const;

 private:
  std::string rule_id_;
  std::set<std::string, std::less<>> uuids_;  // ours, and that of the cluster the rule is from
};

}  // namespace tripline::runtime

// AlertBuilder: from a finding to the alert document, and the alert's id. docs/alerts.md lists
// every field.
//
//   finding + the event's text + the rule -> {"@timestamp":..., "kibana.alert.uuid":..., ...}
//
// Nothing in an alert depends on when or where it is made: `@timestamp` is the run's time, ids are
// hashes of what they name, keys are sorted. The same finding gives the same bytes.
//
// Thread-safety: a const AlertBuilder serves any number of threads.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "runtime/detector.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

/// SHA-256 (hex) over the rule, the event's identity and the new term: the same finding has the
/// same id in every run, on every machine. docs/alerts.md has the bytes.
[[nodiscard]] std::string AlertId(const std::string& rule_id, const Finding& finding);

struct Alert {
  std::string id;
  std::string rule_id;
  Timestamp run_at;
  std::string json;  // one line, without its end
};

class AlertBuilder {
 public:
  /// Errors: kInvalid, if the rule's document is not a JSON object.
  [[nodiscard]] static Result<AlertBuilder> Make(const RuleSpec& rule);
  ~AlertBuilder();
  AlertBuilder(AlertBuilder&&) noexcept;
  AlertBuilder& operator=(AlertBuilder&&) noexcept;

  /// An event whose text is not JSON gives an alert without the event's fields.
  /// `execution_type` is how the run came about: "scheduled" or "manual".
  [[nodiscard]] Alert Build(const Finding& finding, Timestamp run_at,
                            std::string_view execution_type = "scheduled") const;

 private:
  struct State;
  explicit AlertBuilder(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime

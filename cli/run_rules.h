// One run of a ruleset over event files, as the verbs `run` and `test` need it: history, then
// events, then the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/alert_file.h"
#include "cli/events_source.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"
#include "runtime/session.h"

namespace tripline::cli {

/// "auto", "machine" or "interpreter", as --code has it.
[[nodiscard]] runtime::MatcherCode MatcherCodeOf(const std::string& word);

struct RunInput {
  std::shared_ptr<const runtime::Ruleset> ruleset;
  std::vector<std::string> events;
  std::vector<std::string> history;  // feeds histories without alerting
  runtime::SessionOptions session;
  runtime::MatcherOptions matcher;
  std::uint32_t num_threads = 1;
  AlertFile* alert_file = nullptr;  // takes the alerts in the place of the sink, if there is one
};

struct RunOutcome {
  runtime::RunSummary summary;
  EventsRead history;
  EventsRead events;
};

/// Errors: of the rules, the state, or the sink. Broken lines and files that broke off are in the
/// outcome.
[[nodiscard]] Result<RunOutcome> RunRules(const RunInput& input, const runtime::AlertSink& sink);

}  // namespace tripline::cli

#include "cli/run_rules.h"

#include "runtime/match_engine.h"

namespace tripline::cli {

runtime::MatcherCode MatcherCodeOf(const std::string& word) {
  if (word == "machine") {
    return runtime::MatcherCode::kMachineCode;
  }
  return word == "interpreter" ? runtime::MatcherCode::kInterpreter : runtime::MatcherCode::kAuto;
}

Result<RunOutcome> RunRules(const RunInput& input, const runtime::AlertSink& own_sink) {
  runtime::SessionOptions options = input.session;
  runtime::AlertSink sink = own_sink;
  if (AlertFile* const file = input.alert_file) {
    options.output_place = [file] { return file->place(); };
    sink = [file](std::span<const runtime::Alert> alerts) { return file->Write(alerts); };
  }
  TRIPLINE_TRY(
      const std::shared_ptr<const runtime::MatchEngine> engine,
      runtime::MatchEngine::Make(input.ruleset->program, input.matcher.code, input.matcher.native));
  TRIPLINE_TRY(const auto session, runtime::Session::Open(input.ruleset, options));
  if (input.alert_file != nullptr) {
    TRIPLINE_TRY(const auto kept, session->KeptOutput());
    TRIPLINE_TRY_VOID(input.alert_file->GoOnFrom(kept));
    if (const auto place = input.alert_file->place()) {
      TRIPLINE_TRY_VOID(session->KeepOutput(*place));
    }
  }
  RunOutcome outcome;
  const ClockOf clock_of = [&](const runtime::EventBlock& block, std::vector<std::int64_t>& times) {
    return session->ClockOf(block, times);
  };
  EventsToMatch events{*input.ruleset, engine, input.history, input.num_threads};
  if (!input.history.empty()) {
    TRIPLINE_TRY(outcome.history, MatchEvents(events, clock_of,
                                              [&](const runtime::EventBlock& block,
                                                  const runtime::Matcher& matcher) -> Result<void> {
                                                session->ObserveHistory(block, matcher);
                                                return {};
                                              }));
  }
  events.paths = input.events;
  TRIPLINE_TRY(outcome.events, MatchEvents(events, clock_of,
                                           [&](const runtime::EventBlock& block,
                                               const runtime::Matcher& matcher) -> Result<void> {
                                             TRIPLINE_TRY_VOID(session->Observe(block, matcher));
                                             return session->HandOut(sink);
                                           }));
  if (outcome.events.has_failed_files || outcome.history.has_failed_files) {
    session->NoteBrokenInput();
  }
  TRIPLINE_TRY(outcome.summary, session->Finish(sink));
  return outcome;
}

}  // namespace tripline::cli

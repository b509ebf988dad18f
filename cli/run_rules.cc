#include "cli/run_rules.h"

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
  TRIPLINE_TRY(const auto matcher, runtime::Matcher::Make(input.ruleset->program, input.matcher));
  TRIPLINE_TRY(const auto session, runtime::Session::Open(input.ruleset, options));
  if (input.alert_file != nullptr) {
    TRIPLINE_TRY(const auto kept, session->KeptOutput());
    TRIPLINE_TRY_VOID(input.alert_file->GoOnFrom(kept));
    if (const auto place = input.alert_file->place()) {
      TRIPLINE_TRY_VOID(session->KeepOutput(*place));
    }
  }
  RunOutcome outcome;
  if (!input.history.empty()) {
    TRIPLINE_TRY(outcome.history, ReadEvents(*input.ruleset, input.history,
                                             [&](const runtime::EventBlock& block) -> Result<void> {
                                               matcher->Match(block.batch, session->ClockOf(block));
                                               session->ObserveHistory(block, *matcher);
                                               return {};
                                             }));
  }
  TRIPLINE_TRY(outcome.events, ReadEvents(*input.ruleset, input.events,
                                          [&](const runtime::EventBlock& block) -> Result<void> {
                                            matcher->Match(block.batch, session->ClockOf(block));
                                            TRIPLINE_TRY_VOID(session->Observe(block, *matcher));
                                            return session->HandOut(sink);
                                          }));
  if (outcome.events.has_failed_files || outcome.history.has_failed_files) {
    session->NoteBrokenInput();
  }
  TRIPLINE_TRY(outcome.summary, session->Finish(sink));
  return outcome;
}

}  // namespace tripline::cli

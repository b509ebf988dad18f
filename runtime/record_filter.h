// RecordFilter: may an anomaly record alert, or is it an exception? It asks one output of a
// ruleset's Program about a record's JSON, as the Matcher asks all of them about events. Records
// that would alert are few, so each is read and matched by itself.
//
// Thread-safety: one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/event_columns.h"
#include "runtime/exact_event_parser.h"
#include "runtime/matcher.h"

namespace tripline::runtime {

class RecordFilter {
 public:
  /// Requires a verified Program that has the output. Errors: those of Matcher::Make.
  [[nodiscard]] static Result<RecordFilter> Make(const jit::Program& program,
                                                 jit::OutputIndex output);

  /// True too if the record cannot be read: an alert too many does less harm than one that is lost.
  [[nodiscard]] bool MayAlert(const std::string& json);

 private:
  RecordFilter(const jit::Program& program, std::unique_ptr<Matcher> matcher);

  ExactEventParser parser_;
  EventColumns columns_;
  std::unique_ptr<Matcher> matcher_;  // of that output alone
};

}  // namespace tripline::runtime

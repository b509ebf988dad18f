// Event files for a verb: opened, read block by block with progress, and their faults said at the
// end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/json_events.h"
#include "runtime/ruleset.h"

namespace tripline::cli {

/// What became of the reading; a file that broke off in the middle is an error, said when it
/// happened.
struct EventsRead {
  runtime::EventReport report;
  bool has_failed_files = false;
};

/// Hands every block of the files to `take` in order. Errors: columns that contradict each other.
[[nodiscard]] Result<EventsRead> ReadEvents(
    const runtime::Ruleset& ruleset, const std::vector<std::string>& paths,
    const std::function<Result<void>(const runtime::EventBlock&)>& take);

/// Broken lines and values that could not be read, on stderr.
void SayReport(const runtime::Ruleset& ruleset, const std::vector<std::string>& paths,
               const runtime::EventReport& report);

}  // namespace tripline::cli

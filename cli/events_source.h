// Event files for a verb: opened, read block by block with progress, and their faults said at the
// end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/json_events.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"

namespace tripline::cli {

/// What became of the reading; a file that broke off in the middle is an error, said when it
/// happened.
struct EventsRead {
  runtime::EventReport report;
  bool has_failed_files = false;
};

/// Hands every block of the files to `take` in order. Errors: columns that contradict each other,
/// and those of `take`, which end it.
[[nodiscard]] Result<EventsRead> ReadEvents(
    const runtime::Ruleset& ruleset, const std::vector<std::string>& paths,
    const std::function<Result<void>(const runtime::EventBlock&)>& take);

/// What `now` means for the rows of a block; what it needs to keep may be kept in `times`.
using ClockOf =
    std::function<runtime::RowClock(const runtime::EventBlock&, std::vector<std::int64_t>& times)>;

/// --threads, where it is not given: the cores that the program may run on, at most 8, as memory
/// grows with each.
[[nodiscard]] std::uint32_t DefaultThreads();
/// What it says of itself.
inline constexpr const char* kThreadsHelp =
    "Threads that read and match (default: the cores there are, at most 8); they change no output";

struct EventsToMatch {
  const runtime::Ruleset& ruleset;
  std::shared_ptr<const runtime::MatchEngine> engine;  // of its program
  std::vector<std::string> paths;
  std::uint32_t num_threads = 1;
  /// Nobody looks at columns that only detectors read.
  bool only_matches = false;
};

/// Matches every block of the files and hands it to `take`, in order and one at a time, but not
/// always on the same thread; `clock_of` is asked on several threads at once. Errors: those of
/// ReadEvents, kLimit (no memory for so many threads), and those of `take`, which end it.
[[nodiscard]] Result<EventsRead> MatchEvents(
    const EventsToMatch& events, const ClockOf& clock_of,
    const std::function<Result<void>(const runtime::EventBlock&, const runtime::Matcher&)>& take);

/// Broken lines and values that could not be read, on stderr.
void SayReport(const runtime::Ruleset& ruleset, const std::vector<std::string>& paths,
               const runtime::EventReport& report);

}  // namespace tripline::cli

#include "cli/events_source.h"

#include <sched.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "cli/talk.h"
#include "runtime/event_pipeline.h"
#include "runtime/row_needs.h"

namespace tripline::cli {
namespace {

constexpr std::uint32_t kMostThreadsUnasked = 8;

}  // namespace

std::uint32_t DefaultThreads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  const int count = sched_getaffinity(0, sizeof(allowed), &allowed) == 0
                        ? CPU_COUNT(&allowed)
                        : static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(static_cast<std::uint32_t>(count), 1U, kMostThreadsUnasked);
}

Result<EventsRead> ReadEvents(const runtime::Ruleset& ruleset,
                              const std::vector<std::string>& paths,
                              const std::function<Result<void>(const runtime::EventBlock&)>& take) {
  TRIPLINE_TRY(auto reader, runtime::EventReader::Open(ruleset.columns, paths));
  EventsRead read;
  Progress progress("events");
  runtime::EventBlock block;
  std::uint64_t count = 0;
  for (;;) {
    const auto has_more = reader.Next(&block);
    if (!has_more) {
      // The file is given up where it broke; what stood before it counts, and the next file is
      // read.
      Say(has_more.error().message);
      read.has_failed_files = true;
      continue;
    }
    if (!*has_more) {
      break;
    }
    TRIPLINE_TRY_VOID(take(block));
    count += block.batch.num_rows;
    progress.Show(count);
  }
  read.report = reader.report();
  return read;
}

Result<EventsRead> MatchEvents(
    const EventsToMatch& events, const ClockOf& clock_of,
    const std::function<Result<void>(const runtime::EventBlock&, const runtime::Matcher&)>& take) {
  struct ThreadMemory {
    std::unique_ptr<runtime::Matcher> matcher;
    std::vector<std::int64_t> times;
  };
  std::vector<ThreadMemory> threads(events.num_threads);
  Progress progress("events");
  std::uint64_t count = 0;
  EventsRead read;
  TRIPLINE_TRY(auto pipeline,
               runtime::EventPipeline::Open(
                   events.only_matches ? events.ruleset.program.fields : events.ruleset.columns,
                   events.paths,
                   {.num_threads = events.num_threads,
                    .needs = runtime::RowNeeds::Make(events.ruleset, events.engine)}));
  const auto work = [&](std::uint32_t thread, const runtime::EventBlock& block) -> Result<void> {
    auto& [matcher, times] = threads[thread];
    if (!matcher) {
      TRIPLINE_TRY(matcher, runtime::Matcher::Make(events.engine));
    }
    matcher->Match(block.batch, clock_of(block, times));
    return {};
  };
  const auto take_in_order = [&](std::uint32_t thread,
                                 const runtime::EventBlock& block) -> Result<void> {
    TRIPLINE_TRY_VOID(take(block, *threads[thread].matcher));
    count += block.batch.num_rows;
    progress.Show(count);
    return {};
  };
  const auto note_failed_file = [&](const Error& error) {
    Say(error.message);
    read.has_failed_files = true;
  };
  TRIPLINE_TRY(read.report, pipeline.Run({work, take_in_order, note_failed_file}));
  return read;
}

void SayReport(const runtime::Ruleset& ruleset, const std::vector<std::string>& paths,
               const runtime::EventReport& report) {
  for (const runtime::LineFault& fault : report.faults) {
    Say(paths[fault.file] + ":" + std::to_string(fault.line) + ": " + fault.what +
        "; the line is skipped");
  }
  if (report.num_broken_lines > 0) {
    Say(Grouped(report.num_broken_lines) + " of " + Grouped(report.num_lines) +
        " lines were broken and skipped");
  }
  for (std::size_t i = 0; i < report.malformed_values.size() && i < ruleset.columns.size(); ++i) {
    if (report.malformed_values[i] > 0) {
      Say("field `" + ruleset.columns[i].name + "`: " + Grouped(report.malformed_values[i]) +
          " values could not be read as " + "its type and count as missing");
    }
  }
}

}  // namespace tripline::cli

#include "cli/events_source.h"

#include "cli/talk.h"

namespace tripline::cli {

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

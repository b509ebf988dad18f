// EventPipeline: event files read, parsed and matched on several threads, and looked at in the
// order of their events: the same blocks as EventReader's (runtime/json_events.h), its slow twin.
//
//   lines --+-- parse, work --+-- take, in order
//           +-- parse, work --+
//
//   std::vector<std::unique_ptr<Matcher>> matchers = ...;   // one a thread
//   EventPipeline events(columns, paths, {.num_threads = 2});
//   TRIPLINE_TRY(const EventReport report, events.Run({
//       .work = [&](std::uint32_t thread, const EventBlock& block) { ... Match(block.batch) ... },
//       .take = [&](std::uint32_t thread, const EventBlock& block) { ... RowsOf(output) ... },
//       .fail = [&](const Error& error) { ... }}));
//
// The calling thread is one of the threads, and the others are only made when there is more to read
// than one chunk: a small file, or one thread, costs no thread at all.
//
// Thread-safety: one Run at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "jit/program.h"
#include "runtime/event_block.h"
#include "runtime/json_events.h"

namespace tripline::runtime {

struct EventPipelineOptions {
  /// At least 1; more than the machine has cores only cost memory.
  std::uint32_t num_threads = 1;
  LineReaderOptions lines = {};
  /// What the dictionaries of all columns of all threads may hold together between two blocks.
  std::size_t max_dictionary_bytes = EventReaderOptions().max_dictionary_bytes;
  /// Where it is there, string values that no rule needs are left out (runtime/row_needs.h).
  std::shared_ptr<const RowNeeds> needs = nullptr;
};

struct EventSteps {
  /// Whatever can be done with a block alone. `thread`, below num_threads, does one block at a
  /// time, which stays as it is until the same thread has taken it. Errors end the run.
  std::function<Result<void>(std::uint32_t thread, const EventBlock& block)> work;
  /// Called for one block after another, in their order, each on the thread that worked on it; what
  /// it writes is seen by the next call. Errors end the run.
  std::function<Result<void>(std::uint32_t thread, const EventBlock& block)> take;
  /// A file that cannot be opened or read on, between the blocks before and after it.
  std::function<void(const Error& error)> fail;
};

class EventPipeline {
 public:
  /// Errors: kInvalid (a column's name twice).
  [[nodiscard]] static Result<EventPipeline> Open(const std::vector<jit::Field>& columns,
                                                  std::vector<std::string> paths,
                                                  const EventPipelineOptions& options);
  /// Reads `text`, which must outlive the pipeline, as if it were one file.
  [[nodiscard]] static Result<EventPipeline> OverText(const std::vector<jit::Field>& columns,
                                                      std::string_view text,
                                                      const EventPipelineOptions& options);
  ~EventPipeline();
  EventPipeline(EventPipeline&&) noexcept;
  EventPipeline& operator=(EventPipeline&&) noexcept;

  /// Reads everything, once. No block has no rows. Returns what was read. Errors: the first of
  /// `work` or `take` in the order of the blocks; nothing behind its block has been taken. What a
  /// step throws is thrown again here, when all threads have ended.
  [[nodiscard]] Result<EventReport> Run(const EventSteps& steps);

 private:
  class State;
  explicit EventPipeline(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime

// Every thread does the same: it reads the next chunk, which gives it a ticket, parses and works on
// it, waits until all tickets before its own are done, and takes its block. So nothing is handed
// from thread to thread, no queue grows, and what is in memory is one chunk and one block a thread.
//
// Who waits: a reader for the reader before it, a taker for the takers before it; a taker needs no
// reader, so there is always one that can go on. Where the next read would have to wait for a pipe,
// it waits for its turn first: then nothing that is taken can fail while it is stuck in the read.
#include "runtime/event_pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/block_parser.h"
#include "runtime/event_files.h"

namespace tripline::runtime {
namespace {

// Who may take its block next.
class Turns {
 public:
  /// Waits for the turn of `ticket`; false if the run has ended before.
  bool Wait(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_ended_ || turn_ == ticket; });
    return !is_ended_;
  }
  /// Requires the turn.
  void Next() {
    const std::lock_guard lock(mutex_);
    ++turn_;
    changed_.notify_all();
  }
  /// Nobody has a turn any more.
  void End() {
    const std::lock_guard lock(mutex_);
    is_ended_ = true;
    changed_.notify_all();
  }
  bool AreEnded() {
    const std::lock_guard lock(mutex_);
    return is_ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t turn_ = 0;
  bool is_ended_ = false;
};

}  // namespace

class EventPipeline::State {
 public:
  State(const std::vector<jit::Field>& columns, EventFiles files,
        const EventPipelineOptions& options)
      : columns_(columns), options_(options), files_(std::move(files)) {
    options_.num_threads = std::max(options_.num_threads, 1U);
  }

  Result<EventReport> Run(const EventSteps& steps) {
    steps_ = &steps;
    Work(0);
    {
      const std::lock_guard lock(reading_);
      is_at_end_ = true;  // nobody is hired any more
    }
    for (std::thread& thread : hired_) {
      thread.join();
    }
    if (exception_) {
      std::rethrow_exception(exception_);
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    report_.malformed_values = std::move(malformed_values_);
    return std::move(report_);
  }

 private:
  // What a thread has in its hands.
  struct Piece {
    std::uint64_t ticket = 0;
    EventChunk chunk;
    std::optional<Error> broken_file;  // in the place of a chunk
    EventBlock block;
    EventReport report;
    Result<void> worked;
  };

  // One thread, from its first piece to its last.
  void Work(std::uint32_t thread) noexcept {
    try {
      BlockParser parser(
          columns_, {.max_dictionary_bytes = options_.max_dictionary_bytes / options_.num_threads,
                     .needs = options_.needs,
                     .max_line_bytes = options_.lines.max_line_bytes});
      Piece piece;
      while (Read(piece)) {
        if (!piece.broken_file) {
          piece.report = parser.Parse(piece.chunk, kMaxBlockRows, &piece.block);
          piece.worked = HasRows(piece) ? steps_->work(thread, piece.block) : Result<void>();
        }
        if (!turns_.Wait(piece.ticket)) {
          return;
        }
        if (Result<void> taken = Take(thread, piece); !taken) {
          error_ = std::move(taken).error();
          turns_.End();
          return;
        }
        turns_.Next();
      }
      Count(parser.MalformedValues());
    } catch (...) {
      const std::lock_guard lock(ending_);
      exception_ = std::current_exception();
      turns_.End();
    }
  }

  bool Read(Piece& piece) {
    const std::lock_guard lock(reading_);
    if (is_at_end_ || turns_.AreEnded() || (!files_.IsReady() && !turns_.Wait(num_read_))) {
      return false;
    }
    const Result<bool> has_more = files_.Next(&piece.chunk);
    if (has_more && !*has_more) {
      is_at_end_ = true;
      return false;
    }
    piece.broken_file = has_more ? std::nullopt : std::optional(has_more.error());
    piece.ticket = num_read_++;
    Hire();
    return true;
  }

  // Requires reading_.
  void Hire() {
    const std::size_t thread = hired_.size() + 1;
    if (!can_hire_ || thread >= options_.num_threads || files_.IsOver()) {
      return;
    }
    try {
      hired_.emplace_back([this, thread] { Work(static_cast<std::uint32_t>(thread)); });
    } catch (const std::system_error&) {
      can_hire_ = false;
    }
  }

  static bool HasRows(const Piece& piece) { return piece.block.batch.num_rows > 0; }

  // Requires the turn.
  Result<void> Take(std::uint32_t thread, Piece& piece) {
    if (piece.broken_file) {
      steps_->fail(*piece.broken_file);
      return {};
    }
    TRIPLINE_TRY_VOID(std::move(piece.worked));
    report_.Add(piece.report);
    return HasRows(piece) ? steps_->take(thread, piece.block) : Result<void>();
  }

  void Count(const std::vector<std::uint64_t>& malformed_values) {
    const std::lock_guard lock(ending_);
    malformed_values_.resize(malformed_values.size());
    std::ranges::transform(malformed_values, malformed_values_, malformed_values_.begin(),
                           std::plus());
  }

  const std::vector<jit::Field> columns_;
  EventPipelineOptions options_;
  const EventSteps* steps_ = nullptr;

  std::mutex reading_;  // of what is up to hired_
  EventFiles files_;
  std::uint64_t num_read_ = 0;  // pieces; the next one's ticket
  bool is_at_end_ = false;
  bool can_hire_ = true;
  std::vector<std::thread> hired_;

  Turns turns_;  // whoever has the turn has the next two
  EventReport report_;
  std::optional<Error> error_;

  std::mutex ending_;  // of the next two
  std::vector<std::uint64_t> malformed_values_;
  std::exception_ptr exception_;
};

Result<EventPipeline> EventPipeline::Open(const std::vector<jit::Field>& columns,
                                          std::vector<std::string> paths,
                                          const EventPipelineOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventPipeline(
      std::make_unique<State>(columns, EventFiles(std::move(paths), options.lines), options));
}

Result<EventPipeline> EventPipeline::OverText(const std::vector<jit::Field>& columns,
                                              std::string_view text,
                                              const EventPipelineOptions& options) {
  TRIPLINE_TRY_VOID(CheckColumns(columns));
  return EventPipeline(std::make_unique<State>(columns, EventFiles(text, options.lines), options));
}

EventPipeline::EventPipeline(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventPipeline::~EventPipeline() = default;
EventPipeline::EventPipeline(EventPipeline&&) noexcept = default;
EventPipeline& EventPipeline::operator=(EventPipeline&&) noexcept = default;

Result<EventReport> EventPipeline::Run(const EventSteps& steps) { return state_->Run(steps); }

}  // namespace tripline::runtime

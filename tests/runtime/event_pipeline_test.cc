// The pipeline against its slow twin, EventReader: block for block and report for report, whatever
// the number of threads; and what becomes of it when a step fails.
#include "runtime/event_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "jit/program_builder.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "tests/runtime/session_world.h"
#include "tests/support/batch_text.h"
#include "tests/support/packed_text.h"
#include "tests/support/random_events.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using tripline::testing::Gzip;
using tripline::testing::RandomEvents;
using tripline::testing::RowTexts;
using tripline::testing::Zstd;

const std::vector<jit::Field> kColumns = {{.name = "a"},
                                          {.name = "a.b", .kind = ColumnKind::kInteger},
                                          {.name = "c", .kind = ColumnKind::kText},
                                          {.name = "_index"}};

constexpr std::uint32_t kNumsThreads[] = {1, 2, 3, 8};

std::string BlockText(const EventBlock& block, const std::vector<jit::Field>& columns) {
  const std::vector<std::string> rows = RowTexts(block.batch, columns);
  std::string text = "block\n";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const EventOrigin& origin = block.origins[row];
    text += std::to_string(origin.file) + ":" + std::to_string(origin.line) + " " +
            std::string(origin.index) + "/" + std::string(origin.id) +
            (origin.is_search_hit ? " hit " : " ") + std::string(origin.text) + " => " + rows[row] +
            "\n";
  }
  return text;
}

std::string ReportText(const EventReport& report) {
  std::string text = std::to_string(report.num_events) + " events, " +
                     std::to_string(report.num_lines) + " lines, " +
                     std::to_string(report.num_blank_lines) + " blank, " +
                     std::to_string(report.num_broken_lines) + " broken\n";
  for (const LineFault& fault : report.faults) {
    text += std::to_string(fault.file) + ":" + std::to_string(fault.line) + " " + fault.what + "\n";
  }
  for (const std::uint64_t number : report.malformed_values) {
    text += std::to_string(number) + " ";
  }
  return text;
}

// Everything there is to see, as EventReader gives it.
std::string ReadAlone(const std::vector<std::string>& paths, const EventReaderOptions& options) {
  EventReader reader = EventReader::Open(kColumns, paths, options).value();
  EventBlock block;
  std::string text;
  for (;;) {
    const Result<bool> has_more = reader.Next(&block);
    if (!has_more) {
      text += "failed: " + has_more.error().message + "\n";
    } else if (!*has_more) {
      return text + ReportText(reader.report());
    } else {
      text += BlockText(block, kColumns);
    }
  }
}

// The same, as the pipeline gives it.
std::string ReadTogether(const std::vector<std::string>& paths, const EventReaderOptions& options,
                         std::uint32_t num_threads) {
  EventPipeline events = EventPipeline::Open(kColumns, paths,
                                             {.num_threads = num_threads,
                                              .lines = options.lines,
                                              .max_dictionary_bytes = options.max_dictionary_bytes})
                             .value();
  std::vector<std::string> worked(num_threads);
  std::string text;
  const Result<EventReport> report =
      events.Run({.work = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                    worked[thread] = BlockText(block, kColumns);
                    return {};
                  },
                  .take = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                    EXPECT_EQ(worked[thread], BlockText(block, kColumns))
                        << "the block stays as it was";
                    text += worked[thread];
                    return {};
                  },
                  .fail = [&](const Error& error) { text += "failed: " + error.message + "\n"; }});
  EXPECT_TRUE(report.has_value());
  return text + ReportText(*report);
}

class EventFolder {
 public:
  EventFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("tripline_pipeline_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~EventFolder() { std::filesystem::remove_all(path_); }
  EventFolder(const EventFolder&) = delete;
  EventFolder& operator=(const EventFolder&) = delete;

  [[nodiscard]] std::string Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

std::string RandomText(RandomEvents& random) {
  const std::vector<std::string> words = {"a", "b", "c", "a.b", "_index", "_source"};
  const std::vector<std::string> scalars = {"1", "\"x\"", "null", "\"yyyy\"", "true", "-7", "1.5"};
  std::string text = random.Below(4) == 0 ? "\xEF\xBB\xBF" : "";
  for (std::uint64_t i = random.Below(60); i > 0; --i) {
    switch (random.Below(10)) {
      case 0:
        text += random.Below(2) == 0 ? "" : " \t";
        break;
      case 1:
        text += random.Damage(random.Next(words, scalars));
        break;
      case 2:
        text += "{\"c\":\"" + std::string(random.Below(120), 'z') + "\"}";
        break;
      case 3:
        text += R"({"_index":"logs","_id":"n)" + std::to_string(i) + R"(","_source":)" +
                random.Next(words, scalars) + "}";
        break;
      default:
        text += random.Next(words, scalars);
    }
    text += random.Below(5) == 0 ? "\r\n" : "\n";
  }
  if (random.Below(2) == 0 && !text.empty()) {
    text.pop_back();
  }
  return text;
}

TEST(EventPipeline, GivesTheBlocksOfTheReaderWhateverTheNumberOfThreads) {
  const EventFolder folder;
  RandomEvents random(20260501);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<std::string> paths;
    for (std::uint64_t file = random.Below(5); file > 0; --file) {
      const std::string text = RandomText(random);
      const std::string name = std::to_string(file);
      switch (random.Below(6)) {
        case 0:
          paths.push_back(folder.Write(name + ".gz", Gzip(text)));
          break;
        case 1:
          paths.push_back(folder.Write(name + ".zst", Zstd(text)));
          break;
        case 2:
          paths.push_back(folder.Write(name + ".gz", Gzip(text + text).substr(0, 40)));
          break;
        case 3:
          paths.push_back(folder.Write(name, "") + "_absent");
          break;
        default:
          paths.push_back(folder.Write(name, text));
      }
    }
    const EventReaderOptions options{.lines = {.max_line_bytes = 100,
                                               .block_bytes = 1 + random.Below(600),
                                               .max_lines = 1 + random.Below(9)},
                                     .max_dictionary_bytes = random.Below(3) * 2'000};

    const std::string expected = ReadAlone(paths, options);

    for (const std::uint32_t num_threads : kNumsThreads) {
      ASSERT_EQ(ReadTogether(paths, options, num_threads), expected)
          << "trial " << trial << ", " << num_threads << " threads";
    }
  }
}

std::string NumberedLines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "{\"a\":\"" + std::to_string(i) + "\"}\n";
  }
  return text;
}

EventPipeline Over(std::string_view text, std::uint32_t num_threads, std::size_t max_lines = 1) {
  return EventPipeline::OverText(kColumns, text,
                                 {.num_threads = num_threads, .lines = {.max_lines = max_lines}})
      .value();
}

TEST(EventPipeline, WorksOnSeveralBlocksAtATime) {
  const std::string text = NumberedLines(100);
  std::latch all_are_there(3);

  const Result<EventReport> report = Over(text, 3).Run(
      {.work = [&](std::uint32_t, const EventBlock& block) -> Result<void> {
         if (block.origins[0].line <= 3) {
           all_are_there.arrive_and_wait();
         }
         return {};
       },
       .take = [](std::uint32_t, const EventBlock&) -> Result<void> { return {}; },
       .fail = {}});

  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->num_events, 100U);
}

TEST(EventPipeline, MakesNoThreadForWhatOneChunkHolds) {
  const std::string text = NumberedLines(50);
  const std::thread::id caller = std::this_thread::get_id();
  const auto is_callers = [&](std::uint32_t thread, const EventBlock&) -> Result<void> {
    EXPECT_EQ(thread, 0U);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    return {};
  };

  for (const auto& [num_threads, max_lines] : {std::pair(8U, 50U), std::pair(1U, 3U)}) {
    EXPECT_TRUE(Over(text, num_threads, max_lines)
                    .Run({.work = is_callers, .take = is_callers, .fail = {}})
                    .has_value());
  }
}

TEST(EventPipeline, EndsWithTheFirstErrorOfTheOrder) {
  const std::string text = NumberedLines(200);
  for (const std::uint32_t num_threads : kNumsThreads) {
    for (const bool is_of_work : {true, false}) {
      const auto fail_from_40 = [](const EventBlock& block) -> Result<void> {
        const std::uint64_t line = block.origins[0].line;
        return line < 40 ? Result<void>()
                         : Fail(ErrorCode::kUnavailable, "no more at " + std::to_string(line));
      };
      std::uint64_t num_taken = 0;

      const Result<EventReport> report =
          Over(text, num_threads)
              .Run({.work = [&](std::uint32_t, const EventBlock& block) -> Result<void> {
                      return is_of_work ? fail_from_40(block) : Result<void>();
                    },
                    .take = [&](std::uint32_t, const EventBlock& block) -> Result<void> {
                      TRIPLINE_TRY_VOID(is_of_work ? Result<void>() : fail_from_40(block));
                      EXPECT_EQ(block.origins[0].line, ++num_taken);
                      return {};
                    },
                    .fail = {}});

      ASSERT_FALSE(report.has_value());
      EXPECT_EQ(report.error().message, "no more at 40");
      EXPECT_EQ(num_taken, 39U);
    }
  }
}

TEST(EventPipeline, ThrowsInTheCallersThreadWhatAStepHasThrown) {
  const std::string text = NumberedLines(200);
  for (const std::uint32_t num_threads : kNumsThreads) {
    for (const bool is_of_work : {true, false}) {
      const auto step = [](bool throws) {
        return [throws](std::uint32_t, const EventBlock& block) -> Result<void> {
          if (throws && block.origins[0].line == 40) {
            throw std::runtime_error("a bug");
          }
          return {};
        };
      };
      EXPECT_THROW(static_cast<void>(
                       Over(text, num_threads)
                           .Run({.work = step(is_of_work), .take = step(!is_of_work), .fail = {}})),
                   std::runtime_error);
    }
  }
}

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~Pipe() {
    close(ends_[0]);
    Close();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(ends_[0]); }
  void Write(std::string_view text) const {
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void Close() {
    if (is_open_) {
      close(ends_[1]);
    }
    is_open_ = false;
  }

 private:
  int ends_[2] = {};
  bool is_open_ = true;
};

TEST(EventPipeline, HoldsNoEventOfAPipeBack) {
  for (const std::uint32_t num_threads : kNumsThreads) {
    Pipe pipe;
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t num_taken = 0;
    std::thread writer([&] {
      for (std::uint64_t i = 1; i <= 20; ++i) {
        pipe.Write("{\"a\":1}\n");
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return num_taken == i; });
      }
      pipe.Close();
    });
    EventPipeline events =
        EventPipeline::Open(kColumns, {pipe.path()}, {.num_threads = num_threads}).value();

    const Result<EventReport> report =
        events.Run({.work = [](std::uint32_t, const EventBlock&) -> Result<void> { return {}; },
                    .take = [&](std::uint32_t, const EventBlock& block) -> Result<void> {
                      const std::lock_guard lock(mutex);
                      num_taken += block.batch.num_rows;
                      changed.notify_all();
                      return {};
                    },
                    .fail = {}});

    writer.join();
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->num_events, 20U);
  }
}

TEST(EventPipeline, EndsWithAnErrorThoughThePipeStaysOpen) {
  for (const std::uint32_t num_threads : kNumsThreads) {
    const Pipe pipe;
    pipe.Write("{\"a\":1}\n");
    EventPipeline events =
        EventPipeline::Open(kColumns, {pipe.path()}, {.num_threads = num_threads}).value();

    const Result<EventReport> report =
        events.Run({.work = [](std::uint32_t, const EventBlock&) -> Result<void> { return {}; },
                    .take = [](std::uint32_t, const EventBlock&) -> Result<void> {
                      return Fail(ErrorCode::kUnavailable, "the disk is full");
                    },
                    .fail = {}});

    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().message, "the disk is full");
  }
}

// Two queries over the events, as lines "line:output", by matchers that share one engine.
std::string MatchedText(const jit::Program& program, MatcherCode code, const std::string& text,
                        std::uint32_t num_threads) {
  const std::shared_ptr<const MatchEngine> engine = *MatchEngine::Make(program, code);
  std::vector<std::unique_ptr<Matcher>> matchers(num_threads);
  EventPipeline events =
      EventPipeline::OverText(program.fields, text,
                              {.num_threads = num_threads, .lines = {.max_lines = 100}})
          .value();
  std::string matched;
  EXPECT_TRUE(events
                  .Run({.work = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                          if (!matchers[thread]) {
                            TRIPLINE_TRY(matchers[thread], Matcher::Make(engine));
                          }
                          matchers[thread]->Match(block.batch);
                          return {};
                        },
                        .take = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                          for (jit::OutputIndex output = 0; output < 2; ++output) {
                            const Matcher& matcher = *matchers[thread];
                            for (std::uint32_t row = 0;
                                 matcher.AnyOf(output) && row < block.batch.num_rows; ++row) {
                              if (((matcher.RowsOf(output)[row / 64] >> (row % 64)) & 1U) != 0) {
                                matched += std::to_string(block.origins[row].line) + ":" +
                                           std::to_string(output) + " ";
                              }
                            }
                          }
                          return {};
                        },
                        .fail = {}})
                  .has_value());
  return matched;
}

TEST(EventPipeline, MatchersOfAllThreadsShareOneEngine) {
  jit::ProgramBuilder builder;
  const jit::FieldIndex field = builder.AddField({.name = "a"});
  const jit::NodeIndex ends = builder.AddLeaf({.field = field, .atoms = {jit::Glob{{"", "7"}}}});
  const jit::NodeIndex is = builder.AddLeaf({.field = field, .atoms = {jit::Term{"27"}}});
  builder.AddOutput(ends);
  builder.AddOutput(builder.AddNot(is));
  const jit::Program program = builder.Take();
  const std::string text = NumberedLines(5'000);
  const std::string expected = MatchedText(program, MatcherCode::kInterpreter, text, 1);
  EXPECT_EQ(std::ranges::count(expected, ' '), 500 + 4'999);

  for (const MatcherCode code : {MatcherCode::kInterpreter, MatcherCode::kMachineCode}) {
    for (const std::uint32_t num_threads : kNumsThreads) {
      EXPECT_EQ(MatchedText(program, code, text, num_threads), expected) << num_threads;
    }
  }
}

TEST(EventPipeline, RefusesTwoColumnsOfOneName) {
  EXPECT_FALSE(EventPipeline::OverText({{.name = "f"}, {.name = "f"}}, "", {}).has_value());
}

// Alerts of a session with state, and the state's report of how far it came, by events of a few
// rules over a day.
std::string SessionText(const std::string& text, std::uint32_t num_threads) {
  const testing::TestFolder folder("pipeline");
  const auto ruleset =
      testing::RulesetOf({testing::QueryRule("q1"), testing::NewTermsRule("n1", {"user"}),
                          testing::NewTermsRule("n2", {"user", "port"})});
  SessionOptions options = testing::Kept(folder);
  options.commit_every = Milliseconds(0);
  const auto session = testing::OpenSession(ruleset, options);
  std::vector<testing::NamedMatcher> matchers(num_threads, testing::NamedMatcher(*ruleset));
  testing::CallResult result;
  const auto sink = [&](std::span<const Alert> alerts) -> Result<void> {
    result.alerts.insert(result.alerts.end(), alerts.begin(), alerts.end());
    return {};
  };
  EventPipeline events =
      EventPipeline::OverText(ruleset->columns, text,
                              {.num_threads = num_threads, .lines = {.max_lines = 40}})
          .value();
  EXPECT_TRUE(events
                  .Run({.work = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                          matchers[thread].Match(block.batch, {});
                          return {};
                        },
                        .take = [&](std::uint32_t thread, const EventBlock& block) -> Result<void> {
                          TRIPLINE_TRY_VOID(session->Observe(block, matchers[thread]));
                          return session->HandOut(sink);
                        },
                        .fail = {}})
                  .has_value());
  const testing::CallResult end = testing::FinishSession(*session);
  result.alerts.insert(result.alerts.end(), end.alerts.begin(), end.alerts.end());
  std::string lines = result.Lines() + std::to_string(end.summary.events) + " events";
  for (const RuleSummary& rule : end.summary.rules) {
    lines += "\n" + rule.rule_id + ": " + std::to_string(rule.matches) + " matches, " +
             std::to_string(rule.runs) + " runs, " + std::to_string(rule.late) + " late";
  }
  return lines;
}

TEST(EventPipeline, LeavesASessionWithTheSameAlertsWhateverTheNumberOfThreads) {
  RandomEvents random(7);
  std::string text;
  for (int i = 0; i < 600; ++i) {
    const std::string rules[] = {"q1", "n1", "n2", "none"};
    text += testing::EventAt(
        static_cast<double>(i) / 2 + static_cast<double>(random.Below(8)), rules[random.Below(4)],
        {{"user", "u" + std::to_string(random.Below(400))}, {"port", random.Below(20)}, {"n", i}});
  }
  const std::string expected = SessionText(text, 1);
  EXPECT_GT(std::ranges::count(expected, '\n'), 100);

  for (const std::uint32_t num_threads : kNumsThreads) {
    EXPECT_EQ(SessionText(text, num_threads), expected) << num_threads << " threads";
  }
}

}  // namespace
}  // namespace tripline::runtime

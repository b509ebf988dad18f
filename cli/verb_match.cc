// match --rules X --events F...: which rules' queries match which event; no windows, no state.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/events_source.h"
#include "cli/rules_source.h"
#include "cli/run_rules.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/index_pattern.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"

namespace tripline::cli {
namespace {

struct MatchOptions {
  RulesOptions rules;
  std::vector<std::string> events;
  bool only_counts = false;
  std::string now;
  std::string code = "auto";
  std::uint32_t threads = DefaultThreads();
};

// Turns row bitmaps into lines of output, in the order of events and, within one, of rules.
class MatchWriter {
 public:
  MatchWriter(const runtime::Ruleset& ruleset, const MatchOptions& options)
      : ruleset_(ruleset), options_(options), counts_(ruleset.rules.size(), 0) {
    for (const runtime::RuleSpec& rule : ruleset.rules) {
      quoted_ids_.push_back(nlohmann::json(rule.rule_id)
                                .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  }

  void Take(const runtime::EventBlock& block, const runtime::Matcher& matcher) {
    hits_.clear();
    for (std::uint32_t rule = 0; rule < ruleset_.rules.size(); ++rule) {
      const auto query = ruleset_.rules[rule].query;
      if (query && matcher.AnyOf(*query)) {
        Collect(block, matcher.RowsOf(*query), rule);
      }
    }
    if (!options_.only_counts) {
      Write(block);
    }
  }

  void Finish() {
    if (options_.only_counts) {
      for (std::size_t rule = 0; rule < counts_.size(); ++rule) {
        if (ruleset_.rules[rule].query) {
          text_ += ruleset_.rules[rule].rule_id + "\t" + std::to_string(counts_[rule]) + "\n";
        }
      }
    }
    Flush();
    std::cout.flush();
  }

  [[nodiscard]] std::uint64_t num_matches() const { return num_matches_; }

 private:
  void Collect(const runtime::EventBlock& block, std::span<const std::uint64_t> rows,
               std::uint32_t rule) {
    for (std::uint32_t word = 0; word < rows.size(); ++word) {
      for (std::uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) {
        const std::uint32_t row = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        if (looks_.LooksAt(ruleset_.rules[rule].indices, block.origins[row].index)) {
          hits_.emplace_back(row, rule);
          ++counts_[rule];
          ++num_matches_;
        }
      }
    }
  }

  void Write(const runtime::EventBlock& block) {
    std::ranges::sort(hits_);
    for (std::size_t at = 0; at < hits_.size();) {
      const runtime::EventOrigin& origin = block.origins[hits_[at].first];
      text_ += "{\"line\":" + std::to_string(origin.line);
      if (options_.events.size() > 1) {
        text_ += ",\"file\":" + nlohmann::json(options_.events[origin.file])
                                    .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      }
      text_ += ",\"rules\":[";
      const std::uint32_t row = hits_[at].first;
      for (bool is_first = true; at < hits_.size() && hits_[at].first == row;
           ++at, is_first = false) {
        text_ += (is_first ? "" : ",") + quoted_ids_[hits_[at].second];
      }
      text_ += "]}\n";
    }
    constexpr std::size_t kFlushBytes = std::size_t{1} << 18U;
    if (text_.size() > kFlushBytes) {
      Flush();
    }
  }

  void Flush() {
    std::cout << text_;
    text_.clear();
  }

  const runtime::Ruleset& ruleset_;
  const MatchOptions& options_;
  std::vector<std::string> quoted_ids_;
  std::vector<std::uint64_t> counts_;  // by rule
  runtime::IndexLooks looks_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> hits_;  // (row, rule)
  std::string text_;
  std::uint64_t num_matches_ = 0;
};

int RunMatch(const MatchOptions& options) {
  const auto loaded = LoadRulesAndSay(options.rules);
  if (!loaded) {
    return SayError(loaded.error());
  }
  const runtime::Ruleset& ruleset = *loaded->ruleset;
  const auto engine = runtime::MatchEngine::Make(ruleset.program, MatcherCodeOf(options.code),
                                                 ruleset.native.get());
  if (!engine) {
    return SayError(engine.error());
  }
  std::optional<Timestamp> now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  if (!options.now.empty()) {
    now = ParseDate(options.now);
  }
  if (!now) {
    return SayError({ErrorCode::kUsage,
                     "--now " + options.now + ": expected a date such as 2026-05-01T12:00:00Z"});
  }
  const runtime::RowClock clock{.now = now->time_since_epoch().count()};
  MatchWriter writer(ruleset, options);
  const auto read = MatchEvents(
      {ruleset, *engine, options.events, options.threads, true},
      [&clock](const runtime::EventBlock&, std::vector<std::int64_t>&) { return clock; },
      [&](const runtime::EventBlock& block, const runtime::Matcher& matcher) -> Result<void> {
        writer.Take(block, matcher);
        if (!std::cout) {
          return Fail(ErrorCode::kUnavailable, "cannot write to standard output");
        }
        return {};
      });
  if (!read) {
    return SayError(read.error());
  }
  writer.Finish();
  SayReport(ruleset, options.events, read->report);
  Say(Grouped(read->report.num_events) + " events, " + Grouped(writer.num_matches()) + " matches");
  if (!std::cout) {
    return SayError({ErrorCode::kUnavailable, "cannot write to standard output"});
  }
  if (read->has_failed_files) {
    return kUsageOrWorld;
  }
  return HasErrors(loaded->diagnostics) ? kFindings : kFine;
}

}  // namespace

void AddMatch(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<MatchOptions>();
  CLI::App* const verb =
      program.add_subcommand("match", "Say which rules' queries match which event");
  verb->footer("Example: tripline match --rules rules --events events.ndjson.gz --count");
  verb->add_option("--rules", options->rules.paths,
                   "Rule files and folders, or one ruleset file (.trl)")
      ->required();
  verb->add_option("--events", options->events,
                   "NDJSON files, plain, .gz or .zst; - for standard input")
      ->required();
  verb->add_option("--exceptions", options->rules.exceptions,
                   "Exception lists as Kibana exports them, beside those among the rules");
  verb->add_option("--value-list", options->rules.value_lists,
                   "NAME=FILE: the values of a list that exceptions name, one a line");
  verb->add_option("--mapping", options->rules.mapping,
                   "Index mapping or template that types the fields");
  verb->add_option(
      "--trusted-key", options->rules.trusted_keys,
      "Public keys (.pub of keygen) whose machine code in a .trl is run, beside your own");
  verb->add_flag("--count", options->only_counts, "Only rule_id TAB matches, for every rule");
  verb->add_option("--now", options->now, "What `now` in a query means; without it, the present");
  verb->add_option("--threads", options->threads, kThreadsHelp)->check(CLI::Range(1U, 1024U));
  verb->add_option("--code", options->code,
                   "auto, machine (compiled first) or interpreter: the same answers")
      ->check(CLI::IsMember({"auto", "machine", "interpreter"}));
  verb->callback([options, &exit_code] { exit_code = RunMatch(*options); });
}

}  // namespace tripline::cli

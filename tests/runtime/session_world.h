// A small world for sessions: rulesets without a compiler, events as NDJSON text, and a matcher of
// the simplest kind: an event matches the rules that its field `rules` names.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/column_slots.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"
#include "runtime/session.h"

namespace tripline::runtime::testing {

using Json = nlohmann::json;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// A folder of the test's own, gone afterwards.
class TestFolder {
 public:
  explicit TestFolder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() /
              ("tripline_session_" + name + std::to_string(getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline RuleSpec QueryRule(const std::string& rule_id) {
  RuleSpec rule;
  rule.rule_id = rule_id;
  rule.name = "Rule " + rule_id;
  rule.document = Json{{"rule_id", rule_id}, {"query", "a: b"}}.dump();
  rule.query = 0;
  rule.interval = minutes(5);
  rule.window = WindowMath::Of(minutes(9));
  return rule;
}

inline RuleSpec NewTermsRule(const std::string& rule_id, std::vector<std::string> fields) {
  RuleSpec rule = QueryRule(rule_id);
  rule.type = RuleType::kNewTerms;
  rule.new_terms_fields = std::move(fields);
  rule.window = WindowMath::Of(minutes(9), days(1));
  return rule;
}

/// Rule i's query is output i.
inline std::shared_ptr<const Ruleset> RulesetOf(std::vector<RuleSpec> rules) {
  using jit::ColumnKind;
  jit::Program program;
  program.nodes.push_back({.op = jit::Op::kTrue});
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    program.outputs.push_back(0);
    if (rules[i].query) {
      rules[i].query = i;
    }
  }
  return std::make_shared<const Ruleset>(
      MakeRuleset(std::move(program), std::move(rules),
                  {{.name = "rules", .kind = ColumnKind::kString},
                   {.name = "@timestamp", .kind = ColumnKind::kDate},
                   {.name = "event.ingested", .kind = ColumnKind::kDate},
                   {.name = "user", .kind = ColumnKind::kString},
                   {.name = "port", .kind = ColumnKind::kInteger},
                   {.name = "score", .kind = ColumnKind::kFloat},
                   {.name = "is_admin", .kind = ColumnKind::kBoolean},
                   {.name = "ip", .kind = ColumnKind::kAddress}}));
}

/// One event, `minute` minutes after 2026-05-01T00:00Z, with more fields as a JSON object.
inline std::string EventAt(double minute, const std::string& rules, Json fields = Json::object()) {
  const Timestamp start = *ParseDate("2026-05-01");
  fields["@timestamp"] =
      ToIsoString(start + Milliseconds(static_cast<std::int64_t>(minute * 60'000)));
  fields["rules"] = rules;
  return fields.dump() + "\n";
}

inline Timestamp Minute(int minute) { return *ParseDate("2026-05-01") + minutes(minute); }

/// Matches an event with the rules that its field `rules` names.
class NamedMatcher : public Matcher {
 public:
  explicit NamedMatcher(const Ruleset& ruleset) : ruleset_(ruleset) {}

  using Matcher::Match;
  void Match(const Batch& batch, const RowClock& /*clock*/) override {
    const Column& column = batch.columns[ruleset_.ColumnOf("rules").value()];
    rows_.assign(ruleset_.rules.size(), std::vector<std::uint64_t>(WordsFor(batch.num_rows)));
    for (std::uint32_t row = 0; row < batch.num_rows; ++row) {
      const auto [first, last] = SlotsOf(column, row);
      for (std::uint32_t slot = first; slot < last; ++slot) {
        if (column.codes[slot] != kMissing) {
          Set(column.dictionary.values[column.codes[slot]], row);
        }
      }
    }
  }
  [[nodiscard]] bool AnyOf(jit::OutputIndex output) const override {
    return std::ranges::any_of(rows_[output], [](std::uint64_t word) { return word != 0; });
  }
  [[nodiscard]] std::span<const std::uint64_t> RowsOf(jit::OutputIndex output) const override {
    return rows_[output];
  }
  [[nodiscard]] std::uint64_t num_uncached() const override { return 0; }
  [[nodiscard]] std::uint64_t num_undecided() const override { return 0; }

 private:
  void Set(std::string_view rule_id, std::uint32_t row) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (ruleset_.rules[i].rule_id == rule_id) {
        rows_[i][row / 64] |= std::uint64_t{1} << (row % 64);
      }
    }
  }

  const Ruleset& ruleset_;
  std::vector<std::vector<std::uint64_t>> rows_;  // by output
};

enum class Feeding : std::uint8_t { kEvents, kHistory };

/// Reads `text` in blocks of `block_rows` and shows it to the session.
inline void Feed(Session& session, const Ruleset& ruleset, const std::string& text,
                 std::uint32_t block_rows = kMaxBlockRows, Feeding feeding = Feeding::kEvents) {
  auto events = EventReader::OverText(ruleset.columns, text, {.max_rows = block_rows});
  ASSERT_TRUE(events.has_value());
  NamedMatcher matcher(ruleset);
  EventBlock block;
  while (events->Next(&block).value()) {
    matcher.Match(block.batch);
    if (feeding == Feeding::kHistory) {
      session.ObserveHistory(block, matcher);
    } else if (const Result<void> observed = session.Observe(block, matcher); !observed) {
      return;  // Finish says it
    }
  }
}

/// Options of a session, one changed after the other.
inline SessionOptions Kept(const TestFolder& folder) {
  SessionOptions options;
  options.state_dir = folder.path();
  options.secret.emplace();  // so that states can be compared
  return options;
}
inline SessionOptions With(std::optional<Timestamp> SessionOptions::* member, Timestamp time) {
  SessionOptions options;
  options.*member = time;
  return options;
}
inline SessionOptions WithLateness(Milliseconds lateness) {
  SessionOptions options;
  options.lateness = lateness;
  return options;
}

inline std::unique_ptr<Session> OpenSession(std::shared_ptr<const Ruleset> ruleset,
                                            const SessionOptions& options = {}) {
  auto session = Session::Open(std::move(ruleset), options);
  EXPECT_TRUE(session.has_value()) << session.error().message;
  return session ? *std::move(session) : nullptr;
}

struct CallResult {
  std::vector<Alert> alerts;
  RunSummary summary;

  /// The alerts as lines.
  [[nodiscard]] std::string Lines() const {
    std::string lines;
    for (const Alert& alert : alerts) {
      lines += alert.json + "\n";
    }
    return lines;
  }
  /// Per alert the value of the event's field `name`, in order.
  [[nodiscard]] std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Alert& alert : alerts) {
      names.push_back(Json::parse(alert.json).value("name", ""));
    }
    return names;
  }
};

inline CallResult FinishSession(Session& session) {
  CallResult result;
  auto summary = session.Finish([&](std::span<const Alert> alerts) -> Result<void> {
    result.alerts.insert(result.alerts.end(), alerts.begin(), alerts.end());
    return {};
  });
  EXPECT_TRUE(summary.has_value()) << summary.error().message;
  if (summary) {
    result.summary = *std::move(summary);
  }
  return result;
}

/// One whole call: open, feed, finish.
inline CallResult Call(const std::shared_ptr<const Ruleset>& ruleset, const std::string& events,
                       const SessionOptions& options = {},
                       std::uint32_t block_rows = kMaxBlockRows) {
  const auto session = OpenSession(ruleset, options);
  Feed(*session, *ruleset, events, block_rows);
  return FinishSession(*session);
}

}  // namespace tripline::runtime::testing

// The first run of a plan is always covered whole, whatever its window; further ones join it as
// long as the span and, for new terms, the quiet time allow. Runs are evaluated by the same loop as
// at the desk, over detectors that have been shown what the plan's search found.
#include "runtime/scheduled_rule.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/check.h"
#include "runtime/detector_key.h"
#include "runtime/event.h"
#include "runtime/term.h"
#include "runtime/window_math.h"

namespace tripline::runtime {
namespace {

// Of one plan's runs together; a single run may ask for more.
constexpr std::uint64_t kMaxFinds = 10'000;
constexpr Milliseconds kOne{1};
// A time, the number of an index and the length of an id; a term has two more times.
constexpr std::size_t kMinBytesOfAFind = 8 + 4 + 4;

Milliseconds QuietOf(const Schedule& schedule, const RuleSpec& rule) {
  return rule.type == RuleType::kNewTerms ? schedule.MinQuiet() : Milliseconds::max();
}

// document = u32 index, string id
Result<EventSource> ReadDocument(ByteReader& reader, const std::vector<std::string>& indices) {
  TRIPLINE_TRY(const auto index, reader.Number<std::uint32_t>());
  TRIPLINE_TRY(const std::string_view id, reader.String());
  if (index >= indices.size()) {
    return reader.Damaged("the number of an index");
  }
  return EventSource(indices[index], id, "");
}

}  // namespace

std::vector<std::string> ReasonsNotToSchedule(const RuleSpec& rule) {
  const WindowSpans spans = MeasureWindow(rule.window, rule.interval);
  if (rule.type != RuleType::kNewTerms || spans.widest <= spans.least_quiet) {
    return {};
  }
  return {"a run's window (" + ToString(spans.widest) + ") is longer than the history before it (" +
          ToString(spans.least_quiet) +
          "); in a cluster a new_terms rule needs a history window of at least twice its window: "
          "let its history begin earlier than " +
          rule.window.history_start.ToText()};
}

ScheduledRule::ScheduledRule(const Ruleset& ruleset, std::uint32_t rule,
                             std::optional<RecordFilter> record_filter)
    : spec_(ruleset.rules[rule]),
      index_(rule),
      schedule_(spec_.interval, spec_.window),
      key_(DetectorKey(ruleset, spec_)),
      record_filter_(std::move(record_filter)) {
  Remake();
}

void ScheduledRule::Remake() {
  const bool has_history = spec_.type == RuleType::kNewTerms;
  made_ = MakeRuleDetector(spec_, schedule_,
                           {.max_signals = spec_.max_signals,
                            .secret = has_history ? TermSecret::Random() : TermSecret{}});
}

Result<std::unique_ptr<ScheduledRule>> ScheduledRule::Make(const Ruleset& ruleset,
                                                           std::uint32_t rule) {
  std::optional<RecordFilter> record_filter;
  if (const auto& output = ruleset.rules[rule].alerting_records) {
    TRIPLINE_TRY(record_filter, RecordFilter::Make(ruleset.program, *output));
  }
  return std::unique_ptr<ScheduledRule>(new ScheduledRule(ruleset, rule, std::move(record_filter)));
}

void ScheduledRule::SkipTo(Timestamp run_at) {
  made_.detector->SkipTo(run_at);
  has_changed_ = true;
}

void ScheduledRule::BeginBehind(Timestamp begin) {
  if (!position()) {
    SkipTo(schedule_.LastRunUpTo(begin));
    passed_by_ = begin;
  }
}

void ScheduledRule::PassBy(Timestamp now) {
  const Timestamp run_at = schedule_.LastRunUpTo(now);
  if (run_at > *position()) {
    SkipTo(run_at);
  }
  if (made_.anomaly != nullptr && now > passed_by_) {
    passed_by_ = now;
    has_changed_ = true;
  }
  ask_.reset();
}

std::optional<TimeSpan> ScheduledRule::GiveUpBefore(Timestamp earliest, Timestamp now) {
  const Timestamp before = *position();
  const Timestamp last = schedule_.LastRunUpTo(std::min(earliest - kOne, now));
  if (last <= before) {
    return std::nullopt;
  }
  const Timestamp first = before + schedule_.interval();
  const TimeSpan gap{
      .first = std::max(schedule_.WindowOf(first).from, schedule_.WindowOf(before).to + kOne),
      .last = std::min(schedule_.WindowOf(last).to,
                       schedule_.WindowOf(last + schedule_.interval()).from - kOne)};
  SkipTo(last);
  return gap.first <= gap.last ? std::optional(gap) : std::nullopt;
}

Timestamp ScheduledRule::HistoryFrom(Timestamp first_run, Timestamp from) const {
  if (made_.new_terms == nullptr || (seen_to_ && *seen_to_ >= from)) {
    return from;
  }
  const Timestamp start = schedule_.HistoryStart(first_run);
  return std::min(from, seen_to_ ? std::max(start, *seen_to_ + kOne) : start);
}

std::optional<RuleAsk> ScheduledRule::PlanUpTo(Timestamp now, Milliseconds max_span) {
  Check(made_.anomaly == nullptr, "rules with anomaly jobs have no window of events");
  ask_.reset();
  has_finds_ = false;
  num_taken_ = 0;
  num_matches_ = 0;
  last_taken_.reset();
  const Timestamp first = *position() + schedule_.interval();
  const Timestamp due = schedule_.LastRunUpTo(now);
  if (due < first) {
    return std::nullopt;
  }
  const Timestamp from = schedule_.WindowOf(first).from;
  const Milliseconds span = std::min(max_span, QuietOf(schedule_, spec_));
  const Timestamp within =
      schedule_.FirstRunTo(from + span + kOne) - schedule_.interval();  // the last one
  const Timestamp last = std::clamp(within, first, due);
  RuleAsk ask{.rule = index_,
              .first_run = first,
              .last_run = last,
              .from = from,
              .to = schedule_.WindowOf(last).to,
              .history_from = HistoryFrom(first, from)};
  std::uint64_t most = std::max<std::uint64_t>(spec_.max_signals, 1);
  if (made_.query != nullptr) {
    const std::uint64_t of_all =
        std::min(schedule_.CountRuns(first, last), kMaxFinds) * spec_.max_signals;
    most = std::max(most, std::min(of_all, kMaxFinds)) + made_.query->num_alerted();
  }
  ask.max_finds = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(most, std::numeric_limits<std::int32_t>::max()));
  ask_ = ask;
  return ask;
}

// finds = u64 matches in the window (more than the finds: they are the first of them),
//         u32 number, u32 number of indices, their names, entry*
Result<void> ScheduledRule::TakeFinds(std::string_view finds) {
  if (!ask_) {
    return Fail(ErrorCode::kUsage, "rule '" + spec_.rule_id + "' was given finds without a plan");
  }
  const std::string what = "what was found for rule '" + spec_.rule_id + "'";
  ByteReader reader(finds, what);
  TRIPLINE_TRY(const auto num_matches, reader.Number<std::uint64_t>());
  TRIPLINE_TRY(const std::uint32_t num_finds, reader.Count(kMinBytesOfAFind));
  TRIPLINE_TRY(const std::uint32_t num_indices, reader.Count(4));
  std::vector<std::string> indices;
  for (std::uint32_t i = 0; i < num_indices; ++i) {
    TRIPLINE_TRY(const std::string_view index, reader.String());
    indices.emplace_back(index);
  }
  if (made_.query != nullptr && !has_finds_) {
    made_.query->ForgetWaiting();
  }
  has_finds_ = true;
  has_changed_ = true;
  num_matches_ = std::max(num_matches_, num_matches);
  for (std::uint32_t i = 0; i < num_finds; ++i) {
    TRIPLINE_TRY_VOID(made_.query != nullptr ? TakeEvent(reader, indices)
                                             : TakeTerm(reader, indices));
  }
  if (!reader.AtEnd()) {
    return reader.Damaged("its end");
  }
  return {};
}

// event = i64 time, document
Result<void> ScheduledRule::TakeEvent(ByteReader& reader, const std::vector<std::string>& indices) {
  TRIPLINE_TRY(const Timestamp time, LoadTime(reader));
  TRIPLINE_TRY(EventSource source, ReadDocument(reader, indices));
  if (time < ask_->from || time > ask_->to || !source.Keep()->is_hit) {
    return reader.Damaged("an event of the window that was asked for, with an id");
  }
  made_.detector->Observe({.time = time, .source = &source, .term_values = {}});
  ++num_taken_;
  EventOrder order{.time = time, .document = source.Keep()};
  if (!last_taken_ || *last_taken_ < order) {
    last_taken_ = std::move(order);
  }
  return {};
}

// term = string term, i64 before, i64 first, i64 last, document; the smallest number: no time
Result<void> ScheduledRule::TakeTerm(ByteReader& reader, const std::vector<std::string>& indices) {
  TRIPLINE_TRY(const std::string_view term, reader.String());
  if (NumTermValues(term) != spec_.new_terms_fields.size()) {
    return reader.Damaged("a term with a value of each of the rule's fields");
  }
  const auto read = [&](Timestamp from, Timestamp to) -> Result<std::optional<Timestamp>> {
    TRIPLINE_TRY(const auto time, reader.Number<std::int64_t>());
    if (time == std::numeric_limits<std::int64_t>::min()) {
      return std::nullopt;
    }
    if (time < from.time_since_epoch().count() || time > to.time_since_epoch().count()) {
      return reader.Damaged("a time of the window that was asked for");
    }
    return Timestamp(Milliseconds(time));
  };
  TRIPLINE_TRY(const std::optional<Timestamp> before, read(ask_->history_from, ask_->from));
  TRIPLINE_TRY(const std::optional<Timestamp> first, read(ask_->from + kOne, ask_->to));
  TRIPLINE_TRY(const std::optional<Timestamp> last, read(ask_->from + kOne, ask_->to));
  TRIPLINE_TRY(EventSource source, ReadDocument(reader, indices));
  if (first.has_value() != last.has_value() || (first && *first > *last) ||
      (first && !source.Keep()->is_hit)) {
    return reader.Damaged("the first event of a term with its id, and the last one");
  }
  const auto observe = [&](Timestamp time, EventUse use) {
    made_.new_terms->ObserveTerm(term,
                                 {.time = time, .use = use, .source = &source, .term_values = {}});
  };
  if (before) {
    observe(*before, EventUse::kHistoryOnly);
  }
  if (first) {
    observe(*first, EventUse::kMayAlert);
  }
  if (first && *last > *first) {
    observe(*last, EventUse::kHistoryOnly);
  }
  return {};
}

void ScheduledRule::Offer(const AnomalyJobSpec& job, const JudgedRecord& judged,
                          Timestamp bucket_end) {
  Check(made_.anomaly != nullptr, "records are offered to rules with anomaly jobs");
  if (judged.record.score < spec_.anomaly_threshold || (passed_by_ && bucket_end <= *passed_by_) ||
      (record_filter_ && !record_filter_->MayAlert(RecordToJson(job, judged.record)))) {
    return;
  }
  made_.anomaly->Offer(job, judged);
  has_changed_ = true;
  has_changed_wholly_ = true;
}

// The last run whose window ends before the last event that is known, if not all are.
Timestamp ScheduledRule::LastSureRun(Timestamp last) const {
  if (made_.query == nullptr || num_matches_ <= num_taken_ || spec_.max_signals == 0) {
    return last;
  }
  return last_taken_
             ? std::min(last, schedule_.FirstRunTo(last_taken_->time) - schedule_.interval())
             : *position();
}

void ScheduledRule::Evaluate(Timestamp last, std::vector<RunFinding>& found) {
  if (last <= *position()) {
    return;
  }
  counts_.runs += schedule_.CountRuns(*position() + schedule_.interval(), last);
  Detector& detector = *made_.detector;
  for (auto next = detector.NextRun(); next && *next <= last; next = detector.NextRun()) {
    std::vector<Finding> findings;
    detector.Run(*next, findings);
    for (Finding& finding : findings) {
      if (made_.query != nullptr) {
        given_.push_back(
            {.time = finding.event.time, .document = finding.event.document->WithoutText()});
      }
      found.push_back({.run_at = *next, .finding = std::move(finding)});
    }
  }
  SkipTo(last);
}

Result<std::vector<RunFinding>> ScheduledRule::Run(Timestamp last) {
  const bool is_planned = made_.anomaly != nullptr || (ask_ && last <= ask_->last_run);
  if (!is_planned || last <= *position() || schedule_.LastRunUpTo(last) != last) {
    return Fail(ErrorCode::kUsage, "the run at " + ToIsoString(last) + " of rule '" +
                                       spec_.rule_id + "' is not among those that were planned");
  }
  std::vector<RunFinding> found;
  Evaluate(LastSureRun(last), found);
  // Behind it a run is sure if what is known fills it: all of that comes before what is not known.
  while (*position() < last && made_.query->num_waiting() >= spec_.max_signals) {
    Evaluate(*position() + schedule_.interval(), found);
  }
  counts_.found += found.size();
  counts_.postponed = made_.detector->num_postponed();
  has_changed_wholly_ = has_changed_wholly_ || !found.empty();
  if (made_.query != nullptr) {
    counts_.not_shown += num_matches_ > num_taken_ ? num_matches_ - num_taken_ : 0;
    made_.query->ForgetWaiting();
  }
  if (made_.new_terms != nullptr) {
    seen_to_ = ask_->to;
  }
  ask_.reset();
  return found;
}

ScheduledRule::Counts ScheduledRule::counts() const {
  Counts counts = counts_;
  counts.cut = made_.detector->counts().cut;
  counts.memory_bytes = made_.detector->memory_bytes();
  counts.terms = made_.new_terms != nullptr ? made_.new_terms->num_terms() : 0;
  return counts;
}

}  // namespace tripline::runtime

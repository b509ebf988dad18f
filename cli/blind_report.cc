#include "cli/blind_report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "cli/events_source.h"
#include "cli/talk.h"
#include "compiler/blind_rules.h"
#include "compiler/watch_needs.h"
#include "runtime/matcher.h"
#include "runtime/ruleset.h"

namespace tripline::cli {
namespace {

using compiler::BlindReason;
using compiler::BlindRule;
using nlohmann::ordered_json;

constexpr std::size_t kMaxShownValues = 3;  // of one field
constexpr std::size_t kMaxShownTopics = 3;  // of one rule, beside its headline

// What was found, in the words of the report; the order is that of the text.
struct ReasonText {
  BlindReason reason;
  const char* what;
  const char* remedy;
};

constexpr std::array<ReasonText, 9> kReasons = {{
    {BlindReason::kJobMissing, "their anomaly job is missing", "put its job.json beside the rule"},
    {BlindReason::kNeverMatches, "a condition that no event can meet",
     "correct the value, or the type of the field"},
    {BlindReason::kNotMapped, "a field that the mapping does not have",
     "map the field, or correct its name in the rule"},
    {BlindReason::kNoEventOfIndices, "no event is in their indices",
     "give events of these indices, or correct the rule's index patterns"},
    {BlindReason::kWrongType, "a field whose values cannot be read as its type",
     "give the field's type with --mapping, or mend what writes the events"},
    {BlindReason::kFieldAbsent, "a field that no event has",
     "give events of the source that has it, or correct its name in the rule"},
    {BlindReason::kValueNeverSeen, "a condition that no event met",
     "the sample may be too small; else compare the condition with the values that there are"},
    {BlindReason::kValueInEveryEvent, "what they leave out is in every event",
     "the sample may be too small; else narrow what is left out"},
    {BlindReason::kExcepted, "their exceptions take out every match", "narrow the exceptions"},
}};

const ReasonText& WordsFor(BlindReason reason) {
  return *std::ranges::find(kReasons, reason, &ReasonText::reason);
}

// Of a field as a whole, not of one condition on it.
bool IsAboutField(BlindReason reason) {
  return reason == BlindReason::kNotMapped || reason == BlindReason::kWrongType ||
         reason == BlindReason::kFieldAbsent;
}

std::string Rules(std::size_t number) {
  return Grouped(number) + (number == 1 ? " rule" : " rules");
}

std::string PlaceText(const std::string& file, LineColumn where) {
  return file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

std::string Text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

class Report {
 public:
  Report(const compiler::NeedsOfRules& needs, const compiler::NeedsSeen* seen,
         std::vector<BlindRule> blind)
      : needs_(needs), seen_(seen), blind_(std::move(blind)) {}

  BlindReport Run() {
    BlindReport report;
    report.text = Head();
    for (const ReasonText& about : kReasons) {
      report.text += Section(about);
    }
    report.rules_json = Text(Blind());
    report.summary_json = Text(Summary());
    return report;
  }

 private:
  // The needs that the rule's reason rests on, those on one field together, and what a headline
  // calls them: "process.name : curl or wget", or the field alone.
  struct Topic {
    const compiler::Need* first;
    std::string text;
  };
  [[nodiscard]] std::vector<Topic> TopicsOf(const BlindRule& rule) const {
    std::vector<std::vector<const compiler::Need*>> by_field;
    for (const compiler::BlindNeed& blind : rule.needs) {
      const compiler::Need* const need = &needs_.needs[blind.need];
      if (!blind.is_main) {
        continue;
      }
      const auto same = std::ranges::find_if(by_field, [&](const auto& needs) {
        return !need->field.empty() && needs[0]->field == need->field;
      });
      (same == by_field.end() ? by_field.emplace_back() : *same).push_back(need);
    }
    std::vector<Topic> topics;
    for (const std::vector<const compiler::Need*>& needs : by_field) {
      topics.push_back({needs[0], IsAboutField(rule.reason) ? needs[0]->field : TextOf(needs)});
    }
    return topics;
  }

  static std::string TextOf(const std::vector<const compiler::Need*>& needs) {
    std::string text = needs[0]->text;
    for (std::size_t i = 1; i < needs.size() && i < kMaxShownValues; ++i) {
      text += " or " + (needs[i]->value.empty() ? needs[i]->text : needs[i]->value);
    }
    text += needs.size() > kMaxShownValues
                ? " ... (" + std::to_string(needs.size()) + " conditions)"
                : "";
    return needs[0]->because.empty() ? text : text + "   (" + needs[0]->because + ")";
  }

  [[nodiscard]] std::size_t NumOf(BlindReason reason) const {
    return static_cast<std::size_t>(std::ranges::count(blind_, reason, &BlindRule::reason));
  }

  [[nodiscard]] std::size_t NumThatCannot() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(blind_, &compiler::CannotFire, &BlindRule::reason));
  }

  // The rules that are not blind, each in one class.
  struct Classes {
    std::size_t num_matched = 0;    // with a match that their exceptions leave
    std::size_t num_unmatched = 0;  // each of their parts was met, though by no one event
    std::size_t num_jobs = 0;       // with a job that had events to count
  };
  [[nodiscard]] Classes ClassesOfOthers() const {
    Classes classes;
    for (std::uint32_t i = 0; i < needs_.rules.size(); ++i) {
      if (std::ranges::binary_search(blind_, i, {}, &BlindRule::rule)) {
        continue;
      }
      const compiler::RuleSeen& seen = seen_->rules[i];
      if (!needs_.rules[i].match) {
        ++classes.num_jobs;
      } else if (seen.num_matches > seen.num_excepted) {
        ++classes.num_matched;
      } else {
        ++classes.num_unmatched;
      }
    }
    return classes;
  }

  [[nodiscard]] bool HasEvents() const { return seen_ != nullptr && seen_->num_events > 0; }

  // Of a sample without an event nothing is said but that; a mapping may still tell something.
  [[nodiscard]] std::string HeadLine() const {
    const bool is_empty_sample = seen_ != nullptr && seen_->num_events == 0;
    const std::string cannot =
        Grouped(NumThatCannot()) + " of " + Rules(needs_.rules.size()) + " cannot fire ";
    if (is_empty_sample) {
      return "\nBlind rules: no event was read: nothing can be said from the sample\n" +
             (blind_.empty() ? "" : "  " + cannot + "whatever the events are\n");
    }
    return "\nBlind rules: " + cannot +
           (seen_ == nullptr ? std::string("on this mapping")
                             : "on this sample of " + Grouped(seen_->num_events) +
                                   (seen_->num_events == 1 ? " event" : " events")) +
           "\n";
  }

  [[nodiscard]] std::string Head() const {
    std::string text = HeadLine();
    for (const ReasonText& about : kReasons) {
      if (const std::size_t num = NumOf(about.reason); num > 0) {
        text += std::string(compiler::CannotFire(about.reason) ? "" : "  did not fire:") + "  " +
                Grouped(num) + "  " + about.what + "\n";
      }
    }
    if (HasEvents()) {
      const Classes others = ClassesOfOthers();
      text +=
          "  " + Rules(others.num_matched) + " matched; " + Grouped(others.num_unmatched) +
          " did not, though each of their parts was met by some event" +
          (others.num_jobs > 0 ? "; " + Rules(others.num_jobs) + " with a job had events to count"
                               : "") +
          "\n";
    }
    return text;
  }

  [[nodiscard]] std::string Section(const ReasonText& about) const {
    const std::size_t num = NumOf(about.reason);
    if (num == 0) {
      return "";
    }
    std::string text =
        "\n" + std::string(about.what) + " (" + Rules(num) + "): " + about.remedy + "\n";
    for (const auto& [topic, rules] : ByTopic(about.reason)) {
      text += "  " + topic + (rules.size() > 1 ? " (" + Rules(rules.size()) + ")\n" : "\n");
      for (const BlindRule* const rule : rules) {
        text += LineOf(*rule, topic);
      }
    }
    return text;
  }

  // One missing field, often one missing source, blinds many rules. So each rule stands below that
  // of its topics that most rules share, and topics with most rules come first.
  using RulesOfTopic = std::vector<std::pair<std::string, std::vector<const BlindRule*>>>;
  [[nodiscard]] RulesOfTopic ByTopic(BlindReason reason) const {
    std::map<std::string, std::size_t> num_of_topic;
    for (const BlindRule& rule : blind_) {
      for (const Topic& topic : rule.reason == reason ? TopicsOf(rule) : std::vector<Topic>()) {
        ++num_of_topic[topic.text];
      }
    }
    std::map<std::string, std::vector<const BlindRule*>> rules_of_topic;
    for (const BlindRule& rule : blind_) {
      if (rule.reason == reason) {
        const std::vector<Topic> topics = TopicsOf(rule);
        const auto widest = std::ranges::max_element(
            topics, {}, [&](const Topic& topic) { return num_of_topic[topic.text]; });
        rules_of_topic[topics.empty() ? OwnTopic(rule) : widest->text].push_back(&rule);
      }
    }
    RulesOfTopic sorted(rules_of_topic.begin(), rules_of_topic.end());
    std::ranges::stable_sort(sorted, std::greater(),
                             [](const auto& topic) { return topic.second.size(); });
    return sorted;
  }

  // Of a reason that lies in no single need.
  [[nodiscard]] std::string OwnTopic(const BlindRule& rule) const {
    if (rule.reason == BlindReason::kNoEventOfIndices) {
      return IndexText(needs_.rules[rule.rule].indices);
    }
    return Grouped(seen_->rules[rule.rule].num_matches) + " matches";
  }

  // The place of the need that the headline names, and what else is in the way.
  [[nodiscard]] std::string LineOf(const BlindRule& rule, const std::string& headline) const {
    const compiler::RuleNeeds& about = needs_.rules[rule.rule];
    std::string place = PlaceText(about.file, about.where);
    std::string others;
    std::size_t num_others = 0;
    for (const Topic& topic : TopicsOf(rule)) {
      if (topic.text == headline) {
        place = PlaceText(topic.first->place.file, topic.first->place.where);
      } else if (++num_others <= kMaxShownTopics) {
        others += (others.empty() ? "; also " : "; ") + topic.text;
      }
    }
    return "    " + place + ": " + about.name + others +
           (num_others > kMaxShownTopics ? "; ...\n" : "\n");
  }

  static std::string IndexText(const std::vector<std::string>& indices) {
    std::string text = "index: ";
    for (std::size_t i = 0; i < indices.size(); ++i) {
      text += (i == 0 ? "" : ", ") + indices[i];
    }
    return text;
  }

  [[nodiscard]] ordered_json Blind() const {
    ordered_json all = ordered_json::array();
    for (const BlindRule& blind : blind_) {
      const compiler::RuleNeeds& rule = needs_.rules[blind.rule];
      ordered_json one = {{"rule_id", rule.rule_id},
                          {"name", rule.name},
                          {"file", rule.file},
                          {"line", rule.where.line},
                          {"code", compiler::BlindReasonName(blind.reason)},
                          {"cannot_fire", compiler::CannotFire(blind.reason)},
                          {"hint", WordsFor(blind.reason).remedy}};
      one["reasons"] = Reasons(blind, rule);
      all.push_back(std::move(one));
    }
    return all;
  }

  [[nodiscard]] ordered_json Reasons(const BlindRule& blind,
                                     const compiler::RuleNeeds& rule) const {
    ordered_json reasons = ordered_json::array();
    for (const compiler::BlindNeed& one : blind.needs) {
      reasons.push_back(Reason(one));
    }
    if (blind.reason == BlindReason::kNoEventOfIndices) {
      reasons.push_back(
          {{"code", compiler::BlindReasonName(blind.reason)}, {"index", rule.indices}});
    } else if (blind.reason == BlindReason::kExcepted) {
      reasons.push_back({{"code", compiler::BlindReasonName(blind.reason)},
                         {"matches", seen_->rules[blind.rule].num_matches}});
    }
    return reasons;
  }

  [[nodiscard]] ordered_json Reason(const compiler::BlindNeed& blind) const {
    const compiler::Need& need = needs_.needs[blind.need];
    ordered_json reason = {{"code", compiler::BlindReasonName(blind.reason)}};
    const auto put = [&reason](const char* key, const std::string& text) {
      if (!text.empty()) {
        reason[key] = text;
      }
    };
    put("field", need.field);
    put("value", need.value);
    put("text", need.text);
    put("because", need.because);
    put("asked_by", need.place.asked_by);
    reason["is_main"] = blind.is_main;
    reason["file"] = need.place.file;
    reason["line"] = need.place.where.line;
    reason["column"] = need.place.where.column;
    return reason;
  }

  [[nodiscard]] ordered_json Summary() const {
    ordered_json summary = {{"rules", needs_.rules.size()},
                            {"not_judged", needs_.num_not_judged},
                            {"cannot_fire", NumThatCannot()}};
    if (seen_ != nullptr) {
      summary["events"] = seen_->num_events;
      summary["did_not_fire"] = blind_.size() - NumThatCannot();
    }
    if (HasEvents()) {
      const Classes others = ClassesOfOthers();
      summary["matched"] = others.num_matched;
      summary["did_not_match"] = others.num_unmatched;
      summary["jobs_with_events"] = others.num_jobs;
    }
    for (const ReasonText& about : kReasons) {
      summary["codes"][std::string(compiler::BlindReasonName(about.reason))] = NumOf(about.reason);
    }
    return summary;
  }

  const compiler::NeedsOfRules& needs_;
  const compiler::NeedsSeen* seen_;
  std::vector<BlindRule> blind_;  // by rule
};

std::vector<std::string> MalformedColumns(const jit::Program& program,
                                          const runtime::EventReport& report) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < program.fields.size() && i < report.malformed_values.size(); ++i) {
    if (report.malformed_values[i] > 0) {
      names.push_back(program.fields[i].name);
    }
  }
  return names;
}

}  // namespace

Result<BlindReport> ReportBlindRules(const compiler::NeedsOfRules& needs,
                                     const std::vector<std::string>& events) {
  if (events.empty()) {
    return Report(needs, nullptr, compiler::FindBlindRules(needs, nullptr)).Run();
  }
  TRIPLINE_TRY(const auto matcher,
               runtime::Matcher::Make(needs.program, {runtime::MatcherCode::kInterpreter}));
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  const runtime::RowClock clock{.now = now.time_since_epoch().count()};
  const runtime::Ruleset columns = runtime::MakeRuleset(needs.program, {}, {});
  compiler::NeedsWatch watch(needs);
  TRIPLINE_TRY(const EventsRead read,
               ReadEvents(columns, events, [&](const runtime::EventBlock& block) -> Result<void> {
                 matcher->Match(block.batch, clock);
                 watch.Take(block, *matcher);
                 return {};
               }));
  SayReport(columns, events, read.report);
  const compiler::NeedsSeen& seen = watch.seen();
  BlindReport report =
      Report(needs, &seen,
             compiler::FindBlindRules(needs, &seen, MalformedColumns(needs.program, read.report)))
          .Run();
  report.has_failed_files = read.has_failed_files;
  return report;
}

}  // namespace tripline::cli

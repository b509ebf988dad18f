// What the Face holds behind its handles. Only the Face's own files include it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin-shim/native/block_view.h"
#include "plugin-shim/native/face.h"
#include "runtime/alert.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/rule_runs.h"
#include "runtime/ruleset.h"
#include "runtime/segment_plan.h"
#include "runtime/value_answers.h"

namespace tripline::shim {

using runtime::Ruleset;

/// One caller at a time; a second one is told so.
class Turn {
 public:
  explicit Turn(std::atomic_flag& flag) : flag_(flag), is_mine_(!flag.test_and_set()) {}
  ~Turn() {
    if (is_mine_) {
      flag_.clear();
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  [[nodiscard]] Result<void> Check(std::string_view what) const {
    if (!is_mine_) {
      return Fail(ErrorCode::kUsage,
                  std::string(what) + " is in use by another thread; each needs its own");
    }
    return {};
  }

 private:
  std::atomic_flag& flag_;
  bool is_mine_;
};

struct RulesetEntry {
  std::shared_ptr<const Ruleset> ruleset;
  std::mutex mutex;
  std::vector<std::shared_ptr<const runtime::AlertBuilder>> alert_builders;  // by rule, once used

  Result<std::shared_ptr<const runtime::AlertBuilder>> AlertBuilderOf(std::uint32_t rule) {
    const std::lock_guard lock(mutex);
    alert_builders.resize(ruleset->rules.size());
    if (!alert_builders[rule]) {
      TRIPLINE_TRY(runtime::AlertBuilder builder,
                   runtime::AlertBuilder::Make(ruleset->rules[rule]));
      alert_builders[rule] = std::make_shared<const runtime::AlertBuilder>(std::move(builder));
    }
    return alert_builders[rule];
  }
};

struct EngineEntry {
  using Scratch = runtime::ValueAnswersBuilder::Scratch;

  std::shared_ptr<const Ruleset> ruleset;
  std::shared_ptr<runtime::MatchEngine> engine;

  /// One that was given back, or null.
  std::unique_ptr<Scratch> TakeScratch() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      return nullptr;
    }
    std::unique_ptr<Scratch> scratch = std::move(idle_.back());
    idle_.pop_back();
    return scratch;
  }

  void GiveBack(std::unique_ptr<Scratch> scratch) {
    const std::lock_guard lock(mutex_);
    if (scratch && idle_.size() < kMaxIdle) {
      idle_.push_back(std::move(scratch));
    }
  }

 private:
  static constexpr std::size_t kMaxIdle = 8;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> idle_;
};

struct AnswersEntry {
  AnswersEntry(std::shared_ptr<EngineEntry> the_engine, jit::FieldIndex field,
               const jit::FieldDecider& decider)
      : engine(std::move(the_engine)), builder(decider, engine->TakeScratch()) {
    sealed.program = &engine->ruleset->program;
    sealed.field = field;
  }
  ~AnswersEntry() { engine->GiveBack(builder.TakeScratch()); }
  AnswersEntry(const AnswersEntry&) = delete;
  AnswersEntry& operator=(const AnswersEntry&) = delete;

  std::shared_ptr<EngineEntry> engine;
  std::atomic_flag turn;
  std::atomic<bool> is_sealed = false;
  std::atomic<std::uint64_t> memory_bytes = 0;
  FieldAnswers sealed;
  runtime::ValueAnswersBuilder builder;
};

struct PlanEntry {
  std::shared_ptr<EngineEntry> engine;
  std::shared_ptr<const runtime::SegmentPlan> plan;
};

struct MatcherEntry {
  std::shared_ptr<EngineEntry> engine;
  std::atomic_flag turn;
  std::unique_ptr<runtime::Matcher> matcher;
  std::unique_ptr<runtime::RowFinder> finder;  // once used
  BlockView view;
};

struct RunsEntry {
  std::atomic_flag turn;
  std::unique_ptr<runtime::RuleRuns> runs;
};

struct Face::State {
  HandleTable<RulesetEntry> rulesets{1, "ruleset"};
  HandleTable<EngineEntry> engines{2, "engine"};
  HandleTable<AnswersEntry> answers{3, "field's answers"};
  HandleTable<PlanEntry> plans{4, "plan"};
  HandleTable<MatcherEntry> matchers{5, "matcher"};
  HandleTable<RunsEntry> runs{6, "scheduled runs"};
  FindAnswers find_answers = [this](Handle handle) { return FindSealed(handle); };

  Result<std::shared_ptr<const FieldAnswers>> FindSealed(Handle handle) const {
    TRIPLINE_TRY(std::shared_ptr<AnswersEntry> open, answers.Get(handle));
    if (!open->is_sealed.load(std::memory_order_acquire)) {
      return Fail(ErrorCode::kUsage, "a field's answers are used before they are sealed");
    }
    const FieldAnswers* const sealed = &open->sealed;
    return std::shared_ptr<const FieldAnswers>(std::move(open), sealed);
  }

  Handle PutRuleset(Ruleset ruleset) {
    auto open = std::make_shared<RulesetEntry>();
    open->ruleset = std::make_shared<const Ruleset>(std::move(ruleset));
    return rulesets.Put(std::move(open));
  }
};

}  // namespace tripline::shim

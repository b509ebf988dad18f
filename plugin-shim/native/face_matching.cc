// Plans and matchers: what searches call for every segment and block.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "jit/relax.h"
#include "plugin-shim/native/face_state.h"
#include "plugin-shim/native/row_bytes.h"

namespace tripline::shim {

Result<Handle> Face::OpenPlan(Handle engine, std::span<const std::byte> knowledge,
                              std::span<const std::byte> wanted) {
  TRIPLINE_TRY(auto open, state_->engines.Get(engine));
  std::vector<jit::Knowledge> leaves;
  leaves.reserve(knowledge.size());
  for (const std::byte byte : knowledge) {
    if (byte > std::byte{static_cast<std::uint8_t>(jit::Knowledge::kNever)}) {
      return Fail(ErrorCode::kInvalid, "a plan's knowledge has a byte that is not 0, 1 or 2");
    }
    leaves.push_back(static_cast<jit::Knowledge>(byte));
  }
  auto plan = std::make_shared<PlanEntry>();
  std::vector<std::uint8_t> outputs;
  std::ranges::transform(wanted, std::back_inserter(outputs),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  TRIPLINE_TRY(plan->plan, runtime::SegmentPlan::Make(open->ruleset->program, leaves, outputs));
  plan->engine = std::move(open);
  return state_->plans.Put(std::move(plan));
}

Result<std::string> Face::DescribePlan(Handle plan) const {
  TRIPLINE_TRY(const auto open, state_->plans.Get(plan));
  ByteWriter writer;
  writer.Number(static_cast<std::uint64_t>(open->plan->memory_bytes()));
  writer.Number(open->plan->num_alive());
  writer.Number(static_cast<std::uint32_t>(open->plan->columns().size()));
  for (const jit::FieldIndex field : open->plan->columns()) {
    writer.Number(field);
  }
  writer.Number(static_cast<std::uint32_t>(open->plan->given_leaves().size()));
  for (const jit::LeafIndex leaf : open->plan->given_leaves()) {
    writer.Number(leaf);
  }
  for (jit::OutputIndex output = 0; output < open->engine->engine->num_outputs(); ++output) {
    writer.Number(static_cast<std::uint8_t>(open->plan->IsAlive(output) ? 1 : 0));
  }
  return writer.Take();
}

Result<void> Face::ClosePlan(Handle plan) { return state_->plans.Close(plan); }

Result<Handle> Face::OpenMatcher(Handle engine) {
  TRIPLINE_TRY(auto open, state_->engines.Get(engine));
  auto matcher = std::make_shared<MatcherEntry>();
  TRIPLINE_TRY(matcher->matcher, runtime::Matcher::Make(open->engine));
  matcher->engine = std::move(open);
  return state_->matchers.Put(std::move(matcher));
}

Result<std::size_t> Face::FindRows(Handle matcher, Handle plan, std::span<const std::byte> block,
                                   std::span<std::byte> out) {
  TRIPLINE_TRY(const auto open, state_->matchers.Get(matcher));
  TRIPLINE_TRY(const auto planned, state_->plans.Get(plan));
  const Turn turn(open->turn);
  TRIPLINE_TRY_VOID(turn.Check("a matcher"));
  if (planned->engine->engine != open->engine->engine) {
    return Fail(ErrorCode::kUsage, "the plan is of another engine than the matcher");
  }
  TRIPLINE_TRY(const runtime::Batch* const batch,
               open->view.Read(block, open->engine->ruleset->program, state_->find_answers));
  const runtime::MatchEngine& engine = *open->engine->engine;
  if (!open->finder) {
    open->finder = std::make_unique<runtime::RowFinder>(engine.num_leaves(), engine.num_outputs());
  }
  if (open->finder->plan() != planned->plan.get()) {
    open->finder->Use(planned->plan);
  }
  open->finder->Find(batch->num_rows, batch->given, batch->eligible);
  return WriteNeededRows(*planned->plan, *open->finder, runtime::WordsFor(batch->num_rows), out);
}

Result<std::size_t> Face::Match(Handle matcher, std::span<const std::byte> block,
                                std::span<std::byte> out) {
  TRIPLINE_TRY(const auto open, state_->matchers.Get(matcher));
  const Turn turn(open->turn);
  TRIPLINE_TRY_VOID(turn.Check("a matcher"));
  TRIPLINE_TRY(const runtime::Batch* const batch,
               open->view.Read(block, open->engine->ruleset->program, state_->find_answers));
  open->matcher->Match(*batch);
  return WriteVerdicts(*open->matcher, open->engine->engine->num_outputs(),
                       runtime::WordsFor(batch->num_rows), out);
}

Result<void> Face::CloseMatcher(Handle matcher) { return state_->matchers.Close(matcher); }

}  // namespace tripline::shim

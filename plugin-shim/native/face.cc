// Each kind of object has a table of its own; objects hold shared pointers to what they were made
// of. What may recurse deeply or end in a library's fatal error (reading rules, making deciders
// and code) runs on a thread with a large stack, as the host's threads have small ones.
#include "plugin-shim/native/face.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "compiler/compile.h"
#include "compiler/field_types.h"
#include "compiler/rule_reader.h"
#include "jit/compile_thread.h"
#include "jit/relax.h"
#include "plugin-shim/native/description.h"
#include "plugin-shim/native/face_state.h"
#include "plugin-shim/native/row_bytes.h"
#include "runtime/alert.h"
#include "runtime/alert_ancestry.h"
#include "runtime/event.h"
#include "runtime/match_engine.h"
#include "runtime/matcher.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_signature.h"
#include "runtime/segment_plan.h"
#include "runtime/term.h"

namespace tripline::shim {
namespace {

constexpr std::size_t kMaxDocumentBytes = std::size_t{64} << 20U;
constexpr std::size_t kMaxRulesetBytes = std::size_t{256} << 20U;
constexpr std::size_t kMaxMappingBytes = std::size_t{64} << 20U;
constexpr std::size_t kMaxEventBytes = std::size_t{64} << 20U;

Result<void> CheckSize(std::size_t bytes, std::size_t limit, std::string_view what) {
  if (bytes > limit) {
    return Fail(ErrorCode::kLimit, std::string(what) + " has " + std::to_string(bytes) +
                                       " bytes; at most " + std::to_string(limit) + " are taken");
  }
  return {};
}

}  // namespace

Face::Face() : state_(std::make_unique<State>()) {}
Face::~Face() = default;

Result<CompileAnswer> Face::CompileRuleset(const std::string& name, std::string_view documents,
                                           std::optional<std::string_view> mapping) {
  TRIPLINE_TRY_VOID(CheckSize(documents.size(), kMaxDocumentBytes, "the rule documents"));
  TRIPLINE_TRY_VOID(CheckSize(mapping ? mapping->size() : 0, kMaxMappingBytes, "the mapping"));
  CompileAnswer answer;
  TRIPLINE_TRY_VOID(jit::RunOnCompileThread([&]() -> Result<void> {
    const compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
    std::optional<compiler::FieldTypes> types;
    if (mapping) {
      TRIPLINE_TRY(types, compiler::FieldTypes::FromMapping("mapping", *mapping));
    }
    compiler::ReadRules read = compiler::ReadRuleFile(name, documents);
    const compiler::FieldCatalog catalog{types ? &*types : nullptr, &ecs};
    compiler::ValueLists none;
    const auto lists = compiler::ExceptionLists::Make(read.asides, catalog, none, read.diagnostics);
    compiler::CompiledRules compiled = compiler::Compile(read.rules, read.jobs, catalog, lists);
    answer.diagnostics = std::move(read.diagnostics);
    std::ranges::move(compiled.diagnostics, std::back_inserter(answer.diagnostics));
    if (!HasErrors(answer.diagnostics)) {
      answer.ruleset = state_->PutRuleset(std::move(compiled.ruleset));
    }
    return {};
  }));
  return answer;
}

Result<Handle> Face::LoadRuleset(std::string_view bytes,
                                 std::span<const std::string> trusted_keys) {
  TRIPLINE_TRY_VOID(CheckSize(bytes.size(), kMaxRulesetBytes, "the ruleset file"));
  Handle handle = 0;
  TRIPLINE_TRY_VOID(jit::RunOnCompileThread([&]() -> Result<void> {
    TRIPLINE_TRY(auto loaded, runtime::LoadRuleset(bytes, trusted_keys));
    handle = state_->PutRuleset(std::move(loaded.ruleset));
    return {};
  }));
  return handle;
}

Result<std::string> Face::SignatureOf(std::string_view bytes) {
  TRIPLINE_TRY(const auto signature, runtime::SignatureOf(bytes));
  return signature ? std::string(1, signature->fits ? '\1' : '\0') + signature->key : "";
}

Result<std::string> Face::SaveRuleset(Handle ruleset) const {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  return runtime::SaveRuleset(*open->ruleset);
}

Result<std::string> Face::DescribeRuleset(Handle ruleset) const {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  return Describe(*open->ruleset);
}

Result<AlertAnswer> Face::BuildAlert(Handle ruleset, const AlertRequest& request) const {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  TRIPLINE_TRY_VOID(CheckSize(request.source.size(), kMaxEventBytes, "the event"));
  if (request.rule >= open->ruleset->rules.size()) {
    return Fail(ErrorCode::kUsage, "rule " + std::to_string(request.rule) + " of " +
                                       std::to_string(open->ruleset->rules.size()));
  }
  if (!request.term.empty() && runtime::NumTermValues(request.term) == 0) {
    return Fail(ErrorCode::kInvalid, "an alert's term is no term");
  }
  TRIPLINE_TRY(const auto builder, open->AlertBuilderOf(request.rule));
  ByteWriter times;
  times.Number(request.run_at_ms);
  times.Number(request.event_time_ms);
  ByteReader reader(times.bytes(), "an alert's times");
  TRIPLINE_TRY(const Timestamp run_at, runtime::LoadTime(reader));
  TRIPLINE_TRY(const Timestamp event_time, runtime::LoadTime(reader));
  auto document = std::make_shared<runtime::Document>();
  document->index = request.index;
  document->id = request.id;
  document->is_hit = true;
  document->json = request.source;
  if (runtime::AlertAncestry::Of(open->ruleset->rules[request.rule]).Names(request.source)) {
    return AlertAnswer{};
  }
  runtime::Alert alert =
      builder->Build({.event = {.time = event_time, .document = std::move(document)},
                      .term = std::string(request.term)},
                     run_at);
  return AlertAnswer{.id = std::move(alert.id), .json = std::move(alert.json)};
}

Result<void> Face::CloseRuleset(Handle ruleset) { return state_->rulesets.Close(ruleset); }

Result<Handle> Face::OpenEngine(Handle ruleset, EngineCode code) {
  TRIPLINE_TRY(const auto open, state_->rulesets.Get(ruleset));
  auto engine = std::make_shared<EngineEntry>();
  engine->ruleset = open->ruleset;
  TRIPLINE_TRY_VOID(jit::RunOnCompileThread([&]() -> Result<void> {
    TRIPLINE_TRY(engine->engine,
                 runtime::MatchEngine::Make(open->ruleset->program,
                                            code == EngineCode::kMachineCode
                                                ? runtime::MatcherCode::kMachineCode
                                                : runtime::MatcherCode::kInterpreter,
                                            open->ruleset->native.get()));
    return {};
  }));
  return state_->engines.Put(std::move(engine));
}

Result<void> Face::AddMachineCode(Handle engine) {
  TRIPLINE_TRY(const auto open, state_->engines.Get(engine));
  return open->engine->AddMachineCode(open->ruleset->program, open->ruleset->native.get());
}

Result<void> Face::CloseEngine(Handle engine) { return state_->engines.Close(engine); }

Result<Handle> Face::OpenAnswers(Handle engine, std::uint32_t field) {
  TRIPLINE_TRY(auto open, state_->engines.Get(engine));
  const jit::FieldDecider* const decider =
      field < open->engine->num_fields() ? open->engine->DeciderOf(field) : nullptr;
  if (decider == nullptr) {
    return Fail(ErrorCode::kUsage, "field " + std::to_string(field) + " has no values to decide");
  }
  return state_->answers.Put(std::make_shared<AnswersEntry>(std::move(open), field, *decider));
}

Result<void> Face::AddValues(Handle answers, std::span<const std::byte> chunk) {
  TRIPLINE_TRY(const auto open, state_->answers.Get(answers));
  const Turn turn(open->turn);
  TRIPLINE_TRY_VOID(turn.Check("a field's answers"));
  if (open->is_sealed) {
    return Fail(ErrorCode::kUsage, "a field's answers are sealed; no value can be added");
  }
  TRIPLINE_TRY(const ValueChunk values, ReadValueChunk(chunk));
  for (std::size_t i = 0; i + 1 < values.ends.size(); ++i) {
    TRIPLINE_TRY_VOID(
        open->builder.Add(values.text.substr(values.ends[i], values.ends[i + 1] - values.ends[i])));
  }
  return {};
}

Result<std::uint64_t> Face::SealAnswers(Handle answers) {
  TRIPLINE_TRY(const auto open, state_->answers.Get(answers));
  const Turn turn(open->turn);
  TRIPLINE_TRY_VOID(turn.Check("a field's answers"));
  if (!open->is_sealed) {
    open->sealed.answers = std::move(open->builder).Finish();
    open->engine->GiveBack(open->builder.TakeScratch());
    open->memory_bytes = open->sealed.answers.memory_bytes();
    open->is_sealed.store(true, std::memory_order_release);
  }
  return open->memory_bytes.load();
}

Result<std::string> Face::ValuesOfLeaves(Handle answers, std::uint32_t max_codes) const {
  TRIPLINE_TRY(const auto sealed, state_->FindSealed(answers));
  ByteWriter writer;
  for (const auto& leaf : sealed->answers.ValuesOfLeaves(max_codes)) {
    writer.Number(leaf.num_values);
    writer.Number(static_cast<std::uint32_t>(leaf.codes.size()));
    for (const std::uint32_t code : leaf.codes) {
      writer.Number(code);
    }
  }
  return writer.Take();
}

Result<void> Face::CloseAnswers(Handle answers) { return state_->answers.Close(answers); }

FaceCounts Face::counts() const {
  FaceCounts counts{.rulesets = state_->rulesets.num_open(),
                    .engines = state_->engines.num_open(),
                    .answers = state_->answers.num_open(),
                    .plans = state_->plans.num_open(),
                    .matchers = state_->matchers.num_open(),
                    .runs = state_->runs.num_open()};
  state_->answers.ForEach(
      [&](const AnswersEntry& open) { counts.answers_bytes += open.memory_bytes; });
  return counts;
}

}  // namespace tripline::shim

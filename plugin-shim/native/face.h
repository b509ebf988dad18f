// Face: everything that the shared library offers, without a word of Java. The exports
// (plugin-shim/native/exports.cc) only translate; tests and fuzzers call the Face itself.
//
//   documents -CompileRuleset-> ruleset -OpenEngine-> engine -OpenAnswers, AddValues, SealAnswers->
//     answers (one field's values of one segment);  engine -OpenPlan-> plan (of one segment);
//     engine -OpenMatcher-> matcher (one thread's): FindRows, Match (a block's bytes -> verdicts)
//
// Objects are handles (handle_table.h) that the host closes. Closing one that others were made of
// is harmless: they keep what they need.
//
// Thread-safety: any thread at any time, except that one matcher, and answers that are not sealed,
// serve one call at a time; a second one is an error, not a race.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/result.h"
#include "plugin-shim/native/handle_table.h"
#include "runtime/saved_part.h"

namespace tripline::shim {

enum class EngineCode : std::uint8_t { kInterpreter, kMachineCode };

/// A ruleset, or the reasons why there is none: `ruleset` is 0 if a diagnostic is an error.
struct CompileAnswer {
  Handle ruleset = 0;
  Diagnostics diagnostics;
};

/// An event that a rule found, as the host has it.
struct AlertRequest {
  std::uint32_t rule = 0;
  std::int64_t run_at_ms = 0;
  std::int64_t event_time_ms = 0;
  std::string_view index;
  std::string_view id;
  std::string_view source;  // the event's JSON text
  std::string_view term;    // runtime/term.h; empty for rules that are not new_terms
};

struct AlertAnswer {
  std::string id;
  std::string json;
};

/// Objects that are open, and bytes that they hold where that is known.
struct FaceCounts {
  std::uint64_t rulesets = 0;
  std::uint64_t engines = 0;
  std::uint64_t answers = 0;
  std::uint64_t answers_bytes = 0;
  std::uint64_t plans = 0;
  std::uint64_t matchers = 0;
  std::uint64_t runs = 0;
};

/// When the runs are due, in the host's own numbers: runtime::PlanRequest.
struct PlanTimes {
  std::int64_t now_ms = 0;
  std::int64_t job_now_ms = 0;
  std::int64_t max_span_ms = 0;
  std::int64_t earliest_ms = 0;
};

class Face {
 public:
  Face();
  ~Face();
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;

  /// Rule documents in any form that the rule reader takes; `mapping` types the fields where it is
  /// given (an index mapping or template). Errors: kLimit, those of a mapping that cannot be read.
  [[nodiscard]] Result<CompileAnswer> CompileRuleset(const std::string& name,
                                                     std::string_view documents,
                                                     std::optional<std::string_view> mapping);
  /// A ruleset file. Machine code in it counts if one of `trusted_keys` (public, base64) signed the
  /// file and it was made for this machine: AddMachineCode then takes it. Errors: as
  /// runtime::LoadRuleset.
  [[nodiscard]] Result<Handle> LoadRuleset(std::string_view bytes,
                                           std::span<const std::string> trusted_keys = {});
  /// Who signed a ruleset file: u8 whether the signature fits it, then the public key as base64;
  /// empty if it is not signed. Errors: kInvalid, kUnsupported.
  [[nodiscard]] static Result<std::string> SignatureOf(std::string_view bytes);
  [[nodiscard]] Result<std::string> SaveRuleset(Handle ruleset) const;
  /// What the host must know of it: description.h has the bytes.
  [[nodiscard]] Result<std::string> DescribeRuleset(Handle ruleset) const;
  /// The ruleset without the events that exceptions take out: lists and items in Kibana's export
  /// form, lines of value lists; `name` is what messages call them. Errors: kLimit, kUsage (a field
  /// has another type in the ruleset).
  [[nodiscard]] Result<CompileAnswer> JoinExceptions(Handle ruleset, const std::string& name,
                                                     std::string_view documents);
  [[nodiscard]] Result<AlertAnswer> BuildAlert(Handle ruleset, const AlertRequest& request) const;
  [[nodiscard]] Result<void> CloseRuleset(Handle ruleset);

  /// kMachineCode compiles before it returns. Errors: as runtime::MatchEngine::Make.
  [[nodiscard]] Result<Handle> OpenEngine(Handle ruleset, EngineCode code);
  /// Machine code for an engine that has none yet; its matchers go on meanwhile.
  [[nodiscard]] Result<void> AddMachineCode(Handle engine);
  [[nodiscard]] Result<void> CloseEngine(Handle engine);

  /// Errors: kUsage, if the field has no values to decide.
  [[nodiscard]] Result<Handle> OpenAnswers(Handle engine, std::uint32_t field);
  /// The next values of the dictionary: u32 count, u32 * (count + 1) ends beginning with 0, bytes;
  /// aligned to 4. Errors: kInvalid, kLimit, kUsage (sealed, or in use).
  [[nodiscard]] Result<void> AddValues(Handle answers, std::span<const std::byte> chunk);
  /// Answers the bytes that they hold.
  [[nodiscard]] Result<std::uint64_t> SealAnswers(Handle answers);
  /// Per leaf of the field, in the order of leaves: u32 number of values that make it true, u32
  /// number of codes that follow (at most `max_codes`), the codes.
  [[nodiscard]] Result<std::string> ValuesOfLeaves(Handle answers, std::uint32_t max_codes) const;
  [[nodiscard]] Result<void> CloseAnswers(Handle answers);

  /// `knowledge`: a byte per leaf, jit::Knowledge. `wanted`: a byte per output, zero for those that
  /// nobody asks for; empty: all are wanted. Errors: kInvalid, kUsage.
  [[nodiscard]] Result<Handle> OpenPlan(Handle engine, std::span<const std::byte> knowledge,
                                        std::span<const std::byte> wanted = {});
  /// u64 bytes held, u32 outputs alive, u32 columns, their fields, u32 leaves to be given, the
  /// leaves; then a byte per output, 1 if it is alive.
  [[nodiscard]] Result<std::string> DescribePlan(Handle plan) const;
  [[nodiscard]] Result<void> ClosePlan(Handle plan);

  [[nodiscard]] Result<Handle> OpenMatcher(Handle engine);
  /// The rows of a block (block_view.h; its columns are not looked at) whose values are needed, as
  ///   rows = u32 num_columns, u32 is_any, per column: u32 field, u32 num_rows, words of rows
  /// Answers the bytes written. Errors: kInvalid, kUsage, kLimit (`out` is too small).
  [[nodiscard]] Result<std::size_t> FindRows(Handle matcher, Handle plan,
                                             std::span<const std::byte> block,
                                             std::span<std::byte> out);
  /// The rules' rows of a block, as
  ///   verdicts = u32 num_outputs, u32 0, per output that has a row: u32 output, u32 num_rows,
  ///              words of rows
  /// Answers the bytes written. Errors: as FindRows.
  [[nodiscard]] Result<std::size_t> Match(Handle matcher, std::span<const std::byte> block,
                                          std::span<std::byte> out);
  [[nodiscard]] Result<void> CloseMatcher(Handle matcher);

  /// The scheduled runs of a ruleset (runtime/rule_runs.h), which begin behind `begin_ms`.
  [[nodiscard]] Result<Handle> OpenRuns(Handle ruleset, std::int64_t begin_ms);
  [[nodiscard]] Result<void> RestoreRuns(Handle runs, std::string_view saved);
  /// `enabled`: a byte per rule, or none. Answers
  ///   plan = u32 number, (u32 rule, i64 first run, i64 last run, i64 from, i64 to, i64 history
  ///          from, u32 max finds)*, u32 number, (u32 job, i64 first bucket, i64 end bucket)*,
  ///          u32 number, (u32 rule, i64 last run, u32 number, u32 job*)*,
  ///          u32 number, (u32 rule, i64 first, i64 last)* of gaps
  [[nodiscard]] Result<std::string> PlanRuns(Handle runs, const PlanTimes& times,
                                             std::string_view enabled);
  [[nodiscard]] Result<void> TakeFinds(Handle runs, std::uint32_t rule, std::string_view finds);
  [[nodiscard]] Result<void> TakeCounts(Handle runs, std::uint32_t job, std::string_view counts);
  [[nodiscard]] Result<void> CloseJob(Handle runs, std::uint32_t job, std::int64_t end_bucket);
  /// u32 number, (u32 rule, i64 run at, i64 time, string index, string id, string term, string
  /// source)*
  [[nodiscard]] Result<std::string> RunRule(Handle runs, std::uint32_t rule,
                                            std::int64_t last_run_ms);
  [[nodiscard]] Result<std::string> SaveRuns(Handle runs, runtime::SavedPart part);
  [[nodiscard]] Result<void> KeptRuns(Handle runs);
  [[nodiscard]] Result<std::string> ReportRuns(Handle runs) const;
  [[nodiscard]] Result<void> CloseRuns(Handle runs);

  [[nodiscard]] FaceCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tripline::shim

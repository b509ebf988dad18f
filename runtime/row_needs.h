// RowNeeds: which rows of a column can matter to any rule. Most rules first ask for a kind of event
// (a category, an operating system); where no rule that reads a column can be true, its value need
// not be looked at, and is not: a string that nobody needs is never interned nor decided.
//
//   needs:  output -> its guard (jit/guards.h), cut to clauses over fields with few values
//           column -> the guards of the outputs that read it
//
// An output is false wherever its guard is, whatever the columns hold there: leaving values out
// changes no answer. RowGate is one reader's memory for it; RowNeeds is shared.
//
// Thread-safety: RowNeeds is immutable; a RowGate is one thread's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "jit/field_decider.h"
#include "jit/program.h"
#include "runtime/column_builder.h"
#include "runtime/match_engine.h"
#include "runtime/ruleset.h"

namespace tripline::runtime {

class RowNeeds {
 public:
  /// For columns that are the ruleset's (runtime/ruleset.h), or the first ones of them: the
  /// Program's fields. `engine` is the Program's. Null if no column would be spared.
  [[nodiscard]] static std::shared_ptr<const RowNeeds> Make(
      const Ruleset& ruleset, std::shared_ptr<const MatchEngine> engine);

 private:
  friend class RowGate;
  using ClauseIndex = std::uint32_t;

  /// A field that guards ask, with the leaves of it that they ask for.
  struct GateField {
    std::uint32_t column = 0;
    const jit::FieldDecider* decider = nullptr;  // the engine's
    std::vector<std::uint32_t>
        gate_leaf;  // by position in the decider's leaves; kNoLeaf: not asked
  };
  struct Clause {
    std::vector<std::uint32_t> gate_leaves;
    std::vector<std::uint32_t> fields;  // of gate_fields_
  };
  struct Reader {
    std::vector<ClauseIndex> clauses;
    std::vector<std::uint32_t> columns;
  };
  static constexpr std::uint32_t kNoLeaf = 0xFFFFFFFFU;

  class Maker;

  std::shared_ptr<const MatchEngine> engine_;
  std::vector<GateField> gate_fields_;
  std::uint32_t num_gate_leaves_ = 0;
  std::vector<Clause> clauses_;
  std::vector<Reader> readers_;  // of distinct guards
  std::vector<bool> is_spared_;  // by column: only rows that a reader's guard lets through matter
};

class RowGate {
 public:
  /// Rows that are looked at together at most.
  static constexpr std::uint32_t kMaxRows = 256;
  static constexpr std::uint32_t kWords = kMaxRows / 64;

  explicit RowGate(std::shared_ptr<const RowNeeds> needs);

  /// Settles the columns: rows from `first_row` on, at most kMaxRows. Values of spared columns that
  /// no rule needs are dropped. Requires: all columns were settled up to `first_row`, and those
  /// that are not `touched` have nothing to settle.
  void Settle(std::uint32_t first_row, std::vector<ColumnBuilder>& columns,
              std::span<const std::uint32_t> touched);

 private:
  using Rows = std::array<std::uint64_t, kWords>;

  // What is known of a gate field's values.
  struct Known {
    std::uint64_t dictionary_id = 0;
    std::vector<std::optional<std::vector<std::uint32_t>>> leaves_of_code;  // gate leaves
    bool has_many = false;  // too many values: its clauses let everything through
  };

  void ReadGateField(std::size_t field, std::uint32_t first_row, const ColumnBuilder& column);
  const std::vector<std::uint32_t>& LeavesOf(std::size_t field, const DictionaryView& dictionary,
                                             std::uint32_t code);
  void EvaluateClauses();
  void EvaluateReaders();

  std::shared_ptr<const RowNeeds> needs_;
  std::vector<Known> known_;
  std::vector<Rows> leaf_rows_;
  std::vector<Rows> clause_rows_;
  std::vector<bool> is_clause_empty_;
  std::vector<Rows> wanted_;  // by column
  jit::FieldDecider::Scratch scratch_;
  std::vector<std::uint32_t> positions_;
};

}  // namespace tripline::runtime

// FieldDecider: every leaf of one field, decided for one distinct value at once. The first of the
// three ideas: events repeat, so what costs something is done per distinct value and not per event.
//
// It answers positions: places in leaves(), the field's leaves in the order of Program::leaves.
// jit/answer_classes.h makes small numbers of the answers. The judge is DecideSlowly (jit/atoms.h).
//
// Immutable once made; any number of threads may decide, each with its own Scratch, which serves
// any number of deciders that it was fitted to.
//
//   TRIPLINE_TRY(FieldDecider decider, FieldDecider::Make(program, field));
//   FieldDecider::Scratch scratch;
//   TRIPLINE_TRY_VOID(decider.Fit(scratch));
//   decider.DecideBytes("C:\\Windows\\cmd.exe", scratch, &positions);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "jit/interval_set.h"
#include "jit/pattern_set.h"
#include "jit/position_set.h"
#include "jit/prefix_set.h"
#include "jit/program.h"
#include "jit/string_decider.h"
#include "jit/text_decider.h"

namespace tripline::jit {

class FieldDecider {
 public:
  /// Memory that one thread decides in.
  class Scratch {
   private:
    friend class FieldDecider;
    TextScratch text;  // its StringScratch serves kString too
    PositionSet found;
  };

  /// Errors: kUsage (a delegated field: the host answers its leaves), kInvalid (an atom that the
  /// field's kind cannot answer; Verify refuses such programs), kUnsupported (see PatternSet).
  static Result<FieldDecider> Make(const Program& program, FieldIndex field,
                                   const PatternLimits& limits = {});

  /// Makes room for this decider, so that deciding allocates nothing of its own but what a value
  /// longer than all before needs. Errors: kLimit (no memory).
  Result<void> Fit(Scratch& scratch) const;

  /// The field's leaves, rising.
  [[nodiscard]] std::span<const LeafIndex> leaves() const { return leaves_; }

  /// Each Decide replaces `*positions` by the places in leaves() that are true for the value,
  /// rising. A value of another kind than the field's satisfies nothing.
  /// kString: the bytes; kText: the text before analysis; kAddress: 16 bytes; kObject: see
  /// jit/object_value.h.
  void DecideBytes(std::string_view value, Scratch& scratch,
                   std::vector<std::uint32_t>* positions) const;
  /// kInteger, kDate, kBoolean.
  void DecideInteger(std::int64_t value, Scratch& scratch,
                     std::vector<std::uint32_t>* positions) const;
  /// kFloat.
  void DecideFloat(double value, Scratch& scratch, std::vector<std::uint32_t>* positions) const;

  /// Where the answers of a field of numbers change: values that are not less than equally many of
  /// the cuts have the same answer, and a caller may keep one answer for each such number of them.
  /// None if there are lists of values too, or numbers of the other kind.
  [[nodiscard]] std::optional<std::span<const std::int64_t>> integer_cuts() const;
  [[nodiscard]] std::optional<std::span<const double>> float_cuts() const;

  /// The globs that no simpler table takes, with those left to the twin; null for other kinds than
  /// kString and kText.
  [[nodiscard]] const PatternSet* patterns() const;

 private:
  using Integers = IntervalSet<std::int64_t>;
  using Floats = IntervalSet<double>;
  // Objects are rare and their distinct values few: they are decided by the twin.
  using Objects = std::vector<std::pair<ObjectMatch, std::uint32_t>>;
  using Table = std::variant<StringDecider, TextDecider, PrefixSet, Integers, Floats, Objects>;
  struct Parts;
  class Sorter;

  /// A list of values, and the position of the leaf that asks for it.
  using Listed = std::pair<std::shared_ptr<const ValueSet>, std::uint32_t>;

  FieldDecider(Field field, std::vector<LeafIndex> leaves, std::vector<std::uint32_t> always,
               std::vector<Listed> lists, Table table);
  template <class Value>
  void AddLists(const Value& value, PositionSet* found) const;
  static Result<Table> MakeTable(const Field& field, Parts parts, const PatternLimits& limits);

  Field field_;
  std::vector<LeafIndex> leaves_;
  std::vector<std::uint32_t> always_;  // positions that any value makes true
  std::vector<Listed> lists_;
  Table table_;
};

}  // namespace tripline::jit

#include "compiler/lint/must_hold.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "compiler/atom_cover.h"
#include "compiler/fit_atoms.h"
#include "jit/glob.h"

namespace tripline::compiler {
namespace {

class Collector {
 public:
  explicit Collector(const TypedAst& typed) : typed_(typed) {}

  Conditions Run() {
    Add(typed_.root, false);
    return std::move(found_);
  }

 private:
  void Add(TypedNodeId id, bool is_negated) {
    const TypedNode& node = typed_.nodes[id];
    if (const auto* const negation = std::get_if<TypedNot>(&node)) {
      Add(negation->operand, !is_negated);
      return;
    }
    const std::vector<TypedNodeId>* const operands = OperandsOf(node);
    const bool needs_all = std::holds_alternative<TypedAnd>(node) != is_negated;
    if (operands != nullptr && needs_all) {
      for (const TypedNodeId operand : *operands) {
        Add(operand, is_negated);
      }
      return;
    }
    std::optional<FieldTest> test;
    const bool is_one_field = Merge(id, is_negated, test);
    if (is_one_field && test) {
      test->atoms = FitAtoms(test->field, std::move(test->atoms));
      found_.all.push_back({*std::move(test), operands == nullptr && is_negated});
    } else {
      found_.is_complete = false;
    }
  }

  // A test of one field, or alternatives of the same one; a negated test stands alone.
  bool Merge(TypedNodeId id, bool is_negated, std::optional<FieldTest>& merged) const {
    const TypedNode& node = typed_.nodes[id];
    if (const auto* const negation = std::get_if<TypedNot>(&node)) {
      return Merge(negation->operand, !is_negated, merged);
    }
    if (const std::vector<TypedNodeId>* const operands = OperandsOf(node)) {
      return std::holds_alternative<TypedAnd>(node) == is_negated &&
             std::ranges::all_of(*operands, [&](TypedNodeId operand) {
               return MergePositive(operand, is_negated, merged);
             });
    }
    const auto* const tests = std::get_if<TestNode>(&node);
    if (tests == nullptr || tests->tests.size() != 1 ||
        (merged && merged->field != tests->tests[0].field)) {
      return false;
    }
    if (!merged) {
      merged = tests->tests[0];
    } else {
      merged->atoms.insert(merged->atoms.end(), tests->tests[0].atoms.begin(),
                           tests->tests[0].atoms.end());
    }
    return true;
  }

  bool MergePositive(TypedNodeId id, bool is_negated, std::optional<FieldTest>& merged) const {
    TypedNodeId inner = id;
    bool is_inner_negated = is_negated;
    while (const auto* const negation = std::get_if<TypedNot>(&typed_.nodes[inner])) {
      inner = negation->operand;
      is_inner_negated = !is_inner_negated;
    }
    const bool is_negated_test =
        std::holds_alternative<TestNode>(typed_.nodes[inner]) && is_inner_negated;
    return !is_negated_test && Merge(inner, is_inner_negated, merged);
  }

  static const std::vector<TypedNodeId>* OperandsOf(const TypedNode& node) {
    if (const auto* const all = std::get_if<TypedAnd>(&node)) {
      return &all->operands;
    }
    const auto* const any = std::get_if<TypedOr>(&node);
    return any == nullptr ? nullptr : &any->operands;
  }

  const TypedAst& typed_;
  Conditions found_;
};

// Fields with one value in every event that keeps to ECS.
bool HasOneValue(std::string_view field) {
  static constexpr auto kNames = std::to_array<std::string_view>({"agent.type",
                                                                  "dll.name",
                                                                  "dll.path",
                                                                  "dns.question.name",
                                                                  "event.code",
                                                                  "event.dataset",
                                                                  "event.module",
                                                                  "event.outcome",
                                                                  "event.provider",
                                                                  "destination.ip",
                                                                  "destination.port",
                                                                  "file.directory",
                                                                  "file.extension",
                                                                  "file.name",
                                                                  "file.path",
                                                                  "host.hostname",
                                                                  "host.id",
                                                                  "host.name",
                                                                  "host.os.type",
                                                                  "network.direction",
                                                                  "network.transport",
                                                                  "process.command_line",
                                                                  "process.executable",
                                                                  "process.name",
                                                                  "process.parent.command_line",
                                                                  "process.parent.executable",
                                                                  "process.parent.name",
                                                                  "process.pid",
                                                                  "process.working_directory",
                                                                  "registry.key",
                                                                  "registry.path",
                                                                  "registry.value",
                                                                  "source.ip",
                                                                  "source.port",
                                                                  "url.domain",
                                                                  "url.path",
                                                                  "user.domain",
                                                                  "user.id",
                                                                  "user.name"});
  return std::ranges::find(kNames, field) != kNames.end();
}

bool AreApart(const jit::Atom& a, const jit::Atom& b) {
  const auto* const term = std::get_if<jit::Term>(&a);
  if (const auto* const glob = std::get_if<jit::Glob>(&b)) {
    return term != nullptr && !jit::GlobMatches(*glob, term->value);
  }
  if (term != nullptr) {
    const auto* const other = std::get_if<jit::Term>(&b);
    return other != nullptr && *other != *term;
  }
  if (std::holds_alternative<jit::Glob>(a)) {
    return std::holds_alternative<jit::Term>(b) && AreApart(b, a);
  }
  const auto* const block = std::get_if<IpPrefix>(&a);
  const auto* const other_block = std::get_if<IpPrefix>(&b);
  if (block != nullptr && other_block != nullptr) {
    return !Covers(a, b) && !Covers(b, a);
  }
  const auto* const range = std::get_if<jit::IntegerRange>(&a);
  const auto* const other_range = std::get_if<jit::IntegerRange>(&b);
  return range != nullptr && other_range != nullptr &&
         (range->last < other_range->first || other_range->last < range->first);
}

}  // namespace

Conditions MustHold(const TypedAst& typed) { return Collector(typed).Run(); }

bool ExcludeEachOther(const Condition& a, const Condition& b) {
  if (a.test.field != b.test.field) {
    return false;
  }
  if (a.is_negated != b.is_negated) {
    return a.is_negated ? Implies(TestNode{{b.test}}, TestNode{{a.test}})
                        : Implies(TestNode{{a.test}}, TestNode{{b.test}});
  }
  return !a.is_negated && HasOneValue(a.test.field.name) &&
         std::ranges::all_of(a.test.atoms, [&](const jit::Atom& one) {
           return std::ranges::all_of(b.test.atoms,
                                      [&](const jit::Atom& other) { return AreApart(one, other); });
         });
}

bool Implies(const Condition& narrow, const Condition& wide) {
  return narrow.is_negated == wide.is_negated &&
         (narrow.is_negated ? Implies(TestNode{{wide.test}}, TestNode{{narrow.test}})
                            : Implies(TestNode{{narrow.test}}, TestNode{{wide.test}}));
}

}  // namespace tripline::compiler

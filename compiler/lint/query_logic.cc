// The tree is read in negation normal form: a negated `or` is an `and` of what is negated. Each
// group (all must hold, or one must) is compared condition by condition with its own conditions and
// with those of the groups around it: what stands beside a group that must hold may be taken as
// true inside of it, what stands beside an alternative as false.
//
// Equal single values meet in a hash table; only patterns, ranges and blocks ("wide" conditions)
// are compared one by one, and at most kMaxComparisons times.
#include "compiler/lint/query_logic.h"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "compiler/atom_cover.h"
#include "compiler/fit_atoms.h"
#include "jit/atom_bytes.h"

namespace tripline::compiler {
namespace {

using Kind = LogicFinding::Kind;

constexpr std::size_t kMaxComparisons = 200'000;

// A node as negation normal form has it.
struct Part {
  TypedNodeId node = 0;
  bool is_negated = false;
};

// The conditions of one group, to be found again from inside of it.
struct Group {
  bool needs_all = true;  // in negation normal form
  std::vector<Part> tests;
  std::vector<Part> groups;
  std::unordered_map<std::string, std::vector<Part>> narrow;  // one value each, by field and value
  std::unordered_map<std::string, std::vector<Part>> wide;    // by field
};

class Reasoning {
 public:
  explicit Reasoning(TypedAst typed) : typed_(std::move(typed)) {
    for (TypedNode& node : typed_.nodes) {
      if (auto* const tests = std::get_if<TestNode>(&node)) {
        for (FieldTest& test : tests->tests) {
          test.atoms = FitAtoms(test.field, std::move(test.atoms));
        }
      }
    }
  }

  QueryLogic Run() {
    logic_.is_never = VisitRoot(typed_.root);
    return std::move(logic_);
  }

 private:
  // What stands in a nested group knows nothing of what is around it.
  bool VisitRoot(TypedNodeId root) {
    const std::vector<const Group*> around = std::exchange(around_, {});
    const bool is_dead = Visit({root, false});
    around_ = around;
    return is_dead;
  }

  // True if no event makes the part true.
  bool Visit(Part part) {
    part = WithoutNot(part);
    const TypedNode& node = typed_.nodes[part.node];
    if (const auto* const constant = std::get_if<ConstantNode>(&node)) {
      return constant->value == part.is_negated;
    }
    if (const auto* const nested = std::get_if<TypedNested>(&node)) {
      return VisitRoot(nested->operand) && !part.is_negated;
    }
    Group group;
    group.needs_all = !IsJunction(part.node) || NeedsAll(part);
    Collect(part, group);
    return VisitGroup(part, group);
  }

  bool VisitGroup(Part whole, const Group& group) {
    Verdicts verdicts;
    for (const Part test : group.tests) {
      verdicts.Count(LookAround(whole, group, test));
    }
    if (verdicts.are_all_idle && group.groups.empty() && verdicts.because) {
      Say(Kind::kSuperfluous, whole, *verdicts.because);
    }
    around_.push_back(&group);
    for (const Part inner : group.groups) {
      verdicts.Count({Visit(inner), std::nullopt});
    }
    around_.pop_back();
    return group.needs_all ? verdicts.is_any_dead : verdicts.are_all_dead;
  }

  struct Verdict {
    bool is_dead = false;      // it cannot hold here
    std::optional<Part> idle;  // an alternative around the group that holds wherever this does
  };
  struct Verdicts {
    bool is_any_dead = false;
    bool are_all_dead = true;
    bool are_all_idle = true;
    std::optional<Part> because;  // of the first idle one

    void Count(const Verdict& verdict) {
      is_any_dead = is_any_dead || verdict.is_dead;
      are_all_dead = are_all_dead && verdict.is_dead;
      are_all_idle = are_all_idle && verdict.idle;
      because = because ? because : verdict.idle;
    }
  };

  // Compares a condition with its neighbours and with what stands around.
  Verdict LookAround(Part whole, const Group& group, Part test) {
    Verdict verdict{LookBeside(whole, group, test), std::nullopt};
    for (const Group* const outer : around_) {
      // Beside alternatives the others are taken as false.
      if (const auto other = Find(*outer, test, Relation::kExcludes, !outer->needs_all)) {
        if (outer->needs_all) {
          // `a:x and not (a:x and b:y)`: said twice, but meant as it is.
          const bool is_repeated = whole.is_negated && !group.needs_all;
          Say(is_repeated ? Kind::kSuperfluous : Kind::kNever, test, *other);
          verdict.is_dead = true;
          return verdict;
        }
        if (group.needs_all) {
          Say(Kind::kSuperfluous, whole, *other);
        } else {
          verdict.idle = other;  // one alternative of several: worth a word if all are
        }
      } else if (outer->needs_all) {
        if (const auto known = Find(*outer, test, Relation::kFollowsFrom, false)) {
          Say(Kind::kSuperfluous, group.needs_all ? test : whole, *known);
        }
      }
    }
    return verdict;
  }

  bool LookBeside(Part whole, const Group& group, Part test) {
    const Relation clash = group.needs_all ? Relation::kExcludes : Relation::kCompletes;
    if (const auto other = Find(group, test, clash, false)) {
      Say(group.needs_all != whole.is_negated ? Kind::kNever : Kind::kAlways, test, *other);
      return group.needs_all;
    }
    const Relation idle = group.needs_all ? Relation::kFollowsFrom : Relation::kImplies;
    const auto other = Find(group, test, idle, false);
    // Of two equal conditions the later one is superfluous.
    if (other && (other->node < test.node || !AreEqual(test, *other))) {
      Say(Kind::kSuperfluous, test, *other);
    }
    return false;
  }

  enum class Relation : std::uint8_t { kExcludes, kCompletes, kFollowsFrom, kImplies };

  // A condition of the group (or the contrary of one) that stands in that relation to `test`.
  std::optional<Part> Find(const Group& group, Part test, Relation relation, bool is_contrary) {
    const auto fits = [&](Part other) {
      if (other.node == test.node || ++num_comparisons_ > kMaxComparisons) {
        return false;
      }
      other.is_negated = other.is_negated != is_contrary;
      return Holds(test, other, relation);
    };
    const auto first = [&](const auto& map, const std::string& key) -> std::optional<Part> {
      const auto found = map.find(key);
      for (std::size_t i = 0; found != map.end() && i < found->second.size(); ++i) {
        if (fits(found->second[i])) {
          return found->second[i];
        }
      }
      return std::nullopt;
    };
    if (const std::string value = ValueKey(test.node); !value.empty()) {
      if (const auto equal = first(group.narrow, value)) {
        return equal;
      }
    }
    return first(group.wide, FieldKey(test.node));
  }

  bool Holds(Part test, Part other, Relation relation) const {
    const TestNode& a = std::get<TestNode>(typed_.nodes[test.node]);
    const TestNode& b = std::get<TestNode>(typed_.nodes[other.node]);
    switch (relation) {
      case Relation::kExcludes:  // some value of the one is no value of the other
        return test.is_negated != other.is_negated &&
               (test.is_negated ? Implies(b, a) : Implies(a, b));
      case Relation::kCompletes:
        return test.is_negated != other.is_negated &&
               (test.is_negated ? Implies(a, b) : Implies(b, a));
      case Relation::kFollowsFrom:
        return FollowsFrom(other, test);
      case Relation::kImplies:
        return FollowsFrom(test, other);
    }
    return false;
  }

  // `wide` holds wherever `narrow` does; of two equal conditions the later one follows.
  bool FollowsFrom(Part narrow, Part wide) const {
    const TestNode& a = std::get<TestNode>(typed_.nodes[narrow.node]);
    const TestNode& b = std::get<TestNode>(typed_.nodes[wide.node]);
    return narrow.is_negated == wide.is_negated &&
           (narrow.is_negated ? Implies(b, a) : Implies(a, b));
  }

  bool AreEqual(Part a, Part b) const { return FollowsFrom(a, b) && FollowsFrom(b, a); }

  void Say(Kind kind, Part part, Part because) {
    if (said_.insert(part.node).second) {
      logic_.findings.push_back({kind, part.node, because.node});
      if (kind != Kind::kSuperfluous) {
        said_.insert(because.node);  // the same from the other side
      }
    }
  }

  Part WithoutNot(Part part) const {
    while (const auto* const negation = std::get_if<TypedNot>(&typed_.nodes[part.node])) {
      part = {negation->operand, !part.is_negated};
    }
    return part;
  }

  bool IsJunction(TypedNodeId node) const {
    return std::holds_alternative<TypedAnd>(typed_.nodes[node]) ||
           std::holds_alternative<TypedOr>(typed_.nodes[node]);
  }

  bool NeedsAll(Part part) const {
    return std::holds_alternative<TypedAnd>(typed_.nodes[part.node]) != part.is_negated;
  }

  // The conditions and inner groups below `part`; groups of the same kind are one.
  void Collect(Part part, Group& group) {
    part = WithoutNot(part);
    if (std::holds_alternative<TestNode>(typed_.nodes[part.node])) {
      group.tests.push_back(part);
      const std::string value = ValueKey(part.node);
      (value.empty() ? group.wide[FieldKey(part.node)] : group.narrow[value]).push_back(part);
    } else if (IsJunction(part.node) && NeedsAll(part) == group.needs_all) {
      const auto* const all = std::get_if<TypedAnd>(&typed_.nodes[part.node]);
      const std::vector<TypedNodeId>& operands =
          all != nullptr ? all->operands : std::get<TypedOr>(typed_.nodes[part.node]).operands;
      for (const TypedNodeId operand : operands) {
        Collect({operand, part.is_negated}, group);
      }
    } else {
      group.groups.push_back(part);
    }
  }

  std::string FieldKey(TypedNodeId node) const {
    const TestNode& tests = std::get<TestNode>(typed_.nodes[node]);
    return tests.tests.empty() ? "" : tests.tests[0].field.name;
  }

  // Of a test for one value of one field; else empty.
  std::string ValueKey(TypedNodeId node) const {
    const TestNode& tests = std::get<TestNode>(typed_.nodes[node]);
    if (tests.tests.size() != 1 || tests.tests[0].atoms.size() != 1) {
      return "";
    }
    const jit::Atom& atom = tests.tests[0].atoms[0];
    const auto* const block = std::get_if<IpPrefix>(&atom);
    const auto* const range = std::get_if<jit::IntegerRange>(&atom);
    const bool is_single = std::holds_alternative<jit::Term>(atom) ||
                           (block != nullptr && block->length == 128) ||
                           (range != nullptr && range->first == range->last);
    if (!is_single) {
      return "";
    }
    ByteWriter key;
    key.String(tests.tests[0].field.name);
    jit::AppendAtom(key, atom);
    return key.Take();
  }

  TypedAst typed_;
  QueryLogic logic_;
  std::vector<const Group*> around_;  // from the root down
  std::unordered_set<TypedNodeId> said_;
  std::size_t num_comparisons_ = 0;
};

}  // namespace

QueryLogic FindInLogic(TypedAst typed) { return Reasoning(std::move(typed)).Run(); }

}  // namespace tripline::compiler

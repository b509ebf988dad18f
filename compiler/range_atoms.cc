#include "compiler/range_atoms.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "base/overloaded.h"

namespace tripline::compiler {
namespace {

struct Nothing {};    // no value satisfies both
struct Unsayable {};  // there is no such atom
using Joined = std::variant<jit::Atom, Nothing, Unsayable>;

Joined Join(const jit::IntegerRange& a, const jit::IntegerRange& b) {
  const jit::IntegerRange both{std::max(a.first, b.first), std::min(a.last, b.last)};
  return both.first > both.last ? Joined(Nothing{}) : Joined(jit::Atom(both));
}

Joined Join(const jit::AddressRange& a, const jit::AddressRange& b) {
  const jit::AddressRange both{std::max(a.first, b.first), std::min(a.last, b.last)};
  return both.last < both.first ? Joined(Nothing{}) : Joined(jit::Atom(both));
}

Joined Join(const jit::FloatRange& a, const jit::FloatRange& b) {
  jit::FloatRange both = a;
  if (b.low > both.low || (b.low == both.low && !b.includes_low)) {
    both.low = b.low;
    both.includes_low = b.includes_low;
  }
  if (b.high < both.high || (b.high == both.high && !b.includes_high)) {
    both.high = b.high;
    both.includes_high = b.includes_high;
  }
  const bool is_empty =
      both.low > both.high || (both.low == both.high && !(both.includes_low && both.includes_high));
  return is_empty ? Joined(Nothing{}) : Joined(jit::Atom(both));
}

// Each of the two has one end; two ends on the same side are not put together.
template <class Range>
std::optional<Range> JoinEnds(const Range& a, const Range& b) {
  if ((a.low && b.low) || (a.high && b.high)) {
    return std::nullopt;
  }
  Range both = a;
  if (b.low) {
    both.low = b.low;
    both.includes_low = b.includes_low;
  }
  if (b.high) {
    both.high = b.high;
    both.includes_high = b.includes_high;
  }
  return both;
}

Joined Join(const jit::StringRange& a, const jit::StringRange& b) {
  if (a.is_numeric != b.is_numeric) {
    return Unsayable{};
  }
  const auto both = JoinEnds(a, b);
  return both ? Joined(jit::Atom(*both)) : Joined(Unsayable{});
}

Joined Join(const jit::TextRange& a, const jit::TextRange& b) {
  const auto both = JoinEnds(a.range, b.range);
  return both ? Joined(jit::Atom(jit::TextRange{*both})) : Joined(Unsayable{});
}

Joined Join(const jit::RelativeDateRange& a, const jit::RelativeDateRange& b) {
  const auto both = JoinEnds(a, b);
  return both ? Joined(jit::Atom(*both)) : Joined(Unsayable{});
}

Joined JoinAtoms(const jit::Atom& a, const jit::Atom& b) {
  return std::visit(Overloaded{
      []<class Range>(const Range& one, const Range& other) -> Joined
        requires requires { Join(one, other); }
      { return Join(one, other); },
      [](const auto&, const auto&) -> Joined { return Unsayable{}; },
      },
      a,
      b);
}

}  // namespace

std::optional<std::vector<jit::Atom>> BothBounds(const std::vector<jit::Atom>& a,
                                                 const std::vector<jit::Atom>& b) {
  std::vector<jit::Atom> all;
  for (const jit::Atom& one : a) {
    for (const jit::Atom& other : b) {
      Joined joined = JoinAtoms(one, other);
      if (std::holds_alternative<Unsayable>(joined)) {
        return std::nullopt;
      }
      if (auto* const atom = std::get_if<jit::Atom>(&joined)) {
        all.push_back(std::move(*atom));
      }
    }
  }
  return all;
}

}  // namespace tripline::compiler

// FindInLogic: which parts of a typed query hold for every event, for none, or change nothing,
// whatever the events are. It reasons from pairs of conditions alone:
//
//   a:x and not a:*            never         a:x or not a:x      always
//   a:(x or x*)                x changes nothing
//   a:x and (a:x or b:y)       the parentheses change nothing
//   a:x and (not a:* or b:y)   its first alternative never holds
//
// A field may have several values, so that `a:x and a:y` is no contradiction. What stands inside
// the braces of a group is compared only with what stands there too.
//
// A pure function; where a query is very large it stops looking and says less.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/typed_ast.h"

namespace tripline::compiler {

struct LogicFinding {
  enum class Kind : std::uint8_t {
    kNever,       // `node` and `because` cannot both hold, where both must
    kAlways,      // one of `node` and `because` always holds, where one is enough
    kSuperfluous  // `node` changes nothing, because of `because`
  };
  Kind kind = Kind::kNever;
  TypedNodeId node = 0;
  TypedNodeId because = 0;
};

struct QueryLogic {
  std::vector<LogicFinding> findings;  // at most one a node
  bool is_never = false;               // no event makes the whole query true
};

/// Requires: depth is bounded, as the grammar does.
[[nodiscard]] QueryLogic FindInLogic(TypedAst typed);

}  // namespace tripline::compiler

// The judge of the whole chain: a query's syntax tree evaluated on one JSON document, straight from
// what docs/kql.md says. Nothing of the compiler, the reader or the matcher is used.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "grammar/ast.h"

namespace tripline::differential {

/// What the queries of the test call now: 2026-05-01T12:34:56.789Z.
inline constexpr std::int64_t kNow = 1777638896789;

/// The fields of the test, by the first letter of their names: k keyword, n long, i ip, f boolean,
/// t text, d date in milliseconds; w.o and its inner o are nested. Any other letter: a keyword.
[[nodiscard]] bool Holds(const grammar::Ast& ast, const nlohmann::json& document);

}  // namespace tripline::differential

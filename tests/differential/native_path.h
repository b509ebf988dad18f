// The whole native path in one call each: KQL text -> Program, and a Program over JSON events ->
// verdicts.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compiler/field_types.h"
#include "jit/program.h"
#include "runtime/matcher.h"

namespace tripline::differential {

/// The generated fields' types (rule_event_generator.h).
[[nodiscard]] const compiler::FieldTypes& GeneratedTypes();

/// One output, as Lower made it. A query that does not compile fails the test.
[[nodiscard]] jit::Program LoweredQuery(const std::string& text);

using Verdicts = std::vector<std::vector<bool>>;  // [output][event]

/// Dates around now are by the oracle's clock (ast_oracle.h).
[[nodiscard]] Verdicts MatchEvents(const jit::Program& program,
                                   const std::vector<nlohmann::json>& events,
                                   runtime::MatcherCode code,
                                   std::uint32_t max_rows = runtime::kMaxBlockRows);

}  // namespace tripline::differential

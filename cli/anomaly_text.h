// An anomaly record as a person reads it: what was seen, what was expected and why, who made it,
// and what would have been normal.
//
// A pure function.
#pragma once

#include <optional>
#include <string>

namespace tripline::cli {

/// One screen of text. `json`: a line of `run --records`, or an alert of a machine_learning rule;
/// any text. None if it is neither.
[[nodiscard]] std::optional<std::string> AnomalyText(const std::string& json);

}  // namespace tripline::cli

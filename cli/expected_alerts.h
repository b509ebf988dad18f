// What `test` holds against what a rule gave: each expected line pins some fields of one alert.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace tripline::cli {

/// What differs; all empty: the alerts are the expected ones.
struct AlertDifference {
  /// Expected lines that an alert fits but for a few fields, and what these hold.
  std::vector<std::string> changed;
  std::vector<std::string> missing;     // expected lines that no alert fits
  std::vector<std::string> unexpected;  // alerts that no line fits, cut down to the pinned fields
};

/// Both texts are NDJSON. An expected line fits an alert if every field that it names (nested or
/// dotted) has the same value there; each alert fits one line at most. Errors: a line that is no
/// JSON object.
[[nodiscard]] Result<AlertDifference> CompareAlerts(const std::string& expected,
                                                    const std::vector<std::string>& alerts);

}  // namespace tripline::cli

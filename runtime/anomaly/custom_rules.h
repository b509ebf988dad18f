// A detector's custom rules: what is left out where their conditions hold.
//
// A pure function.
#pragma once

#include <vector>

#include "base/time.h"
#include "runtime/anomaly/job_spec.h"

namespace tripline::runtime {

struct LeftOut {
  bool result = false;
  bool model_update = false;
};

/// `bucket`: the beginning of the bucket. A rule without conditions always holds.
[[nodiscard]] LeftOut ApplyCustomRules(const std::vector<AnomalyCustomRule>& rules, double actual,
                                       double typical, Timestamp bucket);

}  // namespace tripline::runtime

// What a run did, in words on stderr.
#pragma once

#include "runtime/run_summary.h"

namespace tripline::cli {

/// One line for the whole, one for each rule that matched, alerted or left something out (all
/// rules, if wanted), and one for each reason why rules were not run.
void SayRunSummary(const runtime::RunSummary& summary, bool says_all_rules);

}  // namespace tripline::cli

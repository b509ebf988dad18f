// JoinExceptions: Ruleset + ExceptionLists -> Ruleset. Each rule matches what it matched, without
// the events that the lists take out that it names. The rules may come from their documents or from
// a ruleset file; exceptions that were joined before stay.
//
// A machine_learning rule has no query of its own: its lists are kept as an output of their own,
// and asked of the anomaly records that would alert.
//
// A pure function.
#pragma once

#include "base/result.h"
#include "compiler/exception_lists.h"
#include "runtime/ruleset.h"

namespace tripline::compiler {

/// Errors: kLimit (too large for one ruleset), kUsage (a field of the lists has another type in the
/// ruleset).
[[nodiscard]] Result<runtime::Ruleset> JoinExceptions(const runtime::Ruleset& ruleset,
                                                      const ExceptionLists& lists);

}  // namespace tripline::compiler

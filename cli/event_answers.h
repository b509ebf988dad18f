// EventAnswers: what one event of a file answers to the outputs of a program, and the values that
// it has for the program's columns, to be shown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/ruleset.h"

namespace tripline::cli {

struct EventAnswers {
  bool is_found = false;
  std::string index;                // of a search hit
  std::vector<bool> outputs;        // one an output
  std::vector<std::string> values;  // per column, as JSON, cut where it is long; or "missing"
};

/// Errors: no such file, no event in that line (1-based).
[[nodiscard]] Result<EventAnswers> AskEvent(const runtime::Ruleset& ruleset,
                                            const std::string& path, std::uint64_t line);

/// At most 200 bytes of a text that is shown, whole characters, and "..." where it goes on.
[[nodiscard]] std::string CutForShow(const std::string& text);

}  // namespace tripline::cli

// The text of a TOML rule file with its query in canonical form; everything else stays as it is.
//
// A pure function.
#pragma once

#include <optional>
#include <string>

#include "compiler/rule.h"

namespace tripline::cli {

/// `text` is the file that `rule` was read from. None if the query cannot be replaced in it: it has
/// a mistake, is written with escapes, or stands in another kind of string.
[[nodiscard]] std::optional<std::string> FormatRuleText(const compiler::Rule& rule,
                                                        const std::string& text);

}  // namespace tripline::cli

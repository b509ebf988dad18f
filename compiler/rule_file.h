// ReadOneFile: the text of one rule file -> what stands in it. Inside the rule reader only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "compiler/rule_reader.h"

namespace tripline::compiler {

/// An export of ten thousand rules has about 100 MB; its lines are documents of their own.
inline constexpr std::size_t kMaxRuleFileBytes = std::size_t{256} * 1024 * 1024;

/// Reads the file on its own: whether other files, or other lines, have rules of the same ids is
/// not looked at.
[[nodiscard]] ReadRules ReadOneFile(const std::string& name, std::string_view text);

/// An error about a file as a whole.
[[nodiscard]] Diagnostic AboutFile(const std::string& name, std::string code, std::string message,
                                   std::string hint);

}  // namespace tripline::compiler

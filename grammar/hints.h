// HintFor: what the author probably meant where the grammar stopped, and what to write instead.
//
// KQL is stricter than its authors expect (keywords need blanks, values end at colons and
// parentheses), and other languages' habits often get far before they fail. Each known trap has a
// rule of its own in hints.cc; the first that recognises the place answers.
//
//   a:cannot open  ->  `cannot` ends in `not` before a blank, which KQL reads as the operator: ...
#pragma once

#include <string>

namespace tripline::grammar {

struct SyntaxError;

/// One line without a full stop, never empty.
[[nodiscard]] std::string HintFor(const SyntaxError& error);

}  // namespace tripline::grammar

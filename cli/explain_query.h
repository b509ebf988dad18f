// Why one event matches a rule, or does not: the query as a tree with an answer on every part, the
// rule's filters and exceptions, the event's values beside them, and what would have to change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tripline::cli {

struct ExplainQueryOptions {
  std::string rules;    // a rule file or folder
  std::string mapping;  // this and the next two as for the other verbs
  std::vector<std::string> exceptions;
  std::vector<std::string> value_lists;
  std::string events;  // a file of events
  std::uint64_t line = 1;
};

struct ExplainedQueries {
  std::string screens;        // one a rule with a KQL query
  bool has_mistakes = false;  // of a rule or its query, which then has no screen; they were said
};

/// Errors: no such file, no such line, no rule with a query.
[[nodiscard]] Result<ExplainedQueries> ExplainQuery(const ExplainQueryOptions& options);

}  // namespace tripline::cli

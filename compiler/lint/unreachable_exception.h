// UnreachableExceptions: lint.unreachable_exception, an exception item that takes no event out of
// any rule that names its list, because each of them asks for something else already; or because
// another item of its list takes out all that it would. And lint.exception_takes_all, an item that
// leaves a rule nothing.
//
//   exceptions.Add(list, rule.name, MustHold(query));  ...  exceptions.Find()
//
// Looks at the lists, which must outlive it. Not thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/exception_lists.h"
#include "compiler/lint/must_hold.h"

namespace tripline::compiler {

class UnreachableExceptions {
 public:
  /// A rule names the list, and its query has these conditions.
  void Add(const ExceptionLists::List& list, const std::string& rule, const Conditions& query);
  /// A rule names the list of which nothing more is known.
  void AddUnknown(const ExceptionLists::List& list);

  [[nodiscard]] Diagnostics Find() const;

 private:
  // What rules make of one item.
  struct Reach {
    bool is_reached = false;     // it can take something out of one of them
    std::string takes_all_from;  // the name of the first that it leaves nothing; empty: none
  };
  std::map<const ExceptionLists::List*, std::vector<Reach>> reached_;
};

}  // namespace tripline::compiler

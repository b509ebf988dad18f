// UnreachableExceptions: lint.unreachable_exception, an exception item that takes no event out of
// any rule that names its list, because each of them asks for something else already; or because an
// earlier item of its list takes out all that it would.
//
//   exceptions.Add(list, MustHold(query));  ...  exceptions.Find()
//
// Looks at the lists, which must outlive it. Not thread-safe.
#pragma once

#include <map>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/exception_lists.h"
#include "compiler/lint/must_hold.h"

namespace tripline::compiler {

class UnreachableExceptions {
 public:
  /// A rule names the list, and its query has these conditions.
  void Add(const ExceptionLists::List& list, const Conditions& query);
  /// A rule names the list of which nothing more is known.
  void AddUnknown(const ExceptionLists::List& list);

  [[nodiscard]] Diagnostics Find() const;

 private:
  // By list: which of its items can take something out.
  std::map<const ExceptionLists::List*, std::vector<bool>> reached_;
};

}  // namespace tripline::compiler

// Check: our own bugs, the third kind of error (see base/result.h for the other two).
//
// A failed Check throws InternalError. Only main() and the JNI guard catch it: nothing below them
// aborts, because the process may be somebody else's database node.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string_view>

namespace tripline {

/// A broken invariant of Tripline itself; its text names the place.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void FailCheck(std::string_view what, std::source_location where);

/// Requires `condition`; `what` says in words what was expected.
inline void Check(bool condition, std::string_view what,
                  std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] {
    FailCheck(what, where);
  }
}

}  // namespace tripline

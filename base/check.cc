#include "base/check.h"

#include <string>

namespace tripline {

void FailCheck(std::string_view what, std::source_location where) {
  throw InternalError("internal error: expected that " + std::string(what) + " (" +
                      where.file_name() + ":" + std::to_string(where.line()) + ")");
}

}  // namespace tripline

// SimdEventParser: the fast way from a line to a row of columns, and the one door to simdjson. What
// it cannot do exactly it leaves to ExactEventParser; wherever both can, their rows are equal (a
// test holds them against each other).
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/event_columns.h"
#include "runtime/search_hit.h"

namespace tripline::runtime {

class SimdEventParser {
 public:
  enum class Outcome : std::uint8_t {
    kParsed,
    kLeftToExact,  // broken, or beyond simdjson; no value was added
  };

  SimdEventParser();
  ~SimdEventParser();
  SimdEventParser(SimdEventParser&&) noexcept;
  SimdEventParser& operator=(SimdEventParser&&) noexcept;

  /// Adds the document's values to the present row. Requires: kLinePadding readable bytes behind
  /// the line. `hit` looks into the parser, until the next call.
  [[nodiscard]] Outcome Parse(std::string_view line, EventColumns* columns, SearchHit* hit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime

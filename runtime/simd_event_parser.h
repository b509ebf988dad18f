// SimdEventParser: the fast way from a line to a row of columns. The words of many lines are found
// at once (runtime/json_structure.h); a walk over them checks the grammar of everything and reads
// what a column wants. What it cannot do exactly it leaves to ExactEventParser; wherever both can,
// their rows are equal (a test holds them against each other).
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
    kLeftToExact,  // broken, or beyond this parser; no value was added
  };

  SimdEventParser();
  ~SimdEventParser();
  SimdEventParser(SimdEventParser&&) noexcept;
  SimdEventParser& operator=(SimdEventParser&&) noexcept;

  /// The lines to come stand in `text`, in their order: their words are found together. It changes
  /// no answer. Requires: kLinePadding readable bytes behind the text; it stays until the next
  /// StartText or the end of the last line's Parse.
  void StartText(std::string_view text);

  /// Adds the document's values to the present row of `columns`, always the same ones. Requires:
  /// kLinePadding readable bytes behind the line, which live, and hold what they hold, as long as
  /// the block's columns. `hit` looks into the parser or the line, until the next call.
  [[nodiscard]] Outcome Parse(std::string_view line, EventColumns* columns, SearchHit* hit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tripline::runtime

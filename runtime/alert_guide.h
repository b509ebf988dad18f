// AlertGuide: the triage guide of a rule (`note`), with its `{{field}}` placeholders filled from an
// event.
//
//   AlertGuide::Read("Who is {{user.name}} on {{ host.name }}?") -FillIn-> "Who is root on web-1?"
//
// A placeholder is a name in two or three braces on each side, blanks around it or not. A block,
// `!{osquery{...}}` or any other `!{name...}`, is kept byte for byte, placeholders in it too: the
// one who runs it fills them. A name without a value stays as it stands, so that nobody reads half
// a sentence. Values come from events, which others may have written: what is filled in is one
// line, cut to a length, and opens no block.
//
// Immutable once made; any number of threads may look.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::runtime {

class AlertGuide {
 public:
  /// Bytes of one value; a longer one is cut, and ends with U+2026.
  static constexpr std::size_t kMostOfOneValue = 1'024;
  /// Bytes of all values in a guide; placeholders that would exceed it stay as they stand.
  static constexpr std::size_t kMostOfAllValues = 65'536;
  /// Different names in a guide; placeholders of others stay as they stand.
  static constexpr std::size_t kMostNames = 256;

  /// Without placeholders.
  AlertGuide() = default;
  [[nodiscard]] static AlertGuide Read(std::string_view note);

  [[nodiscard]] bool HasPlaceholders() const { return !names_.empty(); }
  /// `value_of` is asked once for each name; an empty text: there is no value.
  [[nodiscard]] std::string FillIn(
      const std::function<std::string(const std::string& name)>& value_of) const;

 private:
  struct Placeholder {
    std::size_t begin = 0;  // in the note, braces included
    std::size_t end = 0;
    std::size_t name = 0;  // in names_
  };

  std::string note_;
  std::vector<std::string> names_;
  std::vector<Placeholder> placeholders_;  // in their order, side by side at most
};

}  // namespace tripline::runtime

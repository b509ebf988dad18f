// Random event documents over few keys, so that wanted paths are met in all their spellings, with
// several values, with none, and with values of every type.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tripline::testing {

class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed) {}

  /// One JSON object; keys are made of `words`, values are among `scalars` (JSON texts).
  [[nodiscard]] std::string Next(const std::vector<std::string>& words,
                                 const std::vector<std::string>& scalars) {
    words_ = &words;
    scalars_ = &scalars;
    return Object(0);
  }

  /// The text with some of its bytes changed, dropped, doubled or cut off.
  [[nodiscard]] std::string Damage(std::string text) {
    constexpr std::string_view kBytes = "{}[]\",:\\ntu0123.eE-+ \t\r\n\x01\x80\xC3\xED\xF0\xFF";
    for (std::uint64_t i = Below(3); i < 3 && !text.empty(); ++i) {
      const std::size_t at = Below(text.size());
      const char byte = kBytes[Below(kBytes.size())];
      switch (Below(4)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.erase(at, 1);
          break;
        case 2:
          text.insert(at, 1, byte);
          break;
        default:
          text.resize(Below(8) == 0 ? at : text.size());
      }
    }
    return text;
  }

  [[nodiscard]] std::uint64_t Below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_);
  }

 private:
  std::string Object(int depth) {
    std::string text = "{";
    for (std::uint64_t i = Below(6); i < 5; ++i) {
      text += text.size() > 1 ? "," : "";
      text += Blank() + "\"" + (*words_)[Below(words_->size())];
      text += Below(4) == 0 ? "." + (*words_)[Below(words_->size())] : "";
      text += "\"" + Blank() + ":" + Value(depth + 1);
    }
    return text + Blank() + "}";
  }

  std::string Value(int depth) {
    const std::uint64_t choice = Below(depth < 4 ? 10 : 6);
    if (choice < 6) {
      return Blank() + (*scalars_)[Below(scalars_->size())] + Blank();
    }
    if (choice < 8) {
      return Blank() + Object(depth);
    }
    std::string text = "[";
    for (std::uint64_t i = Below(4); i < 3; ++i) {
      text += text.size() > 1 ? "," : "";
      text += Value(depth + 1);
    }
    return text + "]";
  }

  std::string Blank() { return Below(12) == 0 ? " \t" : ""; }

  std::mt19937_64 random_;
  const std::vector<std::string>* words_ = nullptr;
  const std::vector<std::string>* scalars_ = nullptr;
};

}  // namespace tripline::testing

// DocumentWalk: one document as the words of a JsonStructure -> values in the present row of
// EventColumns. The inner loop of the event reader; part of SimdEventParser.
//
// Everything is checked as RFC 8259 has it, wanted or not. Where the walk answers false the line is
// broken, or holds what the walk does not do (documents deeper than kDeepest, too many new keys):
// what it added to the row is to be taken back.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/event_columns.h"
#include "runtime/learned_paths.h"
#include "runtime/search_hit.h"

namespace tripline::runtime {

class DocumentWalk {
 public:
  static constexpr std::uint32_t kDeepest = 200;

  /// What became of a walk over a line.
  enum class End : std::uint8_t {
    kDone,
    kRefused,
    kSeesHit,  // a member that search hits have: ask FindSource first
  };

  /// Of the text that the words are offsets into, and that begins at `base`.
  DocumentWalk(const char* base, std::span<const std::uint32_t> words, bool has_escapes,
               EventColumns* columns);

  /// The whole line, an object. With `looks_for_hits` it stops at the first member of the outermost
  /// object that a search hit has.
  [[nodiscard]] End Line(bool looks_for_hits);
  /// Checks the whole line, and finds out whether it is a search hit, and what it says as one;
  /// `names` keeps its names. False if the line is refused.
  [[nodiscard]] bool FindSource(SearchHit* hit, std::string* names);
  /// Behind FindSource: reads the source, or, if the line is no search hit, the line.
  [[nodiscard]] bool Document();

  /// How far the line went.
  [[nodiscard]] std::size_t num_words_taken() const {
    return static_cast<std::size_t>(next_ - words_.data());
  }
  [[nodiscard]] bool has_added() const { return has_added_; }

 private:
  using PlaceId = LearnedPaths::PlaceId;
  using SiteId = LearnedPaths::SiteId;

  // The next word's first character, '\0' at the end; the word is taken.
  char Take() {
    if (next_ == end_) {
      return '\0';
    }
    at_ = base_ + *next_++;
    return *at_;
  }

  bool Object(PlaceId place, std::uint32_t depth);
  bool Value(char first, PlaceId place, std::uint32_t depth);
  bool Array(PlaceId place, std::uint32_t depth);
  bool Skip(char first, std::uint32_t depth);
  bool SkipObject(std::uint32_t depth);
  bool SkipArray(std::uint32_t depth);
  SiteId FindKey(PlaceId place, SiteId previous);
  bool ReadString(PlaceId place);
  bool ReadNumber(PlaceId place);
  bool ReadName(char first, PlaceId place);
  bool ReadWholeObject(PlaceId place);
  [[nodiscard]] std::string_view Quoted() const;
  [[nodiscard]] std::span<const std::uint32_t> ColumnsAt(PlaceId place) const {
    return paths_.columns(paths_.place(place));
  }

  const char* base_;
  std::span<const std::uint32_t> words_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  const char* at_ = nullptr;  // the word taken last
  bool has_escapes_;
  EventColumns& columns_;
  LearnedPaths& paths_;
  const std::uint32_t* source_ = nullptr;  // the word that begins it
  bool looks_for_hits_ = false;
  bool sees_hit_ = false;
  bool has_added_ = false;
};

}  // namespace tripline::runtime

// Lines are indexed by windows of whole lines, small enough to stay in the cache between the two
// steps. Where a window cannot be indexed, because some line of it is damaged, its lines are
// indexed one by one. No line's words can reach into another line unseen: a string does not hold a
// line break, and a document's brackets are counted.
#include "runtime/simd_event_parser.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

#include "runtime/document_walk.h"
#include "runtime/json_structure.h"

namespace tripline::runtime {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{64} << 10U;

bool Holds(std::string_view text, std::string_view part) {
  return part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size();
}

}  // namespace

struct SimdEventParser::State {
  std::span<const std::uint32_t> WordsOf(std::string_view line);
  void Open(std::string_view text);
  Outcome Walk(std::string_view line, EventColumns* columns, SearchHit* hit);

  JsonStructure structure;
  std::string_view ahead;   // of the text that was announced, what no window has had
  std::string_view window;  // what `words` are offsets into
  std::span<const std::uint32_t> words;
  std::string_view damaged;  // a window whose lines are indexed one by one
  std::string names;         // of the last search hit
};

SimdEventParser::SimdEventParser() : state_(std::make_unique<State>()) {}
SimdEventParser::~SimdEventParser() = default;
SimdEventParser::SimdEventParser(SimdEventParser&&) noexcept = default;
SimdEventParser& SimdEventParser::operator=(SimdEventParser&&) noexcept = default;

void SimdEventParser::StartText(std::string_view text) {
  state_->ahead = text;
  state_->window = {};
  state_->damaged = {};
}

// A window from the line on, or the line alone.
void SimdEventParser::State::Open(std::string_view line) {
  if (Holds(ahead, line) && !Holds(damaged, line)) {
    ahead.remove_prefix(static_cast<std::size_t>(line.data() - ahead.data()));
    std::size_t size = std::min(ahead.size(), std::max(kWindowBytes, line.size()));
    const std::size_t last = ahead.substr(0, size).rfind('\n');
    size = std::max(line.size(), size == ahead.size() || last == ahead.npos ? size : last);
    window = ahead.substr(0, size);
    if (structure.Index(window)) {
      words = structure.words();
      return;
    }
    damaged = window;
  }
  window = line;
  words = structure.Index(line) ? structure.words() : std::span<const std::uint32_t>();
}

// The words from the line's first one on; others may follow. Empty if it has none.
std::span<const std::uint32_t> SimdEventParser::State::WordsOf(std::string_view line) {
  if (!Holds(window, line)) {
    Open(line);
  }
  const auto begin = static_cast<std::size_t>(line.data() - window.data());
  while (!words.empty() && words.front() < begin) {  // of a line that was passed over
    words = words.subspan(1);
  }
  return words;
}

SimdEventParser::Outcome SimdEventParser::State::Walk(std::string_view line, EventColumns* columns,
                                                      SearchHit* hit) {
  columns->learned().StartDocument();
  const std::span<const std::uint32_t> of_line = WordsOf(line);
  const auto line_end = static_cast<std::size_t>(line.data() - window.data()) + line.size();
  DocumentWalk walk(window.data(), of_line, structure.has_escapes(), columns);
  DocumentWalk::End end = walk.Line(true);
  bool is_whole = end == DocumentWalk::End::kDone;
  if (end == DocumentWalk::End::kSeesHit) {
    // Values that stood before the member are those of the line, and not of the document in it.
    if (walk.has_added()) {
      columns->DropRow();
    }
    is_whole = walk.FindSource(hit, &names);
  }
  const std::size_t num_taken = walk.num_words_taken();
  is_whole = is_whole && of_line[num_taken - 1] < line_end &&
             (num_taken == of_line.size() || of_line[num_taken] >= line_end);
  if (is_whole && end == DocumentWalk::End::kSeesHit) {
    if (hit->is_hit) {
      columns->AddHitNames(hit->index, hit->id);
    }
    is_whole = walk.Document();
  }
  // A walk over a damaged line may have gone on into the next one, whose words are its own.
  const auto behind = std::ranges::lower_bound(of_line, line_end);
  words =
      of_line.subspan(is_whole ? num_taken : static_cast<std::size_t>(behind - of_line.begin()));
  if (!is_whole) {
    *hit = {};
    columns->DropRow();
    return Outcome::kLeftToExact;
  }
  return Outcome::kParsed;
}

SimdEventParser::Outcome SimdEventParser::Parse(std::string_view line, EventColumns* columns,
                                                SearchHit* hit) {
  *hit = {};
  if (line.size() > JsonStructure::kLongestText) {
    return Outcome::kLeftToExact;
  }
  return state_->Walk(line, columns, hit);
}

}  // namespace tripline::runtime

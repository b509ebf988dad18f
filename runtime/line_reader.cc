// A chunk is read piece by piece until it has enough lines or bytes; each piece is searched for
// line feeds while it is warm in the cache. What stands behind the last line that belongs to the
// chunk is kept for the next one. Only an unfinished line makes a chunk grow beyond its size, and
// never beyond the longest line allowed; what is longer is dropped piece by piece until its line
// feed.
#include "runtime/line_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tripline::runtime {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Read at once: half of it is copied once more, on average, where a chunk ends with its lines.
constexpr std::size_t kReadBytes = std::size_t{128} << 10U;

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r") == text.npos; }

}  // namespace

std::optional<Line> LineChunk::Next() {
  while (next_ < places_.size()) {
    const Place& place = places_[next_++];
    const std::uint64_t number = num_lines_before_ + next_;
    if (place.is_too_long) {
      return Line{.number = number, .text = {}, .size = place.size, .is_too_long = true};
    }
    std::string_view text(buffer_.get() + place.begin, place.end - place.begin);
    if (IsBlank(text)) {
      ++num_blank_lines_;
      continue;
    }
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
    }
    return Line{.number = number, .text = text, .size = place.size, .is_too_long = false};
  }
  return std::nullopt;
}

// Gives memory back that only a line of unusual length needed.
void LineChunk::Start(std::uint64_t num_lines_before, std::size_t max_kept_bytes) {
  if (capacity_ > max_kept_bytes) {
    buffer_.reset();
    capacity_ = 0;
  }
  begin_ = searched_ = end_ = 0;
  places_.clear();
  num_lines_before_ = num_lines_before;
  next_ = 0;
  num_blank_lines_ = 0;
}

// At least so many bytes of room behind the last one.
std::span<char> LineChunk::Room(std::size_t num_bytes) {
  if (capacity_ < end_ + num_bytes) {
    const std::size_t capacity = std::max(end_ + num_bytes, end_ + end_ / 2);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity + kLinePadding);
    std::copy_n(buffer_.get(), end_, larger.get());
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }
  return {buffer_.get() + end_, num_bytes};
}

void LineChunk::Append(std::span<const char> bytes) {
  std::ranges::copy(bytes, Room(bytes.size()).begin());
  end_ += bytes.size();
}

void LineChunk::Pad() { std::memset(buffer_.get() + end_, 0, kLinePadding); }

Result<LineReader> LineReader::Open(const std::string& path, const LineReaderOptions& options) {
  TRIPLINE_TRY(std::unique_ptr<ByteSource> source, OpenByteSource(path));
  return LineReader(std::move(source), path == "-" ? "standard input" : path, options);
}

LineReader LineReader::OverText(std::string_view text, std::string name,
                                const LineReaderOptions& options) {
  return LineReader(SourceOverText(text), std::move(name), options);
}

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::string name,
                       const LineReaderOptions& options)
    : source_(std::move(source)), name_(std::move(name)), options_(options) {
  options_.block_bytes = std::max<std::size_t>(options_.block_bytes, 1);
  options_.max_lines = std::max<std::size_t>(options_.max_lines, 1);
}

Result<bool> LineReader::Fill(LineChunk* chunk) {
  chunk->Start(num_lines_, 2 * options_.block_bytes + kReadBytes);
  chunk->Room(options_.block_bytes);
  chunk->Append(rest_);
  rest_.clear();
  FindLines(*chunk);
  while (!is_at_end_ && !failure_ && !IsFull(*chunk)) {
    DropLongLine(*chunk);
    Read(*chunk);
    DropByteOrderMark(*chunk);
    FindLines(*chunk);
  }
  if (is_at_end_ && chunk->num_lines() < options_.max_lines) {
    AddLastLine(*chunk);
  }
  const char* const bytes = chunk->buffer_.get();
  rest_.assign(bytes + chunk->begin_, bytes + chunk->end_);
  chunk->end_ = chunk->begin_;
  chunk->Pad();
  num_lines_ += chunk->num_lines();
  if (chunk->num_lines() > 0) {
    return true;
  }
  return failure_ ? Result<bool>(TakeFailure()) : false;
}

// Where a pipe has no more for now, a chunk ends with what there is, so that nobody waits for
// events that have arrived.
bool LineReader::IsFull(const LineChunk& chunk) {
  return chunk.num_lines() > 0 && (chunk.num_lines() >= options_.max_lines ||
                                   chunk.end_ >= options_.block_bytes || !source_->IsReady());
}

void LineReader::FindLines(LineChunk& chunk) {
  while (chunk.num_lines() < options_.max_lines && chunk.searched_ < chunk.end_) {
    const char* const bytes = chunk.buffer_.get();
    const void* const found =
        std::memchr(bytes + chunk.searched_, '\n', chunk.end_ - chunk.searched_);
    if (found == nullptr) {
      chunk.searched_ = chunk.end_;
      return;
    }
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes);
    AddLine(chunk, end, end + 1);
  }
}

// The line from begin_ to `end`; the one after it begins at `next`.
void LineReader::AddLine(LineChunk& chunk, std::size_t end, std::size_t next) {
  const std::uint64_t size = skipped_ + (end - chunk.begin_);
  chunk.places_.push_back({.begin = chunk.begin_,
                           .end = end,
                           .size = size,
                           .is_too_long = size > options_.max_line_bytes});
  chunk.begin_ = chunk.searched_ = next;
  skipped_ = 0;
  is_at_start_ = false;
}

// The last line of a file that does not end in a line feed.
void LineReader::AddLastLine(LineChunk& chunk) {
  if (chunk.begin_ < chunk.end_ || skipped_ > 0) {
    AddLine(chunk, chunk.end_, chunk.end_);
  }
}

void LineReader::DropLongLine(LineChunk& chunk) {
  if (skipped_ > 0 || (chunk.end_ - chunk.begin_ > options_.max_line_bytes && !is_at_start_)) {
    skipped_ += chunk.end_ - chunk.begin_;
    chunk.end_ = chunk.searched_ = chunk.begin_;
  }
}

void LineReader::Read(LineChunk& chunk) {
  const std::size_t left =
      options_.block_bytes - (chunk.end_ < options_.block_bytes ? chunk.end_ : 0);
  const Result<std::size_t> size = source_->Read(chunk.Room(std::min(left, kReadBytes)));
  if (!size) {
    failure_ = size.error();
  } else {
    chunk.end_ += *size;
    is_at_end_ = *size == 0;
  }
}

void LineReader::DropByteOrderMark(LineChunk& chunk) {
  if (!is_at_start_ || (chunk.end_ < kByteOrderMark.size() && !is_at_end_)) {
    return;
  }
  if (std::string_view(chunk.buffer_.get(), chunk.end_).starts_with(kByteOrderMark)) {
    chunk.begin_ = chunk.searched_ = kByteOrderMark.size();
  }
  is_at_start_ = false;
}

// The line that it broke off in is lost.
std::unexpected<Error> LineReader::TakeFailure() {
  Error failure = *std::move(failure_);
  failure_.reset();
  is_at_end_ = true;
  rest_.clear();
  skipped_ = 0;
  failure.message += "; the " + std::to_string(num_lines_) + " lines before it were read";
  return std::unexpected(std::move(failure));
}

}  // namespace tripline::runtime

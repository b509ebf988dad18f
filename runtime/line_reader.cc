// One buffer: the unfinished line at its end moves to the front, the source fills what is behind
// it, and lines are found with memchr as they are asked for, so that each is warm in the cache when
// it is parsed. Only an unfinished line makes the buffer grow, and never beyond the longest line
// allowed; what is longer is dropped piece by piece until its line feed.
#include "runtime/line_reader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace tripline::runtime {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r") == text.npos; }

}  // namespace

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
  options_.block_bytes = std::max(options_.block_bytes, kByteOrderMark.size());
}

std::optional<Line> LineReader::Next() {
  while (begin_ < end_) {
    const void* const found = std::memchr(buffer_.get() + searched_, '\n', end_ - searched_);
    if (found == nullptr) {
      searched_ = end_;
      break;
    }
    const char* const line_end = static_cast<const char*>(found);
    const auto next = static_cast<std::size_t>(line_end - buffer_.get()) + 1;
    if (std::optional<Line> line = TakeLine(line_end, next)) {
      return line;
    }
  }
  return is_at_end_ && !failure_ ? TakeRest() : std::nullopt;
}

// The last line of a file that does not end in a line feed.
std::optional<Line> LineReader::TakeRest() {
  if (begin_ == end_ && skipped_ == 0) {
    return std::nullopt;
  }
  return TakeLine(buffer_.get() + end_, end_);
}

// The line from begin_ to `line_end`, or nothing if it is blank; the one after it begins at `next`.
std::optional<Line> LineReader::TakeLine(const char* line_end, std::size_t next) {
  const char* const line_begin = buffer_.get() + begin_;
  std::string_view text(line_begin, static_cast<std::size_t>(line_end - line_begin));
  const std::uint64_t size = skipped_ + text.size();
  begin_ = next;
  searched_ = next;
  skipped_ = 0;
  ++num_lines_;
  if (size > options_.max_line_bytes) {
    return Line{.number = num_lines_, .text = {}, .size = size, .is_too_long = true};
  }
  if (IsBlank(text)) {
    ++num_blank_lines_;
    return std::nullopt;
  }
  if (text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  return Line{.number = num_lines_, .text = text, .size = size, .is_too_long = false};
}

Result<bool> LineReader::Fill() {
  if (failure_) {
    Error failure = *std::move(failure_);
    failure_.reset();
    is_at_end_ = true;
    begin_ = end_ = searched_ = skipped_ = 0;
    failure.message += "; the " + std::to_string(num_lines_) + " lines before it were read";
    return std::unexpected(std::move(failure));
  }
  if (is_at_end_) {
    return false;
  }
  MakeRoom();
  Result<bool> has_more = ReadBlock();
  if (!has_more) {
    failure_ = std::move(has_more).error();
  } else if (!*has_more) {
    is_at_end_ = true;
  }
  DropByteOrderMark();
  std::memset(buffer_.get() + end_, 0, kLinePadding);
  return true;
}

// Leaves block_bytes of room behind the unfinished line, which stands at the front.
void LineReader::MakeRoom() {
  if (end_ - begin_ > options_.max_line_bytes || skipped_ > 0) {
    skipped_ += end_ - begin_;
    begin_ = searched_ = end_;
  }
  const std::size_t rest = end_ - begin_;
  if (capacity_ < rest + options_.block_bytes) {
    capacity_ = rest + options_.block_bytes;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_ + kLinePadding);
    std::copy_n(buffer_.get() + begin_, rest, larger.get());
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, rest);
  }
  searched_ -= begin_;
  begin_ = 0;
  end_ = rest;
}

// Reads until the block is full or, where a pipe has no more for now, until a line is complete, so
// that nobody waits for events that have arrived. False at the end.
Result<bool> LineReader::ReadBlock() {
  const std::size_t limit = std::min(capacity_, end_ + options_.block_bytes);
  bool has_line = false;
  while (end_ < limit && !(has_line && !source_->IsReady())) {
    TRIPLINE_TRY(const std::size_t size,
                 source_->Read(std::span(buffer_.get() + end_, limit - end_)));
    if (size == 0) {
      return false;
    }
    has_line = has_line || std::memchr(buffer_.get() + end_, '\n', size) != nullptr;
    end_ += size;
  }
  return true;
}

void LineReader::DropByteOrderMark() {
  if (is_at_start_ && std::string_view(buffer_.get(), end_).starts_with(kByteOrderMark)) {
    begin_ = searched_ = kByteOrderMark.size();
  }
  is_at_start_ = false;
}

}  // namespace tripline::runtime

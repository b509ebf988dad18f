#include "runtime/event_files.h"

#include <algorithm>
#include <expected>
#include <utility>

#include "runtime/batch.h"

namespace tripline::runtime {
namespace {

LineReaderOptions ForBlocks(LineReaderOptions options) {
  options.max_lines = std::min<std::size_t>(options.max_lines, kMaxBlockRows);
  return options;
}

}  // namespace

EventFiles::EventFiles(std::vector<std::string> paths, const LineReaderOptions& options)
    : paths_(std::move(paths)), options_(ForBlocks(options)) {}

EventFiles::EventFiles(std::string_view text, const LineReaderOptions& options)
    : paths_{"events"}, text_(text), options_(ForBlocks(options)) {}

Result<bool> EventFiles::Next(EventChunk* chunk) {
  for (;;) {
    if (!lines_) {
      if (num_opened_ == paths_.size()) {
        return false;
      }
      TRIPLINE_TRY_VOID(OpenNextFile());
    }
    Result<bool> has_more = lines_->Fill(&chunk->lines);
    if (has_more && *has_more) {
      chunk->file = static_cast<std::uint32_t>(num_opened_ - 1);
      return true;
    }
    CloseFile();
    if (!has_more) {
      return has_more;
    }
  }
}

bool EventFiles::IsReady() {
  if (lines_) {
    return lines_->IsReady();
  }
  return num_opened_ == paths_.size() || paths_[num_opened_] != "-";
}

Result<void> EventFiles::OpenNextFile() {
  const std::string& path = paths_[num_opened_];
  ++num_opened_;
  if (text_) {
    lines_ = LineReader::OverText(*text_, path, options_);
  } else {
    TRIPLINE_TRY(lines_, LineReader::Open(path, options_));
  }
  return {};
}

void EventFiles::CloseFile() {
  num_bytes_of_closed_ += lines_->num_bytes_taken();
  lines_.reset();
}

}  // namespace tripline::runtime

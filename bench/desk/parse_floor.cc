// Question: what must anybody pay who reads these events at all?
//
// The floor that every speed of the desk is divided by: simdjson's DOM over a file that lies in
// memory. The program stays, and makes one pass for every word on standard input, so that a driver
// can alternate passes with runs of something else and see both in the same minutes:
//
//   tripline_parse_floor events.ndjson
//   parse_many       ->  parse_many 300000 184211904 184300101     (documents, CPU ns, wall ns)
//
//   parse_many   dom::parser::parse_many over the whole text, on this thread alone; nothing is read
//                out of the documents
//   parse_lines  dom::parser::parse for each line: what a program pays that must know its lines
//   newlines     only the line feeds are found
//   copy         the text is copied
//   read         the file is read again, 4 MiB at a time, as it lies in the system's cache
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

class ParseFloor {
 public:
  ParseFloor(std::string path, simdjson::padded_string text)
      : path_(std::move(path)), text_(std::move(text)) {
#ifdef SIMDJSON_THREADS_ENABLED
    parser_.threaded = false;  // else parse_many finds structures on a second thread
#endif
  }

  /// What the pass counted: documents, line feeds or bytes; -1 for an unknown word or a failure.
  std::int64_t Pass(std::string_view word) {
    if (word == "parse_many") return ParseMany();
    if (word == "parse_lines") return ParseLines();
    if (word == "newlines") return Newlines();
    if (word == "copy") return Copy();
    if (word == "read") return Read();
    return -1;
  }

 private:
  // Batches are simdjson's default, 1 MB, or as large as a larger document asks.
  std::int64_t ParseMany() {
    std::int64_t num_documents = 0;
    simdjson::dom::document_stream stream;
    if (parser_.parse_many(text_, kBatchBytes).get(stream) != simdjson::SUCCESS) return -1;
    for (const auto document : stream) {
      if (document.error() != simdjson::SUCCESS) return -1;
      ++num_documents;
    }
    return num_documents;
  }

  std::int64_t ParseLines() {
    std::int64_t num_documents = 0;
    const char* const end = text_.data() + text_.size();
    for (const char* begin = text_.data(); begin < end;) {
      const char* const line_end = LineEnd(begin, end);
      const auto size = static_cast<std::size_t>(line_end - begin);
      // Every line has readable bytes behind it: the next line, or the text's padding.
      if (parser_.parse(begin, size, false).error() != simdjson::SUCCESS) return -1;
      ++num_documents;
      begin = line_end + 1;
    }
    return num_documents;
  }

  std::int64_t Newlines() const {
    std::int64_t num_lines = 0;
    const char* const end = text_.data() + text_.size();
    for (const char* begin = text_.data(); begin < end; begin = LineEnd(begin, end) + 1) {
      ++num_lines;
    }
    return num_lines;
  }

  std::int64_t Copy() {
    copy_.resize(text_.size());  // the first pass finds the pages, too
    std::memcpy(copy_.data(), text_.data(), text_.size());
    return static_cast<std::int64_t>(copy_.size());
  }

  std::int64_t Read() {
    const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    copy_.resize(std::max(copy_.size(), kReadBytes));
    std::int64_t num_bytes = 0;
    for (;;) {
      const ssize_t got = read(file, copy_.data(), kReadBytes);
      if (got <= 0) break;
      num_bytes += got;
    }
    close(file);
    return num_bytes;
  }

  static const char* LineEnd(const char* begin, const char* end) {
    const void* const found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin));
    return found == nullptr ? end : static_cast<const char*>(found);
  }

  static constexpr std::size_t kBatchBytes = simdjson::dom::DEFAULT_BATCH_SIZE;
  static constexpr std::size_t kReadBytes = std::size_t{4} << 20U;

  std::string path_;
  simdjson::padded_string text_;
  std::vector<char> copy_;
  simdjson::dom::parser parser_;
};

std::int64_t CpuNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tripline_parse_floor EVENTS.ndjson\n";
    return 2;
  }
  simdjson::padded_string text;
  if (simdjson::padded_string::load(argv[1]).get(text) != simdjson::SUCCESS) {
    std::cerr << argv[1] << ": cannot be read\n";
    return 2;
  }
  const auto floor = std::make_unique<ParseFloor>(argv[1], std::move(text));
  std::cout << "simdjson " << simdjson::SIMDJSON_VERSION_MAJOR << '.'
            << simdjson::SIMDJSON_VERSION_MINOR << '.' << simdjson::SIMDJSON_VERSION_REVISION << ' '
            << simdjson::get_active_implementation()->name() << std::endl;
  for (std::string word; std::getline(std::cin, word);) {
    const auto begin = std::chrono::steady_clock::now();
    const std::int64_t cpu_begin = CpuNanoseconds();
    const std::int64_t counted = floor->Pass(word);
    const std::int64_t cpu = CpuNanoseconds() - cpu_begin;
    const std::chrono::nanoseconds wall = std::chrono::steady_clock::now() - begin;
    std::cout << word << ' ' << counted << ' ' << cpu << ' ' << wall.count() << std::endl;
  }
  return 0;
}

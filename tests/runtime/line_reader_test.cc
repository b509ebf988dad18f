#include "runtime/line_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/packed_text.h"

namespace tripline::runtime {
namespace {

using tripline::testing::Gzip;
using tripline::testing::Zstd;

struct Read {
  std::vector<std::pair<std::uint64_t, std::string>> lines;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> too_long;  // number, size
  std::uint64_t num_lines = 0;
  std::uint64_t num_blank_lines = 0;
  std::string error;

  [[nodiscard]] std::string Texts() const {
    std::string all;
    for (const auto& [number, text] : lines) {
      all += std::to_string(number) + "=" + text + ";";
    }
    return all;
  }
};

Read ReadAll(LineReader reader) {
  Read read;
  LineChunk chunk;
  for (;;) {
    const Result<bool> has_more = reader.Fill(&chunk);
    if (!has_more) {
      read.error = has_more.error().message;
      EXPECT_EQ(reader.Fill(&chunk).value_or(true), false) << "after an error there is no more";
    }
    if (!has_more || !*has_more) {
      break;
    }
    EXPECT_GT(chunk.num_lines(), 0U);
    while (const std::optional<Line> line = chunk.Next()) {
      if (line->is_too_long) {
        EXPECT_TRUE(line->text.empty());
        read.too_long.emplace_back(line->number, line->size);
      } else {
        read.lines.emplace_back(line->number, line->text);
      }
    }
    read.num_lines += chunk.num_lines();
    read.num_blank_lines += chunk.num_blank_lines();
  }
  EXPECT_TRUE(reader.IsOver());
  return read;
}

Read ReadText(std::string_view text, const LineReaderOptions& options = {}) {
  return ReadAll(LineReader::OverText(text, "text", options));
}

class TemporaryFile {
 public:
  TemporaryFile(const std::string& ending, std::string_view bytes)
      : path_(::testing::TempDir() + "line_reader_" + std::to_string(getpid()) + "_" +
              std::to_string(next_++) + ending) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static inline int next_ = 0;
  std::string path_;
};

Read ReadBytes(const std::string& ending, std::string_view bytes,
               const LineReaderOptions& options = {}) {
  const TemporaryFile file(ending, bytes);
  Result<LineReader> reader = LineReader::Open(file.path(), options);
  if (!reader) {
    Read read;
    read.error = reader.error().message;
    return read;
  }
  return ReadAll(*std::move(reader));
}

// Not compressible to nothing, so that files have a middle.
std::string ManyLines(int num_lines) {
  std::string text;
  std::uint64_t random = 88172645463325252U;
  for (int i = 0; i < num_lines; ++i) {
    random ^= random << 13U;
    random ^= random >> 7U;
    random ^= random << 17U;
    text += std::to_string(i) + " " + std::to_string(random) + "\n";
  }
  return text;
}

TEST(LineReader, GivesLinesWithTheirNumbers) {
  EXPECT_EQ(ReadText("a\nbb\nccc\n").Texts(), "1=a;2=bb;3=ccc;");
}

TEST(LineReader, GivesALastLineWithoutALineFeed) {
  EXPECT_EQ(ReadText("a\nb").Texts(), "1=a;2=b;");
  EXPECT_EQ(ReadText("a").Texts(), "1=a;");
}

TEST(LineReader, SkipsBlankLinesButCountsThem) {
  const Read read = ReadText("\na\n\n \t \n\r\nb\n\n");

  EXPECT_EQ(read.Texts(), "2=a;6=b;");
  EXPECT_EQ(read.num_lines, 7U);
  EXPECT_EQ(read.num_blank_lines, 5U);
}

TEST(LineReader, FindsNothingInAnEmptyText) {
  const Read read = ReadText("");

  EXPECT_EQ(read.Texts(), "");
  EXPECT_EQ(read.num_lines, 0U);
}

TEST(LineReader, TakesCarriageReturnsForPartOfTheLineBreak) {
  EXPECT_EQ(ReadText("a\r\nb\rc\r\nd\r").Texts(), "1=a;2=b\rc;3=d;");
}

TEST(LineReader, DropsAByteOrderMarkOnTheFirstLineOnly) {
  EXPECT_EQ(ReadText("\xEF\xBB\xBF{}\n\xEF\xBB\xBF{}").Texts(), "1={};2=\xEF\xBB\xBF{};");
  EXPECT_EQ(ReadText("\xEF\xBB\xBF").Texts(), "");
}

TEST(LineReader, GivesTheSameLinesHoweverTheyAreCutIntoChunks) {
  const std::string text =
      "\xEF\xBB\xBF"
      "a\n\nbb\r\n" +
      std::string(50, 'x') + "\n" + ManyLines(20) + "last";
  const std::string expected = ReadText(text).Texts();

  for (std::size_t block_bytes = 1; block_bytes < 80; ++block_bytes) {
    for (const std::size_t max_lines : {1U, 2U, 7U, 1000U}) {
      EXPECT_EQ(ReadText(text, {.block_bytes = block_bytes, .max_lines = max_lines}).Texts(),
                expected)
          << block_bytes << " bytes, " << max_lines << " lines";
    }
  }
}

TEST(LineReader, EndsAChunkWithTheLastLineThatItHasRoomFor) {
  LineReader reader = LineReader::OverText("12345\n12345\n12345\n1\n2\n3\n4\n5", "text",
                                           {.block_bytes = 15, .max_lines = 3});
  LineChunk chunk;
  std::vector<std::uint64_t> sizes;
  while (reader.Fill(&chunk).value()) {
    sizes.push_back(chunk.num_lines());
  }

  EXPECT_THAT(sizes, ::testing::ElementsAre(2, 3, 3));
}

TEST(LineReader, KeepsLinesInPlaceUntilTheirChunkIsFilledAgain) {
  LineReader reader = LineReader::OverText("one\ntwo\nthree\nfour\n", "text", {.max_lines = 3});
  LineChunk chunk;
  LineChunk next;
  ASSERT_TRUE(reader.Fill(&chunk).value());
  ASSERT_TRUE(reader.Fill(&next).value());

  const std::optional<Line> one = chunk.Next();
  const std::optional<Line> two = chunk.Next();
  const std::optional<Line> three = chunk.Next();

  ASSERT_TRUE(one && two && three);
  EXPECT_EQ(one->text, "one");
  EXPECT_EQ(two->text, "two");
  EXPECT_EQ(three->text, "three");
  EXPECT_FALSE(chunk.Next().has_value());
  EXPECT_EQ(next.Next()->text, "four");
}

TEST(LineReader, ReportsATooLongLineAndGoesOn) {
  for (const std::size_t block_bytes : {4U, 7U, 64U, 4096U}) {
    const LineReaderOptions options{.max_line_bytes = 10, .block_bytes = block_bytes};
    const std::string text = "short\n" + std::string(11, 'x') + "\n" + std::string(10, 'y') + "\n" +
                             std::string(1000, 'z') + "\nend\n" + std::string(20, 'w');

    const Read read = ReadText(text, options);

    EXPECT_EQ(read.Texts(), "1=short;3=yyyyyyyyyy;5=end;") << block_bytes;
    const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected = {
        {2, 11}, {4, 1000}, {6, 20}};
    EXPECT_EQ(read.too_long, expected) << block_bytes;
  }
}

TEST(LineReader, DoesNotHoldAFiftyMegabyteLineInMemory) {
  const std::string text = std::string(50'000'000, 'x') + "\n{\"after\":1}\n";
  const LineReaderOptions options{.max_line_bytes = 1 << 20, .block_bytes = 1 << 16};

  const Read read = ReadText(text, options);

  EXPECT_EQ(read.Texts(), "2={\"after\":1};");
  ASSERT_EQ(read.too_long.size(), 1U);
  EXPECT_EQ(read.too_long[0].second, 50'000'000U);
}

TEST(LineReader, ReadsGzipOfSeveralMembersWithPaddingBehind) {
  const std::string members = Gzip("a\nb\nc") + Gzip("") + Gzip("d\ne\n") + std::string(100, '\0');

  EXPECT_EQ(ReadBytes(".gz", members).Texts(), "1=a;2=b;3=cd;4=e;");
}

TEST(LineReader, ReadsZstandardOfSeveralFrames) {
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);

  EXPECT_EQ(ReadBytes(".zst", Zstd("a\nb") + Zstd("") + skippable + Zstd("c\nd\n")).Texts(),
            "1=a;2=bc;3=d;");
  EXPECT_EQ(ReadBytes(".zst", skippable + Zstd("a\n")).Texts(), "1=a;");
}

TEST(LineReader, TellsCompressedFilesByTheirFirstBytesNotTheirNames) {
  EXPECT_EQ(ReadBytes(".ndjson", Gzip("a\n")).Texts(), "1=a;");
  EXPECT_EQ(ReadBytes(".ndjson", Zstd("a\n")).Texts(), "1=a;");
}

TEST(LineReader, RefusesANameThatPromisesCompressionWhereThereIsNone) {
  EXPECT_THAT(ReadBytes(".gz", "{}\n").error,
              ::testing::HasSubstr("does not begin like a compressed file"));
  EXPECT_THAT(ReadBytes(".zst", "").error, ::testing::HasSubstr("is empty"));
}

TEST(LineReader, RefusesUtf16WithAdvice) {
  EXPECT_THAT(ReadBytes(".ndjson", std::string("\xFF\xFE{\0}\0", 6)).error,
              ::testing::HasSubstr("iconv"));
}

TEST(LineReader, NamesAFileThatCannotBeRead) {
  const Result<LineReader> absent = LineReader::Open("/nonexistent/events.ndjson");
  const Result<LineReader> folder = LineReader::Open(::testing::TempDir());

  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(absent.error().message, ::testing::HasSubstr("/nonexistent/events.ndjson"));
  ASSERT_FALSE(folder.has_value());
  EXPECT_THAT(folder.error().message, ::testing::HasSubstr("is a folder"));
}

TEST(LineReader, GivesWhatStandsBeforeACutInACompressedFile) {
  const std::string text = ManyLines(40'000);
  for (const bool is_gzip : {true, false}) {
    const std::string whole = is_gzip ? Gzip(text) : Zstd(text);
    for (const double part : {0.3, 0.9, 0.9999}) {
      const auto size = static_cast<std::size_t>(static_cast<double>(whole.size()) * part);

      const Read read = ReadBytes(is_gzip ? ".gz" : ".zst", whole.substr(0, size));

      EXPECT_THAT(read.error, ::testing::HasSubstr("in the middle of the stream"));
      EXPECT_THAT(read.error,
                  ::testing::HasSubstr(std::to_string(read.lines.size()) + " lines before"));
      // A Zstandard block is 128 KiB of text, 6,000 lines at most.
      EXPECT_GT(static_cast<double>(read.lines.size()), 40'000 * part - 6'000) << is_gzip << part;
      EXPECT_LE(read.lines.size(), 40'000U);
      for (std::size_t i = 0; i < read.lines.size(); ++i) {
        ASSERT_THAT(read.lines[i].second, ::testing::StartsWith(std::to_string(i) + " "));
      }
    }
  }
}

TEST(LineReader, GivesWhatStandsBeforeDamageInACompressedFile) {
  const std::string text = ManyLines(60'000);
  for (const bool is_gzip : {true, false}) {
    std::string damaged = is_gzip ? Gzip(text) : Zstd(text);
    for (std::size_t i = 0; i < 64; ++i) {
      damaged[damaged.size() * 3 / 4 + i] = static_cast<char>(0xA5);
    }

    const Read read = ReadBytes(is_gzip ? ".gz" : ".zst", damaged);

    EXPECT_THAT(read.error, ::testing::HasSubstr("damaged")) << is_gzip;
    EXPECT_GT(read.lines.size(), 25'000U) << is_gzip;
    for (std::size_t i = 0; i < 25'000; ++i) {
      ASSERT_THAT(read.lines[i].second, ::testing::StartsWith(std::to_string(i) + " "));
    }
  }
}

TEST(LineReader, RefusesWhatIsNoMemberBehindGzip) {
  const Read read = ReadBytes(".gz", Gzip("a\n") + "garbage");
  EXPECT_EQ(read.Texts(), "1=a;");
  EXPECT_THAT(read.error, ::testing::HasSubstr("damaged gzip data"));

  const Read padded = ReadBytes(".gz", Gzip("a\n") + std::string(3, '\0') + Gzip("b\n"));
  EXPECT_EQ(padded.Texts(), "1=a;");
  EXPECT_THAT(padded.error, ::testing::HasSubstr("neither a further gzip member nor zero padding"));
}

TEST(LineReader, ReadsAPipeWithoutWaitingForLinesThatHaveNotCome) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  ASSERT_EQ(write(ends[1], "first\nsecond\nunfin", 18), 18);
  Result<LineReader> reader = LineReader::Open(path);
  ASSERT_TRUE(reader.has_value());

  LineChunk chunk;
  ASSERT_TRUE(reader->Fill(&chunk).value());
  EXPECT_EQ(chunk.Next()->text, "first");
  EXPECT_EQ(chunk.Next()->text, "second");
  EXPECT_FALSE(chunk.Next().has_value());
  EXPECT_FALSE(reader->IsReady());
  ASSERT_EQ(write(ends[1], "ished", 5), 5);
  EXPECT_TRUE(reader->IsReady());
  close(ends[1]);
  ASSERT_TRUE(reader->Fill(&chunk).value());
  EXPECT_EQ(chunk.Next()->text, "unfinished");
  EXPECT_FALSE(reader->Fill(&chunk).value());
  close(ends[0]);
}

TEST(LineReader, CountsTheBytesItTookFromTheFile) {
  const std::string bytes = Gzip(ManyLines(1000));
  const TemporaryFile file(".gz", bytes);
  LineReader reader = *LineReader::Open(file.path());
  LineChunk chunk;

  while (reader.Fill(&chunk).value()) {
  }

  EXPECT_EQ(reader.num_bytes_taken(), bytes.size());
}

}  // namespace
}  // namespace tripline::runtime

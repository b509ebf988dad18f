#include "compiler/value_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ip.h"
#include "jit/program.h"

namespace tripline::compiler {
namespace {

using ::testing::HasSubstr;

// A folder of value lists, gone at the end.
class Lists {
 public:
  Lists()
      : folder_(std::filesystem::temp_directory_path() /
                ("tripline-lists-" +
                 std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Lists() { std::filesystem::remove_all(folder_); }
  Lists(const Lists&) = delete;
  Lists& operator=(const Lists&) = delete;

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
};

struct Asked {
  LeafMeaning leaf;
  Diagnostics said;
};

Asked Ask(const std::string& path, const std::string& list_type, FieldType type) {
  ValueLists lists({{"l", path}});
  Asked asked;
  asked.leaf =
      lists.MeaningOf({.id = "l", .type = list_type, .beside_file = ""}, type, asked.said).leaf;
  return asked;
}

const jit::ValueSet& SetOf(const Asked& asked) {
  return *std::get<jit::InSet>(asked.leaf.atoms.at(0)).values;
}

TEST(ValueLists, HaveALineAValue) {
  const Lists lists;
  const Asked asked = Ask(lists.Write("l", "\xEF\xBB\xBF one \r\n\r\ntwo words\nthree"), "keyword",
                          FieldType::kKeyword);

  EXPECT_TRUE(asked.said.empty());
  EXPECT_EQ(SetOf(asked).size(), 3U);
  for (const std::string value : {"one", "two words", "three"}) {
    EXPECT_TRUE(SetOf(asked).Contains(value)) << value;
  }
}

TEST(ValueLists, OfAddressesBlocksAndRanges) {
  const Lists lists;
  const std::string path = lists.Write("l", "10.0.0.1\n10.1.0.0/16\n10.2.0.5 - 10.2.0.9\n::1\n");

  const Asked ranges = Ask(path, "ip_range", FieldType::kIp);
  const Asked singles = Ask(path, "ip", FieldType::kIp);

  EXPECT_TRUE(ranges.said.empty());
  for (const char* const in : {"10.0.0.1", "10.1.2.3", "10.2.0.7", "::1"}) {
    EXPECT_TRUE(SetOf(ranges).Contains(*ParseIpAddress(in))) << in;
  }
  EXPECT_FALSE(SetOf(ranges).Contains(*ParseIpAddress("10.2.0.10")));
  ASSERT_EQ(singles.said.size(), 1U);
  EXPECT_EQ(singles.said[0].code, "exception.bad_list_value");
  EXPECT_EQ(singles.said[0].where.line, 3U);
  EXPECT_EQ(singles.said[0].file, path);
}

TEST(ValueLists, OfDatesAndNumbersMeanWhatAQueryMeans) {
  const Lists lists;
  const Asked dates = Ask(lists.Write("d", "2026-05-01\n"), "date", FieldType::kDate);
  const Asked numbers = Ask(lists.Write("n", "5\n7.0\nx\n"), "long", FieldType::kLong);
  const Asked fractions = Ask(lists.Write("f", "0.5\n"), "double", FieldType::kDouble);
  const Asked flags = Ask(lists.Write("b", "true\n"), "boolean", FieldType::kBoolean);

  constexpr std::int64_t kNoon = 1'777'636'800'000;  // 2026-05-01T12:00:00Z
  EXPECT_TRUE(SetOf(dates).Contains(kNoon));
  EXPECT_FALSE(SetOf(dates).Contains(kNoon + 43'200'000));
  EXPECT_TRUE(SetOf(numbers).Contains(std::int64_t{7}));
  EXPECT_EQ(numbers.said.size(), 1U);
  EXPECT_TRUE(SetOf(fractions).Contains(0.5));
  EXPECT_TRUE(SetOf(flags).Contains(std::int64_t{1}));
  EXPECT_FALSE(SetOf(flags).Contains(std::int64_t{0}));
}

TEST(ValueLists, AreLoadedOnceForATypeOfField) {
  const Lists lists;
  ValueLists files({{"l", lists.Write("l", "10.0.0.1\n")}});
  Diagnostics said;
  const ValueListName name{.id = "l", .type = "ip", .beside_file = ""};

  const auto first = files.MeaningOf(name, FieldType::kIp, said);
  const auto again = files.MeaningOf(name, FieldType::kIp, said);
  const auto text = files.MeaningOf(name, FieldType::kKeyword, said);

  const auto set_of = [](const ValueLists::Meaning& meaning) {
    return std::get<jit::InSet>(meaning.leaf.atoms.at(0)).values;
  };
  EXPECT_EQ(set_of(first), set_of(again));
  EXPECT_NE(set_of(first), set_of(text));
  EXPECT_EQ(first.digest, text.digest);
}

TEST(ValueLists, LieBesideTheirExceptionsIfTheyAreNotNamed) {
  const Lists lists;
  lists.Write("bad.txt", "x\n");
  const ValueListName name{
      .id = "bad.txt", .type = "keyword", .beside_file = lists.Path("exceptions.ndjson")};
  Diagnostics said;

  ValueLists beside(std::map<std::string, std::string>{});
  ValueLists none;

  EXPECT_FALSE(beside.MeaningOf(name, FieldType::kKeyword, said).leaf.problem.has_value());
  EXPECT_TRUE(none.MeaningOf(name, FieldType::kKeyword, said).leaf.problem.has_value());
}

TEST(ValueLists, NeverLeaveTheFolderOfTheirExceptions) {
  const Lists lists;
  const Lists outside;
  lists.Write("secret", "x\n");
  std::filesystem::create_directories(lists.Path("inner"));
  for (const std::string id : {"../secret", "..", ".", "", "/etc/passwd"}) {
    ValueLists beside(std::map<std::string, std::string>{});
    Diagnostics said;
    const auto meaning =
        beside.MeaningOf({.id = id, .type = "keyword", .beside_file = lists.Path("inner/e.ndjson")},
                         FieldType::kKeyword, said);
    ASSERT_TRUE(meaning.leaf.problem.has_value()) << id;
    EXPECT_EQ(meaning.leaf.problem->code, "exception.value_list_missing") << id;
  }
}

TEST(ValueLists, SayWhyTheyCannotBeUsed) {
  const Lists lists;
  const auto code = [&](const Asked& asked) {
    return asked.leaf.problem ? asked.leaf.problem->code : "";
  };
  EXPECT_EQ(code(Ask(lists.Path("none"), "ip", FieldType::kIp)), "exception.bad_value_list");
  EXPECT_EQ(code(Ask(lists.Write("l", "x\ny\n"), "ip", FieldType::kIp)),
            "exception.bad_value_list");
  EXPECT_EQ(code(Ask(lists.Path("l"), "text", FieldType::kText)), "not_yet.value_list");
  EXPECT_THAT(Ask(lists.Path("l"), "ip", FieldType::kIp).leaf.problem->message,
              HasSubstr("no line of it"));
}

TEST(ValueLists, AnEmptyOneHoldsNothingAndIsDoubtful) {
  const Lists lists;
  const Asked asked = Ask(lists.Write("l", "\n\n"), "keyword", FieldType::kKeyword);

  ASSERT_TRUE(asked.leaf.problem.has_value());
  EXPECT_EQ(asked.leaf.problem->severity, Severity::kWarning);
  EXPECT_EQ(asked.leaf.problem->code, "exception.empty_value_list");
  EXPECT_TRUE(asked.leaf.atoms.empty());
}

TEST(ValueLists, SayTenBrokenLinesAndCountTheRest) {
  const Lists lists;
  std::string text = "10.0.0.1\n\xFF\n";
  for (int i = 0; i < 30; ++i) {
    text += "no address\n";
  }
  const Asked asked = Ask(lists.Write("l", text), "ip", FieldType::kIp);

  ASSERT_EQ(asked.said.size(), 11U);
  EXPECT_THAT(asked.said[0].message, HasSubstr("not UTF-8"));
  EXPECT_THAT(asked.said[10].message, HasSubstr("21 more lines"));
  EXPECT_EQ(SetOf(asked).size(), 1U);
}

TEST(ValueLists, OfUtf16AreNotUsed) {
  const Lists lists;
  const Asked asked =
      Ask(lists.Write("l", std::string("\xFF\xFE\x61\0\n\0", 6)), "keyword", FieldType::kKeyword);

  ASSERT_TRUE(asked.leaf.problem.has_value());
  EXPECT_EQ(asked.leaf.problem->code, "exception.bad_value_list");
  EXPECT_THAT(asked.leaf.problem->message, HasSubstr("UTF-16"));
}

// ---- lines of documents -------------------------------------------------------------------------

AsideDocument Document(const std::string& text) {
  const ReadRules read = ReadRuleFile("exceptions.ndjson", text);
  EXPECT_EQ(read.diagnostics.size(), 0U);
  EXPECT_EQ(read.asides.size(), 1U);
  return read.asides.at(0);
}

TEST(ValueLists, OfDocumentsMeanWhatTheSameLinesOfAFileMean) {
  const Lists files;
  const ValueListName name{.id = "l", .type = "ip", .beside_file = ""};
  ValueLists lists;
  Diagnostics said;
  lists.Add(Document(R"({"value_list":"l","values":["10.0.0.1"," 10.1.0.0/16"]})"), said);
  lists.Add(Document(R"({"value_list":"l","values":["no address"]})"), said);
  ASSERT_EQ(said.size(), 0U);

  const auto meaning = lists.MeaningOf(name, FieldType::kIp, said);
  const std::string path = files.Write("l", "10.0.0.1\n 10.1.0.0/16\nno address\n");
  ValueLists of_file({{"l", path}});
  Diagnostics said_of_file;
  const auto wanted = of_file.MeaningOf(name, FieldType::kIp, said_of_file);

  EXPECT_EQ(meaning.digest, wanted.digest);
  EXPECT_EQ(SetOf({meaning.leaf, {}}).size(), 2U);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].file, "value_list l");
  EXPECT_EQ(said[0].where.line, 3U);
}

TEST(ValueLists, OfDocumentsGiveWayToAFile) {
  const Lists files;
  ValueLists lists({{"l", files.Write("l", "x\n")}});
  Diagnostics said;
  lists.Add(Document(R"({"value_list":"l","values":["a","b"]})"), said);

  const auto meaning =
      lists.MeaningOf({.id = "l", .type = "keyword", .beside_file = ""}, FieldType::kKeyword, said);

  EXPECT_EQ(SetOf({meaning.leaf, {}}).size(), 1U);
}

TEST(ValueLists, OfBrokenDocumentsAreNotThere) {
  for (const char* const values : {R"("a")", R"(["a",7])", R"(["a\nb"])"}) {
    ValueLists lists;
    Diagnostics said;

    lists.Add(Document(std::string(R"({"value_list":"l","values":)") + values + "}"), said);

    ASSERT_EQ(said.size(), 1U) << values;
    EXPECT_EQ(said[0].code, "exception.bad_value_list");
    const auto meaning = lists.MeaningOf({.id = "l", .type = "keyword", .beside_file = ""},
                                         FieldType::kKeyword, said);
    ASSERT_TRUE(meaning.leaf.problem.has_value());
    EXPECT_EQ(meaning.leaf.problem->code, "exception.value_list_missing");
    EXPECT_THAT(meaning.leaf.problem->hint, HasSubstr(R"({"value_list": "l")"));
  }
}

}  // namespace
}  // namespace tripline::compiler

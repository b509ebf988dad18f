#include "runtime/json_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "runtime/exact_event_parser.h"
#include "tests/support/batch_text.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using jit::Field;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tripline::testing::RowTexts;

struct Read {
  std::vector<std::string> rows;
  std::vector<std::uint64_t> lines;
  EventReport report;
};

Read ReadEvents(const std::vector<Field>& fields, std::string_view text,
                const EventReaderOptions& options = {}) {
  Read read;
  Result<EventReader> reader = EventReader::OverText(fields, text, options);
  EXPECT_TRUE(reader.has_value());
  EventBlock block;
  while (reader->Next(&block).value()) {
    EXPECT_EQ(block.origins.size(), block.batch.num_rows);
    EXPECT_GT(block.batch.num_rows, 0U);
    for (std::string& row : RowTexts(block.batch, fields)) {
      read.rows.push_back(std::move(row));
    }
    for (const EventOrigin& origin : block.origins) {
      read.lines.push_back(origin.line);
    }
  }
  EXPECT_EQ(block.batch.num_rows, 0U);
  read.report = reader->report();
  return read;
}

std::string OneRow(const Field& field, std::string_view line) {
  const Read read = ReadEvents({field}, line);
  return read.rows.size() == 1 ? read.rows[0] : std::to_string(read.rows.size()) + " rows";
}

std::string AsKind(ColumnKind kind, std::string_view json_value) {
  return OneRow({.name = "f", .kind = kind}, "{\"f\":" + std::string(json_value) + "}");
}

TEST(EventReader, FindsAFieldHoweverItsPathIsCut) {
  const Field field{.name = "a.b.c"};

  EXPECT_EQ(OneRow(field, R"({"a":{"b":{"c":"x"}}})"), "a.b.c=x");
  EXPECT_EQ(OneRow(field, R"({"a.b":{"c":"x"}})"), "a.b.c=x");
  EXPECT_EQ(OneRow(field, R"({"a":{"b.c":"x"}})"), "a.b.c=x");
  EXPECT_EQ(OneRow(field, R"({"a.b.c":"x"})"), "a.b.c=x");
  EXPECT_EQ(OneRow(field, R"({"a.bc":"x","a.b":"y","ab.c":"z","a.b.c.d":"w","b.c":"v"})"), "");
  EXPECT_EQ(OneRow(field, R"({"a..b.c":"x",".a.b.c":"y","":"z"})"), "");
}

TEST(EventReader, TakesBothValuesOfAPathThatIsReachedTwice) {
  const Field field{.name = "a.b"};

  EXPECT_EQ(OneRow(field, R"({"a.b":"x","a":{"b":"y"}})"), "a.b=x a.b=y");
  EXPECT_EQ(OneRow(field, R"({"a":{"b":"x","b":"y"}})"), "a.b=x a.b=y");
}

TEST(EventReader, FlattensArraysOfScalarsAndOfObjects) {
  const Field field{.name = "a.b"};

  EXPECT_EQ(OneRow(field, R"({"a":{"b":["x",null,["y",["z"]],[]]}})"), "a.b=x a.b=y a.b=z");
  EXPECT_EQ(OneRow(field, R"({"a":[{"b":"x"},{"c":1},{"b":["y"]},7,[{"b":"z"}]]})"),
            "a.b=x a.b=y a.b=z");
}

TEST(EventReader, TakesNullEmptyArraysAndObjectsForNoValue) {
  const Field field{.name = "a.b"};

  for (const char* line :
       {R"({"a":{"b":null}})", R"({"a":{"b":[]}})", R"({"a":{"b":[null]}})", R"({"a":{"b":{}}})",
        R"({"a":{"b":{"c":1}}})", R"({"a":null})", R"({"a":"scalar"})", R"({})"}) {
    const Read read = ReadEvents({field}, line);
    EXPECT_THAT(read.rows, ElementsAre("")) << line;
    EXPECT_EQ(read.report.malformed_values[0], 0U) << line;
  }
}

TEST(EventReader, ServesAPathThatIsAlsoThePrefixOfAnother) {
  const std::vector<Field> fields = {{.name = "a"}, {.name = "a.b"}};

  EXPECT_THAT(
      ReadEvents(fields, "{\"a\":\"x\"}\n{\"a\":{\"b\":\"y\"}}\n{\"a\":[1,{\"b\":2}]}").rows,
      ElementsAre("a=x", "a.b=y", "a=1 a.b=2"));
}

TEST(EventReader, ReadsAFieldFromWhereItsValuesStand) {
  const std::vector<Field> fields = {
      {.name = "process.name"},
      {.name = "process.name.caseless", .source = "process.name", .lowercases = true},
      {.name = "port", .kind = ColumnKind::kInteger, .source = "p"}};

  EXPECT_THAT(ReadEvents(fields, R"({"process":{"name":["CuRL","ÄÖ"]},"port":1,"p":"2"})").rows,
              ElementsAre("process.name=CuRL process.name=ÄÖ process.name.caseless=curl "
                          "process.name.caseless=äö port=2"));
}

TEST(EventReader, ReadsAMultiFieldUnderItsOwnNameToo) {
  const Field field{.name = "a.caseless", .source = "a", .lowercases = true};

  EXPECT_EQ(OneRow(field, R"({"a":{"caseless":"Curl"}})"), "a.caseless=curl");
  EXPECT_EQ(OneRow(field, R"({"a":"Wget"})"), "a.caseless=wget");
  EXPECT_EQ(OneRow(field, R"({"a.caseless":["X","y"],"a":"Z"})"),
            "a.caseless=x a.caseless=y a.caseless=z");
}

TEST(EventReader, LooksAtTheLengthOfAValueBeforeItIsLowerCased) {
  // The first letter's lower case is longer in UTF-8 and as long in UTF-16.
  const Field field{.name = "f", .ignore_above = 2, .lowercases = true};

  EXPECT_EQ(OneRow(field, R"({"f":["ȺB","ABC","Ab"]})"), "f=ⱥb f=ab");
}

TEST(EventReader, GathersTheValuesOfAllPathsThatAPatternMatches) {
  const std::vector<Field> fields = {{.name = "[a.*]", .source = "a.*", .is_pattern = true},
                                     {.name = "a.b"},
                                     {.name = "[*.n*e]", .source = "*.n*e", .is_pattern = true}};

  EXPECT_THAT(ReadEvents(fields, R"({"a":{"b":"x","c":{"d":[1.50,{"name":true}]}},"a.e":"y"}
{"z":{"nope":null,"nope2":"v","":{"ne":"w"}},"name":"u","a":"t"}
{"_source":{"a":{"b":"x"}},"_id":"i"}
)")
                  .rows,
              ElementsAre("[a.*]=x [a.*]=1.50 [a.*]=true [a.*]=y a.b=x [*.n*e]=true", "[*.n*e]=w",
                          "[a.*]=x a.b=x"));
}

TEST(EventReader, MatchesPatternsOverMoreDistinctPathsThanItRemembers) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    text += "{\"key-" + std::to_string(i) + "\":{\"x\":1,\"y\":2}}\n";
  }

  const Read read = ReadEvents({{.name = "[*7.x]", .source = "*7.x", .is_pattern = true}}, text);

  ASSERT_EQ(read.rows.size(), 60'000U);
  for (std::size_t i = 0; i < read.rows.size(); ++i) {
    ASSERT_EQ(read.rows[i], i % 10 == 7 ? "[*7.x]=1" : "") << i;
  }
}

TEST(EventReader, KeepsStringsAsTheyAre) {
  EXPECT_EQ(AsKind(ColumnKind::kString, R"("C:\\x\ty\u00e9\ud83d\ude00")"),
            "f=C:\\x\ty\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(AsKind(ColumnKind::kString, R"("a\u0000b")"), std::string("f=a\0b", 5));
  EXPECT_EQ(AsKind(ColumnKind::kString, R"("")"), "f=");
  EXPECT_EQ(AsKind(ColumnKind::kText, R"("Some Text")"), "f=Some Text");
}

TEST(EventReader, TakesHalfASurrogatePairForTheReplacementCharacter) {
  EXPECT_EQ(AsKind(ColumnKind::kString, R"("a\ud800b")"),
            "f=a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(AsKind(ColumnKind::kString, R"("\udc00\ud800\u0041")"),
            "f=\xEF\xBF\xBD\xEF\xBF\xBD"
            "A");
}

TEST(EventReader, WritesNumbersAndBooleansIntoStringColumnsAsTheyStandInTheEvent) {
  EXPECT_EQ(AsKind(ColumnKind::kString, "443"), "f=443");
  EXPECT_EQ(AsKind(ColumnKind::kString, "-7"), "f=-7");
  EXPECT_EQ(AsKind(ColumnKind::kString, "1.10"), "f=1.10");
  EXPECT_EQ(AsKind(ColumnKind::kString, "1E5"), "f=1E5");
  EXPECT_EQ(AsKind(ColumnKind::kString, "18446744073709551615"), "f=18446744073709551615");
  EXPECT_EQ(AsKind(ColumnKind::kString, "123456789012345678901234567890"),
            "f=123456789012345678901234567890");
  EXPECT_EQ(AsKind(ColumnKind::kString, "1e400"), "f=1e400");
  EXPECT_EQ(AsKind(ColumnKind::kString, "[true,false]"), "f=true f=false");
}

TEST(EventReader, IgnoresStringsOfMoreUtf16UnitsThanTheFieldTakes) {
  const Field field{.name = "f", .ignore_above = 3};

  EXPECT_EQ(OneRow(field, R"({"f":["abc","abcd","äöü","a😀","ab😀",1234]})"), "f=abc f=äöü f=a😀");
}

TEST(EventReader, ReadsAddressesOfBothFamilies) {
  EXPECT_EQ(AsKind(ColumnKind::kAddress, R"(["10.0.0.1","FE80::1","::ffff:10.0.0.1"])"),
            "f=10.0.0.1 f=fe80::1 f=10.0.0.1");
}

TEST(EventReader, GivesEqualAddressesOneCodeHoweverTheyAreWritten) {
  Result<EventReader> reader =
      EventReader::OverText({{.name = "f", .kind = ColumnKind::kAddress}},
                            R"({"f":["FE80::1","fe80:0::1","fe80::1","bad","fe80::2","bad"]})");
  EventBlock block;
  ASSERT_TRUE(reader->Next(&block).value());

  const Column& column = block.batch.columns[0];
  EXPECT_THAT(column.codes, ElementsAre(0, 0, 0, 1));
  EXPECT_EQ(column.dictionary.values.size(), 2U);
  EXPECT_EQ(reader->report().malformed_values[0], 2U);
}

TEST(EventReader, CoercesIntegersAsOpenSearchDoes) {
  EXPECT_EQ(
      AsKind(ColumnKind::kInteger, R"([443,-1,12.9,-12.9,1e3,"80"," 80","81.9","+5","-0.1"])"),
      "f=443 f=-1 f=12 f=-12 f=1000 f=80 f=81 f=5 f=0");
  EXPECT_EQ(AsKind(ColumnKind::kInteger, R"(["9223372036854775807","-9223372036854775808"])"),
            "f=9223372036854775807 f=-9223372036854775808");
  EXPECT_EQ(AsKind(ColumnKind::kInteger, R"(["9223372036854775808","-9223372036854775809"])"), "");
  EXPECT_EQ(AsKind(ColumnKind::kInteger, "[9223372036854775808,1e30,-1e400,1e400]"), "");
  EXPECT_EQ(AsKind(ColumnKind::kInteger, R"(["9007199254740993.9","1e18","1e999999999999999999"])"),
            "f=9007199254740993 f=1000000000000000000");
}

TEST(EventReader, CoercesFloatsAndNeverGivesNanOrInfinity) {
  EXPECT_EQ(AsKind(ColumnKind::kFloat, R"([1,0.5,"2.5","1e3",-0.0,1e-400,"1e-400"])"),
            "f=1 f=0.5 f=2.5 f=1000 f=-0 f=0 f=0");
  EXPECT_EQ(AsKind(ColumnKind::kFloat, R"(["NaN","Infinity","inf","-inf","1e400",1e400,"0x10"])"),
            "");
  EXPECT_EQ(AsKind(ColumnKind::kFloat, "18446744073709551615"), "f=1.8446744073709552e+19");
  EXPECT_EQ(AsKind(ColumnKind::kFloat, "100000000000000000000"), "f=1e+20");
}

TEST(EventReader, ReadsDatesFromTextsAndFromEpochMilliseconds) {
  EXPECT_EQ(AsKind(ColumnKind::kDate, R"("1970-01-01T00:00:01.5Z")"), "f=1500");
  EXPECT_EQ(AsKind(ColumnKind::kDate, R"([15000,"15000",1500.7,-1])"),
            "f=15000 f=15000 f=1500 f=-1");
  EXPECT_EQ(AsKind(ColumnKind::kDate, "[2024,20240,-2024]"), "f=1704067200000 f=20240")
      << "four digits are a year; behind a sign they are one, which is not in the calendar";
  EXPECT_EQ(AsKind(ColumnKind::kDate, R"([true,"yesterday","",1e30,253402300800000])"), "");
}

TEST(EventReader, ReadsBooleansAndTheirTexts) {
  EXPECT_EQ(AsKind(ColumnKind::kBoolean, R"([true,false,"true","false",""])"),
            "f=1 f=0 f=1 f=0 f=0");
  EXPECT_EQ(AsKind(ColumnKind::kBoolean, R"(["yes","TRUE",1,0])"), "");
}

TEST(EventReader, CountsValuesThatItCannotConvertPerField) {
  const std::vector<Field> fields = {{.name = "port", .kind = ColumnKind::kInteger},
                                     {.name = "ip", .kind = ColumnKind::kAddress},
                                     {.name = "x", .kind = ColumnKind::kFloat},
                                     {.name = "on", .kind = ColumnKind::kBoolean},
                                     {.name = "s"}};
  const Read read = ReadEvents(fields, R"({"port":["a",true,1e30,"",5],"ip":[1,"x"],"x":"","on":2})"
                                       "\n"
                                       R"({"port":"b","x":"1.1.1"})");

  EXPECT_THAT(read.rows, ElementsAre("port=5", ""));
  EXPECT_THAT(read.report.malformed_values, ElementsAre(4, 2, 1, 1, 0));
}

TEST(EventReader, CountsMalformedValuesOnceWhereALineIsReadTwice) {
  // The decimal in a string column makes the careful parser start the row anew.
  const std::vector<Field> fields = {{.name = "port", .kind = ColumnKind::kInteger}, {.name = "s"}};
  const Read read = ReadEvents(fields, R"({"port":["a",7,8],"s":["x",1.50]})");

  EXPECT_THAT(read.rows, ElementsAre("port=7 port=8 s=x s=1.50"));
  EXPECT_THAT(read.report.malformed_values, ElementsAre(1, 0));
}

TEST(EventReader, NamesTheRowOfEachValueUnlessEveryRowHasOne) {
  const std::vector<Field> fields = {{.name = "a"}, {.name = "n", .kind = ColumnKind::kInteger}};
  Result<EventReader> reader = EventReader::OverText(fields, R"({"a":"x"}
{}
{"a":"y","n":1}
{"n":2}
{"a":["z","w"],"n":[3,4]}
{}
{"a":"v"}
{}
{"a":"u"}
)",
                                                     {.max_rows = 4});
  EventBlock block;

  ASSERT_TRUE(reader->Next(&block).value());
  EXPECT_THAT(block.batch.columns[0].rows, ElementsAre(0, 2));
  EXPECT_THAT(block.batch.columns[0].codes, ElementsAre(0, 1));
  EXPECT_THAT(block.batch.columns[1].rows, ElementsAre(2, 3));
  EXPECT_THAT(block.batch.columns[1].integers, ElementsAre(1, 2));
  ASSERT_TRUE(reader->Next(&block).value());
  EXPECT_THAT(block.batch.columns[0].rows, ElementsAre(0, 0, 2));
  EXPECT_THAT(block.batch.columns[0].codes, ElementsAre(2, 3, 4));
  EXPECT_THAT(block.batch.columns[1].rows, ElementsAre(0, 0));
  ASSERT_TRUE(reader->Next(&block).value());
  EXPECT_THAT(block.batch.columns[0].rows, ::testing::IsEmpty());  // one value in each row
  EXPECT_THAT(block.batch.columns[0].codes, ElementsAre(5));
  EXPECT_TRUE(block.batch.columns[1].is_empty);
  EXPECT_FALSE(reader->Next(&block).value());
}

// A reader writes only the columns that have changed, but not where another has written meanwhile.
TEST(EventReader, FillsABlockThatOthersFillToo) {
  const std::vector<Field> fields = {{.name = "a"}, {.name = "b"}};
  auto first = EventReader::OverText(fields, "{\"a\":\"1\"}\n{\"a\":\"2\"}\n{}\n", {.max_rows = 1});
  auto second = EventReader::OverText(fields, "{\"b\":\"x\"}\n{\"b\":\"y\"}\n", {.max_rows = 1});
  EventBlock block;
  std::vector<std::string> rows;
  for (int i = 0; i < 2; ++i) {
    for (Result<EventReader>* reader : {&first, &second}) {
      ASSERT_TRUE((*reader)->Next(&block).value());
      rows.push_back(tripline::testing::RowTexts(block.batch, fields)[0]);
    }
  }
  ASSERT_TRUE(first->Next(&block).value());
  rows.push_back(tripline::testing::RowTexts(block.batch, fields)[0]);

  EXPECT_THAT(rows, ElementsAre("a=1", "b=x", "a=2", "b=y", ""));
}

TEST(EventReader, MarksColumnsWithoutAnyValueAsEmpty) {
  Result<EventReader> reader =
      EventReader::OverText({{.name = "a"}, {.name = "b"}}, "{\"a\":1}\n{\"b\":[]}");
  EventBlock block;
  ASSERT_TRUE(reader->Next(&block).value());

  EXPECT_FALSE(block.batch.columns[0].is_empty);
  EXPECT_TRUE(block.batch.columns[1].is_empty);
}

TEST(EventReader, ReportsBrokenLinesAndLosesNothingElse) {
  const std::string text =
      "{\"f\":1}\nnot json\n{\"f\":2\n[1]\n\n{\"f\":\"\xFF\"}\n{\"f\":3} {}\n"
      "\"text\"\n{\"f\":01}\n{\"f\":4}\n{\"f\":\"a\tb\"}\n{,}\n{\"f\":tru}\n";

  const Read read = ReadEvents({{.name = "f"}}, text);

  EXPECT_THAT(read.rows, ElementsAre("f=1", "f=4"));
  EXPECT_THAT(read.lines, ElementsAre(1, 10));
  EXPECT_EQ(read.report.num_events, 2U);
  EXPECT_EQ(read.report.num_lines, 13U);
  EXPECT_EQ(read.report.num_blank_lines, 1U);
  EXPECT_EQ(read.report.num_broken_lines, 10U);
  std::vector<std::string> faults;
  for (const LineFault& fault : read.report.faults) {
    faults.push_back(std::to_string(fault.line) + ": " + fault.what);
  }
  EXPECT_THAT(
      faults,
      ElementsAre("2: expected a JSON object at column 1, found 'n'",
                  "3: expected ',' or '}' at column 7, found the end of the line",
                  "4: expected a JSON object at column 1, found '['",
                  "6: not valid UTF-8 at byte 7",
                  "7: expected the end of the line after the document at column 9, found '{'",
                  "8: expected a JSON object at column 1, found '\"'",
                  "9: expected no digit after a leading zero at column 7, found '1'",
                  "11: expected the end of a string (a control character must be written as "
                  "\\u00XX) at column 8, found the byte 0x09",
                  "12: expected a key in double quotes at column 2, found ','",
                  "13: expected a value at column 6, found 't'"));
}

TEST(EventReader, DescribesOnlyTheFirstBrokenLinesButCountsAll) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "broken\n{}\n";
  }

  const Read read = ReadEvents({{.name = "f"}}, text, {.max_rows = 7});

  EXPECT_EQ(read.report.num_broken_lines, 100U);
  EXPECT_EQ(read.report.faults.size(), kMaxLineFaults);
  EXPECT_EQ(read.report.faults.back().line, 39U);
  EXPECT_EQ(read.rows.size(), 100U);
}

TEST(EventReader, RefusesDocumentsThatAreNestedTooDeeply) {
  const auto nested = [](std::size_t depth) {
    return "{\"f\":\"x\",\"g\":" + std::string(depth, '[') + std::string(depth, ']') + "}\n";
  };
  const Read read = ReadEvents({{.name = "f"}, {.name = "g"}},
                               nested(999) + nested(1000) + nested(100'000) + nested(300));

  EXPECT_THAT(read.rows, ElementsAre("f=x", "f=x"));
  EXPECT_THAT(read.lines, ElementsAre(1, 4));
  ASSERT_EQ(read.report.faults.size(), 2U);
  EXPECT_THAT(read.report.faults[0].what, HasSubstr("nested deeper than 1000"));
}

TEST(EventReader, SkipsALineOfFiftyMegabytes) {
  const std::string text = "{\"f\":1}\n{\"f\":\"" + std::string(50'000'000, 'x') + "\"}\n{\"f\":2}";

  const Read read = ReadEvents({{.name = "f"}}, text);

  EXPECT_THAT(read.rows, ElementsAre("f=1", "f=2"));
  ASSERT_EQ(read.report.faults.size(), 1U);
  EXPECT_EQ(read.report.faults[0].line, 2U);
  EXPECT_THAT(read.report.faults[0].what, HasSubstr("50000008 bytes, at most 16777216"));
}

TEST(EventReader, ReadsALongLineThatIsStillAllowed) {
  const std::string text = "{\"g\":\"" + std::string(5'000'000, 'x') + "\",\"f\":\"end\"}";

  EXPECT_EQ(OneRow({.name = "f"}, text), "f=end");
}

TEST(EventReader, TakesSearchHitsApart) {
  Result<EventReader> reader = EventReader::OverText(
      {{.name = "a"}, {.name = "_index"}, {.name = "_id"}},
      R"({"_index":"logs-1","_id":"A\u00e9","_score":1.5,"_source":{"a":"x"},"a":"outside"}
{"_id":"B","_source": {"a":"y"} }
{"a":"z"}
)");
  EventBlock block;
  ASSERT_TRUE(reader->Next(&block).value());

  EXPECT_THAT(RowTexts(block.batch, {{.name = "a"}, {.name = "_index"}, {.name = "_id"}}),
              ElementsAre("a=x _index=logs-1 _id=A\xC3\xA9", "a=y _id=B", "a=z"));
  ASSERT_EQ(block.origins.size(), 3U);
  EXPECT_TRUE(block.origins[0].is_search_hit);
  EXPECT_EQ(block.origins[0].index, "logs-1");
  EXPECT_EQ(block.origins[0].id, "A\xC3\xA9");
  EXPECT_EQ(DocumentText(block.origins[0].text), R"({"a":"x"})");
  EXPECT_TRUE(block.origins[1].is_search_hit);
  EXPECT_EQ(block.origins[1].index, "");
  EXPECT_EQ(DocumentText(block.origins[1].text), R"({"a":"y"})");
  EXPECT_FALSE(block.origins[2].is_search_hit);
  EXPECT_EQ(DocumentText(block.origins[2].text), R"({"a":"z"})");
}

TEST(EventReader, TakesADocumentWithASourceFieldThatIsNoObjectForOrdinary) {
  Result<EventReader> reader =
      EventReader::OverText({{.name = "a"}}, R"({"_source":"text","_index":"i","a":"x"})");
  EventBlock block;
  ASSERT_TRUE(reader->Next(&block).value());

  EXPECT_FALSE(block.origins[0].is_search_hit);
  EXPECT_EQ(block.origins[0].index, "");
  EXPECT_THAT(RowTexts(block.batch, {{.name = "a"}}), ElementsAre("a=x"));
}

TEST(EventReader, KeepsTheTextOfEveryRowUntilTheNextBlock) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += "{\"f\":\"" + std::to_string(i) + "\"}\n";
  }
  Result<EventReader> reader = EventReader::OverText({{.name = "f"}}, text);
  EventBlock block;
  std::uint64_t line = 0;
  std::uint32_t largest = 0;
  while (reader->Next(&block).value()) {
    largest = std::max(largest, block.batch.num_rows);
    for (const EventOrigin& origin : block.origins) {
      ++line;
      ASSERT_EQ(origin.line, line);
      ASSERT_EQ(origin.text, "{\"f\":\"" + std::to_string(line - 1) + "\"}");
    }
  }

  EXPECT_EQ(line, 10'000U);
  EXPECT_EQ(largest, kMaxBlockRows);
}

TEST(EventReader, ReadsSeveralFilesAndGoesOnAfterOneThatFails) {
  const std::string base = ::testing::TempDir() + "json_events_" + std::to_string(getpid());
  std::ofstream(base + "_a") << "{\"f\":1}\n{\"f\":2}\n";
  std::ofstream(base + "_b") << "\n{\"f\":3}";
  Result<EventReader> reader =
      EventReader::Open({{.name = "f"}}, {base + "_a", base + "_absent", base + "_b"});
  ASSERT_TRUE(reader.has_value());
  EventBlock block;

  ASSERT_TRUE(reader->Next(&block).value());
  EXPECT_EQ(block.batch.num_rows, 2U);
  EXPECT_EQ(block.origins[1].file, 0U);
  const Result<bool> absent = reader->Next(&block);
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().message, HasSubstr("_absent"));
  ASSERT_TRUE(reader->Next(&block).value());
  EXPECT_EQ(block.origins[0].file, 2U);
  EXPECT_EQ(block.origins[0].line, 2U);
  EXPECT_FALSE(reader->Next(&block).value());
  EXPECT_EQ(reader->report().num_lines, 4U);
  EXPECT_EQ(reader->num_bytes_taken(), 24U);
  std::filesystem::remove(base + "_a");
  std::filesystem::remove(base + "_b");
}

TEST(EventReader, RefusesTwoColumnsOfOneName) {
  const Result<EventReader> reader = EventReader::OverText({{.name = "f"}, {.name = "f"}}, "");

  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, ErrorCode::kInvalid);
}

TEST(EventReader, KeepsDictionaryIdsWhileItStaysWithinItsMemory) {
  const std::string text = "{\"f\":\"x\"}\n{\"f\":\"y\"}\n{\"f\":\"x\"}\n";
  Result<EventReader> reader = EventReader::OverText({{.name = "f"}}, text, {.max_rows = 1});
  EventBlock block;
  std::set<std::uint64_t> ids;
  std::vector<std::uint32_t> codes;
  while (reader->Next(&block).value()) {
    ids.insert(block.batch.columns[0].dictionary.id);
    codes.push_back(block.batch.columns[0].codes[0]);
  }

  EXPECT_EQ(ids.size(), 1U);
  EXPECT_THAT(codes, ElementsAre(0, 1, 0));
}

TEST(EventReader, StartsDictionariesAnewWhereTheyOutgrowTheirMemory) {
  constexpr int kEvents = 100'000;
  std::string text;
  for (int i = 0; i < kEvents; ++i) {
    text += "{\"f\":\"value-" + std::to_string(i) + "\",\"g\":\"same\"}\n";
  }
  const std::vector<Field> fields = {{.name = "f"}, {.name = "g"}};
  Result<EventReader> reader =
      EventReader::OverText(fields, text, {.max_dictionary_bytes = std::size_t{1} << 20U});
  EventBlock block;
  std::set<std::uint64_t> ids_of_f;
  std::set<std::uint64_t> ids_of_g;
  int event = 0;
  while (reader->Next(&block).value()) {
    ids_of_f.insert(block.batch.columns[0].dictionary.id);
    ids_of_g.insert(block.batch.columns[1].dictionary.id);
    for (const std::string& row : RowTexts(block.batch, fields)) {
      ASSERT_EQ(row, "f=value-" + std::to_string(event) + " g=same");
      ++event;
    }
  }

  EXPECT_EQ(event, kEvents);
  EXPECT_GT(ids_of_f.size(), 3U);
  EXPECT_EQ(ids_of_g.size(), 1U) << "a small dictionary is not thrown away for a big one";
}

}  // namespace
}  // namespace tripline::runtime

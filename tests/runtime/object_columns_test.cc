#include "runtime/object_columns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "jit/object_value.h"
#include "jit/program.h"
#include "runtime/column_slots.h"
#include "runtime/json_events.h"

namespace tripline::runtime {
namespace {

using jit::ColumnKind;
using jit::Field;

Field Objects() {
  return {.name = "o{a,n,p{q}}",
          .kind = ColumnKind::kObject,
          .source = "o",
          .inner = {{.name = "o.a", .source = "a"},
                    {.name = "o.n", .kind = ColumnKind::kInteger, .source = "n"},
                    {.name = "o.p{q}",
                     .kind = ColumnKind::kObject,
                     .source = "p",
                     .inner = {{.name = "o.p.q", .source = "q"}}}}};
}

// The objects of each line, as values. A double in a string column is what only the exact parser
// reads: with it a line goes the other way.
std::vector<std::vector<std::string>> Read(const std::string& text) {
  const std::vector<Field> fields = {Objects(), {.name = "decimals"}};
  auto reader = EventReader::OverText(fields, text);
  std::vector<std::vector<std::string>> rows;
  EventBlock block;
  while (reader->Next(&block).value()) {
    const Column& column = block.batch.columns[0];
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      std::vector<std::string>& values = rows.emplace_back();
      const auto [begin, end] = SlotsOf(column, row);
      for (std::uint32_t slot = begin; slot < end; ++slot) {
        if (column.codes[slot] != kMissing) {
          values.emplace_back(column.dictionary.values[column.codes[slot]]);
        }
      }
    }
  }
  return rows;
}

// "Some object has this a and this n."
bool AnyHas(const std::vector<std::string>& objects, const std::string& a, std::int64_t n) {
  jit::Program query;
  query.fields = Objects().inner;
  query.leaves = {{0, {jit::Term{a}}}, {1, {jit::IntegerRange{n, n}}}};
  query.nodes = {{jit::Op::kLeaf, 0, 0}, {jit::Op::kLeaf, 1, 0}, {jit::Op::kAnd, 0, 2}};
  query.operands = {0, 1};
  query.outputs = {2};
  for (const std::string& object : objects) {
    if (jit::ObjectHolds({{query}}, object)) {
      return true;
    }
  }
  return false;
}

TEST(ObjectColumns, ObjectsOfAListAreValuesOfTheirOwn) {
  const auto rows = Read(R"({"o":[{"a":"x","n":1},{"a":["y","z"],"n":2}]})");

  ASSERT_EQ(rows.at(0).size(), 2U);
  EXPECT_TRUE(AnyHas(rows[0], "x", 1));
  EXPECT_TRUE(AnyHas(rows[0], "z", 2));
  EXPECT_FALSE(AnyHas(rows[0], "x", 2)) << "of two objects";
}

TEST(ObjectColumns, AnObjectWithoutWantedFieldsIsAnObject) {
  const auto rows =
      Read("{\"o\":{}}\n{\"o\":[]}\n{\"o\":null}\n{\"o\":\"text\"}\n{\"o\":[{\"b\":1}]}");

  EXPECT_EQ(rows.at(0).size(), 1U);
  EXPECT_EQ(rows.at(1).size(), 0U);
  EXPECT_EQ(rows.at(2).size(), 0U);
  EXPECT_EQ(rows.at(3).size(), 0U);
  EXPECT_EQ(rows.at(4), rows.at(0));
}

TEST(ObjectColumns, BothParsersReadTheSameObjects) {
  const std::vector<std::string> documents = {
      R"("o":[{"a":"x","n":1,"p":[{"q":"r"},{}]},{"a":null},[{"a":"deep"}]])",
      R"("o":{"a":["x","y",4624,true],"n":"12","p":{"q":"\u00e9"}})",
      R"("o":{"o":{"a":"not this"},"p":[[{"q":1}]]},"a":"nor this")",
      R"("o":{"a":"1"},"O":{"a":"2"},"o.a":"dotted")",
  };
  for (const std::string& members : documents) {
    const auto by_simd = Read("{" + members + "}");
    const auto by_exact = Read("{\"decimals\":1.50," + members + "}");

    ASSERT_FALSE(by_simd.at(0).empty()) << members;
    EXPECT_EQ(by_simd, by_exact) << members;
  }
}

TEST(ObjectColumns, BytesThatAreNoObjectSatisfyNothing) {
  const auto rows = Read(R"({"o":{"a":"x","n":1}})");
  const std::string object = rows.at(0).at(0);

  EXPECT_TRUE(AnyHas({object}, "x", 1));
  for (std::size_t size = 0; size < object.size(); ++size) {
    EXPECT_FALSE(AnyHas({object.substr(0, size)}, "x", 1)) << size;
  }
  EXPECT_FALSE(AnyHas({object + "x"}, "x", 1));
}

}  // namespace
}  // namespace tripline::runtime

#include "jit/verify.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace tripline::jit {
namespace {

/// "curl" and not (10.0.0.0/8 or "curl"): every list of a Program has something in it.
Program Sound() {
  Program program;
  program.fields = {{.name = "process.name"}, {.name = "source.ip", .kind = ColumnKind::kAddress}};
  program.leaves = {{0, {Term{"curl"}}}, {1, {*ParseIpPrefix("10.0.0.0/8")}}};
  program.nodes = {{Op::kLeaf, 0, 0}, {Op::kLeaf, 1, 0}, {Op::kOr, 0, 2},
                   {Op::kNot, 2, 0},  {Op::kAnd, 2, 2},  {Op::kTrue, 0, 0}};
  program.operands = {0, 1, 0, 3};
  program.outputs = {4, 5};
  return program;
}

/// Verify refuses a sound Program after `damage`, with `message` in what it says.
void ExpectRefused(const std::function<void(Program&)>& damage, const std::string& message) {
  Program program = Sound();
  damage(program);

  const Result<void> verdict = Verify(program);

  ASSERT_FALSE(verdict) << "not refused: " << message;
  EXPECT_EQ(verdict.error().code, ErrorCode::kInvalid);
  EXPECT_NE(verdict.error().message.find(message), std::string::npos) << verdict.error().message;
}

/// A Program with one leaf of one atom on a field of this kind.
Program OneLeaf(ColumnKind kind, Atom atom) {
  Program program;
  program.fields = {{.name = "f", .kind = kind}};
  program.leaves = {{0, {std::move(atom)}}};
  program.nodes = {{Op::kLeaf, 0, 0}};
  program.outputs = {0};
  return program;
}

TEST(Verify, AcceptsASoundProgramAndAnEmptyOne) {
  EXPECT_TRUE(Verify(Sound()));
  EXPECT_TRUE(Verify(Program{}));
}

TEST(Verify, RefusesAFieldWithoutAName) {
  ExpectRefused([](Program& p) { p.fields[1].name.clear(); }, "field 1 has no name");
}

TEST(Verify, RefusesTwoFieldsOfOneName) {
  ExpectRefused([](Program& p) { p.fields[1].name = "process.name"; },
                "field 1 has the name of an earlier field, 'process.name'");
}

TEST(Verify, RefusesAnUnknownKindOfColumn) {
  ExpectRefused([](Program& p) { p.fields[1].kind = static_cast<ColumnKind>(9); },
                "field 1 is of an unknown kind");
}

TEST(Verify, RefusesALeafOnNoField) {
  ExpectRefused([](Program& p) { p.leaves[1].field = 2; }, "leaf 1 is on field 2, but there are 2");
}

TEST(Verify, RefusesALeafWithoutAtoms) {
  ExpectRefused([](Program& p) { p.leaves[1].atoms.clear(); }, "leaf 1 has no atoms");
}

TEST(Verify, RefusesANodeOfNoLeaf) {
  ExpectRefused([](Program& p) { p.nodes[1].first = 2; }, "node 1 is leaf 2, but there are 2");
}

TEST(Verify, RefusesAnUnknownOperation) {
  ExpectRefused([](Program& p) { p.nodes[5].op = static_cast<Op>(6); },
                "node 5 has an unknown operation");
}

TEST(Verify, RefusesAnOperandThatDoesNotStandBeforeItsNode) {
  ExpectRefused([](Program& p) { p.nodes[3].first = 3; }, "node 3 has the operand 3");
  ExpectRefused([](Program& p) { p.operands[3] = 4; }, "node 4 has the operand 4");
  ExpectRefused([](Program& p) { p.operands[0] = 77; }, "node 2 has the operand 77");
}

TEST(Verify, RefusesOperandsOutsideOfTheList) {
  ExpectRefused([](Program& p) { p.nodes[4].first = 3; }, "node 4 has operands outside");
  ExpectRefused([](Program& p) { p.nodes[4].first = 0xFFFFFFFFU; }, "node 4 has operands outside");
  ExpectRefused([](Program& p) { p.nodes[4].count = 0xFFFFFFFFU; }, "node 4 has operands outside");
}

TEST(Verify, RefusesAJunctionOfFewerThanTwo) {
  ExpectRefused([](Program& p) { p.nodes[4].count = 1; }, "node 4 joins fewer than two");
}

TEST(Verify, RefusesNumbersThatAnOperationDoesNotUse) {
  ExpectRefused([](Program& p) { p.nodes[5].first = 1; }, "node 5 is a constant with an operand");
  ExpectRefused([](Program& p) { p.nodes[0].count = 1; }, "node 0 counts operands, which leaf");
}

TEST(Verify, RefusesAnOutputOfNoNode) {
  ExpectRefused([](Program& p) { p.outputs[1] = 6; }, "output 1 is node 6, but there are 6");
}

TEST(Verify, RefusesAtomsThatMakeNoSense) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  IpPrefix with_host_bits = *ParseIpPrefix("10.0.0.0/8");
  with_host_bits.network.bytes[15] = 1;
  IpPrefix too_long = SingleAddress(*ParseIpAddress("10.0.0.1"));
  too_long.length = 129;
  const AddressRange backwards{*ParseIpAddress("10.0.0.2"), *ParseIpAddress("10.0.0.1")};
  const std::vector<std::pair<Program, std::string>> cases{
      {OneLeaf(ColumnKind::kString, Glob{}), "a glob without pieces"},
      {OneLeaf(ColumnKind::kText, TextGlob{}), "a glob without pieces"},
      {OneLeaf(ColumnKind::kText, TextAny{}), "one of no tokens"},
      {OneLeaf(ColumnKind::kText, TextPhrase{}), "a phrase of no tokens"},
      {OneLeaf(ColumnKind::kAddress, with_host_bits), "bits set behind its length"},
      {OneLeaf(ColumnKind::kAddress, too_long), "longer than 128 bits"},
      {OneLeaf(ColumnKind::kAddress, backwards), "last address is before its first"},
      {OneLeaf(ColumnKind::kFloat, FloatRange{nan, 1}), "a bound NaN"},
      {OneLeaf(ColumnKind::kFloat, FloatRange{1, nan}), "a bound NaN"},
      {OneLeaf(ColumnKind::kDelegated, Glob{}), "a glob without pieces"},
      {OneLeaf(ColumnKind::kText, TextRange{{"1", std::nullopt, true, true, true}}), "as numbers"},
      {OneLeaf(ColumnKind::kDate, RelativeDateRange{"yesterday", std::nullopt}), "that are none"},
      {OneLeaf(ColumnKind::kDate, RelativeDateRange{"now", std::nullopt, true, true, -1}),
       "a negative interval"},
      {OneLeaf(ColumnKind::kObject, ObjectMatch{}), "other than one thing"},
  };

  for (const auto& [program, message] : cases) {
    const Result<void> verdict = Verify(program);
    ASSERT_FALSE(verdict) << message;
    EXPECT_NE(verdict.error().message.find("leaf 0 has an atom 0 that"), std::string::npos);
    EXPECT_NE(verdict.error().message.find(message), std::string::npos) << verdict.error().message;
  }
}

// A group that any object satisfies.
ObjectMatch AnyObject() {
  Program query;
  query.nodes = {{Op::kTrue, 0, 0}};
  query.outputs = {0};
  return {{query}};
}

// So many groups inside one another, asked of a field of as many objects.
Program Groups(std::uint32_t levels) {
  Program program = AnyObject().query[0];
  for (std::uint32_t i = 0; i < levels; ++i) {
    Program around;
    around.fields = {{.name = "o", .kind = ColumnKind::kObject, .inner = program.fields}};
    around.leaves = {{0, {ObjectMatch{{program}}}}};
    around.nodes = {{Op::kLeaf, 0, 0}};
    around.outputs = {0};
    program = around;
  }
  return program;
}

TEST(Verify, RefusesGroupsOverObjectsThatAskForOtherFieldsOrGoTooDeep) {
  EXPECT_TRUE(Verify(Groups(3)));
  EXPECT_TRUE(Verify(Groups(kMaxObjectLevels - 1)));
  EXPECT_FALSE(Verify(Groups(kMaxObjectLevels)));
  Program other = Groups(2);
  other.fields[0].inner[0].name = "p";
  EXPECT_FALSE(Verify(other));
  Program inner = Groups(2);
  std::get<ObjectMatch>(inner.leaves[0].atoms[0]).query[0].nodes[0].first = 1;
  EXPECT_FALSE(Verify(inner));
}

TEST(Verify, RefusesNumbersOfAFormThatTheirKindLacks) {
  Program program = OneLeaf(ColumnKind::kInteger, Exists{});
  program.fields[0].form = NumberForm::kScaled;
  EXPECT_FALSE(Verify(program)) << "a scale of zero";
  program.fields[0].scale = 100;
  EXPECT_TRUE(Verify(program));
  program.fields[0].form = NumberForm::kHalf;
  EXPECT_FALSE(Verify(program));
  program.fields[0].form = static_cast<NumberForm>(77);
  EXPECT_FALSE(Verify(program));
}

TEST(Verify, RefusesADateFormatThatIsUnknownOrBelongsToNoDate) {
  Program program = OneLeaf(ColumnKind::kDate, Exists{});
  program.fields[0].date_format = "dd/MM/yyyy||epoch_second";
  EXPECT_TRUE(Verify(program));
  program.fields[0].date_format = "no_such_format";
  EXPECT_FALSE(Verify(program));
  program.fields[0] = {.name = "f", .kind = ColumnKind::kInteger, .date_format = "yyyy"};
  EXPECT_FALSE(Verify(program));
}

TEST(Verify, RefusesAnAnalysisThatIsUnknownOrBelongsToNoText) {
  Program program = OneLeaf(ColumnKind::kText, Exists{});
  program.fields[0].analysis = {Tokenizer::kKeyword, true, true};
  EXPECT_TRUE(Verify(program));
  program.fields[0].analysis.tokenizer = static_cast<Tokenizer>(77);
  EXPECT_FALSE(Verify(program));
  program.fields[0] = {.name = "f", .analysis = Analysis::kSimple};
  EXPECT_FALSE(Verify(program));
}

TEST(Verify, EveryKindOfColumnTakesItsOwnAtomsOnly) {
  const IpAddress address = *ParseIpAddress("10.0.0.1");
  const std::vector<Atom> atoms{Exists{},
                                Term{"a"},
                                Glob{{"a", ""}},
                                StringRange{"a", "b"},
                                SingleAddress(address),
                                AddressRange{address, address},
                                IntegerRange{1, 2},
                                FloatRange{1, 2},
                                TextAny{{"a"}},
                                TextPhrase{{"a"}},
                                TextGlob{{{"a", ""}}},
                                TextRange{{"a", "b"}},
                                RelativeDateRange{"now-1d", std::nullopt},
                                AnyObject()};
  // One letter per atom above: y if a column of this kind can answer it.
  const std::vector<std::pair<ColumnKind, std::string>> expected{
      {ColumnKind::kString, "yyyy----------"},  {ColumnKind::kText, "y-------yyyy--"},
      {ColumnKind::kAddress, "y---yy--------"}, {ColumnKind::kInteger, "y-----y-------"},
      {ColumnKind::kFloat, "y------y------"},   {ColumnKind::kDate, "y-----y-----y-"},
      {ColumnKind::kBoolean, "y-----y-------"}, {ColumnKind::kDelegated, "yyyyyyyyyyyyyy"},
      {ColumnKind::kObject, "y------------y"}};

  for (const auto& [kind, letters] : expected) {
    std::string found;
    for (const Atom& atom : atoms) found += Verify(OneLeaf(kind, atom)) ? 'y' : '-';
    EXPECT_EQ(found, letters) << "kind " << static_cast<int>(kind);
  }
}

TEST(Verify, EveryLimitHolds) {
  // Sound() has exactly this many of each.
  const ProgramLimits exact{.fields = 2,
                            .leaves = 2,
                            .atoms = 2,
                            .nodes = 6,
                            .operands = 4,
                            .outputs = 2,
                            .string_bytes = 25};
  std::vector<ProgramLimits> tight(7, exact);
  tight[0].fields = 1;
  tight[1].leaves = 1;
  tight[2].atoms = 1;
  tight[3].nodes = 5;
  tight[4].operands = 3;
  tight[5].outputs = 1;
  tight[6].string_bytes = 24;

  EXPECT_TRUE(Verify(Sound(), exact));
  for (const ProgramLimits& limits : tight) {
    const Result<void> verdict = Verify(Sound(), limits);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().code, ErrorCode::kLimit);
  }
}

}  // namespace
}  // namespace tripline::jit

#include "jit/print.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "jit/program_builder.h"
#include "tests/support/golden.h"

namespace tripline::jit {
namespace {

Leaf LeafOn(ProgramBuilder& builder, const Field& field, std::vector<Atom> atoms) {
  return {.field = builder.AddField(field), .atoms = std::move(atoms)};
}

TEST(Print, ShowsAProgramAsPeopleReadIt) {
  ProgramBuilder builder;
  const Field name{.name = "process.name"};
  const NodeIndex curl = builder.AddLeaf(LeafOn(builder, name, {Term{"curl"}, Term{"wget"}}));
  const NodeIndex source =
      builder.AddLeaf(LeafOn(builder, {.name = "source.ip", .kind = ColumnKind::kAddress},
                             {*ParseIpPrefix("10.0.0.0/8"), *ParseIpPrefix("fe80::/10")}));
  const NodeIndex path = builder.AddLeaf(
      LeafOn(builder, {.name = "file.path", .ignore_above = 1024, .lowercases = true},
             {Glob{{"/tmp/", ".sh"}}}));
  const std::vector<NodeIndex> either{source, builder.AddNot(path)};
  const std::vector<NodeIndex> both{curl, builder.AddOr(either)};
  builder.AddOutput(builder.AddAnd(both));
  builder.AddOutput(builder.AddConstant(false));

  testing::ExpectGolden("program/small.out", Print(builder.Take()));
}

TEST(Print, ShowsEveryKindOfAtom) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Atom> atoms{
      Exists{},
      Term{"a \"quoted\" \\ value\n\x1b[31m"},
      Glob{{"", "x", ""}, true, true},
      StringRange{"a", std::nullopt, true, false, false},
      StringRange{"1", "9", false, true, true},
      StringRange{},
      *ParseIpPrefix("192.168.0.0/16"),
      AddressRange{*ParseIpAddress("10.0.0.1"), *ParseIpAddress("10.0.0.9")},
      IntegerRange{-5, 443},
      FloatRange{0.5, infinity, false, true},
      TextAny{{"one", "two"}},
      TextPhrase{{"one", "two"}},
      TextGlob{{{"power", ""}}},
      TextRange{{"a", std::nullopt, true}},
      RelativeDateRange{"now-1d/d", std::nullopt, false, true, 300'000},
      ObjectMatch{{{.fields = {{.name = "l.m", .source = "m"}},
                    .leaves = {{0, {Term{"x"}}}},
                    .nodes = {{Op::kLeaf, 0, 0}, {Op::kNot, 0, 0}},
                    .operands = {},
                    .outputs = {1}}}},
  };

  std::string text;
  for (const Atom& atom : atoms) text += Print(atom) + "\n";

  testing::ExpectGolden("program/atoms.out", text);
}

TEST(Print, ShowsEveryKindOfColumn) {
  Program program;
  program.fields = {
      {.name = "a", .kind = ColumnKind::kString},
      {.name = "b", .kind = ColumnKind::kText},
      {.name = "c", .kind = ColumnKind::kAddress},
      {.name = "d", .kind = ColumnKind::kInteger},
      {.name = "e", .kind = ColumnKind::kFloat},
      {.name = "f", .kind = ColumnKind::kDate},
      {.name = "g", .kind = ColumnKind::kBoolean},
      {.name = "h", .kind = ColumnKind::kDelegated},
      {.name = "i.text", .kind = ColumnKind::kText, .source = "i"},
      {.name = "j.*", .is_pattern = true},
      {.name = "[*]", .is_pattern = true, .except = {"j.a"}},
      {.name = "k", .kind = ColumnKind::kInteger, .form = NumberForm::kScaled, .scale = 100},
      {.name = "n", .kind = ColumnKind::kText, .analysis = Analysis::kSimple},
      {.name = "l{m}",
       .kind = ColumnKind::kObject,
       .source = "l",
       .inner = {{.name = "l.m", .source = "m"}}}};

  testing::ExpectGolden("program/columns.out", Print(program));
}

}  // namespace
}  // namespace tripline::jit

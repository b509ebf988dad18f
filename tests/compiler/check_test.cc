#include "compiler/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "grammar/parse.h"
#include "jit/print.h"

namespace tripline::compiler {
namespace {

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "kw":{"type":"keyword","ignore_above":1024,"fields":{"text":{"type":"text"}}},
  "low":{"type":"keyword","normalizer":"lowercase"},
  "txt":{"type":"text"},
  "ip":{"type":"ip"},
  "long":{"type":"long"}, "byte":{"type":"byte"}, "double":{"type":"double"},
  "flag":{"type":"boolean"}, "date":{"type":"date"}, "geo":{"type":"geo_point"},
  "flat":{"type":"flattened"},
  "object":{"properties":{"a":{"type":"keyword"},"b":{"type":"long"}}},
  "nest":{"type":"nested","properties":{"a":{"type":"keyword"}}},
  "also":{"type":"alias","path":"kw"}
}}})";

const FieldTypes& Mapping() {
  static const FieldTypes mapping = *FieldTypes::FromMapping("mapping.json", kMapping);
  return mapping;
}

CheckedQuery Checked(const std::string& text) {
  const SourceText query{"query", text, {}};
  const auto ast = grammar::Parse(query);
  EXPECT_TRUE(ast) << text;
  return Check(*ast, query, {&Mapping(), nullptr});
}

// The only leaf of a query as its field and atoms, or the whole Program where there is more.
jit::Program ProgramOf(const std::string& text) {
  const CheckedQuery checked = Checked(text);
  EXPECT_TRUE(checked.ast) << text
                           << (checked.diagnostics.empty() ? "" : Render(checked.diagnostics[0]));
  return checked.ast ? Rewrite(Lower(*checked.ast)) : jit::Program{};
}

std::vector<jit::Atom> AtomsOf(const std::string& text) {
  const jit::Program program = ProgramOf(text);
  EXPECT_EQ(program.leaves.size(), 1U) << text << "\n" << jit::Print(program);
  return program.leaves.size() == 1 ? program.leaves[0].atoms : std::vector<jit::Atom>{};
}

jit::Field FieldOf(const std::string& text) {
  const jit::Program program = ProgramOf(text);
  EXPECT_EQ(program.fields.size(), 1U) << text;
  return program.fields.size() == 1 ? program.fields[0] : jit::Field{};
}

bool IsConstant(const std::string& text, bool value) {
  const jit::Program program = ProgramOf(text);
  return program.nodes[program.outputs[0]].op == (value ? jit::Op::kTrue : jit::Op::kFalse);
}

std::string CodeOf(const std::string& text, Severity severity = Severity::kError) {
  const CheckedQuery checked = Checked(text);
  for (const Diagnostic& diagnostic : checked.diagnostics) {
    if (diagnostic.severity == severity) {
      return diagnostic.code;
    }
  }
  return "none";
}

using Atoms = std::vector<jit::Atom>;

TEST(Check, KeywordValuesAreBytesGlobsAndByteRanges) {
  EXPECT_EQ(AtomsOf("kw : curl"), (Atoms{jit::Term{"curl"}}));
  EXPECT_EQ(AtomsOf("kw : true"), (Atoms{jit::Term{"true"}}));
  EXPECT_EQ(AtomsOf("kw : \"a*\""), (Atoms{jit::Term{"a*"}}));
  EXPECT_EQ(AtomsOf("kw : a*b"), (Atoms{jit::Glob{{"a", "b"}}}));
  EXPECT_EQ(AtomsOf("kw : *"), (Atoms{jit::Exists{}}));
  EXPECT_EQ(AtomsOf("kw >= b"), (Atoms{jit::StringRange{"b", std::nullopt, true, false, false}}));
}

TEST(Check, FieldsUnknownEverywhereAreKeywordsThatCompareNumbers) {
  EXPECT_EQ(FieldOf("other.thing : 5").kind, jit::ColumnKind::kString);
  EXPECT_EQ(AtomsOf("other.thing > 5"),
            (Atoms{jit::StringRange{"5", std::nullopt, false, false, true}}));
  EXPECT_EQ(CodeOf("other.thing : 5", Severity::kWarning), "field.unknown");
}

TEST(Check, AddressesBlocksAndTheirRangesAreSixteenBytes) {
  EXPECT_EQ(AtomsOf("ip : 10.0.0.0/8"), (Atoms{*ParseIpPrefix("10.0.0.0/8")}));
  EXPECT_EQ(AtomsOf("ip : \"FE80::/10\""), (Atoms{*ParseIpPrefix("fe80::/10")}));
  EXPECT_EQ(AtomsOf("ip : 0.0.0.0"), (Atoms{SingleAddress(*ParseIpAddress("0.0.0.0"))}));
  const auto range = std::get<jit::AddressRange>(AtomsOf("ip > 10.0.0.255").at(0));
  EXPECT_EQ(ToString(range.first), "10.0.1.0");
  EXPECT_EQ(ToString(std::get<jit::AddressRange>(AtomsOf("ip < \"::1\"").at(0)).last), "::");
  EXPECT_TRUE(IsConstant("ip < \"::\"", false));
  EXPECT_EQ(CodeOf("ip : 10.*"), "value.wildcard_on_type");
  EXPECT_EQ(CodeOf("ip : localhost"), "value.wrong_type");
  EXPECT_EQ(CodeOf("ip > 10.0.0.0/8"), "value.wrong_type");
}

TEST(Check, IntegersAreExactAndBoundsWithDecimalsMoveInwards) {
  EXPECT_EQ(AtomsOf("long : 9223372036854775807"),
            (Atoms{jit::IntegerRange{INT64_MAX, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("long : 5.0"), (Atoms{jit::IntegerRange{5, 5}}));
  EXPECT_EQ(AtomsOf("long > 1.5"), (Atoms{jit::IntegerRange{2, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("long < 1.5"), (Atoms{jit::IntegerRange{INT64_MIN, 1}}));
  EXPECT_EQ(AtomsOf("long > -1.5"), (Atoms{jit::IntegerRange{-1, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("long < 5"), (Atoms{jit::IntegerRange{INT64_MIN, 4}}));
  EXPECT_EQ(AtomsOf("long >= 5"), (Atoms{jit::IntegerRange{5, INT64_MAX}}));
  EXPECT_TRUE(IsConstant("long > 9223372036854775807", false));
  EXPECT_TRUE(IsConstant("long : 1.5", false));
  EXPECT_EQ(CodeOf("long : 1.5", Severity::kWarning), "value.never_matches");
  EXPECT_EQ(CodeOf("long : ten"), "value.wrong_type");
  EXPECT_EQ(CodeOf("long : 1*"), "value.wildcard_on_type");
  EXPECT_EQ(CodeOf("long : 9223372036854775808"), "value.wrong_type");
  EXPECT_EQ(CodeOf("byte : 128"), "value.wrong_type");
  EXPECT_EQ(CodeOf("long : nan"), "value.wrong_type");
}

TEST(Check, FloatsBooleansAndDatesHaveTheirOwnForms) {
  EXPECT_EQ(AtomsOf("double : 1.5"), (Atoms{jit::FloatRange{1.5, 1.5, true, true}}));
  EXPECT_FALSE(std::get<jit::FloatRange>(AtomsOf("double > 1").at(0)).includes_low);
  EXPECT_EQ(AtomsOf("flag : true"), (Atoms{jit::IntegerRange{1, 1}}));
  EXPECT_EQ(AtomsOf("flag : \"\""), (Atoms{jit::IntegerRange{0, 0}}));
  EXPECT_EQ(CodeOf("flag : yes"), "value.wrong_type");
  const std::int64_t day = 1704153600000;  // 2024-01-02
  EXPECT_EQ(AtomsOf("date : 2024-01-02"), (Atoms{jit::IntegerRange{day, day + 86'399'999}}));
  EXPECT_EQ(AtomsOf("date > 2024-01-02"), (Atoms{jit::IntegerRange{day + 86'400'000, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("date <= 2024-01-02"), (Atoms{jit::IntegerRange{INT64_MIN, day + 86'399'999}}));
  EXPECT_EQ(AtomsOf("date < 2024-01-02"), (Atoms{jit::IntegerRange{INT64_MIN, day - 1}}));
  EXPECT_EQ(CodeOf("date : yesterday"), "value.wrong_type");
  EXPECT_EQ(CodeOf("date > \"now-1d\"", Severity::kNotYet), "not_yet.relative_date");
}

TEST(Check, TextIsAnalysed) {
  EXPECT_EQ(AtomsOf("txt : Foo Bar"), (Atoms{jit::TextAny{{"foo", "bar"}}}));
  EXPECT_EQ(AtomsOf("txt : \"Foo Bar\""), (Atoms{jit::TextPhrase{{"foo", "bar"}}}));
  EXPECT_EQ(AtomsOf("txt : Fo* Bar"),
            (Atoms{jit::TextGlob{jit::Glob{{"fo", ""}}}, jit::TextAny{{"bar"}}}));
  EXPECT_TRUE(IsConstant("txt : \"...\"", false)) << "no tokens match nothing";
}

TEST(Check, MultiFieldsAliasesAndNormalizersReadFromTheirSource) {
  EXPECT_EQ(FieldOf("kw.text : a").source, "kw");
  EXPECT_EQ(FieldOf("kw.text : a").kind, jit::ColumnKind::kText);
  EXPECT_EQ(FieldOf("also : a").source, "kw");
  EXPECT_TRUE(FieldOf("low : a").lowercases);
  EXPECT_EQ(FieldOf("kw : a").ignore_above, 1024U);
  EXPECT_EQ(FieldOf("flat.some.key : a").source, "");
  EXPECT_EQ(FieldOf("flat.some.key : a").name, "flat.some.key");
}

TEST(Check, ObjectsExistThroughWhatIsBelowThem) {
  EXPECT_TRUE(FieldOf("object : *").is_pattern);
  EXPECT_EQ(FieldOf("object : *").source, "object.*");
  EXPECT_TRUE(IsConstant("object : x", false));
  EXPECT_EQ(CodeOf("object : x", Severity::kWarning), "field.is_object");
  EXPECT_EQ(FieldOf("flat : x").source, "flat.*");
}

TEST(Check, StarredNamesStandForEveryFieldTheyFit) {
  const jit::Program program = ProgramOf("object.* : 5");
  EXPECT_EQ(program.fields.size(), 2U);
  EXPECT_EQ(FieldOf("nothing.*.here : 5").source, "nothing.*.here");
  EXPECT_TRUE(FieldOf("nothing.*.here : 5").is_pattern);
}

TEST(Check, WholeQueriesOfStarsAreConstants) {
  EXPECT_TRUE(IsConstant("", true));
  EXPECT_TRUE(IsConstant("*:*", true));
  EXPECT_TRUE(IsConstant("not *:*", false));
}

TEST(Check, WhatCannotBeMeantIsAnErrorAtItsPlace) {
  const CheckedQuery checked = Checked("kw : a and\nip : nonsense and kw : null");

  EXPECT_FALSE(checked.ast);
  ASSERT_EQ(checked.diagnostics.size(), 2U) << "all mistakes at once";
  EXPECT_EQ(checked.diagnostics[0].where, (LineColumn{2, 6}));
  EXPECT_EQ(checked.diagnostics[1].code, "value.null");
}

TEST(Check, NestedGroupsBareValuesAndOddTypesSayNotYet) {
  EXPECT_EQ(CodeOf("nest : { a : x }", Severity::kNotYet), "not_yet.nested");
  EXPECT_EQ(CodeOf("object : { a : x }"), "field.not_nested");
  EXPECT_EQ(CodeOf("nest.a : x"), "kql.nested_group");
  EXPECT_EQ(CodeOf("just words", Severity::kNotYet), "not_yet.all_fields");
  EXPECT_EQ(CodeOf("geo : x", Severity::kNotYet), "not_yet.field_type");
  EXPECT_EQ(AtomsOf("geo : *"), (Atoms{jit::Exists{}}));
}

TEST(Check, SlipsOfTheKeyboardAreAnsweredWithTheNearestField) {
  const FieldTypes ecs = FieldTypes::Ecs();
  const SourceText query{"query", "proces.name : curl and aws.cloudtrail.thing : x", {}};
  const auto ast = grammar::Parse(query);

  const CheckedQuery checked = Check(*ast, query, {nullptr, &ecs});

  ASSERT_EQ(checked.diagnostics.size(), 2U);
  EXPECT_EQ(checked.diagnostics[0].severity, Severity::kWarning);
  EXPECT_NE(checked.diagnostics[0].hint.find("process.name"), std::string::npos);
  EXPECT_EQ(checked.diagnostics[1].severity, Severity::kNote)
      << "fields of integrations are not in ECS";
}

TEST(Rewrite, AlternativesOnOneFieldBecomeOneLeaf) {
  EXPECT_EQ(AtomsOf("kw : (a or b*) or kw : c").size(), 3U);
  const jit::Program program = ProgramOf("not kw : a and not kw : b and not (kw : c or kw : d)");
  EXPECT_EQ(program.leaves.size(), 1U) << jit::Print(program);
}

TEST(Rewrite, AllOfSeveralValuesStaysSeveralLeaves) {
  // Each may be satisfied by another value of the same field.
  EXPECT_EQ(ProgramOf("kw : (a and b)").leaves.size(), 2U);
}

TEST(Rewrite, CoveredAtomsGo) {
  EXPECT_EQ(AtomsOf("ip : (10.0.0.0/8 or 10.1.0.0/16 or 10.1.2.3)"),
            (Atoms{*ParseIpPrefix("10.0.0.0/8")}));
  EXPECT_EQ(AtomsOf("kw : (c* or curl or cu*)"), (Atoms{jit::Glob{{"c", ""}}}));
  EXPECT_EQ(AtomsOf("kw : (a or a)").size(), 1U);
  EXPECT_EQ(AtomsOf("kw : (a or *)"), (Atoms{jit::Exists{}}));
}

}  // namespace
}  // namespace tripline::compiler

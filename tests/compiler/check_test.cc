#include "compiler/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "grammar/parse.h"
#include "jit/print.h"
#include "jit/verify.h"

namespace tripline::compiler {
namespace {

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "kw":{"type":"keyword","ignore_above":1024,"fields":{"text":{"type":"text"}}},
  "low":{"type":"keyword","normalizer":"lowercase"},
  "txt":{"type":"text"},
  "ip":{"type":"ip"},
  "long":{"type":"long"}, "byte":{"type":"byte"}, "double":{"type":"double"},
  "flag":{"type":"boolean"}, "date":{"type":"date"}, "geo":{"type":"geo_point"},
  "flat":{"type":"flattened"}, "epoch":{"type":"date","format":"epoch_second"}, "nanos":{"type":"date_nanos"},
  "odd_date":{"type":"date","format":"MMMM d, yyyy"}, "week":{"type":"date","format":"strict_week_date"},
  "folded":{"type":"keyword","normalizer":"mine"},
  "scaled":{"type":"scaled_float","scaling_factor":100}, "unsigned":{"type":"unsigned_long"},
  "single":{"type":"float"}, "half":{"type":"half_float"},
  "always":{"type":"constant_keyword","value":"v"},
  "simple":{"type":"text","analyzer":"simple"}, "white":{"type":"text","analyzer":"whitespace"},
  "stop":{"type":"text","analyzer":"stop"}, "odd":{"type":"text","analyzer":"klingon"},
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
  EXPECT_EQ(CodeOf("ip : \"::ffff:10.0.0.0/104\""), "value.wrong_type");
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
  EXPECT_EQ(CodeOf("byte : 128"), "none") << "it is asked as an integer";
  EXPECT_EQ(CodeOf("byte : 9999999999"), "value.wrong_type");
  EXPECT_EQ(CodeOf("long : nan"), "value.wrong_type");
}

TEST(Check, FloatsBooleansAndDatesHaveTheirOwnForms) {
  EXPECT_EQ(AtomsOf("double : 1.5"), (Atoms{jit::FloatRange{1.5, 1.5, true, true}}));
  EXPECT_FALSE(std::get<jit::FloatRange>(AtomsOf("double > 1").at(0)).includes_low);
  EXPECT_EQ(AtomsOf("flag : true"), (Atoms{jit::IntegerRange{1, 1}}));
  EXPECT_EQ(CodeOf("flag : \"\""), "value.wrong_type") << "a value of an event, not of a query";
  EXPECT_EQ(CodeOf("flag : yes"), "value.wrong_type");
  const std::int64_t day = 1704153600000;  // 2024-01-02
  EXPECT_EQ(AtomsOf("date : 2024-01-02"), (Atoms{jit::IntegerRange{day, day + 86'399'999}}));
  EXPECT_EQ(AtomsOf("date > 2024-01-02"), (Atoms{jit::IntegerRange{day + 86'400'000, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("date <= 2024-01-02"), (Atoms{jit::IntegerRange{INT64_MIN, day + 86'399'999}}));
  EXPECT_EQ(AtomsOf("date < 2024-01-02"), (Atoms{jit::IntegerRange{INT64_MIN, day - 1}}));
  EXPECT_EQ(CodeOf("date : yesterday"), "value.wrong_type");
  EXPECT_EQ(AtomsOf("date > \"now-1d/d\""),
            (Atoms{jit::RelativeDateRange{"now-1d/d", std::nullopt, false, true}}));
  EXPECT_EQ(AtomsOf("date <= now"),
            (Atoms{jit::RelativeDateRange{std::nullopt, "now", true, true}}));
  EXPECT_EQ(AtomsOf("date : \"now/d\""), (Atoms{jit::RelativeDateRange{"now/d", "now/d"}}));
}

TEST(Check, DatesOfNanosecondsAreExactWhereTheirFractionIsGiven) {
  const std::int64_t day = 1704153600000000000;  // 2024-01-02
  EXPECT_EQ(AtomsOf("nanos : \"2024-01-02\""),
            (Atoms{jit::IntegerRange{day, day + 86'399'999'999'999}}));
  EXPECT_EQ(AtomsOf("nanos : \"2024-01-02T00:00:00.000000007Z\""),
            (Atoms{jit::IntegerRange{day + 7, day + 7}}));
  EXPECT_EQ(AtomsOf("nanos > 1704153600000"),
            (Atoms{jit::IntegerRange{day + 1'000'000, INT64_MAX}}));
  EXPECT_EQ(FieldOf("nanos : *").form, jit::NumberForm::kNanos);
}

TEST(Check, NumbersTakeTheFormThatTheirFieldKeeps) {
  EXPECT_EQ(AtomsOf("scaled : 6.129"), (Atoms{jit::IntegerRange{613, 613}}));
  EXPECT_EQ(AtomsOf("scaled > 6.129"), (Atoms{jit::IntegerRange{614, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("scaled <= 6.129"), (Atoms{jit::IntegerRange{INT64_MIN, 613}}));
  EXPECT_EQ(FieldOf("scaled : 1").scale, 100);
  EXPECT_EQ(AtomsOf("unsigned : 18446744073709551615"),
            (Atoms{jit::IntegerRange{INT64_MAX, INT64_MAX}}));
  EXPECT_EQ(AtomsOf("unsigned < 9223372036854775808"), (Atoms{jit::IntegerRange{INT64_MIN, -1}}));
  EXPECT_EQ(AtomsOf("unsigned > 4.5"), (Atoms{jit::IntegerRange{INT64_MIN + 5, INT64_MAX}}));
  EXPECT_EQ(CodeOf("unsigned : -1"), "value.wrong_type");
  EXPECT_EQ(AtomsOf("single : 6.1"),
            (Atoms{jit::FloatRange{static_cast<double>(6.1F), static_cast<double>(6.1F)}}));
  EXPECT_EQ(std::get<jit::FloatRange>(AtomsOf("half : 6.1").at(0)).low, 6.1015625);
}

TEST(Check, AFieldOfSeveralTypesIsAskedByEachOfThem) {
  const FieldTypes mixed = *FieldTypes::FromMapping(
      "mapping.json", R"({"one":{"mappings":{"properties":{"f":{"type":"keyword"}}}},
                          "two":{"mappings":{"properties":{"f":{"type":"text"}}}},
                          "three":{"mappings":{"properties":{"f":{"type":"long"}}}}})");
  const SourceText query{"query", "f : a* b", {}};

  const CheckedQuery checked = Check(*grammar::Parse(query), query, {&mixed, nullptr});

  ASSERT_TRUE(checked.ast);
  EXPECT_EQ(checked.diagnostics.at(0).code, "field.mixed_types");
  const jit::Program program = Lower(*checked.ast);
  ASSERT_EQ(program.leaves.size(), 2U) << "no number has letters\n" << jit::Print(program);
  EXPECT_EQ(program.fields[0].name, "f");
  EXPECT_EQ(program.leaves[0].atoms, (Atoms{jit::Glob{{"a", ""}}, jit::Term{"b"}}))
      << "Kibana sends a query string";
  EXPECT_EQ(program.fields[1].name, "f<text>");
  EXPECT_EQ(program.fields[1].source, "f");
}

TEST(Check, PatternsInGroupsAreSplitAtBlanks) {
  const jit::Program program = ProgramOf("nest : { a : x* y }");

  const auto& match = std::get<jit::ObjectMatch>(program.leaves.at(0).atoms.at(0));
  EXPECT_EQ(match.query.at(0).leaves.at(0).atoms, (Atoms{jit::Glob{{"x", ""}}, jit::Term{"y"}}));
}

TEST(Check, DatesOfAnotherFormatAreSaid) {
  EXPECT_EQ(CodeOf("epoch > 5", Severity::kWarning), "none");
  EXPECT_EQ(AtomsOf("epoch : 5"), (Atoms{jit::IntegerRange{5000, 5999}}));
  EXPECT_EQ(FieldOf("epoch : 5").date_format, "epoch_second");
  EXPECT_EQ(CodeOf("epoch > \"2024-01-02\"", Severity::kError), "value.wrong_type");
  EXPECT_EQ(CodeOf("odd_date > 5", Severity::kWarning), "field.unknown_date_format");
  EXPECT_EQ(CodeOf("week : \"2024-W02-3\"", Severity::kError), "value.wrong_type");
  EXPECT_EQ(CodeOf("week >= \"2024-W02-3\"", Severity::kError), "none");
  EXPECT_EQ(CodeOf("date > 5", Severity::kWarning), "none");
}

TEST(Check, FieldsOutsideAClosedMappingNeverMatch) {
  const FieldTypes closed = *FieldTypes::FromMapping("mapping.json", R"({"dynamic":"strict",
      "properties":{"a":{"type":"keyword"},"open":{"type":"object","dynamic":true}}})");
  const FieldTypes ecs = FieldTypes::Ecs();
  const auto leaves_of = [&](const std::string& text) {
    const SourceText query{"query", text, {}};
    const CheckedQuery checked = Check(*grammar::Parse(query), query, {&closed, &ecs});
    EXPECT_TRUE(checked.ast) << text;
    return Lower(*checked.ast).leaves.size();
  };

  EXPECT_EQ(leaves_of("a : x"), 1U);
  EXPECT_EQ(leaves_of("process.name : x"), 0U) << "ECS has it, the index has not";
  EXPECT_EQ(leaves_of("proc*.name : x"), 0U);
  EXPECT_EQ(leaves_of("open.door : x"), 1U);
  EXPECT_EQ(leaves_of("x"), 1U) << "the default fields are `a`";
}

TEST(Check, AConstantKeywordIsWhatTheIndexSays) {
  EXPECT_TRUE(IsConstant("always : v", true));
  EXPECT_TRUE(IsConstant("always : V*", false));
  EXPECT_TRUE(IsConstant("always : *", true));
}

TEST(Check, AnalyzersMakeTheirOwnTokens) {
  EXPECT_EQ(AtomsOf("simple : Foo_1 bar"), (Atoms{jit::TextAny{{"foo", "bar"}}}));
  EXPECT_EQ(AtomsOf("white : \"Foo_1 bar\""), (Atoms{jit::TextPhrase{{"Foo_1", "bar"}}}));
  EXPECT_EQ(AtomsOf("white : Fo* x"),
            (Atoms{jit::TextGlob{jit::Glob{{"Fo", ""}}}, jit::TextAny{{"x"}}}));
  EXPECT_EQ(AtomsOf("stop : \"the quick and the dead\""),
            (Atoms{jit::TextPhrase{{"quick", "", "", "dead"}}}));
  EXPECT_EQ(FieldOf("simple : a").analysis, jit::Analysis::kSimple);
  EXPECT_EQ(CodeOf("odd : a", Severity::kWarning), "field.unknown_analyzer");
  EXPECT_EQ(CodeOf("folded : a", Severity::kWarning), "field.unknown_normalizer");
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
  EXPECT_EQ(AtomsOf("low : AdMin"), (Atoms{jit::Term{"admin"}})) << "the normalizer's work";
  EXPECT_EQ(AtomsOf("low : AD*"), (Atoms{jit::Glob{{"ad", ""}}}));
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

TEST(Check, GroupsAskOneObjectAtATime) {
  const jit::Program program = ProgramOf("nest : { a : x and not a : y* }");

  ASSERT_EQ(program.fields.size(), 1U);
  EXPECT_EQ(program.fields[0].name, "nest{nest.a}");
  EXPECT_EQ(program.fields[0].source, "nest");
  ASSERT_EQ(program.fields[0].inner.size(), 1U);
  EXPECT_EQ(program.fields[0].inner[0].name, "nest.a");
  EXPECT_EQ(program.fields[0].inner[0].source, "a");
  const auto& match = std::get<jit::ObjectMatch>(program.leaves.at(0).atoms.at(0));
  EXPECT_EQ(match.query.at(0).leaves.size(), 2U);
  EXPECT_TRUE(jit::Verify(program));
}

TEST(Check, GroupsInsideGroupsAndUnknownPathsAreObjectsToo) {
  const jit::Program program = ProgramOf("un.known : { in.side : { b* : 1* } or c : 2 }");

  const jit::Field& outer = program.fields.at(0);
  EXPECT_EQ(outer.source, "un.known");
  ASSERT_EQ(outer.inner.size(), 2U);
  EXPECT_EQ(outer.inner[0].source, "in.side");
  EXPECT_EQ(outer.inner[0].inner.at(0).source, "b*");
  EXPECT_EQ(outer.inner[1].source, "c");
  EXPECT_TRUE(jit::Verify(program));
}

TEST(Check, AFieldWithoutANameIsAnError) {
  EXPECT_EQ(CodeOf("\"\" : x"), "field.no_name");
  EXPECT_EQ(CodeOf("\\t > 5"), "field.no_name");
  EXPECT_EQ(CodeOf("un.known : { \"\" : * }"), "field.no_name");
}

TEST(Check, GroupsSayWhatTheyCannotMean) {
  EXPECT_EQ(CodeOf("object : { a : x }"), "field.not_nested");
  EXPECT_EQ(CodeOf("null : { a : x }"), "field.not_nested");
  EXPECT_EQ(CodeOf("nest.a : x"), "kql.nested_group");
  EXPECT_EQ(CodeOf("nest : { a : null }"), "value.null");
}

TEST(Check, BareValuesAskEveryFieldByItsType) {
  const jit::Program words = ProgramOf("just words");
  EXPECT_EQ(jit::Print(words).find("nest"), std::string::npos) << "nested fields are not searched";
  const auto has_leaf = [](const jit::Program& program, const std::string& field,
                           const jit::Atom& atom) {
    return std::ranges::any_of(program.leaves, [&](const jit::Leaf& leaf) {
      return program.fields[leaf.field].name == field && leaf.atoms == Atoms{atom};
    });
  };
  EXPECT_TRUE(has_leaf(words, "txt", jit::TextAny{{"just", "words"}}));
  EXPECT_TRUE(has_leaf(words, "[*]", jit::Term{"just words"}));
  EXPECT_FALSE(has_leaf(words, "long", jit::Exists{}));
  EXPECT_TRUE(has_leaf(ProgramOf("80"), "long", jit::IntegerRange{80, 80}));
  EXPECT_TRUE(has_leaf(ProgramOf("\"10.0.0.0/8\""), "ip", *ParseIpPrefix("10.0.0.0/8")));
  EXPECT_TRUE(IsConstant("*", true));
  EXPECT_EQ(CodeOf("null"), "value.null");
}

TEST(Check, PatternsWithoutAFieldAreSplitAtBlanksOnEveryType) {
  const jit::Program program = ProgramOf("a* b");

  for (const jit::Leaf& leaf : program.leaves) {
    if (program.fields[leaf.field].name == "[*]") {
      EXPECT_EQ(leaf.atoms, (Atoms{jit::Glob{{"a", ""}}, jit::Term{"b"}}));
    }
  }
}

TEST(Check, TextAndBooleansHaveAnOrder) {
  EXPECT_EQ(AtomsOf("txt >= Foo"),
            (Atoms{jit::TextRange{{"Foo", std::nullopt, true, false, false}}}));
  EXPECT_EQ(AtomsOf("flag > false"), (Atoms{jit::IntegerRange{1, 1}}));
  EXPECT_EQ(AtomsOf("flag <= true"), (Atoms{jit::IntegerRange{0, 1}}));
  EXPECT_TRUE(IsConstant("flag < false", false));
  EXPECT_EQ(CodeOf("flag > 3"), "value.wrong_type");
}

TEST(Check, OddTypesSayNotYet) {
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

TEST(Check, TakesAStarredNameInAGroupLiterally) {
  EXPECT_EQ(CodeOf("nest:{ a* : x }", Severity::kWarning), "field.starred_in_group");
  EXPECT_EQ(CodeOf("nest:{ a* > 5 }", Severity::kWarning), "field.starred_in_group");
  EXPECT_EQ(CodeOf("nest:{ a* : x* }", Severity::kWarning), "none");
  EXPECT_EQ(CodeOf("nest:{ a* : * }", Severity::kWarning), "none");
}

TEST(Check, NamesATypeThatItDoesNotKnow) {
  const FieldTypes mapping =
      *FieldTypes::FromMapping("m.json", R"({"properties":{"a":{"type":"lonng"}}})");
  const SourceText query{"query", "a : 1", {}};

  const CheckedQuery checked = Check(*grammar::Parse(query), query, {&mapping, nullptr});

  ASSERT_EQ(checked.diagnostics.size(), 1U);
  EXPECT_EQ(checked.diagnostics[0].code, "not_yet.field_type");
  EXPECT_NE(checked.diagnostics[0].message.find("`lonng`"), std::string::npos);
}

}  // namespace
}  // namespace tripline::compiler

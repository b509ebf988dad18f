#include "compiler/query_dsl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/check.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "grammar/parse.h"
#include "jit/print.h"

namespace tripline::compiler {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "kw":{"type":"keyword"}, "txt":{"type":"text"}, "ip":{"type":"ip"}, "long":{"type":"long"},
  "flag":{"type":"boolean"}, "date":{"type":"date"}, "flat":{"type":"flattened"},
  "object":{"properties":{"a":{"type":"keyword"}}},
  "nest":{"type":"nested","properties":{"a":{"type":"keyword"}}}
}}})";

const FieldTypes& Mapping() {
  static const FieldTypes mapping = *FieldTypes::FromMapping("mapping.json", kMapping);
  return mapping;
}

struct DslResult {
  std::optional<TypedAst> ast;
  Diagnostics diagnostics;
};

DslResult CheckText(const std::string& text) {
  const SourceFile file("query.json", text);
  DslResult result;
  Findings findings(file, result.diagnostics);
  const auto parsed = ParseJson(text, 0);
  EXPECT_TRUE(parsed.has_value()) << text;
  result.ast = CheckDsl(parsed->root, "query", {&Mapping(), nullptr}, findings);
  return result;
}

std::string ProgramOfDsl(const std::string& text) {
  const DslResult result = CheckText(text);
  EXPECT_TRUE(result.ast.has_value())
      << text << (result.diagnostics.empty() ? "" : Render(result.diagnostics[0]));
  return result.ast ? jit::Print(Rewrite(Lower(*result.ast))) : "";
}

std::string ProgramOfKql(const std::string& text) {
  const SourceText query{"query", text, {}};
  const auto ast = grammar::Parse(query);
  EXPECT_TRUE(ast.has_value()) << text;
  const CheckedQuery checked = Check(*ast, query, {&Mapping(), nullptr});
  EXPECT_TRUE(checked.ast.has_value()) << text;
  return jit::Print(Rewrite(Lower(*checked.ast)));
}

TEST(QueryDsl, MeansWhatKqlMeans) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {R"({"match_all":{}})", "*"},
      {R"({"term":{"kw":"x"}})", "kw : \"x\""},
      {R"({"term":{"kw":{"value":"x"}}})", "kw : \"x\""},
      {R"({"term":{"long":5}})", "long : 5"},
      {R"({"term":{"flag":true}})", "flag : true"},
      {R"({"term":{"ip":"10.0.0.0/8"}})", "ip : \"10.0.0.0/8\""},
      {R"({"terms":{"kw":["x","y"]}})", "kw : (\"x\" or \"y\")"},
      {R"({"exists":{"field":"kw"}})", "kw : *"},
      {R"({"exists":{"field":"object"}})", "object : *"},
      {R"({"exists":{"field":"flat"}})", "flat : *"},
      {R"({"range":{"long":{"gte":5}}})", "long >= 5"},
      {R"({"range":{"date":{"gt":"2026-01-01"}}})", "date > \"2026-01-01\""},
      {R"({"prefix":{"kw":"ab"}})", "kw : ab*"},
      {R"({"wildcard":{"kw":{"value":"a*b\\*"}}})", "kw : a*b\\*"},
      {R"({"wildcard":{"kw":"*.exe"}})", "kw : *.exe"},
      {R"({"match":{"txt":"one two"}})", "txt : one two"},
      {R"({"match_phrase":{"txt":{"query":"one two"}}})", "txt : \"one two\""},
      {R"({"match_phrase":{"kw":"one two"}})", "kw : \"one two\""},
      {R"({"term":{"unknown.field":"x"}})", "unknown.field : \"x\""},
      {R"({"bool":{"filter":[{"term":{"kw":"x"}},{"exists":{"field":"ip"}}]}})",
       "kw : \"x\" and ip : *"},
      {R"({"bool":{"must":{"term":{"kw":"x"}},"must_not":[{"term":{"kw":"y"}}]}})",
       "kw : \"x\" and not kw : \"y\""},
      {R"({"bool":{"should":[{"term":{"kw":"x"}},{"term":{"long":1}}]}})",
       "kw : \"x\" or long : 1"},
      {R"({"bool":{"filter":[{"term":{"kw":"x"}}],"should":[{"term":{"long":1}}]}})", "kw : \"x\""},
      {R"({"bool":{"filter":[{"term":{"kw":"x"}}],"should":[{"term":{"long":1}},{"term":{"long":2}}],)"
       R"("minimum_should_match":1}})",
       "kw : \"x\" and (long : 1 or long : 2)"},
      {R"({"bool":{"should":[{"term":{"kw":"x"}},{"term":{"long":1}}],"minimum_should_match":"2"}})",
       "kw : \"x\" and long : 1"},
  };
  for (const auto& [dsl, kql] : pairs) {
    EXPECT_EQ(ProgramOfDsl(dsl), ProgramOfKql(kql)) << dsl;
  }
}

TEST(QueryDsl, KnowsWhatKqlCannotSay) {
  EXPECT_THAT(ProgramOfDsl(R"({"match_none":{}})"), HasSubstr("false"));
  EXPECT_EQ(ProgramOfDsl(R"({"bool":{"should":[{"term":{"kw":"x"}}],"minimum_should_match":2}})"),
            ProgramOfDsl(R"({"match_none":{}})"));
  EXPECT_EQ(ProgramOfDsl(R"({"bool":{}})"), ProgramOfDsl(R"({"match_all":{}})"));

  const DslResult glob =
      CheckText(R"({"wildcard":{"kw":{"value":"A?c*","case_insensitive":true}}})");
  ASSERT_TRUE(glob.ast.has_value());
  const jit::Program program = Lower(*glob.ast);
  ASSERT_EQ(program.leaves.size(), 1U);
  EXPECT_EQ(
      program.leaves[0].atoms[0],
      jit::Atom(jit::Glob{.pieces = {"A?c", ""}, .ignores_case = true, .has_question = true}));

  const DslResult term = CheckText(R"({"term":{"kw":{"value":"A","case_insensitive":true}}})");
  EXPECT_EQ(Lower(*term.ast).leaves[0].atoms[0],
            jit::Atom(jit::Glob{.pieces = {"A"}, .ignores_case = true}));
}

TEST(QueryDsl, SaysWhatIsWrongAndWhere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([])", "query: expected one query"},
      {R"({})", "query: expected one query"},
      {R"({"a":{},"b":{}})", "query: expected one query"},
      {R"({"term":5})", "query.term: expected one field"},
      {R"({"term":{"kw":null}})", "query.term: expected a text, a number"},
      {R"({"term":{"long":"x"}})", "query.term"},
      {R"({"terms":{"kw":"x"}})", "query.terms: expected a list"},
      {R"({"terms":{"kw":[{}]}})", "expected texts or numbers in the list"},
      {R"({"exists":{}})", "query.exists: expected {\"field\""},
      {R"({"range":{"long":{}}})", "a range without a bound"},
      {R"({"range":{"long":{"gt":[]}}})", "expected a number or a text as a bound"},
      {R"({"wildcard":{"long":"1*"}})", "patterns are for texts"},
      {R"({"nested":{"path":"nest"}})", "query.nested: expected {\"path\""},
      {R"({"nested":{"path":"kw","query":{"match_all":{}}}})", "`kw` is not a nested field"},
      {R"({"nested":{"path":"nest","querry":{},"query":{"match_all":{}}}})",
       "is no part of a nested"},
      {R"({"nested":{"path":"nest","query":{"nested":{"path":"other","query":{"match_all":{}}}}}})",
       "does not lie within the nested objects"},
      {R"({"bool":{"musst":[]}})", "is no part of a bool query"},
      {R"({"bool":{"filter":[{"term":{"kw":"x"}},{"bool":{"must":[{"term":{}}]}}]}})",
       "query.bool.filter[1].bool.must[0].term: expected one field"},
  };
  for (const auto& [text, message] : cases) {
    const DslResult result = CheckText(text);
    EXPECT_FALSE(result.ast.has_value()) << text;
    ASSERT_FALSE(result.diagnostics.empty()) << text;
    EXPECT_EQ(result.diagnostics[0].severity, Severity::kError) << text;
    EXPECT_THAT(result.diagnostics[0].message, HasSubstr(message));
    EXPECT_EQ(result.diagnostics[0].where.line, 1U);
  }
}

TEST(QueryDsl, NamesWhatIsNotEvaluatedYet) {
  for (const char* text : {R"({"regexp":{"kw":"a+"}})", R"({"query_string":{"query":"a"}})",
                           R"({"range":{"date":{"gt":"01/2026","format":"MM/yyyy"}}})",
                           R"({"bool":{"should":[{"match_all":{}}],"minimum_should_match":"50%"}})",
                           R"({"match":{"txt":{"query":"x","zero_terms_query":"all"}}})",
                           R"({"wildcard":{"kw":"a?\\?"}})"}) {
    const DslResult result = CheckText(text);
    EXPECT_FALSE(result.ast.has_value()) << text;
    ASSERT_FALSE(result.diagnostics.empty()) << text;
    EXPECT_EQ(result.diagnostics[0].severity, Severity::kNotYet) << text;
    EXPECT_EQ(result.diagnostics[0].code, "not_yet.dsl") << text;
  }
}

TEST(QueryDsl, AsksNestedObjectsOneByOne) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {R"({"nested":{"path":"nest","query":{"term":{"nest.a":"x"}},"score_mode":"none"}})",
       "nest:{ a : \"x\" }"},
      {R"({"nested":{"path":"nest","ignore_unmapped":true,"query":{"bool":{"filter":[)"
       R"({"term":{"nest.a":"x"}}],"must_not":{"exists":{"field":"nest.b"}}}}}})",
       "nest:{ a : \"x\" and not b : * }"},
      {R"({"bool":{"must_not":{"nested":{"path":"other","query":{"term":{"other.a":"x"}}}}}})",
       "not other:{ a : \"x\" }"},
      {R"({"nested":{"path":"o","query":{"nested":{"path":"o.p","query":{"term":{"o.p.q":"x"}}}}}})",
       "o:{ p:{ q : \"x\" } }"},
  };
  for (const auto& [dsl, kql] : pairs) {
    EXPECT_EQ(ProgramOfDsl(dsl), ProgramOfKql(kql)) << dsl;
  }
}

TEST(QueryDsl, FindsNestedFieldsInTheirGroupsOnly) {
  for (const char* text : {R"({"term":{"nest.a":"x"}})",
                           R"({"nested":{"path":"other","query":{"term":{"nest.a":"x"}}}})",
                           R"({"nested":{"path":"nest","query":{"term":{"kw":"x"}}}})"}) {
    const DslResult result = CheckText(text);
    ASSERT_TRUE(result.ast.has_value()) << text;
    EXPECT_EQ(jit::Print(Rewrite(Lower(*result.ast))), ProgramOfDsl(R"({"match_none":{}})"))
        << text;
    ASSERT_FALSE(result.diagnostics.empty()) << text;
    EXPECT_EQ(result.diagnostics.back().code, "field.outside_group") << text;
    EXPECT_EQ(result.diagnostics.back().severity, Severity::kWarning) << text;
  }
}

TEST(QueryDsl, ARangeAsksForOneValueBetweenItsBounds) {
  const std::vector<std::pair<std::string, std::string>> leaves = {
      {R"({"range":{"long":{"gte":5,"lt":9}}})", "l0 long: 5 .. 8"},
      {R"({"range":{"kw":{"gt":"a","lte":"b"}}})", "l0 kw: "},
      {R"({"range":{"ip":{"gte":"10.0.0.1","lte":"10.0.0.9"}}})", "l0 ip: 10.0.0.1 .. 10.0.0.9"},
      {R"({"range":{"date":{"gte":"2026-01-02","lte":"2026-01-02"}}})", "l0 date: "},
      {R"({"range":{"txt":{"gte":"a","lt":"b"}}})", "l0 txt: "},
      {R"({"range":{"date":{"gte":"now-1d","lt":"now"}}})", "l0 date: "},
  };
  for (const auto& [dsl, leaf] : leaves) {
    const std::string program = ProgramOfDsl(dsl);
    EXPECT_THAT(program, HasSubstr("leaves 1\n  " + leaf)) << dsl;
    EXPECT_THAT(program, HasSubstr("nodes 1\n")) << dsl;
  }
  EXPECT_EQ(ProgramOfDsl(R"({"range":{"long":{"gt":5,"lt":6}}})"),
            ProgramOfDsl(R"({"match_none":{}})"));
  EXPECT_EQ(ProgramOfDsl(R"({"range":{"date":{"gte":"2026-01-01","lt":"now"}}})"),
            ProgramOfKql("date >= \"2026-01-01\" and date < now"))
      << "a fixed bound and one that moves are two conditions";
}

TEST(QueryDsl, ATermIsOneWordOfAnalysedTextAsItIsWritten) {
  EXPECT_EQ(Lower(*CheckText(R"({"term":{"txt":"One Two"}})").ast).leaves[0].atoms[0],
            jit::Atom(jit::TextAny{{"One Two"}}));
  EXPECT_EQ(Lower(*CheckText(R"({"terms":{"txt":["A"]}})").ast).leaves[0].atoms[0],
            jit::Atom(jit::TextAny{{"A"}}));
}

TEST(QueryDsl, ExistsTakesStarsForTheFieldsOfTheMapping) {
  EXPECT_EQ(ProgramOfDsl(R"({"exists":{"field":"k*"}})"), ProgramOfKql("kw : *"));
  EXPECT_EQ(ProgramOfDsl(R"({"exists":{"field":"none*"}})"), ProgramOfDsl(R"({"match_none":{}})"));
}

TEST(QueryDsl, NeverFindsAValueInAnObject) {
  const DslResult result = CheckText(R"({"term":{"object":"x"}})");

  ASSERT_TRUE(result.ast.has_value());
  EXPECT_EQ(jit::Print(Rewrite(Lower(*result.ast))), ProgramOfDsl(R"({"match_none":{}})"));
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].code, "field.is_object");
}

}  // namespace
}  // namespace tripline::compiler

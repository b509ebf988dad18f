#include "compiler/analysis_settings.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "compiler/document.h"

namespace tripline::compiler {
namespace {

using jit::Analysis;
using jit::Tokenizer;

class Settings {
 public:
  explicit Settings(const std::string& json) : document_(ParseJson(json, 0).value()) {}
  [[nodiscard]] AnalysisSettings Read() const { return AnalysisSettings(&document_.root); }

 private:
  ParsedDocument document_;
};

std::optional<Analysis> Custom(const std::string& definition) {
  const Settings settings(R"({"analysis":{"analyzer":{"mine":)" + definition + R"(},
      "filter":{"english":{"type":"stop","stopwords":"_english_"},
                "words":{"type":"stop","stopwords":["x","y"]},
                "greek":{"type":"lowercase","language":"greek"}},
      "tokenizer":{"short":{"type":"standard","max_token_length":5},
                   "usual":{"type":"standard","max_token_length":255}}}})");
  return settings.Read().Analyzer("mine");
}

TEST(AnalysisSettings, KnowTheAnalyzersThatNeedNone) {
  const AnalysisSettings none;

  EXPECT_EQ(none.Analyzer(""), Analysis::kStandard);
  EXPECT_EQ(none.Analyzer("default"), Analysis::kStandard);
  EXPECT_EQ(none.Analyzer("stop"), Analysis::kStop);
  EXPECT_EQ(none.Analyzer("whitespace"), Analysis::kWhitespace);
  EXPECT_EQ(none.Analyzer("english"), std::nullopt);
  EXPECT_EQ(none.Analyzer("mine"), std::nullopt);
}

TEST(AnalysisSettings, ReadCustomAnalyzersOfKnownParts) {
  EXPECT_EQ(Custom(R"({"type":"custom","tokenizer":"whitespace","filter":["lowercase"]})"),
            (Analysis{Tokenizer::kWhitespace, true}));
  EXPECT_EQ(Custom(R"({"tokenizer":"standard"})"), (Analysis{Tokenizer::kStandard, false}));
  EXPECT_EQ(Custom(R"({"tokenizer":"usual","filter":["lowercase","english"]})"),
            (Analysis{Tokenizer::kStandard, true, true}));
  EXPECT_EQ(Custom(R"({"tokenizer":"lowercase","filter":"stop"})"), Analysis::kStop);
  EXPECT_EQ(Custom(R"({"tokenizer":"keyword","filter":["lowercase"],"char_filter":[]})"),
            (Analysis{Tokenizer::kKeyword, true}));
  EXPECT_EQ(Custom(R"({"type":"standard","stopwords":"_english_"})"),
            (Analysis{Tokenizer::kStandard, true, true}));
}

TEST(AnalysisSettings, LeaveWhatIsNotExactUnknown) {
  for (const char* const definition :
       {R"({"tokenizer":"standard","filter":["asciifolding"]})",
        R"({"tokenizer":"standard","filter":["stop","lowercase"]})",
        R"({"tokenizer":"standard","filter":["greek"]})",
        R"({"tokenizer":"standard","filter":["lowercase","words"]})",
        R"({"tokenizer":"standard","char_filter":["html_strip"]})", R"({"tokenizer":"short"})",
        R"({"tokenizer":"ngram"})", R"({"type":"english"})",
        R"({"type":"standard","stopwords":["a"]})",
        R"({"type":"standard","max_token_length":9})"}) {
    EXPECT_EQ(Custom(definition), std::nullopt) << definition;
  }
}

TEST(AnalysisSettings, MayBeNestedOrDotted) {
  for (const char* const json :
       {R"({"index":{"analysis":{"analyzer":{"default":{"type":"simple"}}}}})",
        R"({"index.analysis.analyzer.default.type":"simple"})",
        R"({"index":{"analysis.analyzer":{"default":{"type":"simple"}}}})",
        R"({"analysis":{"analyzer.default":{"type":"simple"}}})"}) {
    const Settings settings(json);
    EXPECT_EQ(settings.Read().Analyzer(""), Analysis::kSimple) << json;
  }
}

TEST(AnalysisSettings, KnowNormalizersThatLowerCase) {
  using Normalizer = AnalysisSettings::Normalizer;
  const Settings settings(R"({"analysis":{"normalizer":{
      "low":{"type":"custom","filter":["lowercase"]}, "none":{"type":"custom","filter":[]},
      "fold":{"type":"custom","filter":["lowercase","asciifolding"]},
      "marks":{"filter":["lowercase"],"char_filter":["x"]}}}})");
  const AnalysisSettings read = settings.Read();

  EXPECT_EQ(read.NormalizerNamed(""), Normalizer::kNone);
  EXPECT_EQ(read.NormalizerNamed("lowercase"), Normalizer::kLowercase);
  EXPECT_EQ(read.NormalizerNamed("low"), Normalizer::kLowercase);
  EXPECT_EQ(read.NormalizerNamed("none"), Normalizer::kNone);
  EXPECT_EQ(read.NormalizerNamed("fold"), Normalizer::kUnknown);
  EXPECT_EQ(read.NormalizerNamed("marks"), Normalizer::kUnknown);
  EXPECT_EQ(read.NormalizerNamed("missing"), Normalizer::kUnknown);
}

}  // namespace
}  // namespace tripline::compiler

// AnalysisSettings: what the `settings` of an index or template make of the names of analyzers and
// normalizers that its mapping gives. The mapping reader asks it, field by field.
//
//   {"analysis": {"analyzer": {"lines": {"tokenizer": "whitespace", "filter": ["lowercase"]}}}}
//   Analyzer("lines")     tokenizer whitespace, in lower case
//   Analyzer("english")   none: not known
//
// Only what is exact is known: the analyzers standard, simple, whitespace, stop and keyword, and
// custom ones of their tokenizers (and `letter`, `lowercase`) with the filters `lowercase` and,
// behind it, `stop` with its English words. Settings may be nested, dotted, or both, with or
// without "index".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/document.h"
#include "jit/program.h"

namespace tripline::compiler {

class AnalysisSettings {
 public:
  /// Looks at `settings` (null: there are none), which must outlive it.
  explicit AnalysisSettings(const Node* settings = nullptr) : settings_(settings) {}

  /// How the analyzer makes tokens; none if that is not known. "" is the index's own default.
  [[nodiscard]] std::optional<jit::Analysis> Analyzer(std::string_view name) const;
  /// The same of what is asked of a field: with its own `search_analyzer`, else with the index's
  /// default_search, else as its values.
  [[nodiscard]] std::optional<jit::Analysis> SearchAnalyzer(std::string_view search_analyzer,
                                                            std::string_view analyzer) const;

  enum class Normalizer : std::uint8_t { kNone, kLowercase, kUnknown };
  [[nodiscard]] Normalizer NormalizerNamed(std::string_view name) const;

 private:
  [[nodiscard]] const Node* At(const std::string& path) const;
  [[nodiscard]] std::string TextAt(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> ListAt(const std::string& path) const;
  [[nodiscard]] bool IsDefined(const std::string& path) const;
  [[nodiscard]] bool HasPlainLimits(const std::string& path) const;
  [[nodiscard]] std::optional<bool> DropsEnglishWords(const std::string& path) const;
  [[nodiscard]] std::optional<jit::Analysis> OfType(const std::string& type,
                                                    const std::string& path) const;
  [[nodiscard]] std::optional<jit::Analysis> Custom(const std::string& path) const;
  [[nodiscard]] bool AddTokenizer(const std::string& name, jit::Analysis* analysis) const;
  [[nodiscard]] bool AddFilter(const std::string& name, jit::Analysis* analysis) const;

  const Node* settings_;
};

}  // namespace tripline::compiler

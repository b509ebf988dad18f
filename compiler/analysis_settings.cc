// Every look is by a whole path ("analysis.analyzer.lines.filter"), whose parts may stand in nested
// objects or in keys with dots. Whatever a definition has that is not understood makes it unknown.
#include "compiler/analysis_settings.h"

#include <cstdint>

namespace tripline::compiler {
namespace {

// The value at a path of keys, each of which may take several parts of it.
const Node* Below(const Node& node, std::string_view path) {
  if (node.AsObject() == nullptr) {
    return nullptr;
  }
  for (const Member& member : *node.AsObject()) {
    if (!path.starts_with(member.key)) {
      continue;
    }
    const std::string_view rest = path.substr(member.key.size());
    if (rest.empty()) {
      return &member.value;
    }
    if (rest.starts_with('.')) {
      if (const Node* const found = Below(member.value, rest.substr(1))) {
        return found;
      }
    }
  }
  return nullptr;
}

std::string ScalarText(const Node& node) {
  if (const std::string* const text = node.AsString()) {
    return *text;
  }
  if (const auto* const number = std::get_if<std::int64_t>(&node.value)) {
    return std::to_string(*number);
  }
  const bool* const flag = std::get_if<bool>(&node.value);
  return flag == nullptr ? std::string() : (*flag ? "true" : "false");
}

}  // namespace

const Node* AnalysisSettings::At(const std::string& path) const {
  if (settings_ == nullptr) {
    return nullptr;
  }
  const Node* const found = Below(*settings_, "index.analysis." + path);
  return found != nullptr ? found : Below(*settings_, "analysis." + path);
}

std::string AnalysisSettings::TextAt(const std::string& path) const {
  const Node* const found = At(path);
  return found == nullptr ? std::string() : ScalarText(*found);
}

std::vector<std::string> AnalysisSettings::ListAt(const std::string& path) const {
  const Node* const found = At(path);
  if (found == nullptr || found->IsNull()) {
    return {};
  }
  if (found->AsArray() == nullptr) {
    return {ScalarText(*found)};
  }
  std::vector<std::string> texts;
  for (const Node& element : *found->AsArray()) {
    texts.push_back(ScalarText(element));
  }
  return texts;
}

bool AnalysisSettings::IsDefined(const std::string& path) const {
  return At(path + ".type") != nullptr || At(path + ".tokenizer") != nullptr ||
         At(path + ".filter") != nullptr || At(path + ".char_filter") != nullptr;
}

bool AnalysisSettings::HasPlainLimits(const std::string& path) const {
  const std::string length = TextAt(path + ".max_token_length");
  return length.empty() || length == "255";
}

// Of a stop filter or a stop analyzer; none: words of its own.
std::optional<bool> AnalysisSettings::DropsEnglishWords(const std::string& path) const {
  const std::vector<std::string> words = ListAt(path + ".stopwords");
  if (At(path + ".stopwords_path") != nullptr || words.size() != 1) {
    return std::nullopt;
  }
  if (words[0] == "_none_") {
    return false;
  }
  return words[0] == "_english_" ? std::optional(true) : std::nullopt;
}

std::optional<jit::Analysis> AnalysisSettings::Analyzer(std::string_view name) const {
  const std::string path = "analyzer." + std::string(name.empty() ? "default" : name);
  if (IsDefined(path)) {
    const std::string type = TextAt(path + ".type");
    return type.empty() || type == "custom" ? Custom(path) : OfType(type, path);
  }
  return OfType(name.empty() || name == "default" ? "standard" : std::string(name), path);
}

std::optional<jit::Analysis> AnalysisSettings::SearchAnalyzer(std::string_view search_analyzer,
                                                              std::string_view analyzer) const {
  if (!search_analyzer.empty()) {
    return Analyzer(search_analyzer);
  }
  return Analyzer(IsDefined("analyzer.default_search") ? "default_search" : analyzer);
}

std::optional<jit::Analysis> AnalysisSettings::OfType(const std::string& type,
                                                      const std::string& path) const {
  const bool has_words =
      At(path + ".stopwords") != nullptr || At(path + ".stopwords_path") != nullptr;
  const std::optional<bool> drops = has_words ? DropsEnglishWords(path) : type == "stop";
  if (!drops || !HasPlainLimits(path)) {
    return std::nullopt;
  }
  if (type == "standard") {
    return jit::Analysis{jit::Tokenizer::kStandard, true, *drops};
  }
  if (type == "stop") {
    return jit::Analysis{jit::Tokenizer::kLetter, true, *drops};
  }
  if (type == "simple") {
    return jit::Analysis::kSimple;
  }
  if (type == "whitespace") {
    return jit::Analysis::kWhitespace;
  }
  return type == "keyword" ? std::optional(jit::Analysis::kKeyword) : std::nullopt;
}

std::optional<jit::Analysis> AnalysisSettings::Custom(const std::string& path) const {
  jit::Analysis analysis{jit::Tokenizer::kStandard, false};
  if (!ListAt(path + ".char_filter").empty() ||
      !AddTokenizer(TextAt(path + ".tokenizer"), &analysis)) {
    return std::nullopt;
  }
  for (const std::string& filter : ListAt(path + ".filter")) {
    if (!AddFilter(filter, &analysis)) {
      return std::nullopt;
    }
  }
  return analysis;
}

bool AnalysisSettings::AddTokenizer(const std::string& name, jit::Analysis* analysis) const {
  const std::string path = "tokenizer." + name;
  const bool is_defined = IsDefined(path);
  const std::string type = is_defined ? TextAt(path + ".type") : name;
  if (is_defined && !HasPlainLimits(path)) {
    return false;
  }
  if (type == "letter" || type == "lowercase") {
    analysis->tokenizer = jit::Tokenizer::kLetter;
    analysis->lowercases = type == "lowercase";
  } else if (type == "whitespace") {
    analysis->tokenizer = jit::Tokenizer::kWhitespace;
  } else if (type == "keyword") {
    analysis->tokenizer = jit::Tokenizer::kKeyword;
  } else {
    return type == "standard";
  }
  return true;
}

// In their order: stop words are looked for in what the filters before have left.
bool AnalysisSettings::AddFilter(const std::string& name, jit::Analysis* analysis) const {
  const std::string path = "filter." + name;
  const bool is_defined = IsDefined(path);
  const std::string type = is_defined ? TextAt(path + ".type") : name;
  if (type == "lowercase") {
    const bool is_plain = !is_defined || At(path + ".language") == nullptr;
    const bool is_first = !analysis->drops_stop_words || analysis->lowercases;
    analysis->lowercases = true;
    return is_plain && is_first;
  }
  if (type != "stop") {
    return false;
  }
  const bool has_words = is_defined && At(path + ".stopwords") != nullptr;
  const std::optional<bool> drops = has_words ? DropsEnglishWords(path) : std::optional(true);
  const bool is_plain =
      !is_defined || (At(path + ".stopwords_path") == nullptr &&
                      (TextAt(path + ".ignore_case") != "true" || analysis->lowercases) &&
                      TextAt(path + ".remove_trailing") != "false");
  if (!drops || !is_plain) {
    return false;
  }
  analysis->drops_stop_words = analysis->drops_stop_words || *drops;
  return true;
}

AnalysisSettings::Normalizer AnalysisSettings::NormalizerNamed(std::string_view name) const {
  if (name.empty()) {
    return Normalizer::kNone;
  }
  const std::string path = "normalizer." + std::string(name);
  if (!IsDefined(path)) {
    return name == "lowercase" ? Normalizer::kLowercase : Normalizer::kUnknown;
  }
  const std::string type = TextAt(path + ".type");
  if (type == "lowercase") {
    return Normalizer::kLowercase;
  }
  if ((!type.empty() && type != "custom") || !ListAt(path + ".char_filter").empty()) {
    return Normalizer::kUnknown;
  }
  Normalizer found = Normalizer::kNone;
  for (const std::string& filter : ListAt(path + ".filter")) {
    jit::Analysis analysis{jit::Tokenizer::kKeyword, false};
    if (!AddFilter(filter, &analysis) || !analysis.lowercases) {
      return Normalizer::kUnknown;
    }
    found = Normalizer::kLowercase;
  }
  return found;
}

}  // namespace tripline::compiler

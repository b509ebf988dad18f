// translate --rule X | --query Q | --queries FILE --to dsl|ast: what a detection rule would send,
// or the syntax tree.
#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "cli/rules_source.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "compiler/field_types.h"
#include "compiler/rule_reader.h"
#include "compiler/translate_ast.h"
#include "compiler/translate_dsl.h"
#include "compiler/translate_error.h"
#include "compiler/translate_rule.h"
#include "grammar/parse.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30U;

struct TranslateOptions {
  std::string rule;
  std::string query;
  std::string queries;
  std::string to;
  std::string mapping;
  std::vector<std::string> exceptions;
  bool has_query = false;
};

// The tables must live as long as the catalog that names them.
struct Tables {
  compiler::FieldTypes ecs = compiler::FieldTypes::Ecs();
  std::optional<compiler::FieldTypes> mapping;

  // With a mapping, the index has just its fields; without one, ECS stands for the index.
  [[nodiscard]] compiler::FieldCatalog Catalog() const {
    return mapping ? compiler::FieldCatalog{&*mapping, nullptr}
                   : compiler::FieldCatalog{nullptr, &ecs};
  }
};

// One line of JSON: the translation, or the error.
struct Translation {
  std::string json;
  bool is_error = false;
};

Translation Translate(const SourceText& query, const std::string& to, const Tables& tables) {
  const auto ast = grammar::Parse(query, {.lone_surrogates = grammar::LoneSurrogates::kKept});
  if (!ast) {
    return {compiler::ErrorJson(ast.error().front(), query.text), true};
  }
  if (to == "ast") {
    return {compiler::TranslateToAst(*ast)};
  }
  const auto dsl = compiler::TranslateToDsl(*ast, query, tables.Catalog());
  return dsl ? Translation{*dsl}
             : Translation{compiler::ErrorJson(dsl.error().front(), query.text), true};
}

// The rule's filters and exceptions beside its query; a tree has none.
Translation WithParts(Translation query, const compiler::Rule& rule, const std::string& to,
                      const std::vector<compiler::AsideDocument>& exceptions,
                      const Tables& tables) {
  if (query.is_error || to == "ast") {
    return query;
  }
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  compiler::RuleDsl dsl =
      compiler::TranslateRuleToDsl(query.json, rule, exceptions, tables.Catalog(), now);
  if (dsl.num_with_value_lists > 0) {
    Say(rule.name + ": " + std::to_string(dsl.num_with_value_lists) +
        " of its exceptions ask value lists and are no part of the query");
  }
  return {std::move(dsl.json)};
}

int TranslateRules(const TranslateOptions& options, const Tables& tables) {
  const auto read = compiler::ReadRulePaths({options.rule});
  if (!read) {
    return SayError(read.error());
  }
  SayDiagnostics(read->diagnostics);
  bool has_errors = HasErrors(read->diagnostics);
  Diagnostics said_of_exceptions;
  auto exceptions = ReadExceptions(options.exceptions, said_of_exceptions);
  if (!exceptions) {
    return SayError(exceptions.error());
  }
  SayDiagnostics(said_of_exceptions);
  exceptions->insert(exceptions->end(), read->asides.begin(), read->asides.end());
  for (const compiler::Rule& rule : read->rules) {
    if (rule.language != compiler::QueryLanguage::kKuery ||
        rule.type == compiler::RuleType::kMachineLearning) {
      Say(rule.name + ": has no KQL query");
      continue;
    }
    const Translation answer =
        WithParts(Translate(rule.query, options.to, tables), rule, options.to, *exceptions, tables);
    has_errors = has_errors || answer.is_error;
    std::cout << answer.json << "\n";
  }
  return has_errors ? kFindings : kFine;
}

// Halves of characters, which JSON can hold and UTF-8 cannot, as U+FFFD: a unit like them.
std::string WithoutLoneSurrogates(std::string json) {
  const auto surrogate_at = [&](std::size_t at) -> char {
    const bool is_one = json.compare(at, 2, "\\u") == 0 && at + 6 <= json.size() &&
                        (json[at + 2] == 'd' || json[at + 2] == 'D');
    constexpr std::string_view kHigh = "89abAB";
    constexpr std::string_view kLow = "cdefCDEF";
    return !is_one                        ? ' '
           : kHigh.contains(json[at + 3]) ? 'h'
           : kLow.contains(json[at + 3])  ? 'l'
                                          : ' ';
  };
  for (std::size_t at = 0; (at = json.find('\\', at)) != std::string::npos;) {
    const char half = surrogate_at(at);
    if (half == ' ') {
      at += 2;
    } else if (half == 'h' && surrogate_at(at + 6) == 'l') {
      at += 12;
    } else {
      json.replace(at, 6, "\\ufffd");
      at += 6;
    }
  }
  return json;
}

// A line that is no {"query": ...} is answered with an error as well, so that answers stay beside
// their questions.
Translation TranslateLine(const std::string& line, const TranslateOptions& options,
                          const Tables& tables) {
  const auto document = nlohmann::json::parse(WithoutLoneSurrogates(line), nullptr, false);
  if (!document.is_object() || !document.contains("query") || !document["query"].is_string()) {
    return {
        R"({"error":{"message":"expected one object a line, {\"query\": \"...\"}","offset":0}})",
        true};
  }
  return Translate({"--queries", document["query"].get<std::string>(), {}}, options.to, tables);
}

int TranslateQueries(const TranslateOptions& options, const Tables& tables) {
  const auto text = ReadFile(options.queries == "-" ? "/dev/stdin" : options.queries, kMaxBytes);
  if (!text) {
    return SayError(text.error());
  }
  bool has_errors = false;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const std::string line = text->substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const Translation answer = TranslateLine(line, options, tables);
    has_errors = has_errors || answer.is_error;
    std::cout << answer.json << "\n";
  }
  return has_errors ? kFindings : kFine;
}

int RunTranslate(const TranslateOptions& options) {
  const int num_sources = (options.rule.empty() ? 0 : 1) + (options.has_query ? 1 : 0) +
                          (options.queries.empty() ? 0 : 1);
  if (num_sources != 1) {
    Say("give exactly one of --rule, --query and --queries");
    return kUsageOrWorld;
  }
  Tables tables;
  auto mapping = ReadMapping(options.mapping);
  if (!mapping) {
    return SayError(mapping.error());
  }
  tables.mapping = *std::move(mapping);
  if (!options.rule.empty()) {
    return TranslateRules(options, tables);
  }
  if (!options.queries.empty()) {
    return TranslateQueries(options, tables);
  }
  const Translation answer = Translate({"--query", options.query, {}}, options.to, tables);
  std::cout << answer.json << "\n";
  return answer.is_error ? kFindings : kFine;
}

}  // namespace

void AddTranslate(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<TranslateOptions>();
  CLI::App* const verb =
      program.add_subcommand("translate", "Show a query as query DSL, or as Kibana's syntax tree");
  verb->footer("Example: tripline translate --query 'process.name : curl' --to dsl");
  verb->add_option("--rule", options->rule,
                   "Rule file: its query, filters and exceptions are translated");
  CLI::Option* const query =
      verb->add_option("--query", options->query, "KQL text")->allow_extra_args(false);
  verb->add_option("--queries", options->queries,
                   "NDJSON of {\"query\"}, one answer a line; - for standard input");
  verb->add_option("--to", options->to, "dsl or ast")
      ->required()
      ->check(CLI::IsMember({"dsl", "ast"}));
  verb->add_option("--mapping", options->mapping,
                   "Index mapping or template that types the fields");
  verb->add_option("--exceptions", options->exceptions,
                   "Exception lists as Kibana exports them, beside those in the rule file");
  verb->callback([options, query, &exit_code] {
    options->has_query = query->count() > 0;
    exit_code = RunTranslate(*options);
  });
}

}  // namespace tripline::cli

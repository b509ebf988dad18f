// explain [--rule X] --event FILE[:LINE]: why an event matches a rule or does not; without a rule,
// why an anomaly record, or an alert made of one, is what it is.
#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/anomaly_text.h"
#include "cli/explain_query.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace tripline::cli {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20U;

struct Place {
  std::string path;
  std::uint64_t line = 1;
};

// "FILE:7" is line 7 of FILE, if there is no file of that whole name.
Place PlaceOf(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || std::ifstream(text)) {
    return {.path = text, .line = 1};
  }
  std::uint64_t line = 0;
  const char* const end = text.data() + text.size();
  const auto [at, failure] = std::from_chars(text.data() + colon + 1, end, line);
  if (failure != std::errc() || at != end || line == 0) {
    return {.path = text, .line = 1};
  }
  return {.path = text.substr(0, colon), .line = line};
}

Result<std::string> ReadLine(const Place& place) {
  std::ifstream file(place.path, std::ios::binary);
  if (!file) {
    return Fail(ErrorCode::kUnavailable, "cannot read " + place.path);
  }
  std::string text;
  for (std::uint64_t line = 0; line < place.line; ++line) {
    if (!std::getline(file, text)) {
      return Fail(ErrorCode::kUsage, place.path + " has only " + std::to_string(line) +
                                         " lines, there is no line " + std::to_string(place.line));
    }
    if (text.size() > kMaxLineBytes) {
      return Fail(ErrorCode::kUsage, place.path + ": line " + std::to_string(line + 1) +
                                         " is longer than 16 MiB; records are not");
    }
  }
  return text;
}

struct ExplainOptions {
  std::string rule;
  std::string event;
  std::string mapping;
  std::vector<std::string> exceptions;
  std::vector<std::string> value_lists;
};

int RunExplain(const ExplainOptions& options) {
  const Place place = PlaceOf(options.event);
  if (!options.rule.empty()) {
    const auto explained = ExplainQuery({.rules = options.rule,
                                         .mapping = options.mapping,
                                         .exceptions = options.exceptions,
                                         .value_lists = options.value_lists,
                                         .events = place.path,
                                         .line = place.line});
    if (!explained) {
      return SayError(explained.error());
    }
    std::cout << explained->screens;
    return explained->has_mistakes ? kFindings : kFine;
  }
  const auto text = ReadLine(place);
  if (!text) {
    return SayError(text.error());
  }
  const std::optional<std::string> screen = AnomalyText(*text);
  if (!screen) {
    Say(place.path + ":" + std::to_string(place.line) +
        " is no anomaly record and no alert made of one; for any other event name a rule with "
        "--rule (`tripline run --records FILE` writes records, a line each)");
    return kUsageOrWorld;
  }
  std::cout << *screen;
  return kFine;
}

}  // namespace

void AddExplain(CLI::App& program, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* const verb = program.add_subcommand(
      "explain", "Explain why an event matches a rule or does not, or why an anomaly is one");
  verb->footer(
      "Example: tripline explain --rule my-rule.toml --event events.ndjson:17\n"
      "         tripline run --rules rules --events events.ndjson --records records.ndjson\n"
      "         tripline explain --event records.ndjson:3");
  verb->add_option("--rule", options->rule, "A rule file or folder");
  verb->add_option(
          "--event", options->event,
          "FILE or FILE:LINE: an event; without --rule an anomaly record, or an alert made "
          "of one")
      ->required();
  verb->add_option("--mapping", options->mapping,
                   "Index mapping or template that types the fields");
  verb->add_option("--exceptions", options->exceptions,
                   "Exception lists as Kibana exports them, beside those among the rules");
  verb->add_option("--value-list", options->value_lists,
                   "NAME=FILE: the values of a list that exceptions name, one a line");
  verb->callback([options, &exit_code] { exit_code = RunExplain(*options); });
}

}  // namespace tripline::cli

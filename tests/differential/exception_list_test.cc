// Random exception lists over random events: the joined rule alerts for exactly the events that a
// direct reading of the lists' JSON on the events' JSON lets through.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/compile.h"
#include "compiler/exception_lists.h"
#include "compiler/rule_reader.h"
#include "runtime/json_events.h"
#include "runtime/matcher.h"

namespace tripline::differential {
namespace {

using compiler::Compile;
using compiler::CompiledRules;
using compiler::ExceptionLists;
using compiler::FieldTypes;
using compiler::ReadRuleFile;
using compiler::ReadRules;
using nlohmann::json;

constexpr const char* kMapping = R"({"mappings":{"properties":{
  "@timestamp":{"type":"date"}, "kw":{"type":"keyword"}, "num":{"type":"long"},
  "txt":{"type":"text"}, "n":{"type":"nested","properties":{"kw":{"type":"keyword"},
  "num":{"type":"long"}}}, "o":{"properties":{"kw":{"type":"keyword"}}},
  "host":{"properties":{"os":{"properties":{"type":{"type":"keyword"}}}}}
}}})";
constexpr const char* kEarly = "2026-01-01T00:00:00Z";
constexpr const char* kExpiry = "2026-02-01T00:00:00Z";
constexpr const char* kLate = "2026-03-01T00:00:00Z";

// ---- the judge ----------------------------------------------------------------------------------

// The values of a field, arrays opened; the events write no dotted keys.
std::vector<json> ValuesOf(const json& event, const std::string& field) {
  const json* at = &event;
  for (std::size_t begin = 0; begin <= field.size();) {
    const std::size_t dot = std::min(field.find('.', begin), field.size());
    const std::string key = field.substr(begin, dot - begin);
    if (!at->is_object() || !at->contains(key)) {
      return {};
    }
    at = &(*at)[key];
    begin = dot + 1;
  }
  return at->is_array() ? at->get<std::vector<json>>() : std::vector<json>{*at};
}

std::vector<std::string> WordsOf(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) {
    words.pop_back();
  }
  return words;
}

bool Matches(const std::string& field, const json& value, const std::string& wanted) {
  if (field.ends_with("num")) {
    return std::to_string(value.get<int>()) == wanted;
  }
  if (field != "txt") {
    return value.get<std::string>() == wanted;
  }
  const std::vector<std::string> words = WordsOf(value.get<std::string>());
  const std::vector<std::string> phrase = WordsOf(wanted);
  return !phrase.empty() && !std::ranges::search(words, phrase).empty();
}

bool GlobFits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern[0] == '*') {
    return GlobFits(pattern.substr(1), text) ||
           (!text.empty() && GlobFits(pattern, text.substr(1)));
  }
  const bool is_any = pattern[0] == '?';
  const std::size_t skip = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
  return !text.empty() && (is_any || pattern[skip] == text[0]) &&
         GlobFits(pattern.substr(skip + 1), text.substr(1));
}

bool Holds(const json& entry, const json& event) {
  const std::string field = entry["field"];
  const std::string type = entry["type"];
  if (type == "nested") {
    return std::ranges::any_of(ValuesOf(event, field), [&](const json& object) {
      return std::ranges::all_of(entry["entries"],
                                 [&](const json& inner) { return Holds(inner, object); });
    });
  }
  const bool is_included = entry["operator"] == "included";
  const std::vector<json> values = ValuesOf(event, field);
  const bool holds = std::ranges::any_of(values, [&](const json& value) {
    if (type == "exists") {
      return true;
    }
    if (type == "match") {
      return Matches(field, value, entry["value"]);
    }
    if (type == "wildcard") {
      return GlobFits(entry["value"].get<std::string>(), value.get<std::string>());
    }
    return std::ranges::any_of(entry["value"],
                               [&](const json& wanted) { return Matches(field, value, wanted); });
  });
  return holds == is_included;
}

bool TakesOut(const json& item, const json& event) {
  if (item.contains("expire_time") && event["@timestamp"] != kEarly) {
    return false;
  }
  if (item.contains("os_types")) {
    const std::vector<json> systems = ValuesOf(event, "host.os.type");
    if (std::ranges::none_of(item["os_types"], [&](const json& system) {
          return std::ranges::find(systems, system) != systems.end();
        })) {
      return false;
    }
  }
  return std::ranges::all_of(item["entries"],
                             [&](const json& entry) { return Holds(entry, event); });
}

// ---- what is judged -----------------------------------------------------------------------------

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  json Event() {
    json event = {{"@timestamp", Chance(2) ? kEarly : kLate}};
    Maybe(event["kw"], [&] { return Word(); });
    Maybe(event["num"], [&] { return json(Below(4)); });
    Maybe(event["txt"], [&] { return json(Word() + (Chance(2) ? " " : "-") + Word()); });
    if (Chance(2)) {
      event["o"]["kw"] = Word();
    }
    Maybe(event["n"], [&] {
      json object = json::object();
      Maybe(object["kw"], [&] { return Word(); });
      Maybe(object["num"], [&] { return json(Below(4)); });
      return object;
    });
    if (Chance(2)) {
      event["host"]["os"]["type"] = Chance(2) ? "linux" : "windows";
    }
    return event;
  }

  json Item(const std::string& list_id) {
    json item = {{"item_id", "i"}, {"list_id", list_id}, {"entries", json::array()}};
    for (int i = Below(3); i >= 0; --i) {
      item["entries"].push_back(Chance(4) ? NestedEntry() : Entry(4));
    }
    if (Chance(4)) {
      item["os_types"] = Chance(2) ? json{"linux"} : json{"linux", "macos"};
    }
    if (Chance(4)) {
      item["expire_time"] = kExpiry;
    }
    return item;
  }

  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool Chance(int in) { return Below(in) == 0; }

 private:
  template <class Make>
  void Maybe(json& member, const Make& make) {
    member = Chance(4) ? json::array() : Chance(4) ? json{make(), make()} : json(make());
  }

  std::string Word() {
    static const std::vector<std::string> kWords = {"ab", "abc", "b", "bc", "Ab", "a*c"};
    return kWords[static_cast<std::size_t>(Below(static_cast<int>(kWords.size())))];
  }

  json NestedEntry() {
    json entry = {{"field", "n"}, {"type", "nested"}, {"entries", json::array()}};
    for (int i = Below(3); i >= 0; --i) {
      entry["entries"].push_back(Entry(2));
    }
    return entry;
  }

  // On one of the first `num_fields` fields; the objects of `n` have two of them.
  json Entry(int num_fields) {
    static const std::vector<std::string> kFields = {"kw", "num", "txt", "o.kw"};
    static const std::vector<std::string> kTypes = {"match", "match_any", "exists", "wildcard"};
    static const std::vector<std::string> kPatterns = {"a*", "*c", "?b", "a\\*c", "*", "a?c"};
    const std::string field = kFields[static_cast<std::size_t>(Below(num_fields))];
    std::string type = kTypes[static_cast<std::size_t>(Below(4))];
    if (type == "wildcard" && (field == "num" || field == "txt")) {
      type = "exists";
    }
    json entry = {
        {"field", field}, {"type", type}, {"operator", Chance(3) ? "excluded" : "included"}};
    const auto value = [&] { return field == "num" ? std::to_string(Below(4)) : Word(); };
    if (type == "match") {
      entry["value"] = value();
    } else if (type == "match_any") {
      entry["value"] = {value(), value()};
    } else if (type == "wildcard") {
      entry["value"] = kPatterns[static_cast<std::size_t>(Below(6))];
    }
    return entry;
  }

  std::mt19937 random_;
};

// A rule that matches everything and names both lists; NDJSON with the lists' items.
std::string Export(const std::vector<json>& items) {
  json rule = {{"rule_id", "r"},     {"name", "n"},
               {"type", "query"},    {"query", "*:*"},
               {"severity", "low"},  {"risk_score", 1},
               {"description", "d"}, {"exceptions_list", json::array()}};
  for (const char* const id : {"l1", "l2"}) {
    rule["exceptions_list"].push_back({{"list_id", id}, {"namespace_type", "single"}});
  }
  std::string text = rule.dump() + "\n";
  for (const json& item : items) {
    text += item.dump() + "\n";
  }
  return text;
}

std::vector<bool> Matched(const runtime::Ruleset& ruleset, const std::string& events) {
  auto reader = runtime::EventReader::OverText(ruleset.columns, events);
  const auto matcher =
      runtime::Matcher::Make(ruleset.program, {runtime::MatcherCode::kInterpreter});
  runtime::EventBlock block;
  std::vector<bool> matched;
  while (*reader->Next(&block)) {
    (*matcher)->Match(block.batch);
    for (std::uint32_t row = 0; row < block.batch.num_rows; ++row) {
      matched.push_back((*matcher)->AnyOf(0) &&
                        (((*matcher)->RowsOf(0)[row / 64] >> (row % 64)) & 1U) != 0);
    }
  }
  return matched;
}

TEST(ExceptionsAtRandom, TakeOutWhatADirectReadingTakesOut) {
  const FieldTypes mapping = *FieldTypes::FromMapping("mapping", kMapping);
  Generator generator(11);
  std::size_t num_taken_out = 0;
  std::size_t num_judged = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<json> items;
    for (int i = generator.Below(5); i >= 0; --i) {
      items.push_back(generator.Item(generator.Chance(2) ? "l1" : "l2"));
    }
    std::vector<json> events;
    std::string lines;
    for (int i = 0; i < 100; ++i) {
      events.push_back(generator.Event());
      lines += events.back().dump() + "\n";
    }
    const ReadRules read = ReadRuleFile("export.ndjson", Export(items));
    Diagnostics said = read.diagnostics;
    compiler::ValueLists value_lists;
    const ExceptionLists lists =
        ExceptionLists::Make(read.asides, {&mapping, nullptr}, value_lists, said);
    ASSERT_FALSE(HasErrors(said)) << Render(said.at(0));

    const CompiledRules compiled = Compile(read.rules, {}, {&mapping, nullptr}, lists);
    const std::vector<bool> matched = Matched(compiled.ruleset, lines);

    ASSERT_EQ(matched.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      const bool is_taken_out =
          std::ranges::any_of(items, [&](const json& item) { return TakesOut(item, events[i]); });
      ASSERT_EQ(matched[i], !is_taken_out) << events[i].dump() << "\n" << Export(items);
      num_taken_out += is_taken_out ? 1U : 0U;
      ++num_judged;
    }
  }
  EXPECT_GT(num_taken_out, num_judged / 10) << "a test in which nothing is excepted shows nothing";
  EXPECT_LT(num_taken_out, num_judged * 9 / 10);
}

}  // namespace
}  // namespace tripline::differential

#include "tests/differential/rule_event_generator.h"

#include <array>
#include <string_view>

namespace tripline::differential {
namespace {

constexpr std::array<std::string_view, 3> kKeywords = {"k.a", "k.b", "kc"};
constexpr std::array<std::string_view, 2> kNumbers = {"n.x", "n.y"};
constexpr std::array<std::string_view, 2> kAddresses = {"ip.s", "ip.d"};
constexpr std::array<std::string_view, 12> kWords = {"a", "b", "ab",    "ba",   "aab",  "a b",
                                                     "A", "",  "a/b/c", "4624", "true", "\xC3\xA9"};
constexpr std::array<std::string_view, 14> kPatterns = {
    "a*", "*a",  "*a*", "a*b",   "*",     "a*b*",       "**",
    "b*", "*ab", "a*a", "*b*a*", "*/b/*", "*\xC3\xA9*", "4*"};
constexpr std::array<std::string_view, 6> kPlaces = {"10.0.0.1", "10.1.2.3", "192.168.1.1",
                                                     "::1",      "fe80::1",  "8.8.8.8"};
constexpr std::array<std::string_view, 8> kBlocks = {"10.0.0.1",      "10.0.0.0/8", "10.1.0.0/16",
                                                     "\"fe80::/10\"", "\"::/0\"",   "0.0.0.0/0",
                                                     "8.8.8.8/32",    "\"::1\""};
constexpr std::array<std::string_view, 4> kComparisons = {"<", "<=", ">", ">="};
constexpr std::array<std::string_view, 3> kSmallNumbers = {"-1", "3", "7"};
constexpr std::array<std::string_view, 6> kTexts = {"a b", "B a b", "ab/ba", "aab", "", "4624 a"};
constexpr std::array<std::string_view, 5> kMoments = {"now", "now-1d", "now/d", "now-1h/h",
                                                      "2026-05-01"};
constexpr std::array<std::int64_t, 6> kTimes = {1777638896789, 1777638896788, 1777593600000,
                                                1777636799999, 1777552496789, 1777679999999};
constexpr std::array<std::string_view, 8> kBareValues = {
    "a", "\"a b\"", "4624", "\"10.0.0.1\"", "a*b", "true", "3", "\"10.0.0.0/8\""};

std::string Quoted(const std::string& word) { return "\"" + word + "\""; }

void Put(nlohmann::json& event, const std::string& path, const nlohmann::json& value,
         bool is_dotted) {
  const std::size_t dot = path.find('.');
  if (is_dotted || dot == std::string::npos) {
    event[path] = value;
  } else {
    event[path.substr(0, dot)][path.substr(dot + 1)] = value;
  }
}

}  // namespace

std::string GeneratedMapping() {
  return R"({"mappings":{"properties":{"k":{"properties":{"a":{"type":"keyword"},"b":{"type":"keyword"}}},
    "kc":{"type":"keyword"},"n":{"properties":{"x":{"type":"long"},"y":{"type":"long"}}},
    "ip":{"properties":{"s":{"type":"ip"},"d":{"type":"ip"}}},"flag":{"type":"boolean"},
    "tx":{"type":"text"},"dt":{"type":"date"},
    "w":{"properties":{"o":{"type":"nested","properties":{
      "k":{"type":"keyword"},"n":{"type":"long"},"tx":{"type":"text"},
      "o":{"type":"nested","properties":{"k":{"type":"keyword"},"n":{"type":"long"}}}}}}}}}})";
}

std::string RuleEventGenerator::KeywordLeaf() {
  const std::string field = Pick(kKeywords);
  switch (Below(5)) {
    case 0:
      return field + " : " + Quoted(Pick(kWords));
    case 1:
      return field + " : " + Pick(kPatterns);
    case 2:
      return field + " " + Pick(kComparisons) + " " + Quoted(Pick(kWords));
    case 3:
      return field + " : (" + Quoted(Pick(kWords)) + " or " + Pick(kPatterns) + " or " +
             Quoted(Pick(kWords)) + ")";
    default:
      return field + " : (" + Quoted(Pick(kWords)) + " and not " + Pick(kPatterns) + ")";
  }
}

std::string RuleEventGenerator::TextLeaf(const std::string& field) {
  switch (Below(4)) {
    case 0:
      return field + " : (" + Quoted(Pick(kTexts)) + " or a b)";
    case 1:
      return field + " : " + Pick(kPatterns);
    case 2:
      return field + " " + Pick(kComparisons) + " " + Quoted(Pick(kWords));
    default:
      return field + " : (aab or 4624)";
  }
}

std::string RuleEventGenerator::ObjectLeaf(bool has_objects) {
  switch (Below(has_objects ? 5 : 4)) {
    case 0:
      return "k : (" + Quoted(Pick(kWords)) + " or " + Pick(kPatterns) + ")";
    case 1:
      return "not k : *";
    case 2:
      return "n " + Pick(kComparisons) + " " + Pick(kSmallNumbers);
    case 3:
      return has_objects ? TextLeaf("tx") : "n : " + Pick(kSmallNumbers);
    default:
      return "o:{ " + ObjectLeaf(false) + " and not (" + ObjectLeaf(false) + ") }";
  }
}

std::string RuleEventGenerator::Leaf() {
  switch (Below(13)) {
    case 8:
      return "w.o:{ " + ObjectLeaf(true) + (OneIn(2) ? " and " : " or ") + ObjectLeaf(true) + " }";
    case 9:
      return TextLeaf("tx");
    case 10:
      return OneIn(4) ? "dt : " + Quoted(Pick(kMoments))
                      : "dt " + Pick(kComparisons) + " " + Quoted(Pick(kMoments));
    case 11:
      return Pick(kBareValues);
    case 12:
      return "flag " + Pick(kComparisons) + (OneIn(2) ? " true" : " false");
    case 0:
      return Pick(kNumbers) + " : " + Pick(kSmallNumbers);
    case 1:
      return Pick(kNumbers) + " " + Pick(kComparisons) + " " + Pick(kSmallNumbers);
    case 2:
      return Pick(kAddresses) + " : (" + Pick(kBlocks) + " or " + Pick(kBlocks) + ")";
    case 3:
      return Pick(kAddresses) + " " + Pick(kComparisons) + " " + Quoted(Pick(kPlaces));
    case 4:
      return OneIn(2) ? "flag : true" : (OneIn(2) ? "flag : false" : "flag : *");
    default:
      return KeywordLeaf();
  }
}

std::string RuleEventGenerator::Query(int depth) {
  if (depth == 0 || OneIn(5)) {
    return Leaf();
  }
  const std::string word = OneIn(2) ? " and " : " or ";
  std::string query;
  for (std::size_t i = 0, n = 2 + Below(3); i < n; ++i) {
    query += (i > 0 ? word : "") + (OneIn(4) ? "not " : "") + "(" + Query(depth - 1) + ")";
  }
  return query;
}

nlohmann::json RuleEventGenerator::ValueOf(char type) {
  switch (type) {
    case 'k':
      return OneIn(12)   ? nlohmann::json(4624)
             : OneIn(12) ? nlohmann::json(true)
                         : nlohmann::json(Pick(kWords));
    case 'n': {
      const int number = static_cast<int>(Below(10)) - 1;
      return OneIn(5) ? nlohmann::json(std::to_string(number)) : nlohmann::json(number);
    }
    case 'i':
      return Pick(kPlaces);
    case 't':
      return Pick(kTexts);
    case 'd':
      return kTimes[Below(kTimes.size())];
    default:
      return OneIn(3) ? nlohmann::json(OneIn(2) ? "true" : "false") : nlohmann::json(OneIn(2));
  }
}

nlohmann::json RuleEventGenerator::ValuesOf(char type) {
  if (!OneIn(4)) {
    return ValueOf(type);
  }
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0, n = Below(4); i < n; ++i) {
    list.push_back(OneIn(6) ? nlohmann::json(nullptr) : ValueOf(type));
  }
  return list;
}

nlohmann::json RuleEventGenerator::Objects(int depth) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0, n = Below(4); i < n; ++i) {
    nlohmann::json object = nlohmann::json::object();
    for (const std::string_view field : {"k", "n", "tx"}) {
      if (!OneIn(3)) {
        object[std::string(field)] = ValuesOf(field[0]);
      }
    }
    if (depth > 0 && !OneIn(3)) {
      object["o"] = Objects(depth - 1);
    }
    list.push_back(std::move(object));
  }
  return list.size() == 1 && OneIn(2) ? list[0] : list;
}

nlohmann::json RuleEventGenerator::Event() {
  nlohmann::json event = nlohmann::json::object();
  const bool is_dotted = OneIn(3);
  for (const std::string_view field :
       {"k.a", "k.b", "kc", "n.x", "n.y", "ip.s", "ip.d", "flag", "tx", "dt"}) {
    if (!OneIn(4)) {
      Put(event, std::string(field), OneIn(15) ? nlohmann::json(nullptr) : ValuesOf(field[0]),
          is_dotted);
    }
  }
  if (!is_dotted && OneIn(8)) {
    event["k"] = nlohmann::json::array(
        {{{"a", ValuesOf('k')}}, {{"a", ValuesOf('k')}, {"b", ValuesOf('k')}}});
  }
  if (OneIn(2)) {
    Put(event, "w.o", Objects(1), OneIn(2));
  }
  event["unread"] = {{"a", 1}, {"k", {{"a", "a"}}}};
  return event;
}

}  // namespace tripline::differential

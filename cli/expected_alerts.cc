// Alerts and expectations are flattened to dotted paths, so that {"a":{"b":1}} and {"a.b":1} are
// the same. Expectations are served in the order of how much they pin, most first, so that a loose
// line does not take a strict line's alert.
#include "cli/expected_alerts.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <utility>

namespace tripline::cli {
namespace {

using Json = nlohmann::json;
using Flat = std::map<std::string, Json>;

// Documents come from files and may be nested as deep as the parser lets them; a work list needs no
// stack.
Flat Flatten(const Json& document) {
  Flat flat;
  std::vector<std::pair<std::string, const Json*>> open = {{"", &document}};
  while (!open.empty()) {
    const auto [path, value] = open.back();
    open.pop_back();
    if (!value->is_object()) {
      flat[path] = *value;
      continue;
    }
    for (const auto& [key, inner] : value->items()) {
      open.emplace_back(path.empty() ? key : path + "." + key, &inner);
    }
  }
  return flat;
}

bool Fits(const Flat& expected, const Flat& alert) {
  return std::ranges::all_of(expected, [&alert](const auto& field) {
    const auto found = alert.find(field.first);
    return found != alert.end() && found->second == field.second;
  });
}

std::string Pinned(const Flat& alert, const std::set<std::string>& fields) {
  Json shown = Json::object();
  for (const std::string& field : fields) {
    if (const auto found = alert.find(field); found != alert.end()) {
      shown[field] = found->second;
    }
  }
  return shown.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<Flat>> ParseExpected(const std::string& text) {
  std::vector<Flat> lines;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const Json parsed = Json::parse(line, nullptr, false);
    if (!parsed.is_object()) {
      return Fail(ErrorCode::kInvalid, "line " + std::to_string(number) +
                                           " of the expected alerts is not one JSON object");
    }
    lines.push_back(Flatten(parsed));
  }
  return lines;
}

}  // namespace

Result<AlertDifference> CompareAlerts(const std::string& expected,
                                      const std::vector<std::string>& alerts) {
  TRIPLINE_TRY(const std::vector<Flat> wanted, ParseExpected(expected));
  std::vector<Flat> given;
  std::set<std::string> pinned;
  for (const std::string& alert : alerts) {
    given.push_back(Flatten(Json::parse(alert, nullptr, false)));
  }
  for (const Flat& line : wanted) {
    for (const auto& [field, value] : line) {
      pinned.insert(field);
    }
  }
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return wanted[a].size() > wanted[b].size(); });
  std::vector<bool> is_taken(given.size(), false);
  AlertDifference difference;
  for (const std::size_t line : order) {
    std::size_t at = 0;
    while (at < given.size() && (is_taken[at] || !Fits(wanted[line], given[at]))) {
      ++at;
    }
    if (at < given.size()) {
      is_taken[at] = true;
    } else {
      difference.missing.push_back(
          Json(wanted[line]).dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  for (std::size_t at = 0; at < given.size(); ++at) {
    if (!is_taken[at]) {
      difference.unexpected.push_back(pinned.empty() ? alerts[at] : Pinned(given[at], pinned));
    }
  }
  return difference;
}

}  // namespace tripline::cli

// Alerts and expectations are flattened to dotted paths, so that {"a":{"b":1}} and {"a.b":1} are
// the same. Expectations are served in the order of how much they pin, most first, so that a loose
// line does not take a strict line's alert.
#include "cli/expected_alerts.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace tripline::cli {
namespace {

using Json = nlohmann::json;
using Flat = std::map<std::string, Json>;

constexpr std::size_t kMaxChanged = 3;  // fields in which an alert may differ and be the one meant
constexpr std::size_t kMaxPairs = 1'000'000;  // of lines and alerts; beyond them none are paired
constexpr std::size_t kMaxValueBytes = 200;

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

std::string Dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Long values would hide the others.
std::string Shown(const Json& value) {
  std::string text = Dumped(value);
  if (text.size() <= kMaxValueBytes) {
    return text;
  }
  std::size_t end = kMaxValueBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end) + " ...";
}

std::string Shown(const Flat& fields) {
  std::string text;
  for (const auto& [field, value] : fields) {
    text += (text.empty() ? "" : ",") + Dumped(field) + ":" + Shown(value);
  }
  return "{" + text + "}";
}

Flat Pinned(const Flat& alert, const std::set<std::string>& fields) {
  Flat pinned;
  for (const std::string& field : fields) {
    if (const auto found = alert.find(field); found != alert.end()) {
      pinned.insert(*found);
    }
  }
  return pinned;
}

std::vector<std::string> FieldsThatDiffer(const Flat& expected, const Flat& alert) {
  std::vector<std::string> fields;
  for (const auto& [field, value] : expected) {
    const auto found = alert.find(field);
    if (found == alert.end() || found->second != value) {
      fields.push_back(field);
    }
  }
  return fields;
}

// "kibana.alert.severity: expected "low", found "high"".
std::string Change(const Flat& expected, const Flat& alert) {
  std::string text;
  for (const std::string& field : FieldsThatDiffer(expected, alert)) {
    const auto found = alert.find(field);
    text += (text.empty() ? "" : "; ") + field + ": expected " + Shown(expected.at(field)) +
            ", found " + (found == alert.end() ? "nothing" : Shown(found->second));
  }
  return text;
}

// The alert that differs in the fewest fields: few of them, and others agree. Else none.
std::optional<std::size_t> Nearest(const Flat& line, const std::vector<Flat>& alerts,
                                   const std::vector<bool>& is_taken) {
  std::optional<std::size_t> nearest;
  std::size_t fewest = std::min(kMaxChanged + 1, line.size());
  for (std::size_t at = 0; at < alerts.size(); ++at) {
    if (!is_taken[at]) {
      const std::size_t num = FieldsThatDiffer(line, alerts[at]).size();
      if (num < fewest) {
        fewest = num;
        nearest = at;
      }
    }
  }
  return nearest;
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
  std::vector<std::size_t> left;  // lines that no alert fits
  for (const std::size_t line : order) {
    std::size_t at = 0;
    while (at < given.size() && (is_taken[at] || !Fits(wanted[line], given[at]))) {
      ++at;
    }
    if (at < given.size()) {
      is_taken[at] = true;
    } else {
      left.push_back(line);
    }
  }
  AlertDifference difference;
  const bool can_pair = given.empty() || left.size() <= kMaxPairs / given.size();
  for (const std::size_t line : left) {
    const auto nearest =
        can_pair ? Nearest(wanted[line], given, is_taken) : std::optional<std::size_t>();
    if (nearest) {
      is_taken[*nearest] = true;
      difference.changed.push_back(Change(wanted[line], given[*nearest]));
    } else {
      difference.missing.push_back(Shown(wanted[line]));
    }
  }
  for (std::size_t at = 0; at < given.size(); ++at) {
    if (!is_taken[at]) {
      difference.unexpected.push_back(
          Shown(pinned.empty() ? given[at] : Pinned(given[at], pinned)));
    }
  }
  return difference;
}

}  // namespace tripline::cli

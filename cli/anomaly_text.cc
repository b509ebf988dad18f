#include "cli/anomaly_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "cli/talk.h"
#include "runtime/event.h"

namespace tripline::cli {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMaxDepth = 1000;

// The member as a number; NaN if it is none. The text is somebody else's file.
double NumberAt(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return std::nan("");
  }
  if (found->is_array() && !found->empty() && found->front().is_number()) {
    return found->front().get<double>();
  }
  return found->is_number() ? found->get<double>() : std::nan("");
}

std::string TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) {
    return "?";
  }
  return found->is_string() ? found->get<std::string>()
                            : found->dump(-1, ' ', false, json::error_handler_t::replace);
}

// Whole counts as they are, others with three digits.
std::string Shown(double number) {
  if (!std::isfinite(number)) {
    return "?";
  }
  if (number == std::floor(number) && std::abs(number) < 1e15) {
    return (number < 0 ? "-" : "") + Grouped(static_cast<std::uint64_t>(std::abs(number)));
  }
  std::ostringstream text;
  text << std::setprecision(3) << number;
  return text.str();
}

class Screen {
 public:
  explicit Screen(const json& record) : record_(record), why_(Explanation(record)) {}

  std::string Run() {
    Head();
    Line("seen", Shown(NumberAt(record_, "actual")));
    Expected();
    Line("score", Shown(NumberAt(record_, "record_score")) + "   probability " +
                      Shown(NumberAt(record_, "probability")) + " of a bucket at least as unusual");
    if (why_.empty()) {
      text_ += "\n  The record has no explanation of its parts (the function `rare` has none).\n";
    } else {
      Parts();
      Normal();
    }
    Sources();
    return text_;
  }

 private:
  static json Explanation(const json& record) {
    const auto found = record.find("anomaly_score_explanation");
    return found != record.end() && found->is_object() ? *found : json::object();
  }

  void Line(std::string_view name, const std::string& what) {
    std::string label(name);
    label.resize(std::max<std::size_t>(label.size(), 28), ' ');
    text_ += "  " + label + what + "\n";
  }

  void Head() {
    text_ += TextAt(record_, "function") + " of job " + TextAt(record_, "job_id") + ", bucket " +
             TextAt(record_, "@timestamp") + " of " + Shown(NumberAt(record_, "bucket_span")) +
             " seconds\n";
    for (const char* const split : {"partition_field", "by_field"}) {
      const std::string name = std::string(split) + "_name";
      if (record_.contains(name)) {
        text_ += "  " + TextAt(record_, name.c_str()) + " = " +
                 TextAt(record_, (std::string(split) + "_value").c_str()) + "\n";
      }
    }
    text_ += "\n";
  }

  void Expected() {
    std::string what = Shown(NumberAt(record_, "typical"));
    if (!why_.empty()) {
      what += "   95 % of counts lie from " + Shown(NumberAt(why_, "lower_confidence_bound")) +
              " to " + Shown(NumberAt(why_, "upper_confidence_bound"));
    }
    Line("expected", what);
  }

  void Parts() {
    text_ += "\nHow the expectation comes about\n";
    Line("usual over day and week", Shown(NumberAt(why_, "usual_value")));
    Line("x time of day", Shown(NumberAt(why_, "time_of_day_factor")));
    Line("x day of the week", Shown(NumberAt(why_, "day_of_week_factor")));
    Line("x level of the last hours", Shown(NumberAt(why_, "level_factor")));
    if (TextAt(record_, "function").find("non_zero") != std::string::npos) {
      text_ += "  and then the mean of counts above zero, because empty buckets are no data\n";
    }
  }

  void Normal() {
    const bool is_above = NumberAt(record_, "actual") >= NumberAt(record_, "typical");
    const std::string way = is_above ? "up to " : "down to ";
    text_ += "\nWhat would have been normal\n";
    Line("no record", way + Shown(NumberAt(why_, "would_be_normal")));
    Line("a score below 75", way + Shown(NumberAt(why_, "would_score_below_75")));
  }

  void Sources() {
    text_ += "\nWho made it (the share of the surprise that goes away without it)\n";
    const auto sources = why_.find("sources");
    if (sources == why_.end() || !sources->is_array() || sources->empty()) {
      text_ += "  no single value of an influencer field\n";
      return;
    }
    for (const json& source : *sources) {
      if (!source.is_object()) {
        continue;
      }
      std::string who = TextAt(source, "field") + " = " + TextAt(source, "value");
      who.resize(std::max<std::size_t>(who.size() + 2, 50), ' ');
      text_ += "  " + who + Shown(NumberAt(source, "count")) + " events, " +
               Shown(std::round(100.0 * NumberAt(source, "influence"))) + " %\n";
    }
  }

  const json& record_;
  json why_;
  std::string text_;
};

}  // namespace

std::optional<std::string> AnomalyText(const std::string& json) {
  const auto record = runtime::IsNestedDeeperThan(json, kMaxDepth)
                          ? nlohmann::json()
                          : nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const bool is_record = record.is_object() && record.contains("record_score") &&
                         record.contains("job_id") && record.contains("function");
  if (!is_record) {
    return std::nullopt;
  }
  return Screen(record).Run();
}

}  // namespace tripline::cli

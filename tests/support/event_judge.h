// EventJudge: what a Program says about one event, worked out slowly and obviously: the document is
// parsed by another library, each value of a field is held against each atom of a leaf
// (jit/atoms.h), and the nodes are evaluated for this one row (jit/evaluate_row.h). The judge of
// reader and matcher together.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/text.h"
#include "base/time.h"
#include "jit/atoms.h"
#include "jit/evaluate_row.h"
#include "jit/program.h"

namespace tripline::testing {

/// A scalar of a document with the path to it; arrays are transparent.
struct PathValue {
  std::string path;
  nlohmann::json value;
  std::string text;  // as a string field takes it
};

/// All scalars of one document but nulls, in its order, repeated keys too.
class Flattener : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Flattener(const std::string& document) {
    is_well_formed_ = nlohmann::json::sax_parse(document, this);
  }

  [[nodiscard]] bool is_well_formed() const { return is_well_formed_; }
  [[nodiscard]] const std::vector<PathValue>& values() const { return values_; }

  bool null() override { return true; }
  bool boolean(bool value) override { return Add(value, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return Add(value, std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return Add(value, std::to_string(value)); }
  bool number_float(double value, const std::string& text) override { return Add(value, text); }
  bool string(std::string& value) override { return Add(value, value); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    objects_.push_back(path_);
    return true;
  }
  bool key(std::string& name) override {
    path_ = objects_.size() == 1 ? name : objects_.back() + "." + name;
    return true;
  }
  bool end_object() override {
    path_ = objects_.back();
    objects_.pop_back();
    return true;
  }
  bool start_array(std::size_t /*size*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  bool Add(const nlohmann::json& value, const std::string& text) {
    values_.push_back({path_, value, text});
    return true;
  }

  std::vector<PathValue> values_;
  std::vector<std::string> objects_;  // paths of the objects that are open
  std::string path_;                  // of the value that comes next
  bool is_well_formed_ = false;
};

class EventJudge {
 public:
  explicit EventJudge(const jit::Program& program) : program_(program) {}

  /// The truth of every output. `delegated_leaves` are the leaves that the host finds true.
  [[nodiscard]] std::vector<bool> Judge(const std::string& event,
                                        const std::vector<bool>& delegated_leaves = {}) const {
    const Flattener document(event);
    std::vector<bool> truth;
    for (std::size_t i = 0; i < program_.leaves.size(); ++i) {
      const jit::Leaf& leaf = program_.leaves[i];
      const jit::Field& field = program_.fields[leaf.field];
      bool is_true = i < delegated_leaves.size() && delegated_leaves[i];
      for (const PathValue& value : document.values()) {
        if (value.path == (field.source.empty() ? field.name : field.source)) {
          for (const jit::Atom& atom : leaf.atoms) {
            is_true = is_true || Accepts(field, atom, value);
          }
        }
      }
      truth.push_back(is_true);
    }
    return jit::EvaluateRow(program_, truth);
  }

 private:
  using json = nlohmann::json;

  static std::optional<double> NumberOf(const json& value) {
    if (value.is_number()) {
      return value.get<double>();
    }
    if (value.is_string()) {
      const std::string text = value.get<std::string>();
      std::size_t used = 0;
      if (!text.empty() && text.find_first_not_of("0123456789.-") == text.npos) {
        const double number = std::stod(text, &used);
        return used == text.size() ? std::optional(number) : std::nullopt;
      }
    }
    return std::nullopt;
  }

  static std::optional<std::int64_t> IntegerOf(const jit::Field& field, const json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    switch (field.kind) {
      case jit::ColumnKind::kDate: {
        const std::optional<Timestamp> time = ParseDate(text);
        return value.is_number() ? std::optional(value.get<std::int64_t>())
               : time            ? std::optional(time->time_since_epoch().count())
                                 : std::nullopt;
      }
      case jit::ColumnKind::kBoolean:
        return value.is_boolean()                    ? std::optional(value ? 1 : 0)
               : value.is_string() && text == "true" ? std::optional(1)
               : value.is_string() && (text == "false" || text.empty()) ? std::optional(0)
                                                                        : std::nullopt;
      default: {
        const std::optional<double> number = NumberOf(value);
        return number ? std::optional(static_cast<std::int64_t>(*number)) : std::nullopt;
      }
    }
  }

  static std::string LowerCasedAscii(std::string text) {
    for (char& c : text) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
  }

  static bool Accepts(const jit::Field& field, const jit::Atom& atom, const PathValue& found) {
    const json& value = found.value;
    switch (field.kind) {
      case jit::ColumnKind::kString: {
        const std::string& text = found.text;
        const bool is_kept = field.ignore_above == 0 || Utf16Length(text) <= field.ignore_above;
        return is_kept && AtomAccepts(atom, field.lowercases ? LowerCasedAscii(text) : text);
      }
      case jit::ColumnKind::kText:
        return AtomAccepts(atom, found.text);
      case jit::ColumnKind::kAddress: {
        const std::optional<IpAddress> address =
            value.is_string() ? ParseIpAddress(value.get<std::string>()) : std::nullopt;
        return address &&
               AtomAccepts(atom, std::string(address->bytes.begin(), address->bytes.end()));
      }
      case jit::ColumnKind::kInteger:
      case jit::ColumnKind::kDate:
      case jit::ColumnKind::kBoolean: {
        const std::optional<std::int64_t> number = IntegerOf(field, value);
        return number && AtomAccepts(atom, *number);
      }
      case jit::ColumnKind::kFloat: {
        const std::optional<double> number = NumberOf(value);
        return number && AtomAccepts(atom, *number);
      }
      case jit::ColumnKind::kObject:
      case jit::ColumnKind::kDelegated:
        break;
    }
    return false;
  }

  const jit::Program& program_;
};

}  // namespace tripline::testing

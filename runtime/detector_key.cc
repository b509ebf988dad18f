// The key hashes the rule's own words rather than the Program they became, so that a better
// compiler does not throw histories away; the types of the fields stand beside the words, because
// they decide what the words mean.
#include "runtime/detector_key.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "jit/program.h"
#include "runtime/anomaly/job_bytes.h"
#include "runtime/digest.h"
#include "runtime/event.h"
#include "runtime/ruleset.h"
#include "runtime/window_math.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMaxDepth = 1000;

constexpr const char* kMeaning[] = {
    "data_view_id", "exceptions",     "exceptions_list", "filters",   "index",
    "language",     "query",          "saved_id",        "threshold", "threat_filters",
    "threat_index", "threat_mapping", "threat_query"};

// The parts of the rule's document that say which events it means.
std::string MeaningOf(const std::string& document) {
  const Json rule = IsNestedDeeperThan(document, kMaxDepth)
                        ? Json()
                        : Json::parse(document, nullptr, /*allow_exceptions=*/false);
  Json meaning = Json::object();
  for (const char* name : kMeaning) {
    if (rule.is_object() && rule.contains(name)) {
      meaning[name] = rule[name];
    }
  }
  return meaning.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The fields that a query reads.
std::set<jit::FieldIndex> FieldsOfQuery(const Ruleset& ruleset,
                                        std::optional<jit::OutputIndex> output) {
  const jit::Program& program = ruleset.program;
  std::set<jit::FieldIndex> fields;
  if (!output) {
    return fields;
  }
  std::vector<bool> is_reached(program.nodes.size(), false);
  is_reached[program.outputs[*output]] = true;
  for (std::size_t i = program.nodes.size(); i-- > 0;) {  // parents stand after their children
    const jit::Node& node = program.nodes[i];
    if (!is_reached[i]) {
      continue;
    }
    if (node.op == jit::Op::kLeaf) {
      fields.insert(program.leaves[node.first].field);
    } else if (node.op == jit::Op::kNot) {
      is_reached[node.first] = true;
    } else if (node.op == jit::Op::kAnd || node.op == jit::Op::kOr) {
      for (std::uint32_t j = 0; j < node.count; ++j) {
        is_reached[program.operands[node.first + j]] = true;
      }
    }
  }
  return fields;
}

void AddField(ByteWriter& writer, const jit::Field& field) {
  writer.String(field.name);
  writer.Number(static_cast<std::uint8_t>(field.kind));
  writer.Number(field.ignore_above);
}

void AddFieldsOfQuery(ByteWriter& writer, const Ruleset& ruleset,
                      std::optional<jit::OutputIndex> output) {
  std::set<std::string> fields;  // by name: a field's number depends on the other rules
  for (const jit::FieldIndex index : FieldsOfQuery(ruleset, output)) {
    ByteWriter field;
    AddField(field, ruleset.program.fields[index]);
    fields.insert(field.Take());
  }
  for (const std::string& field : fields) {
    writer.String(field);
  }
}

// Plain windows by their lengths alone.
void AddWindow(ByteWriter& writer, const RuleSpec& rule) {
  const WindowMath& window = rule.window;
  const Milliseconds look_back = window.from.before_now();
  const Milliseconds history_window = window.history_start.before_now();
  writer.Number<std::int64_t>(rule.interval.count());
  if (window == WindowMath::Of(look_back, history_window)) {
    writer.Number<std::int64_t>(look_back.count());
    writer.Number<std::int64_t>(history_window.count());
    return;
  }
  for (const WindowBound* bound : {&window.from, &window.to, &window.history_start}) {
    writer.String(bound->ToText());
  }
}

}  // namespace

std::string DetectorKey(const Ruleset& ruleset, const RuleSpec& rule) {
  ByteWriter writer;
  writer.Number(kVersion);
  writer.String(RuleTypeName(rule.type));
  writer.String(MeaningOf(rule.document));
  AddWindow(writer, rule);
  writer.String(rule.timestamp_override);
  writer.Number<std::uint8_t>(rule.is_timestamp_fallback_disabled ? 1 : 0);
  for (const std::string& name : rule.new_terms_fields) {
    const std::optional<std::uint32_t> column = ruleset.ColumnOf(name);
    AddField(writer, column ? ruleset.columns[*column] : jit::Field{.name = name});
  }
  AddFieldsOfQuery(writer, ruleset, rule.query);
  if (!rule.exceptions_digest.empty()) {
    writer.String(rule.exceptions_digest);
  }
  return Sha256Hex(writer.bytes());
}

std::string JobKey(const Ruleset& ruleset, const AnomalyJobSpec& job) {
  ByteWriter writer;
  writer.Number(kVersion);
  AnomalyJobSpec meaning = job;
  meaning.query.reset();  // its number depends on the rules; its text stands in the job
  meaning.model_memory_limit = 0;
  writer.String(SaveJobs({meaning}));
  AddFieldsOfQuery(writer, ruleset, job.query);
  return Sha256Hex(writer.bytes());
}

}  // namespace tripline::runtime

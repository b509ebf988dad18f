// Reads what `GET index`, `GET _index_template` and their relatives answer, and what one would PUT.
// First the mappings in the document are found, then each is walked into a flat list of fields.
// Parameters that do not change what a query means are not looked at.
#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "compiler/analysis_settings.h"
#include "compiler/document.h"
#include "compiler/field_types.h"
#include "compiler/mapping_options.h"
#include "compiler/object_reader.h"
#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

constexpr std::size_t kMaxFields = 100'000;
constexpr std::size_t kMaxNameBytes = 1000;

class MappingReader {
 public:
  explicit MappingReader(Findings& findings) : findings_(findings) {}

  void ReadRoot(const Node& root);
  [[nodiscard]] std::size_t num_mappings() const { return num_mappings_; }
  /// True if no mapping takes in fields that it does not name.
  [[nodiscard]] bool is_closed() const { return num_mappings_ > 0 && num_closed_ == num_mappings_; }
  [[nodiscard]] std::vector<FieldInfo> TakeFields() {
    copies_.Mark(fields_);
    return std::move(fields_);
  }
  /// Aliases whose targets are not among the fields.
  void CheckAliases();

 private:
  bool ReadKnownForm(const Node& root);
  void ReadTemplates(const Node& answer, std::string_view list, std::string_view inner);
  void ReadMappings(const Node& mappings);
  void RefuseSingleFields(const Node& mappings);
  void ReadFields(const Node& properties, const std::string& prefix);
  void ReadField(const std::string& name, const Node& node);
  void ReadParameters(const Node& node, FieldInfo& field);
  void ReadAnalyzers(std::string analyzer, std::string search, const std::string& quoted,
                     FieldInfo& field);
  void ReadMultiFields(const std::string& name, const Node& node);
  void Add(FieldInfo field, Span place);

  Findings& findings_;
  AnalysisSettings settings_;  // of the index whose mapping is read
  std::vector<FieldInfo> fields_;
  std::map<std::string, Span> aliases_;  // by target
  CopyTargets copies_;
  bool is_disabled_ = false;  // what is read lies in an object that is not searched
  std::size_t num_mappings_ = 0;
  std::size_t num_closed_ = 0;
};

// "dynamic": a text or a flag; empty if it is neither.
std::string DynamicOf(const Node& node) {
  const Node* const found = node.Find("dynamic");
  if (found == nullptr) {
    return {};
  }
  if (const bool* const flag = std::get_if<bool>(&found->value)) {
    return *flag ? "true" : "false";
  }
  return found->AsString() != nullptr ? *found->AsString() : std::string();
}

void MappingReader::ReadRoot(const Node& root) {
  if (root.AsObject() == nullptr || ReadKnownForm(root)) {
    return;
  }
  // What is left is an answer by index (or by old template): {"logs-1": {"mappings": ...}, ...}.
  for (const Member& member : *root.AsObject()) {
    if (member.value.Find("mappings") != nullptr) {
      settings_ = AnalysisSettings(member.value.Find("settings"));
      ReadMappings(*member.value.Find("mappings"));
    }
  }
}

bool MappingReader::ReadKnownForm(const Node& root) {
  if (root.Find("index_templates") != nullptr) {
    ReadTemplates(root, "index_templates", "index_template");
  } else if (root.Find("component_templates") != nullptr) {
    ReadTemplates(root, "component_templates", "component_template");
  } else if (root.Find("template") != nullptr && root.Find("template")->AsObject() != nullptr) {
    ReadKnownForm(*root.Find("template"));
  } else if (root.Find("mappings") != nullptr) {
    settings_ = AnalysisSettings(root.Find("settings"));
    ReadMappings(*root.Find("mappings"));
  } else if (root.Find("properties") != nullptr) {
    ReadMappings(root);
  } else {
    return false;
  }
  return true;
}

// {"index_templates": [{"name": ..., "index_template": {"template": {"mappings": ...}}}]}
void MappingReader::ReadTemplates(const Node& answer, std::string_view list,
                                  std::string_view inner) {
  for (const Node& element : ObjectReader(answer, "", findings_).Objects(list)) {
    const Node* const body = element.Find(inner);
    if (body != nullptr && body->Find("template") != nullptr) {
      ReadKnownForm(*body->Find("template"));
    }
  }
}

void MappingReader::ReadMappings(const Node& mappings) {
  ++num_mappings_;
  if (mappings.AsObject() == nullptr) {
    findings_.Error(mappings.span, "mapping.wrong_type",
                    "`mappings` must be an object, found " + std::string(KindName(mappings)));
    return;
  }
  const Node* const old_type = mappings.Find("_doc");
  if (old_type != nullptr && old_type->Find("properties") != nullptr) {
    ReadMappings(*old_type);
    return;
  }
  const std::string dynamic = DynamicOf(mappings);
  const bool is_closed = dynamic == "false" || dynamic == "strict" || IsOff(mappings, "enabled");
  num_closed_ += is_closed ? 1U : 0U;
  RefuseSingleFields(mappings);
  is_disabled_ = IsOff(mappings, "enabled");
  for (const std::string_view part : {"runtime", "properties"}) {  // which hides a property
    if (const Node* const fields = mappings.Find(part)) {
      ReadFields(*fields, "");
    }
  }
  is_disabled_ = false;
}

// {"logs-1": {"mappings": {"host.ip": {"full_name": "host.ip", "mapping": {...}}}}}
void MappingReader::RefuseSingleFields(const Node& mappings) {
  for (const Member& member : *mappings.AsObject()) {
    if (member.value.Find("full_name") != nullptr && member.value.Find("mapping") != nullptr) {
      findings_.Error(member.key_span, "mapping.wrong_type",
                      "this answer of GET <index>/_mapping/field has single fields, no mapping",
                      "give what GET <index>/_mapping answers");
      return;
    }
  }
}

void MappingReader::ReadFields(const Node& properties, const std::string& prefix) {
  if (properties.AsObject() == nullptr) {
    findings_.Error(properties.span, "mapping.wrong_type",
                    "`properties` must be an object, found " + std::string(KindName(properties)));
    return;
  }
  for (const Member& member : *properties.AsObject()) {
    if (prefix.size() + member.key.size() > kMaxNameBytes) {
      findings_.Error(member.key_span, "mapping.too_large",
                      "a field's name may have " + std::to_string(kMaxNameBytes) + " bytes");
      continue;
    }
    ReadField(prefix + member.key, member.value);
  }
}

void MappingReader::ReadField(const std::string& name, const Node& node) {
  if (node.AsObject() == nullptr) {
    findings_.Error(node.span, "mapping.wrong_type",
                    "the field " + Shown(name) + " must be an object with a `type`, found " +
                        std::string(KindName(node)),
                    "write {\"type\": \"keyword\"}");
    return;
  }
  FieldInfo field;
  field.name = field.source = name;
  ObjectReader reader(node, name + ".", findings_);
  if (!IsField(node)) {
    findings_.Error(node.span, "mapping.wrong_type", "the field " + Shown(name) + " has no `type`",
                    "write \"type\": \"keyword\"");
    return;
  }
  field.declared_type = reader.String("type").value_or("object");
  field.type = FieldTypeNamed(field.declared_type);
  if (field.declared_type == "alias") {
    field.type = FieldType::kUnknown;
    if (const auto path = reader.String("path", Need::kRequired)) {
      field.source = *path;
      aliases_.emplace(*path, node.span);
    }
  }
  ReadParameters(node, field);
  const bool was_disabled =
      std::exchange(is_disabled_, is_disabled_ || (field.IsObject() && !field.is_indexed));
  Add(std::move(field), node.span);
  ReadMultiFields(name, node);
  if (const Node* const below = node.Find("properties")) {
    ReadFields(*below, name + ".");
  }
  is_disabled_ = was_disabled;
}

// Values that are not of the expected type are those of an index that would not have been made:
// they are left at their defaults.
void MappingReader::ReadParameters(const Node& node, FieldInfo& field) {
  const auto text = [&node](std::string_view key) {
    const Node* const found = node.Find(key);
    const std::string* const value = found == nullptr ? nullptr : found->AsString();
    return value == nullptr ? std::string() : *value;
  };
  field.dynamic = field.IsObject() ? DynamicOf(node) : "";
  field.normalizer = text("normalizer");
  const auto normalizer = settings_.NormalizerNamed(field.normalizer);
  field.lowercases = normalizer == AnalysisSettings::Normalizer::kLowercase;
  field.has_known_normalizer = normalizer != AnalysisSettings::Normalizer::kUnknown;
  ReadAnalyzers(text("analyzer"), text("search_analyzer"), text("search_quote_analyzer"), field);
  field.date_format = text("format");
  field.constant = field.type == FieldType::kConstantKeyword ? text("value") : "";
  field.is_indexed = !IsOff(node, "index") && !IsOff(node, "enabled");
  field.has_doc_values = !IsOff(node, "doc_values");
  field.goes_to_parent = IsOn(node, "include_in_parent");
  field.goes_to_root = IsOn(node, "include_in_root");
  field.not_followed = OptionsNotFollowed(node, field);
  copies_.Add(node, field.name);
  if (const Node* const bound = node.Find("ignore_above")) {
    if (const auto* const number = std::get_if<std::int64_t>(&bound->value)) {
      field.ignore_above = static_cast<std::uint32_t>(
          std::clamp<std::int64_t>(*number, 0, std::numeric_limits<std::uint32_t>::max()));
    }
  }
  if (const Node* const factor = node.Find("scaling_factor")) {
    const auto* const whole = std::get_if<std::int64_t>(&factor->value);
    const auto* const number = std::get_if<double>(&factor->value);
    field.scaling_factor =
        whole != nullptr ? static_cast<double>(*whole) : (number != nullptr ? *number : 0);
  }
}

// What a query's words go through is said apart only where it differs.
void MappingReader::ReadAnalyzers(std::string analyzer, std::string search,
                                  const std::string& quoted, FieldInfo& field) {
  field.analysis = settings_.Analyzer(analyzer);
  field.search_analysis = settings_.SearchAnalyzer(search, analyzer);
  if (!quoted.empty() && settings_.Analyzer(quoted) != field.search_analysis) {
    field.search_analysis = std::nullopt;
    search = quoted;
  }
  field.analyzer = std::move(analyzer);
  field.search_analyzer = std::move(search);
}

void MappingReader::ReadMultiFields(const std::string& name, const Node& node) {
  const Node* const multi_fields = node.Find("fields");
  if (multi_fields == nullptr || multi_fields->AsObject() == nullptr) {
    return;
  }
  for (const Member& member : *multi_fields->AsObject()) {
    FieldInfo field;
    field.name = name + "." + member.key;
    field.source = name;
    if (member.value.AsObject() == nullptr || field.name.size() > kMaxNameBytes) {
      findings_.Error(member.value.span, "mapping.wrong_type",
                      "the multi-field " + Shown(field.name) + " must be an object with a `type`");
      continue;
    }
    ObjectReader reader(member.value, field.name + ".", findings_);
    field.declared_type = reader.String("type", Need::kRequired).value_or("");
    field.type = FieldTypeNamed(field.declared_type);
    ReadParameters(member.value, field);
    Add(std::move(field), member.value.span);
  }
}

void MappingReader::Add(FieldInfo field, Span place) {
  field.is_disabled = is_disabled_;
  if (fields_.size() < kMaxFields) {
    fields_.push_back(std::move(field));
  } else if (fields_.size() == kMaxFields) {
    findings_.Error(place, "mapping.too_large",
                    "a mapping may have " + std::to_string(kMaxFields) + " fields");
  }
}

void MappingReader::CheckAliases() {
  std::set<std::string_view> names;
  std::set<std::string_view> no_targets;
  for (const FieldInfo& field : fields_) {
    (field.IsObject() || field.declared_type == "alias" ? no_targets : names).insert(field.name);
  }
  for (const auto& [target, place] : aliases_) {
    if (!names.contains(target)) {
      findings_.Error(
          place, "mapping.alias_target",
          "the alias leads to " + Shown(target) + ", which is " +
              (no_targets.contains(target) ? "an alias or an object" : "no field"),
          "`path` must be the full name of a field in the same mapping that has values");
    }
  }
}

Error ToError(const Diagnostics& diagnostics) {
  constexpr std::size_t kMaxLines = 5;
  std::string message;
  for (std::size_t i = 0; i < std::min(diagnostics.size(), kMaxLines); ++i) {
    const Diagnostic& d = diagnostics[i];
    message += (i > 0 ? "\n" : "") + d.file + ":" + std::to_string(d.where.line) + ":" +
               std::to_string(d.where.column) + ": " + d.message +
               (d.hint.empty() ? "" : " (" + d.hint + ")");
  }
  return {ErrorCode::kInvalid, std::move(message)};
}

}  // namespace

Result<FieldTypes> FieldTypes::FromMapping(const std::string& name, std::string_view text) {
  if (text.size() > kMaxDocumentBytes) {
    return Fail(ErrorCode::kLimit, name + ": a mapping may have " +
                                       std::to_string(kMaxDocumentBytes) + " bytes, found " +
                                       std::to_string(text.size()));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  const SourceFile file(name, text);
  Diagnostics diagnostics;
  Findings findings(file, diagnostics);
  const auto parsed = ParseJson(text, 0);
  if (!parsed) {
    const std::uint32_t at = parsed.error().offset;
    const bool is_utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
    findings.Error({at, at + 1}, "mapping.not_json",
                   parsed.error().message.empty()
                       ? "the document is nested too deeply (" + std::to_string(kMaxDocumentDepth) +
                             " levels are read) or too large (" +
                             std::to_string(kMaxDocumentValues) + " values are)"
                       : "this is not JSON: " + parsed.error().message,
                   is_utf16 ? "the file is UTF-16: save it as UTF-8"
                            : "give what GET <index>/_mapping or GET _index_template/<name> "
                              "answers, as it is");
    return std::unexpected(ToError(diagnostics));
  }
  MappingReader reader(findings);
  reader.ReadRoot(parsed->root);
  reader.CheckAliases();
  if (reader.num_mappings() == 0 && findings.num_errors() == 0) {
    findings.Error(parsed->root.span, "mapping.no_fields",
                   "this is no index mapping: it has no `properties` and no `mappings`",
                   "give what GET <index>/_mapping or GET _index_template/<name> answers");
  }
  if (findings.num_errors() > 0) {
    return std::unexpected(ToError(diagnostics));
  }
  return reader.is_closed() ? OfClosedIndex(reader.TakeFields()) : FromFields(reader.TakeFields());
}

}  // namespace tripline::compiler

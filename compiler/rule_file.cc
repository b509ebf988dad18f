// First the form is decided (TOML, one JSON document, or JSON lines), then each document is told
// apart (rule, job, exception list, export summary) and read on its own, so that a broken one loses
// no other.
#include "compiler/rule_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "compiler/document.h"
#include "compiler/object_reader.h"
#include "compiler/rule_from_document.h"
#include "compiler/rule_reader.h"
#include "compiler/rule_toml.h"
#include "compiler/source_file.h"

namespace tripline::compiler {
namespace {

enum class Form : std::uint8_t { kToml, kJson, kJsonLines };

std::string Megabytes(std::size_t bytes) {
  constexpr std::size_t kMegabyte = std::size_t{1} << 20U;
  return std::to_string(bytes / kMegabyte) + " MB";
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// An object, or a list of objects; `[rule]` and `[[rule.threat]]` begin TOML.
bool BeginsLikeJson(std::string_view text) {
  const std::size_t second = text.find_first_not_of(" \t\r\n", 1);
  return text[0] == '{' ||
         (text[0] == '[' && second != text.npos && (text[second] == '{' || text[second] == ']'));
}

// By place; what stands at one place stays in its order.
void SortByPlace(Diagnostics& diagnostics) {
  std::multimap<std::pair<std::uint32_t, std::uint32_t>, Diagnostic> sorted;
  for (Diagnostic& d : diagnostics) {
    sorted.emplace(std::pair(d.where.line, d.where.column), std::move(d));
  }
  diagnostics.clear();
  for (auto& [place, d] : sorted) {
    diagnostics.push_back(std::move(d));
  }
}

// Reads documents of one file into one answer.
class FileReader {
 public:
  FileReader(const std::string& name, std::string_view text, ReadRules& out)
      : file_(name, text), findings_(file_, out.diagnostics), out_(out) {}

  void Read();

 private:
  [[nodiscard]] Form FormOf() const;
  void ReadToml();
  void ReadJsonLines();
  void ReadJson(std::string_view text, std::uint32_t base);
  void ReadValue(const Node& root);
  void ReadObject(const Node& object);
  bool ReadAside(const Node& object);
  void ReadJob(const Node& job, Span place);
  void AddRule(const Node& document, std::string metadata);
  [[nodiscard]] bool CheckBytes(std::string_view text, std::uint32_t base);
  void Reject(const Problem& problem, std::string_view language);

  SourceFile file_;
  Findings findings_;
  ReadRules& out_;
};

Form FileReader::FormOf() const {
  const std::string_view text = file_.text();
  const std::string_view name = file_.name();
  const bool is_named_lines = name.ends_with(".ndjson");
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (name.ends_with(".toml") ||
      (!name.ends_with(".json") && !is_named_lines && !BeginsLikeJson(text.substr(first)))) {
    return Form::kToml;
  }
  const std::size_t line_end = std::min(text.find('\n', first), text.size());
  const bool has_more_lines = !IsBlank(text.substr(line_end));
  if (has_more_lines && ParseJson(text.substr(first, line_end - first), 0)) {
    return Form::kJsonLines;
  }
  const bool is_one_document = !has_more_lines || ParseJson(text, 0).has_value();
  return !is_one_document && is_named_lines ? Form::kJsonLines : Form::kJson;
}

void FileReader::Read() {
  if (IsBlank(file_.text())) {
    findings_.Error({}, "rule.empty_file", "the file is empty",
                    "a rule file holds a TOML rule, or JSON as Kibana exports it");
    ++out_.num_rejected;
    return;
  }
  const Form form = FormOf();
  if (form == Form::kJsonLines) {
    ReadJsonLines();
    return;
  }
  if (file_.text().size() > kMaxDocumentBytes) {
    findings_.Error({}, "rule.too_large",
                    "the document has " + Megabytes(file_.text().size()) + ", at most " +
                        Megabytes(kMaxDocumentBytes) + " are read",
                    "split it: one file a rule, or NDJSON with one rule a line");
    ++out_.num_rejected;
    return;
  }
  if (!CheckBytes(file_.text(), 0)) {
    return;
  }
  form == Form::kToml ? ReadToml() : ReadJson(file_.text(), 0);
}

bool FileReader::CheckBytes(std::string_view text, std::uint32_t base) {
  const std::size_t broken = FindInvalidUtf8(text);
  if (broken == std::string_view::npos) {
    return true;
  }
  const auto at = base + static_cast<std::uint32_t>(broken);
  const bool is_utf16 = base == 0 && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"));
  findings_.Error({at, at + 1}, "rule.invalid_utf8", "this byte is not UTF-8",
                  is_utf16 ? "the file is UTF-16: save it as UTF-8" : "save the file as UTF-8");
  ++out_.num_rejected;
  return false;
}

void FileReader::Reject(const Problem& problem, std::string_view language) {
  const bool is_toml = language == "TOML";
  const Span place{problem.offset, problem.offset + 1};
  ++out_.num_rejected;
  switch (problem.kind) {
    case ProblemKind::kSyntax:
      findings_.Error(place, is_toml ? "rule.not_toml" : "rule.not_json",
                      "this is not " + std::string(language) + ": " + problem.message);
      return;
    case ProblemKind::kTooDeep:
      findings_.Error(place, "rule.too_deep",
                      "values are nested too deeply, at most " + std::to_string(kMaxDocumentDepth) +
                          " levels are read");
      return;
    case ProblemKind::kTooMany:
      findings_.Error(
          place, "rule.too_large",
          "the document holds more than " + std::to_string(kMaxDocumentValues) + " values",
          "split it: one file a rule, or NDJSON with one rule a line");
      return;
    case ProblemKind::kNoJson:
      findings_.Error(place, "rule.bad_value", problem.message);
      return;
  }
}

void FileReader::ReadToml() {
  auto parsed = ParseToml(file_);
  if (!parsed) {
    Reject(parsed.error(), "TOML");
    return;
  }
  if (parsed->root.AsObject()->empty()) {
    findings_.Error({}, "rule.empty_file", "the file holds comments only",
                    "a rule needs [rule] with rule_id, name, type and query");
    ++out_.num_rejected;
    return;
  }
  const std::size_t num_errors_before = findings_.num_errors();
  const auto shape = ToApiShape(std::move(parsed->root), findings_);
  if (!shape) {
    ++out_.num_rejected;
    return;
  }
  AddRule(shape->rule, shape->metadata);
  if (findings_.num_errors() != num_errors_before && !out_.rules.empty()) {
    out_.rules.clear();  // the file's one rule had its error before it was in API shape
    ++out_.num_rejected;
  }
}

void FileReader::ReadJsonLines() {
  const std::string_view text = file_.text();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const auto base = static_cast<std::uint32_t>(begin);
    begin = end + 1;
    if (line.size() > kMaxDocumentBytes) {
      findings_.Error({base, base}, "rule.too_large",
                      "the line has " + Megabytes(line.size()) + ", at most " +
                          Megabytes(kMaxDocumentBytes) + " are read");
      ++out_.num_rejected;
    } else if (!IsBlank(line) && CheckBytes(line, base)) {
      ReadJson(line, base);
    }
  }
}

void FileReader::ReadJson(std::string_view text, std::uint32_t base) {
  auto parsed = ParseJson(text, base);
  if (!parsed) {
    Reject(parsed.error(), "JSON");
    return;
  }
  for (const Member& member : parsed->repeated) {
    findings_.Warning(member.key_span, "rule.repeated_key",
                      "the key " + Shown(member.key) + " stands here twice",
                      "the last one counts, as everywhere where JSON is read");
  }
  ReadValue(parsed->root);
}

void FileReader::ReadValue(const Node& root) {
  const Node::Array* const elements = root.AsArray();
  if (elements == nullptr) {
    ReadObject(root);
    return;
  }
  for (const Node& element : *elements) {
    ReadObject(element);
  }
}

void FileReader::ReadObject(const Node& object) {
  if (object.AsObject() == nullptr) {
    findings_.Error(object.span, "rule.wrong_type",
                    "a rule must be an object, found " + std::string(KindName(object)));
    ++out_.num_rejected;
    return;
  }
  if (ReadAside(object)) {
    return;
  }
  if (!LooksLikeRule(object)) {
    findings_.Error(object.span, "rule.missing_key",
                    "this object is no rule: it has none of `rule_id`, `name`, `type`, `query`",
                    "rules are read in Kibana's API shape, jobs by `job_id` and `analysis_config`, "
                    "exception lists and their items by `list_id`");
    ++out_.num_rejected;
    return;
  }
  AddRule(object, "");
}

// Everything that travels with rules. True if the object is such a thing.
bool FileReader::ReadAside(const Node& object) {
  if (object.Find("analysis_config") != nullptr) {
    ReadJob(object, object.span);
    return true;
  }
  const bool is_rule = object.Find("rule_id") != nullptr;
  const bool is_summary = object.Find("exported_count") != nullptr ||
                          object.Find("exported_rules_count") != nullptr ||
                          object.Find("exported_exception_list_count") != nullptr;
  if (!is_rule && is_summary) {
    return true;
  }
  const auto keep = [&](AsideDocument::Kind kind, std::string_view key) {
    const std::string* const id = object.Find(key)->AsString();
    out_.asides.push_back({kind, id == nullptr ? "" : *id, ToJson(object), file_.name(),
                           file_.Locate(object.span.begin)});
    return true;
  };
  if (!is_rule && object.Find("list_id") != nullptr) {
    return keep(object.Find("item_id") != nullptr ? AsideDocument::Kind::kExceptionItem
                                                  : AsideDocument::Kind::kExceptionList,
                "list_id");
  }
  if (!is_rule && object.Find("value_list") != nullptr && object.Find("values") != nullptr) {
    return keep(AsideDocument::Kind::kValueList, "value_list");
  }
  if (!is_rule && object.Find("attributes") != nullptr && object.Find("id") != nullptr) {
    return keep(AsideDocument::Kind::kConnector, "id");
  }
  return false;
}

void FileReader::ReadJob(const Node& job, Span place) {
  ObjectReader reader(job, "", findings_);
  const auto job_id = reader.String("job_id", Need::kRequired);
  if (!job_id || reader.Object("analysis_config") == nullptr) {
    ++out_.num_rejected;
    return;
  }
  out_.jobs.push_back({*job_id, ToJson(job), file_.name(), file_.Locate(place.begin)});
}

void FileReader::AddRule(const Node& document, std::string metadata) {
  std::optional<Rule> rule = RuleFromDocument(document, findings_);
  if (!rule) {
    ++out_.num_rejected;
    return;
  }
  rule->metadata = std::move(metadata);
  out_.rules.push_back(*std::move(rule));
}

}  // namespace

Diagnostic AboutFile(const std::string& name, std::string code, std::string message,
                     std::string hint) {
  Diagnostic made;
  made.code = std::move(code);
  made.message = std::move(message);
  made.hint = std::move(hint);
  made.file = name;
  return made;
}

ReadRules ReadOneFile(const std::string& name, std::string_view text) {
  ReadRules read;
  read.num_files = 1;
  const std::size_t max_bytes = name.ends_with(".toml") ? kMaxDocumentBytes : kMaxRuleFileBytes;
  if (text.size() > max_bytes) {
    read.diagnostics.push_back(AboutFile(name, "rule.too_large",
                                         "the file has " + Megabytes(text.size()) + ", at most " +
                                             Megabytes(max_bytes) + " are read",
                                         "split it: one file a rule, or NDJSON with one a line"));
    ++read.num_rejected;
    return read;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);  // editors do not count it as a column either
  }
  FileReader(name, text, read).Read();
  if (read.rules.empty() && read.jobs.empty() && read.asides.empty() && read.num_rejected == 0) {
    read.diagnostics.push_back(AboutFile(name, "rule.no_rules", "the file holds no rule",
                                         "an export without rules has only its summary line"));
  }
  SortByPlace(read.diagnostics);
  return read;
}

}  // namespace tripline::compiler

#include "compiler/value_list.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "base/ip.h"
#include "base/text.h"
#include "compiler/document.h"
#include "compiler/source_file.h"
#include "grammar/ast.h"
#include "jit/program.h"
#include "runtime/digest.h"
#include "runtime/line_reader.h"

namespace tripline::compiler {
namespace {

constexpr std::size_t kMaxRemarks = 10;  // of one list; the rest is counted
constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20U;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == text.npos ? std::string_view()
                            : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The kind of set that a column of this kind is compared with; none for analysed text.
std::optional<jit::ValueSet::Kind> SetKindOf(jit::ColumnKind kind) {
  switch (kind) {
    case jit::ColumnKind::kString:
      return jit::ValueSet::Kind::kTexts;
    case jit::ColumnKind::kAddress:
      return jit::ValueSet::Kind::kAddresses;
    case jit::ColumnKind::kInteger:
    case jit::ColumnKind::kDate:
    case jit::ColumnKind::kBoolean:
      return jit::ValueSet::Kind::kIntegers;
    case jit::ColumnKind::kFloat:
      return jit::ValueSet::Kind::kFloats;
    case jit::ColumnKind::kText:
    case jit::ColumnKind::kDelegated:
    case jit::ColumnKind::kObject:
      break;
  }
  return std::nullopt;
}

ValueLists::Meaning Refused(Severity severity, std::string code, std::string message,
                            std::string hint) {
  LeafProblem problem{severity, std::move(code), std::move(message), std::move(hint)};
  return {{{}, std::move(problem)}, ""};
}

// Puts the lines of one list into a set.
class ListBuilder {
 public:
  ListBuilder(std::string path, bool has_ranges, const LeafType& type, jit::ValueSet::Kind kind,
              Diagnostics& said)
      : path_(std::move(path)),
        has_ranges_(has_ranges),
        type_(type),
        kind_(kind),
        builder_(kind),
        said_(said) {}

  void Add(const runtime::Line& line) {
    const std::string_view text = Trimmed(line.text);
    if (line.is_too_long) {
      Remark(line, "the line has more than a megabyte", "one value a line");
    } else if (FindInvalidUtf8(text) != std::string_view::npos) {
      Remark(line, "the line is not UTF-8", "save the file as UTF-8");
    } else if (!text.empty()) {
      AddValue(line, text);
    }
  }

  Result<std::shared_ptr<const jit::ValueSet>> Finish() {
    if (num_remarks_ > kMaxRemarks) {
      Diagnostic rest = said_.back();
      rest.message = "and " + std::to_string(num_remarks_ - kMaxRemarks) +
                     " more lines of the list are passed over";
      rest.hint.clear();
      said_.push_back(std::move(rest));
    }
    TRIPLINE_TRY(auto values, std::move(builder_).Build());
    if (values->size() == 0 && num_remarks_ > 0) {
      return Fail(ErrorCode::kInvalid,
                  "no line of it is a value of a field of type " + FieldTypeName(type_.type));
    }
    return values;
  }

 private:
  void AddValue(const runtime::Line& line, std::string_view text) {
    switch (kind_) {
      case jit::ValueSet::Kind::kTexts:
        builder_.AddText(text);
        break;
      case jit::ValueSet::Kind::kAddresses:
        AddAddresses(line, text);
        break;
      case jit::ValueSet::Kind::kIntegers:
      case jit::ValueSet::Kind::kFloats:
        AddNumbers(line, text);
        break;
    }
  }

  void AddAddresses(const runtime::Line& line, std::string_view text) {
    if (const auto address = ParseIpAddress(text)) {
      builder_.AddAddresses(*address, *address);
      return;
    }
    if (const auto prefix = ParseIpPrefix(text)) {
      builder_.AddAddresses(prefix->network, LastAddress(*prefix));
      return;
    }
    const std::size_t dash = text.find('-');
    if (has_ranges_ && dash != text.npos) {
      const auto first = ParseIpAddress(Trimmed(text.substr(0, dash)));
      const auto last = ParseIpAddress(Trimmed(text.substr(dash + 1)));
      if (first && last && *first <= *last) {
        builder_.AddAddresses(*first, *last);
        return;
      }
    }
    Remark(line, Shown(text) + " is no address, block or range of addresses",
           "write 10.0.0.1, 10.0.0.0/8, or in lists of type ip_range 10.0.0.1-10.0.0.9");
  }

  void AddNumbers(const runtime::Line& line, std::string_view text) {
    grammar::Literal value;
    value.kind = grammar::Literal::Kind::kString;
    value.text = text;
    value.is_quoted = true;
    const LeafMeaning meaning = MeaningOfValue(type_, value);
    if (meaning.problem && meaning.problem->severity == Severity::kError) {
      Remark(line, meaning.problem->message, meaning.problem->hint);
    }
    for (const jit::Atom& atom : meaning.atoms) {
      if (const auto* const whole = std::get_if<jit::IntegerRange>(&atom)) {
        builder_.AddIntegers(whole->first, whole->last);
      } else if (const auto* const number = std::get_if<jit::FloatRange>(&atom)) {
        builder_.AddFloats(number->low, number->high);
      }
    }
  }

  void Remark(const runtime::Line& line, std::string message, std::string hint) {
    if (++num_remarks_ > kMaxRemarks) {
      return;
    }
    Diagnostic made;
    made.severity = Severity::kWarning;
    made.code = "exception.bad_list_value";
    made.message = std::move(message) + "; the line is passed over";
    made.hint = std::move(hint);
    made.file = path_;
    made.where.line = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(line.number, std::numeric_limits<std::uint32_t>::max()));
    said_.push_back(std::move(made));
  }

  std::string path_;
  bool has_ranges_;
  LeafType type_;
  jit::ValueSet::Kind kind_;
  jit::ValueSetBuilder builder_;
  Diagnostics& said_;
  std::size_t num_remarks_ = 0;
};

}  // namespace

std::string ValueLists::PathOf(const ValueListName& name) const {
  if (const auto named = files_.find(name.id); named != files_.end()) {
    return named->second;
  }
  const std::filesystem::path id(name.id);
  if (!looks_beside_ || name.beside_file.empty() || name.id.empty() || id.filename() != id ||
      name.id == "..") {
    return "";
  }
  const std::filesystem::path beside = std::filesystem::path(name.beside_file).parent_path() / id;
  std::error_code none;
  return std::filesystem::is_regular_file(beside, none) ? beside.string() : "";
}

ValueLists::Source ValueLists::SourceOf(const ValueListName& name) const {
  std::string path = PathOf(name);
  if (const auto lines = lines_.find(name.id); path.empty() && lines != lines_.end()) {
    return {.shown = "value_list " + name.id, .lines = &lines->second};
  }
  return {.shown = std::move(path)};
}

void ValueLists::Add(const AsideDocument& values, Diagnostics& said) {
  const auto refuse = [&](std::string message) {
    Diagnostic made;
    made.code = "exception.bad_value_list";
    made.message = "the value list " + Shown(values.id) + " cannot be used: " + std::move(message);
    made.hint = R"(write {"value_list": "its id", "values": ["one value", ...]})";
    made.file = values.file;
    made.where = values.where;
    said.push_back(std::move(made));
  };
  const auto parsed = ParseJson(values.document, 0);
  const Node* const given = parsed ? parsed->root.Find("values") : nullptr;
  const Node::Array* const list = given == nullptr ? nullptr : given->AsArray();
  if (values.id.empty() || list == nullptr) {
    refuse("`value_list` is its id and `values` a list of strings");
    return;
  }
  std::string lines;
  for (const Node& value : *list) {
    const std::string* const text = value.AsString();
    if (text == nullptr || text->find('\n') != text->npos) {
      refuse(text == nullptr ? "one of its values is " + std::string(KindName(value)) +
                                   ", and all must be strings"
                             : "the value " + Shown(*text) + " has a line break");
      return;
    }
    lines += *text + "\n";
  }
  lines_[values.id] += lines;
}

Result<ValueLists::Loaded> ValueLists::Load(const Source& source, const std::string& list_type,
                                            const LeafType& type, Diagnostics& said) {
  const auto kind = SetKindOf(ColumnKindOf(type.type));
  try {
    ListBuilder builder(source.shown, list_type == "ip_range", type, kind.value(), said);
    const runtime::LineReaderOptions options{.max_line_bytes = kMaxLineBytes};
    TRIPLINE_TRY(auto lines, source.lines == nullptr
                                 ? runtime::LineReader::Open(source.shown, options)
                                 : Result<runtime::LineReader>(runtime::LineReader::OverText(
                                       *source.lines, source.shown, options)));
    runtime::Sha256 digest;
    runtime::LineChunk chunk;
    for (;;) {
      TRIPLINE_TRY(const bool has_more, lines.Fill(&chunk));
      if (!has_more) {
        break;
      }
      while (const std::optional<runtime::Line> line = chunk.Next()) {
        digest.Add(line->text);
        digest.Add("\n");
        builder.Add(*line);
      }
    }
    Loaded loaded;
    TRIPLINE_TRY(loaded.values, builder.Finish());
    loaded.digest = runtime::ToHex(digest.Finish());
    return loaded;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimit, "there is not enough memory for it");
  }
}

ValueLists::Meaning ValueLists::MeaningOf(const ValueListName& name, const LeafType& type,
                                          Diagnostics& said) {
  const Source source = SourceOf(name);
  const std::string& path = source.shown;
  if (path.empty()) {
    return Refused(Severity::kError, "exception.value_list_missing",
                   "the value list " + Shown(name.id) + " is in none of the files",
                   looks_beside_ ? "name its file with --value-list " + name.id +
                                       "=FILE, or lay a file of that name beside the exceptions"
                                 : R"(send its values along: {"value_list": ")" + name.id +
                                       R"(", "values": [...]}, a line or more)");
  }
  if (!SetKindOf(ColumnKindOf(type.type))) {
    return Refused(
        Severity::kNotYet, "not_yet.value_list",
        "value lists are not compared with fields of type " + FieldTypeName(type.type) + " yet",
        "ask its keyword field instead, if it has one");
  }
  const auto key = std::tuple(path, name.type, type.type, type.scale);
  if (!loaded_.contains(key)) {
    Result<Loaded> list = Load(source, name.type, type, said);
    if (!list) {
      return Refused(Severity::kError, "exception.bad_value_list",
                     "the value list " + Shown(name.id) + " (" + path +
                         ") cannot be used: " + list.error().message,
                     "a value list is a text file of one value a line");
    }
    loaded_.emplace(key, *std::move(list));
  }
  const Loaded& list = loaded_.at(key);
  if (list.values->size() == 0) {
    LeafProblem nothing{Severity::kWarning, "exception.empty_value_list",
                        "the value list " + Shown(name.id) + " (" + path + ") has no value",
                        "no event has a value that is in it"};
    return {{{}, std::move(nothing)}, list.digest};
  }
  return {{{jit::InSet{list.values}}, std::nullopt}, list.digest};
}

}  // namespace tripline::compiler

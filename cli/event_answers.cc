#include "cli/event_answers.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "cli/events_source.h"
#include "compiler/document.h"
#include "runtime/column_values.h"
#include "runtime/exact_event_parser.h"
#include "runtime/matcher.h"
#include "runtime/term.h"

namespace tripline::cli {
namespace {

constexpr std::size_t kMaxValueBytes = 200;

std::string ValuesOf(const runtime::Column& column, std::uint32_t row) {
  std::vector<std::string> terms;
  runtime::AppendTerms(column, row, terms);
  std::string text;
  for (const std::string& term : terms) {
    const std::string list = runtime::TermToJson(term);  // of one value
    text += (text.empty() ? "" : ", ") + list.substr(1, list.size() - 2);
  }
  return terms.empty() ? "missing" : CutForShow(text);
}

// What stands under the path, arrays opened, keys dotted or nested. Documents are bounded in depth.
void AppendObjects(const compiler::Node& at, std::string_view path, std::string& text) {
  if (const compiler::Node::Array* const list = at.AsArray()) {
    for (const compiler::Node& element : *list) {
      AppendObjects(element, path, text);
    }
    return;
  }
  if (path.empty()) {
    text += (text.empty() ? "" : ", ") + (at.IsNull() ? std::string() : ToJson(at));
    return;
  }
  for (std::size_t i = 0; at.AsObject() != nullptr && i < at.AsObject()->size(); ++i) {
    const compiler::Member& member = (*at.AsObject())[i];
    if (member.key == path) {
      AppendObjects(member.value, "", text);
    } else if (path.starts_with(member.key) && path.substr(member.key.size()).starts_with('.')) {
      AppendObjects(member.value, path.substr(member.key.size() + 1), text);
    }
  }
}

std::string ObjectsOf(std::string_view line, const std::string& path) {
  const auto document = compiler::ParseJson(runtime::DocumentText(line), 0);
  std::string text;
  if (document) {
    AppendObjects(document->root, path, text);
  }
  return text.empty() ? "missing" : CutForShow(text);
}

}  // namespace

// Whole values of a list if possible.
std::string CutForShow(const std::string& text) {
  if (text.size() <= kMaxValueBytes) {
    return text;
  }
  std::size_t end = text.rfind(", ", kMaxValueBytes);
  if (end == text.npos) {
    end = kMaxValueBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
  }
  return text.substr(0, end) + " ...";
}

Result<EventAnswers> AskEvent(const runtime::Ruleset& ruleset, const std::string& path,
                              std::uint64_t line) {
  runtime::MatcherOptions matcher_options;
  matcher_options.code = runtime::MatcherCode::kInterpreter;
  TRIPLINE_TRY(const auto matcher, runtime::Matcher::Make(ruleset.program, matcher_options));
  EventAnswers answers;
  const auto take = [&](const runtime::EventBlock& block) -> Result<void> {
    const auto origin = std::ranges::find(block.origins, line, &runtime::EventOrigin::line);
    if (answers.is_found || origin == block.origins.end()) {
      return {};
    }
    const auto row = static_cast<std::uint32_t>(origin - block.origins.begin());
    matcher->Match(block.batch);
    answers.is_found = true;
    answers.index = origin->index;
    for (jit::OutputIndex i = 0; i < ruleset.program.outputs.size(); ++i) {
      answers.outputs.push_back(matcher->AnyOf(i) &&
                                (matcher->RowsOf(i)[row / 64] >> (row % 64) & 1U) != 0);
    }
    for (std::size_t i = 0; i < block.batch.columns.size(); ++i) {
      const jit::Field& field = ruleset.columns[i];
      answers.values.push_back(field.kind == jit::ColumnKind::kObject
                                   ? ObjectsOf(origin->text, field.source)
                                   : ValuesOf(block.batch.columns[i], row));
    }
    return {};
  };
  TRIPLINE_TRY(const EventsRead read, ReadEvents(ruleset, {path}, take));
  if (!answers.is_found) {
    SayReport(ruleset, {path}, read.report);
    return Fail(ErrorCode::kUsage, path + " has no event in line " + std::to_string(line));
  }
  return answers;
}

}  // namespace tripline::cli

#include "compiler/lint/leaf_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "compiler/leaf_atoms.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;

constexpr std::size_t kMaxShown = 60;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

std::string_view TextAt(const SourceText& query, Span span) {
  return std::string_view(query.text).substr(span.begin, span.end - span.begin);
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::vector<std::string_view> WordsIn(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at == text.size() || IsBlank(text[at])) {
      if (at > begin) {
        words.push_back(text.substr(begin, at - begin));
      }
      begin = at + 1;
    }
  }
  return words;
}

std::string LowerCased(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return lower;
}

std::string InBackticks(std::string_view text) {
  std::string shown = "`";
  for (const std::string_view word : WordsIn(text)) {
    shown += (shown.size() > 1 ? " " : "") + std::string(word);
    if (shown.size() > kMaxShown) {
      std::size_t end = kMaxShown;
      while (end > 1 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) {
        --end;
      }
      return shown.substr(0, end) + "...`";
    }
  }
  return shown + "`";
}

std::string NodeText(const LintSubject& subject, grammar::NodeId node) {
  const auto leaf = std::ranges::lower_bound(subject.leaves, node, {}, &LintLeaf::node);
  if (leaf == subject.leaves.end() || leaf->node != node) {
    return InBackticks(TextAt(subject.query, subject.ast.nodes[node].span));
  }
  std::string text;
  if (!leaf->IsBare()) {
    const std::string_view op =
        leaf->comparison ? grammar::RangeOperatorText(*leaf->comparison) : ":";
    text = std::string(TextAt(subject.query, leaf->field->span)) + " " + std::string(op) + " ";
  }
  return InBackticks(text + std::string(TextAt(subject.query, leaf->value->span)));
}

bool IsText(FieldType type) { return ColumnKindOf(type) == jit::ColumnKind::kText; }

bool HoldsSentences(const LintLeaf& leaf) {
  static constexpr auto kEndings = std::to_array<std::string_view>(
      {"command_line", "CommandLine", "args", "title", "message", "original", "text", "query",
       "description", "reason", "content", "body"});
  return IsText(leaf.type()) || std::ranges::any_of(kEndings, [&](std::string_view ending) {
           return leaf.path.ends_with(ending);
         });
}

bool IsAloneInParentheses(const LintSubject& subject, const LintLeaf& leaf) {
  const std::string_view text = subject.query.text;
  const std::string_view before =
      leaf.IsBare()
          ? std::string_view()
          : text.substr(leaf.field->span.end, leaf.value->span.begin - leaf.field->span.end);
  const std::string_view after = Trimmed(text.substr(leaf.value->span.end));
  return std::ranges::count(before, '(') > 0 && Trimmed(before).ends_with('(') &&
         before.find_first_of("\"*") == before.npos && WordsIn(before).size() <= 2 &&
         after.starts_with(')');
}

bool IsLoneStar(const Literal& literal) {
  return literal.kind == Literal::Kind::kWildcard && literal.pieces.size() == 2 &&
         literal.pieces[0].empty() && literal.pieces[1].empty();
}

void ForEachUnquoted(const LintSubject& subject,
                     const std::function<void(const BareText&)>& visit) {
  const auto trimmed = [&](const Literal& literal) {
    return Trimmed(TextAt(subject.query, literal.span));
  };
  for (const LintLeaf& leaf : subject.leaves) {
    if (leaf.begins_field && !leaf.field->is_quoted) {
      visit({leaf, *leaf.field, trimmed(*leaf.field), true});
    }
    if (!leaf.value->is_quoted) {
      visit({leaf, *leaf.value, trimmed(*leaf.value), false});
    }
  }
}

}  // namespace tripline::compiler

#include "jit/print.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "jit/value_set.h"

namespace tripline::jit {
namespace {

/// Quotes, backslashes and everything that is not printable ASCII escaped, so that a hostile value
/// cannot steer a terminal.
std::string Escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string escaped;
  for (const char letter : text) {
    const auto byte = static_cast<std::uint8_t>(letter);
    if (letter == '"' || letter == '\\') {
      escaped += '\\';
      escaped += letter;
    } else if (byte < 0x20 || byte >= 0x7F) {
      escaped += "\\x";
      escaped += kDigits[byte >> 4U];
      escaped += kDigits[byte & 15U];
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

std::string Quote(std::string_view text) { return '"' + Escape(text) + '"'; }

std::string PrintGlob(const Glob& glob) {
  std::string joined;
  for (std::size_t i = 0; i < glob.pieces.size(); ++i) {
    if (i > 0) joined += " * ";
    joined += Quote(glob.pieces[i]);
  }
  if (glob.ignores_case) joined += " ignoring case";
  if (glob.has_question) joined += " with ?";
  return joined;
}

std::string PrintNumber(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

std::string PrintTokens(const std::vector<std::string>& tokens) {
  std::string joined;
  for (const std::string& token : tokens) joined += " " + Quote(token);
  return joined;
}

/// "> low, <= high"; a bound that is not there is left out.
std::string PrintBounds(const std::string& low, bool includes_low, const std::string& high,
                        bool includes_high) {
  std::string text;
  if (!low.empty()) text += (includes_low ? ">= " : "> ") + low;
  if (!low.empty() && !high.empty()) text += ", ";
  if (!high.empty()) text += (includes_high ? "<= " : "< ") + high;
  return text.empty() ? "any" : text;
}

std::string PrintLeaf(const Program& program, const Leaf& leaf);
std::string PrintNode(const Program& program, const Node& node);
std::string_view NameOf(ValueSet::Kind kind) {
  switch (kind) {
    case ValueSet::Kind::kTexts:
      return "texts";
    case ValueSet::Kind::kAddresses:
      return "address ranges";
    case ValueSet::Kind::kIntegers:
      return "whole number ranges";
    case ValueSet::Kind::kFloats:
      return "number ranges";
  }
  return "values";
}

struct AtomPrinter {
  std::string operator()(const Exists&) const { return "exists"; }
  std::string operator()(const Term& term) const { return Quote(term.value); }
  std::string operator()(const Glob& glob) const { return "glob " + PrintGlob(glob); }
  std::string operator()(const StringRange& range) const {
    return std::string(range.is_numeric ? "numbers " : "strings ") +
           PrintBounds(range.low ? Quote(*range.low) : "", range.includes_low,
                       range.high ? Quote(*range.high) : "", range.includes_high);
  }
  std::string operator()(const IpPrefix& prefix) const { return ToString(prefix); }
  std::string operator()(const AddressRange& range) const {
    return ToString(range.first) + " .. " + ToString(range.last);
  }
  std::string operator()(const IntegerRange& range) const {
    return std::to_string(range.first) + " .. " + std::to_string(range.last);
  }
  std::string operator()(const FloatRange& range) const {
    return PrintBounds(PrintNumber(range.low), range.includes_low, PrintNumber(range.high),
                       range.includes_high);
  }
  std::string operator()(const TextAny& text) const { return "any of" + PrintTokens(text.tokens); }
  std::string operator()(const TextPhrase& text) const {
    return "phrase" + PrintTokens(text.tokens);
  }
  std::string operator()(const TextGlob& text) const {
    return "token glob " + PrintGlob(text.glob);
  }
  std::string operator()(const TextRange& text) const { return "token of " + (*this)(text.range); }
  std::string operator()(const RelativeDateRange& range) const {
    std::string text =
        "dates " + PrintBounds(range.low ? Quote(*range.low) : "", range.includes_low,
                               range.high ? Quote(*range.high) : "", range.includes_high);
    if (range.run_interval != 0) text += " by runs every " + std::to_string(range.run_interval);
    return text;
  }
  std::string operator()(const ObjectMatch& match) const {
    std::string text = "an object with";
    for (const Program& query : match.query) {
      for (const Leaf& leaf : query.leaves) text += " [" + PrintLeaf(query, leaf) + "]";
      for (std::size_t i = 0; i < query.nodes.size(); ++i) {
        text += " n" + std::to_string(i) + " = " + PrintNode(query, query.nodes[i]) + ";";
      }
    }
    return text;
  }
  std::string operator()(const InSet& in) const {
    return "in a list of " + std::to_string(in.values->size()) + " " +
           std::string(NameOf(in.values->kind()));
  }
};

std::string_view FormName(NumberForm form) {
  switch (form) {
    case NumberForm::kPlain:
      return "plain";
    case NumberForm::kSingle:
      return "single";
    case NumberForm::kHalf:
      return "half";
    case NumberForm::kScaled:
      return "scaled";
    case NumberForm::kUnsigned:
      return "unsigned";
    case NumberForm::kNanos:
      return "nanoseconds";
  }
  return "unknown";
}

std::string AnalysisName(Analysis analysis) {
  if (analysis == Analysis::kSimple) return "simple";
  if (analysis == Analysis::kWhitespace) return "whitespace";
  if (analysis == Analysis::kStop) return "stop";
  if (analysis == Analysis::kKeyword) return "keyword";
  static constexpr std::array<std::string_view, 4> kTokenizers = {"standard", "letter",
                                                                  "whitespace", "keyword"};
  std::string name(kTokenizers[static_cast<std::size_t>(analysis.tokenizer)]);
  if (analysis.lowercases) name += " in lower case";
  if (analysis.drops_stop_words) name += " without stop words";
  return name;
}

std::string PrintField(const Field& field) {
  std::string text = Escape(field.name) + ": " + std::string(KindName(field.kind));
  if (field.ignore_above != 0) text += " up to " + std::to_string(field.ignore_above);
  if (field.lowercases) text += " lower-cased";
  if (field.is_pattern) text += " of every path that matches";
  if (!field.except.empty()) text += " but " + std::to_string(field.except.size());
  if (field.form != NumberForm::kPlain) text += " as " + std::string(FormName(field.form));
  if (field.analysis != Analysis::kStandard) {
    text += " analyzed as " + AnalysisName(field.analysis);
  }
  if (!field.date_format.empty()) text += " read as " + Escape(field.date_format);
  if (field.form == NumberForm::kScaled) text += " by " + PrintNumber(field.scale);
  if (!field.source.empty()) text += " from " + Escape(field.source);
  for (std::size_t i = 0; i < field.inner.size(); ++i) {
    text += (i == 0 ? " of { " : ", ") + PrintField(field.inner[i]);
  }
  if (!field.inner.empty()) text += " }";
  return text;
}

std::string PrintLeaf(const Program& program, const Leaf& leaf) {
  std::string text = Escape(program.fields[leaf.field].name) + ": ";
  for (std::size_t i = 0; i < leaf.atoms.size(); ++i) {
    if (i > 0) text += " | ";
    text += Print(leaf.atoms[i]);
  }
  return text;
}

std::string PrintNode(const Program& program, const Node& node) {
  switch (node.op) {
    case Op::kFalse:
    case Op::kTrue:
      return std::string(OpName(node.op));
    case Op::kLeaf:
      return "l" + std::to_string(node.first);
    case Op::kNot:
      return "not n" + std::to_string(node.first);
    case Op::kAnd:
    case Op::kOr:
      break;
  }
  std::string text(OpName(node.op));
  for (std::uint32_t i = 0; i < node.count; ++i) {
    text += " n" + std::to_string(program.operands[node.first + i]);
  }
  return text;
}

std::string Heading(std::string_view what, std::size_t count) {
  return std::string(what) + " " + std::to_string(count) + "\n";
}

std::string Line(char letter, std::size_t index, std::string_view between, std::string_view rest) {
  return std::string("  ") + letter + std::to_string(index) + std::string(between) +
         std::string(rest) + "\n";
}

}  // namespace

std::string Print(const Program& program) {
  std::string text = Heading("fields", program.fields.size());
  for (std::size_t i = 0; i < program.fields.size(); ++i) {
    const Field& field = program.fields[i];
    text += Line('f', i, " ", PrintField(field));
  }
  text += Heading("leaves", program.leaves.size());
  for (std::size_t i = 0; i < program.leaves.size(); ++i) {
    text += Line('l', i, " ", PrintLeaf(program, program.leaves[i]));
  }
  text += Heading("nodes", program.nodes.size());
  for (std::size_t i = 0; i < program.nodes.size(); ++i) {
    text += Line('n', i, " = ", PrintNode(program, program.nodes[i]));
  }
  text += Heading("outputs", program.outputs.size());
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    text += Line('o', i, " = n", std::to_string(program.outputs[i]));
  }
  return text;
}

std::string Print(const Atom& atom) { return std::visit(AtomPrinter{}, atom); }

std::string_view KindName(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kString:
      return "string";
    case ColumnKind::kText:
      return "text";
    case ColumnKind::kAddress:
      return "address";
    case ColumnKind::kInteger:
      return "integer";
    case ColumnKind::kFloat:
      return "float";
    case ColumnKind::kDate:
      return "date";
    case ColumnKind::kBoolean:
      return "boolean";
    case ColumnKind::kDelegated:
      return "delegated";
    case ColumnKind::kObject:
      return "object";
  }
  return "unknown";
}

std::string_view OpName(Op op) {
  switch (op) {
    case Op::kFalse:
      return "false";
    case Op::kTrue:
      return "true";
    case Op::kLeaf:
      return "leaf";
    case Op::kNot:
      return "not";
    case Op::kAnd:
      return "and";
    case Op::kOr:
      return "or";
  }
  return "unknown";
}

}  // namespace tripline::jit

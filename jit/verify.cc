// Sizes first (so that nothing later can overflow or take forever), then each vector in turn. The
// post-order rule, an operand's number is below its node's, is what lets every other file of this
// room be one forward loop.
#include "jit/verify.h"

#include <cmath>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/date_format.h"
#include "base/time.h"
#include "jit/print.h"
#include "jit/value_set.h"

namespace tripline::jit {
namespace {

std::unexpected<Error> Invalid(std::string_view element, std::size_t index, std::string problem) {
  return Fail(ErrorCode::kInvalid, "in a program, " + std::string(element) + " " +
                                       std::to_string(index) + " " + std::move(problem));
}

Result<void> CheckCount(std::string_view what, std::uint64_t count, std::uint64_t limit) {
  if (count <= limit) return {};
  return Fail(ErrorCode::kLimit, "a program has at most " + std::to_string(limit) + " " +
                                     std::string(what) + ", but this one has " +
                                     std::to_string(count) +
                                     ": split the rules into several rulesets");
}

/// How much text an atom holds.
struct TextSize {
  static std::uint64_t OfAll(const std::vector<std::string>& strings) {
    std::uint64_t size = 0;
    for (const std::string& string : strings) size += string.size();
    return size;
  }
  std::uint64_t operator()(const Term& term) const { return term.value.size(); }
  std::uint64_t operator()(const Glob& glob) const { return OfAll(glob.pieces); }
  std::uint64_t operator()(const StringRange& range) const {
    return (range.low ? range.low->size() : 0) + (range.high ? range.high->size() : 0);
  }
  std::uint64_t operator()(const TextAny& text) const { return OfAll(text.tokens); }
  std::uint64_t operator()(const TextPhrase& text) const { return OfAll(text.tokens); }
  std::uint64_t operator()(const TextGlob& text) const { return OfAll(text.glob.pieces); }
  std::uint64_t operator()(const TextRange& text) const { return (*this)(text.range); }
  std::uint64_t operator()(const RelativeDateRange& range) const {
    return (range.low ? range.low->size() : 0) + (range.high ? range.high->size() : 0);
  }
  std::uint64_t operator()(const auto&) const { return 0; }
};

/// Which kinds of column can answer an atom (delegated ones answer everything).
struct FitsKind {
  ColumnKind kind;

  bool operator()(const Exists&) const { return true; }
  bool operator()(const Term&) const { return kind == ColumnKind::kString; }
  bool operator()(const Glob&) const { return kind == ColumnKind::kString; }
  bool operator()(const StringRange&) const { return kind == ColumnKind::kString; }
  bool operator()(const IpPrefix&) const { return kind == ColumnKind::kAddress; }
  bool operator()(const AddressRange&) const { return kind == ColumnKind::kAddress; }
  bool operator()(const IntegerRange&) const {
    return kind == ColumnKind::kInteger || kind == ColumnKind::kDate ||
           kind == ColumnKind::kBoolean;
  }
  bool operator()(const FloatRange&) const { return kind == ColumnKind::kFloat; }
  bool operator()(const TextAny&) const { return kind == ColumnKind::kText; }
  bool operator()(const TextPhrase&) const { return kind == ColumnKind::kText; }
  bool operator()(const TextGlob&) const { return kind == ColumnKind::kText; }
  bool operator()(const TextRange&) const { return kind == ColumnKind::kText; }
  bool operator()(const RelativeDateRange&) const { return kind == ColumnKind::kDate; }
  bool operator()(const ObjectMatch&) const { return kind == ColumnKind::kObject; }
  bool operator()(const InSet& in) const {
    switch (in.values->kind()) {
      case ValueSet::Kind::kTexts:
        return kind == ColumnKind::kString;
      case ValueSet::Kind::kAddresses:
        return kind == ColumnKind::kAddress;
      case ValueSet::Kind::kIntegers:
        return (*this)(IntegerRange{});
      case ValueSet::Kind::kFloats:
        return kind == ColumnKind::kFloat;
    }
    return false;
  }
};

/// What is wrong with an atom by itself; empty if nothing is.
struct ProblemOf {
  static bool HasHostBits(const IpPrefix& prefix) {
    for (std::size_t bit = prefix.length; bit < 128; ++bit) {
      if ((prefix.network.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return true;
    }
    return false;
  }
  std::string_view operator()(const Glob& glob) const {
    return glob.pieces.empty() ? "is a glob without pieces" : "";
  }
  std::string_view operator()(const IpPrefix& prefix) const {
    if (prefix.length > 128) return "is a prefix longer than 128 bits";
    return HasHostBits(prefix) ? "is a prefix with bits set behind its length" : "";
  }
  std::string_view operator()(const AddressRange& range) const {
    return range.last < range.first ? "is a range whose last address is before its first" : "";
  }
  std::string_view operator()(const FloatRange& range) const {
    return std::isnan(range.low) || std::isnan(range.high) ? "is a range with a bound NaN" : "";
  }
  std::string_view operator()(const TextAny& text) const {
    return text.tokens.empty() ? "asks for one of no tokens" : "";
  }
  std::string_view operator()(const TextPhrase& text) const {
    return text.tokens.empty() ? "asks for a phrase of no tokens" : "";
  }
  std::string_view operator()(const TextGlob& text) const { return (*this)(text.glob); }
  std::string_view operator()(const TextRange& text) const {
    return text.range.is_numeric ? "is a range of tokens as numbers" : "";
  }
  std::string_view operator()(const RelativeDateRange& range) const {
    if (range.run_interval < 0) return "is a range of dates by runs of a negative interval";
    const auto is_date = [](const std::optional<std::string>& bound) {
      return !bound || ParseDateMath(*bound).has_value();
    };
    return is_date(range.low) && is_date(range.high) ? "" : "is a range of dates that are none";
  }
  std::string_view operator()(const ObjectMatch& match) const {
    return match.query.size() == 1 && match.query[0].outputs.size() == 1
               ? ""
               : "asks an object for other than one thing";
  }
  std::string_view operator()(const auto&) const { return ""; }
};

Result<void> VerifySizes(const Program& program, const ProgramLimits& limits) {
  TRIPLINE_TRY_VOID(CheckCount("fields", program.fields.size(), limits.fields));
  TRIPLINE_TRY_VOID(CheckCount("leaves", program.leaves.size(), limits.leaves));
  TRIPLINE_TRY_VOID(CheckCount("nodes", program.nodes.size(), limits.nodes));
  TRIPLINE_TRY_VOID(CheckCount("operands", program.operands.size(), limits.operands));
  TRIPLINE_TRY_VOID(CheckCount("outputs", program.outputs.size(), limits.outputs));
  std::uint64_t num_atoms = 0;
  std::uint64_t num_bytes = 0;
  std::uint64_t num_list_bytes = 0;
  for (const Field& field : program.fields) {
    num_bytes += field.name.size() + field.source.size() + TextSize::OfAll(field.except);
  }
  for (const Leaf& leaf : program.leaves) {
    num_atoms += leaf.atoms.size();
    for (const Atom& atom : leaf.atoms) {
      num_bytes += std::visit(TextSize{}, atom);
      const auto* const in = std::get_if<InSet>(&atom);
      num_list_bytes += in == nullptr ? 0 : in->values->memory_bytes();
    }
  }
  TRIPLINE_TRY_VOID(CheckCount("atoms", num_atoms, limits.atoms));
  TRIPLINE_TRY_VOID(CheckCount("bytes of value lists", num_list_bytes, limits.list_bytes));
  return CheckCount("bytes of text", num_bytes, limits.string_bytes);
}

bool FitsForm(const Field& field) {
  switch (field.form) {
    case NumberForm::kPlain:
      return true;
    case NumberForm::kSingle:
    case NumberForm::kHalf:
      return field.kind == ColumnKind::kFloat;
    case NumberForm::kScaled:
      return field.kind == ColumnKind::kInteger && std::isfinite(field.scale) && field.scale > 0;
    case NumberForm::kUnsigned:
      return field.kind == ColumnKind::kInteger;
    case NumberForm::kNanos:
      return field.kind == ColumnKind::kDate;
  }
  return false;
}

Result<void> VerifyFields(const std::vector<Field>& fields, std::uint32_t levels) {
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (levels == 0) return Invalid("field", i, "lies below too many levels of objects");
    if (field.name.empty()) return Invalid("field", i, "has no name");
    if (field.kind > ColumnKind::kObject) return Invalid("field", i, "is of an unknown kind");
    if (field.analysis.tokenizer > Tokenizer::kKeyword ||
        (field.analysis != Analysis::kStandard && field.kind != ColumnKind::kText)) {
      return Invalid("field", i, "has an analyzer that its kind lacks");
    }
    if (!field.date_format.empty() &&
        (field.kind != ColumnKind::kDate || !DateFormat::Parse(field.date_format))) {
      return Invalid("field", i, "has a date format that its kind lacks, or that is not known");
    }
    if (!FitsForm(field)) return Invalid("field", i, "has numbers of a form that its kind lacks");
    if (field.kind != ColumnKind::kObject && !field.inner.empty()) {
      return Invalid("field", i, "has fields inside and is no object");
    }
    TRIPLINE_TRY_VOID(VerifyFields(field.inner, levels - 1));
    if (!names.insert(field.name).second) {
      return Invalid("field", i, "has the name of an earlier field, '" + field.name + "'");
    }
  }
  return {};
}

Result<void> VerifyWithin(const Program& program, const ProgramLimits& limits,
                          std::uint32_t levels);

// The query of a group over nested objects, which asks of what an object of the field has.
Result<void> VerifyObjectMatch(const Field& field, std::size_t leaf, const Atom& atom,
                               const ProgramLimits& limits, std::uint32_t levels) {
  const auto* const match = std::get_if<ObjectMatch>(&atom);
  if (match == nullptr) return {};
  if (levels <= 1) return Invalid("leaf", leaf, "asks too many levels of objects");
  const Program& query = match->query.front();
  if (query.fields != field.inner) {
    return Invalid("leaf", leaf, "asks objects for other fields than they have");
  }
  return VerifyWithin(query, limits, levels - 1);
}

Result<void> VerifyLeaves(const Program& program, const ProgramLimits& limits,
                          std::uint32_t levels) {
  for (std::size_t i = 0; i < program.leaves.size(); ++i) {
    const Leaf& leaf = program.leaves[i];
    if (leaf.field >= program.fields.size()) {
      return Invalid("leaf", i,
                     "is on field " + std::to_string(leaf.field) + ", but there are " +
                         std::to_string(program.fields.size()));
    }
    if (leaf.atoms.empty()) return Invalid("leaf", i, "has no atoms");
    const ColumnKind kind = program.fields[leaf.field].kind;
    for (std::size_t j = 0; j < leaf.atoms.size(); ++j) {
      const Atom& atom = leaf.atoms[j];
      const std::string_view problem = std::visit(ProblemOf{}, atom);
      const std::string which = "has an atom " + std::to_string(j) + " that ";
      if (!problem.empty()) return Invalid("leaf", i, which + std::string(problem));
      if (kind != ColumnKind::kDelegated && !std::visit(FitsKind{kind}, atom)) {
        return Invalid("leaf", i,
                       which + "no column of kind " + std::string(KindName(kind)) +
                           " can answer: " + Print(atom));
      }
      TRIPLINE_TRY_VOID(VerifyObjectMatch(program.fields[leaf.field], i, atom, limits, levels));
    }
  }
  return {};
}

Result<void> VerifyOperand(std::size_t node, NodeIndex operand) {
  if (operand < node) return {};
  return Invalid("node", node,
                 "has the operand " + std::to_string(operand) + ", which does not stand before it");
}

Result<void> VerifyJunction(const Program& program, std::size_t index) {
  const Node& node = program.nodes[index];
  if (node.count < 2) return Invalid("node", index, "joins fewer than two operands");
  if (node.first > program.operands.size() || node.count > program.operands.size() - node.first) {
    return Invalid(
        "node", index,
        "has operands outside of the program's list of " + std::to_string(program.operands.size()));
  }
  for (std::uint32_t i = 0; i < node.count; ++i) {
    TRIPLINE_TRY_VOID(VerifyOperand(index, program.operands[node.first + i]));
  }
  return {};
}

Result<void> VerifyNode(const Program& program, std::size_t index) {
  const Node& node = program.nodes[index];
  const bool is_junction = node.op == Op::kAnd || node.op == Op::kOr;
  if (!is_junction && node.count != 0) {
    return Invalid("node", index,
                   "counts operands, which " + std::string(OpName(node.op)) + " does not have");
  }
  switch (node.op) {
    case Op::kFalse:
    case Op::kTrue:
      if (node.first == 0) return {};
      return Invalid("node", index, "is a constant with an operand");
    case Op::kLeaf:
      if (node.first < program.leaves.size()) return {};
      return Invalid("node", index,
                     "is leaf " + std::to_string(node.first) + ", but there are " +
                         std::to_string(program.leaves.size()));
    case Op::kNot:
      return VerifyOperand(index, node.first);
    case Op::kAnd:
    case Op::kOr:
      return VerifyJunction(program, index);
  }
  return Invalid("node", index, "has an unknown operation");
}

Result<void> VerifyWithin(const Program& program, const ProgramLimits& limits,
                          std::uint32_t levels) {
  TRIPLINE_TRY_VOID(VerifySizes(program, limits));
  TRIPLINE_TRY_VOID(VerifyFields(program.fields, levels));
  TRIPLINE_TRY_VOID(VerifyLeaves(program, limits, levels));
  for (std::size_t i = 0; i < program.nodes.size(); ++i) {
    TRIPLINE_TRY_VOID(VerifyNode(program, i));
  }
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    if (program.outputs[i] >= program.nodes.size()) {
      return Invalid("output", i,
                     "is node " + std::to_string(program.outputs[i]) + ", but there are " +
                         std::to_string(program.nodes.size()));
    }
  }
  return {};
}

}  // namespace

Result<void> Verify(const Program& program, const ProgramLimits& limits) {
  return VerifyWithin(program, limits, kMaxObjectLevels);
}

}  // namespace tripline::jit

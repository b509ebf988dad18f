// Writing is one walk over the vectors; reading is the same walk with a bound before every
// allocation: a count must fit the bytes that are left and the limit that the caller set. Meaning
// (indices, post-order, atoms against kinds) is left to Verify, which runs last.
#include "jit/program_bytes.h"

#include <utility>

#include "jit/atom_bytes.h"

namespace tripline::jit {
namespace {

constexpr std::string_view kMagic = "TLPG";
constexpr std::uint8_t kNumKinds = static_cast<std::uint8_t>(ColumnKind::kObject) + 1;
constexpr std::uint8_t kNumForms = static_cast<std::uint8_t>(NumberForm::kNanos) + 1;
// An analysis is a byte: the tokenizer, and a bit for each filter.
constexpr std::uint8_t kTokenizerBits = 3;
constexpr std::uint8_t kLowercases = 4;
constexpr std::uint8_t kDropsStopWords = 8;
constexpr std::uint8_t kNumAnalyses = 16;
constexpr std::uint8_t kNumOps = static_cast<std::uint8_t>(Op::kOr) + 1;

class ProgramReader {
 public:
  ProgramReader(std::string_view bytes, const ReadBudget& budget)
      : reader_(bytes, "a compiled program"),
        limits_(budget.limits),
        inner_{budget.limits, budget.levels - 1},
        atoms_left_(limits_.atoms),
        strings_left_(limits_.leaves) {}

  Result<Program> ReadProgram() {
    Program program;
    TRIPLINE_TRY_VOID(ReadHeader());
    TRIPLINE_TRY(program.fields, ReadFields(inner_.levels));
    TRIPLINE_TRY_VOID(ReadLeaves(program));
    TRIPLINE_TRY_VOID(ReadNodes(program));
    TRIPLINE_TRY(program.operands, ReadIndices(limits_.operands, "operands"));
    TRIPLINE_TRY(program.outputs, ReadIndices(limits_.outputs, "outputs"));
    if (!reader_.AtEnd()) return reader_.Damaged("the end");
    return program;
  }

 private:
  Result<void> ReadHeader() {
    TRIPLINE_TRY(const std::string_view magic, reader_.Take(kMagic.size()));
    if (magic != kMagic) return reader_.Damaged("\"TLPG\" as the first four bytes");
    TRIPLINE_TRY(const auto version, reader_.Number<std::uint32_t>());
    if (version != kProgramVersion) {
      return Fail(ErrorCode::kUnsupported,
                  "a compiled program of version " + std::to_string(version) +
                      ", but this build reads version " + std::to_string(kProgramVersion) +
                      ": compile the rules again");
    }
    return {};
  }

  // `levels`: how far fields may go down from here.
  Result<std::vector<Field>> ReadFields(std::uint32_t levels) {
    TRIPLINE_TRY(const auto count, ReadCount(33, limits_.fields, "fields"));
    if (count > 0 && levels == 0) return TooDeep();
    std::vector<Field> fields(count);
    for (Field& field : fields) {
      TRIPLINE_TRY(const std::string_view name, reader_.String());
      field.name = name;
      TRIPLINE_TRY(const auto kind, ReadBelow(reader_, kNumKinds, "the kind of a field"));
      field.kind = static_cast<ColumnKind>(kind);
      TRIPLINE_TRY(field.ignore_above, reader_.Number<std::uint32_t>());
      TRIPLINE_TRY(const std::string_view source, reader_.String());
      field.source = source;
      TRIPLINE_TRY(const auto is_pattern, ReadBelow(reader_, 2, "a flag"));
      field.is_pattern = is_pattern == 1;
      TRIPLINE_TRY(const auto lowercases, ReadBelow(reader_, 2, "a flag"));
      field.lowercases = lowercases == 1;
      TRIPLINE_TRY(const auto form, ReadBelow(reader_, kNumForms, "the form of a number"));
      field.form = static_cast<NumberForm>(form);
      TRIPLINE_TRY(field.scale, reader_.Number<double>());
      TRIPLINE_TRY(const auto analysis, ReadBelow(reader_, kNumAnalyses, "the analyzer of a text"));
      field.analysis = {static_cast<Tokenizer>(analysis & kTokenizerBits),
                        (analysis & kLowercases) != 0, (analysis & kDropsStopWords) != 0};
      TRIPLINE_TRY(const std::string_view date_format, reader_.String());
      field.date_format = date_format;
      TRIPLINE_TRY_VOID(ReadStrings(field.except));
      TRIPLINE_TRY(field.inner, ReadFields(levels - 1));
    }
    return fields;
  }

  Result<void> ReadStrings(std::vector<std::string>& strings) {
    TRIPLINE_TRY(const auto count, ReadCount(4, strings_left_, "paths"));
    strings_left_ -= count;
    strings.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      TRIPLINE_TRY(const std::string_view string, reader_.String());
      strings.emplace_back(string);
    }
    return {};
  }

  Result<void> ReadLeaves(Program& program) {
    TRIPLINE_TRY(const auto count, ReadCount(8, limits_.leaves, "leaves"));
    program.leaves.resize(count);
    for (Leaf& leaf : program.leaves) {
      TRIPLINE_TRY(leaf.field, reader_.Number<std::uint32_t>());
      TRIPLINE_TRY(const auto num_atoms, ReadCount(1, atoms_left_, "atoms"));
      atoms_left_ -= num_atoms;
      leaf.atoms.reserve(num_atoms);
      for (std::uint32_t i = 0; i < num_atoms; ++i) {
        TRIPLINE_TRY(Atom atom, ReadAtom(reader_, inner_));
        leaf.atoms.push_back(std::move(atom));
      }
    }
    return {};
  }

  Result<void> ReadNodes(Program& program) {
    TRIPLINE_TRY(const auto count, ReadCount(9, limits_.nodes, "nodes"));
    program.nodes.resize(count);
    for (Node& node : program.nodes) {
      TRIPLINE_TRY(const auto op, ReadBelow(reader_, kNumOps, "the operation of a node"));
      node.op = static_cast<Op>(op);
      TRIPLINE_TRY(node.first, reader_.Number<std::uint32_t>());
      TRIPLINE_TRY(node.count, reader_.Number<std::uint32_t>());
    }
    return {};
  }

  Result<std::vector<NodeIndex>> ReadIndices(std::uint32_t limit, std::string_view what) {
    TRIPLINE_TRY(const auto count, ReadCount(4, limit, what));
    std::vector<NodeIndex> indices(count);
    for (NodeIndex& index : indices) {
      TRIPLINE_TRY(index, reader_.Number<NodeIndex>());
    }
    return indices;
  }

  Result<std::uint32_t> ReadCount(std::size_t min_bytes_each, std::uint32_t limit,
                                  std::string_view what) {
    TRIPLINE_TRY(const auto count, reader_.Count(min_bytes_each));
    if (count > limit) return TooMany(what, limit);
    return count;
  }

  static std::unexpected<Error> TooMany(std::string_view what, std::uint64_t limit) {
    return Fail(ErrorCode::kLimit, "a compiled program has too many " + std::string(what) + ": " +
                                       std::to_string(limit) +
                                       " is the limit; split the rules into several rulesets");
  }

  static std::unexpected<Error> TooDeep() {
    return Fail(ErrorCode::kLimit, "a compiled program has more than " +
                                       std::to_string(kMaxObjectLevels) +
                                       " levels of nested objects");
  }

  ByteReader reader_;
  const ProgramLimits& limits_;
  ReadBudget inner_;
  std::uint32_t atoms_left_;
  std::uint32_t strings_left_;
};

void WriteIndices(ByteWriter& writer, const std::vector<NodeIndex>& indices) {
  writer.Number(static_cast<std::uint32_t>(indices.size()));
  for (const NodeIndex index : indices) writer.Number(index);
}

std::uint8_t AnalysisByte(const Analysis& analysis) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(analysis.tokenizer) |
                                   (analysis.lowercases ? kLowercases : 0U) |
                                   (analysis.drops_stop_words ? kDropsStopWords : 0U));
}

void WriteFields(ByteWriter& writer, const std::vector<Field>& fields) {
  writer.Number(static_cast<std::uint32_t>(fields.size()));
  for (const Field& field : fields) {
    writer.String(field.name);
    writer.Number(static_cast<std::uint8_t>(field.kind));
    writer.Number(field.ignore_above);
    writer.String(field.source);
    writer.Number<std::uint8_t>(field.is_pattern ? 1 : 0);
    writer.Number<std::uint8_t>(field.lowercases ? 1 : 0);
    writer.Number(static_cast<std::uint8_t>(field.form));
    writer.Number(field.scale);
    writer.Number(AnalysisByte(field.analysis));
    writer.String(field.date_format);
    writer.Number(static_cast<std::uint32_t>(field.except.size()));
    for (const std::string& path : field.except) writer.String(path);
    WriteFields(writer, field.inner);
  }
}

}  // namespace

std::string Serialize(const Program& program) {
  ByteWriter writer;
  for (const char letter : kMagic) writer.Number(letter);
  writer.Number(kProgramVersion);
  WriteFields(writer, program.fields);
  writer.Number(static_cast<std::uint32_t>(program.leaves.size()));
  for (const Leaf& leaf : program.leaves) {
    writer.Number(leaf.field);
    writer.Number(static_cast<std::uint32_t>(leaf.atoms.size()));
    for (const Atom& atom : leaf.atoms) AppendAtom(writer, atom);
  }
  writer.Number(static_cast<std::uint32_t>(program.nodes.size()));
  for (const Node& node : program.nodes) {
    writer.Number(static_cast<std::uint8_t>(node.op));
    writer.Number(node.first);
    writer.Number(node.count);
  }
  WriteIndices(writer, program.operands);
  WriteIndices(writer, program.outputs);
  return writer.Take();
}

Result<Program> Deserialize(std::string_view bytes, const ProgramLimits& limits) {
  const ReadBudget budget{limits};
  TRIPLINE_TRY(Program program, ProgramReader(bytes, budget).ReadProgram());
  TRIPLINE_TRY_VOID(Verify(program, limits));
  return program;
}

Result<Program> DeserializeInner(std::string_view bytes, const ReadBudget& budget) {
  if (budget.levels == 0) {
    return Fail(ErrorCode::kLimit, "a compiled program has too many levels of nested objects");
  }
  return ProgramReader(bytes, budget).ReadProgram();
}

}  // namespace tripline::jit

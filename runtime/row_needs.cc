// Guards are conjunctions of clauses, each a disjunction of leaves. Of an output's guard those
// clauses are kept whose leaves all stand on gate fields: string fields that many outputs' guards
// ask alone. Whether such a field has few values shows at run time; one that turns out to have many
// no longer gates anything.
#include "runtime/row_needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "jit/guards.h"
#include "runtime/anomaly/job_run.h"

namespace tripline::runtime {
namespace {

// A field gates if so large a part of all outputs asks for it.
constexpr std::size_t kShareOfOutputs = 50;  // one in so many
constexpr std::size_t kMaxGateFields = 12;
constexpr std::size_t kManyValues = 512;

// The columns that leaves below each node stand on.
std::vector<std::set<std::uint32_t>> ColumnsOfNodes(const jit::Program& program) {
  std::vector<std::set<std::uint32_t>> columns(program.nodes.size());
  for (std::size_t i = 0; i < program.nodes.size(); ++i) {
    const jit::Node& node = program.nodes[i];
    if (node.op == jit::Op::kLeaf) {
      columns[i].insert(program.leaves[node.first].field);
    } else if (node.op == jit::Op::kNot) {
      columns[i] = columns[node.first];
    }
    for (std::uint32_t k = 0; k < node.count; ++k) {
      const auto& of_operand = columns[program.operands[node.first + k]];
      columns[i].insert(of_operand.begin(), of_operand.end());
    }
  }
  return columns;
}

}  // namespace

class RowNeeds::Maker {
 public:
  Maker(const Ruleset& ruleset, std::shared_ptr<const MatchEngine> engine)
      : ruleset_(ruleset), program_(ruleset.program), guards_(jit::FindGuards(program_)) {
    needs_->engine_ = std::move(engine);
  }

  std::shared_ptr<const RowNeeds> Make() {
    ChooseGateFields();
    for (const std::uint32_t field : gate_fields_) {
      const jit::FieldDecider* const decider = needs_->engine_->DeciderOf(field);
      std::vector<std::uint32_t> none(decider->leaves().size(), kNoLeaf);
      needs_->gate_fields_.push_back({field, decider, std::move(none)});
    }
    AddReaders();
    const bool spares_any = std::ranges::find(needs_->is_spared_, true) != needs_->is_spared_.end();
    return spares_any ? std::move(needs_) : nullptr;
  }

 private:
  // The field that all leaves of a clause stand on, if it is one and can gate.
  std::optional<std::uint32_t> FieldOf(const std::vector<jit::LeafIndex>& clause) const {
    const std::uint32_t field = program_.leaves[clause.front()].field;
    const jit::Field& facts = program_.fields[field];
    const bool is_one = std::ranges::all_of(
        clause, [&](jit::LeafIndex leaf) { return program_.leaves[leaf].field == field; });
    return is_one && facts.kind == jit::ColumnKind::kString && !facts.is_pattern
               ? std::optional(field)
               : std::nullopt;
  }

  void ChooseGateFields() {
    std::map<std::uint32_t, std::size_t> num_outputs;
    for (const jit::NodeIndex output : program_.outputs) {
      std::set<std::uint32_t> asked;
      for (const auto& clause : guards_[output].clauses) {
        if (const std::optional<std::uint32_t> field = FieldOf(clause)) {
          asked.insert(*field);
        }
      }
      for (const std::uint32_t field : asked) {
        ++num_outputs[field];
      }
    }
    std::vector<std::pair<std::size_t, std::uint32_t>> most;
    for (const auto& [field, count] : num_outputs) {
      if (count * kShareOfOutputs >= program_.outputs.size()) {
        most.emplace_back(count, field);
      }
    }
    std::ranges::sort(most, std::greater());
    most.resize(std::min(most.size(), kMaxGateFields));
    for (const auto& [count, field] : most) {
      gate_fields_.push_back(field);
    }
  }

  void AddReaders() {
    std::vector<std::set<std::uint32_t>> columns_of_output;
    const std::vector<std::set<std::uint32_t>> of_nodes = ColumnsOfNodes(program_);
    for (const jit::NodeIndex output : program_.outputs) {
      columns_of_output.push_back(of_nodes[output]);
    }
    std::set<std::uint32_t> read;  // by anybody who looks at rows of an output alone
    const auto add = [&](jit::OutputIndex output, const std::vector<std::string>& fields) {
      for (const std::string& field : fields) {
        if (const auto column = ruleset_.ColumnOf(field)) {
          columns_of_output[output].insert(*column);
        }
      }
    };
    for (const RuleSpec& rule : ruleset_.rules) {
      if (rule.query) {
        add(*rule.query, rule.new_terms_fields);
      }
    }
    for (const AnomalyJobSpec& job : ruleset_.jobs) {
      if (job.query) {
        add(*job.query, JobRun::FieldsOf(job));
      }
    }
    std::map<std::vector<ClauseIndex>, std::set<std::uint32_t>> readers;
    for (jit::OutputIndex output = 0; output < program_.outputs.size(); ++output) {
      const jit::Guard& guard = guards_[program_.outputs[output]];
      read.insert(columns_of_output[output].begin(), columns_of_output[output].end());
      if (!guard.is_never) {
        readers[ClausesOf(guard)].merge(std::set(columns_of_output[output]));
      }
    }
    const std::vector<ClauseIndex> no_guard;
    SpareColumns(read, readers[no_guard]);
    readers.erase(no_guard);
    for (auto& [clauses, columns] : readers) {
      std::erase_if(columns, [this](std::uint32_t column) { return !needs_->is_spared_[column]; });
      if (!columns.empty()) {
        needs_->readers_.push_back({clauses, {columns.begin(), columns.end()}});
      }
    }
  }

  // A column is spared if somebody's guard decides over all who read it.
  void SpareColumns(const std::set<std::uint32_t>& read, const std::set<std::uint32_t>& always) {
    std::set<std::string> times = {"@timestamp", "event.ingested"};
    for (const RuleSpec& rule : ruleset_.rules) {
      times.insert(rule.timestamp_override);
    }
    needs_->is_spared_.resize(ruleset_.columns.size());
    for (const std::uint32_t column : read) {
      const jit::Field& field = ruleset_.columns[column];
      needs_->is_spared_[column] =
          !always.contains(column) && !times.contains(field.name) &&
          (field.kind == jit::ColumnKind::kString || field.kind == jit::ColumnKind::kText ||
           field.kind == jit::ColumnKind::kAddress);
    }
  }

  std::vector<ClauseIndex> ClausesOf(const jit::Guard& guard) {
    std::vector<ClauseIndex> clauses;
    for (const auto& leaves : guard.clauses) {
      if (const std::optional<ClauseIndex> clause = ClauseOf(leaves)) {
        clauses.push_back(*clause);
      }
    }
    std::ranges::sort(clauses);
    return clauses;
  }

  // None if some leaf of it is on a field that does not gate.
  std::optional<ClauseIndex> ClauseOf(const std::vector<jit::LeafIndex>& leaves) {
    const auto known = clause_of_leaves_.find(leaves);
    if (known != clause_of_leaves_.end()) {
      return known->second;
    }
    Clause clause;
    for (const jit::LeafIndex leaf : leaves) {
      const auto field = std::ranges::find(gate_fields_, program_.leaves[leaf].field);
      if (field == gate_fields_.end()) {
        return std::nullopt;
      }
      const auto number = static_cast<std::uint32_t>(field - gate_fields_.begin());
      clause.fields.push_back(number);
      clause.gate_leaves.push_back(GateLeafOf(needs_->gate_fields_[number], leaf));
    }
    const auto index = static_cast<ClauseIndex>(needs_->clauses_.size());
    needs_->clauses_.push_back(std::move(clause));
    clause_of_leaves_.emplace(leaves, index);
    return index;
  }

  std::uint32_t GateLeafOf(GateField& field, jit::LeafIndex leaf) {
    const auto place = std::ranges::find(field.decider->leaves(), leaf);
    std::uint32_t& gate_leaf =
        field.gate_leaf[static_cast<std::size_t>(place - field.decider->leaves().begin())];
    if (gate_leaf == kNoLeaf) {
      gate_leaf = needs_->num_gate_leaves_++;
    }
    return gate_leaf;
  }

  const Ruleset& ruleset_;
  const jit::Program& program_;
  std::vector<jit::Guard> guards_;
  std::vector<std::uint32_t> gate_fields_;
  std::map<std::vector<jit::LeafIndex>, ClauseIndex> clause_of_leaves_;
  std::shared_ptr<RowNeeds> needs_ = std::make_shared<RowNeeds>();
};

std::shared_ptr<const RowNeeds> RowNeeds::Make(const Ruleset& ruleset,
                                               std::shared_ptr<const MatchEngine> engine) {
  return Maker(ruleset, std::move(engine)).Make();
}

RowGate::RowGate(std::shared_ptr<const RowNeeds> needs)
    : needs_(std::move(needs)),
      known_(needs_->gate_fields_.size()),
      leaf_rows_(needs_->num_gate_leaves_),
      clause_rows_(needs_->clauses_.size()),
      is_clause_empty_(needs_->clauses_.size()),
      wanted_(needs_->is_spared_.size()) {
  for (const RowNeeds::GateField& field : needs_->gate_fields_) {
    (void)field.decider->Fit(scratch_);
  }
}

void RowGate::Settle(std::uint32_t first_row, std::vector<ColumnBuilder>& columns,
                     std::span<const std::uint32_t> touched) {
  std::ranges::fill(leaf_rows_, Rows{});
  for (std::size_t field = 0; field < known_.size(); ++field) {
    if (!known_[field].has_many) {
      ColumnBuilder& column = columns[needs_->gate_fields_[field].column];
      column.Settle();
      ReadGateField(field, first_row, column);
    }
  }
  EvaluateClauses();
  EvaluateReaders();
  for (const std::uint32_t i : touched) {
    if (needs_->is_spared_[i]) {
      columns[i].SettleRows(first_row, wanted_[i]);
    } else {
      columns[i].Settle();
    }
  }
}

void RowGate::ReadGateField(std::size_t field, std::uint32_t first_row,
                            const ColumnBuilder& column) {
  Known& known = known_[field];
  const DictionaryView dictionary = column.dictionary();
  if (known.dictionary_id != dictionary.id) {
    known.leaves_of_code.clear();
    known.dictionary_id = dictionary.id;
  }
  known.has_many = dictionary.values.size() > kManyValues;
  if (known.has_many) {
    return;
  }
  const auto first_slot = std::ranges::lower_bound(column.rows(), first_row);
  for (auto slot = static_cast<std::size_t>(first_slot - column.rows().begin());
       slot < column.codes().size(); ++slot) {
    const std::uint32_t row = column.rows()[slot] - first_row;
    for (const std::uint32_t leaf : LeavesOf(field, dictionary, column.codes()[slot])) {
      leaf_rows_[leaf][row / 64] |= std::uint64_t{1} << (row % 64);
    }
  }
}

const std::vector<std::uint32_t>& RowGate::LeavesOf(std::size_t field,
                                                    const DictionaryView& dictionary,
                                                    std::uint32_t code) {
  Known& known = known_[field];
  known.leaves_of_code.resize(dictionary.values.size());
  std::optional<std::vector<std::uint32_t>>& leaves = known.leaves_of_code[code];
  if (!leaves) {
    const RowNeeds::GateField& gate = needs_->gate_fields_[field];
    gate.decider->DecideBytes(dictionary.values[code], scratch_, &positions_);
    leaves.emplace();
    for (const std::uint32_t position : positions_) {
      if (gate.gate_leaf[position] != RowNeeds::kNoLeaf) {
        leaves->push_back(gate.gate_leaf[position]);
      }
    }
  }
  return *leaves;
}

void RowGate::EvaluateClauses() {
  for (std::size_t i = 0; i < clause_rows_.size(); ++i) {
    const RowNeeds::Clause& clause = needs_->clauses_[i];
    const bool lets_all = std::ranges::any_of(
        clause.fields, [this](std::uint32_t field) { return known_[field].has_many; });
    Rows rows{};
    std::uint64_t any = 0;
    for (std::uint32_t word = 0; word < kWords; ++word) {
      for (const std::uint32_t leaf : clause.gate_leaves) {
        rows[word] |= leaf_rows_[leaf][word];
      }
      rows[word] = lets_all ? ~std::uint64_t{0} : rows[word];
      any |= rows[word];
    }
    clause_rows_[i] = rows;
    is_clause_empty_[i] = any == 0;
  }
}

void RowGate::EvaluateReaders() {
  std::ranges::fill(wanted_, Rows{});
  for (const RowNeeds::Reader& reader : needs_->readers_) {
    if (std::ranges::any_of(reader.clauses,
                            [this](std::uint32_t i) { return is_clause_empty_[i]; })) {
      continue;
    }
    Rows rows;
    rows.fill(~std::uint64_t{0});
    std::uint64_t any = 0;
    for (std::uint32_t word = 0; word < kWords; ++word) {
      for (const std::uint32_t clause : reader.clauses) {
        rows[word] &= clause_rows_[clause][word];
      }
      any |= rows[word];
    }
    for (std::size_t i = 0; any != 0 && i < reader.columns.size(); ++i) {
      Rows& wanted = wanted_[reader.columns[i]];
      for (std::uint32_t word = 0; word < kWords; ++word) {
        wanted[word] |= rows[word];
      }
    }
  }
}

}  // namespace tripline::runtime

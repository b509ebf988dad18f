// Making sorts the atoms of all leaves into what their tables are made of; deciding asks one table.
#include "jit/field_decider.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "jit/atoms.h"
#include "jit/object_value.h"
#include "jit/value_set.h"

namespace tripline::jit {
namespace {

std::optional<IntervalSet<std::int64_t>::Interval> IntervalOf(const IntegerRange& range,
                                                              std::uint32_t position) {
  if (range.last < range.first) return std::nullopt;
  const bool has_end = range.last != std::numeric_limits<std::int64_t>::max();
  return IntervalSet<std::int64_t>::Interval{
      range.first, has_end ? std::optional(range.last + 1) : std::nullopt, position};
}

std::optional<IntervalSet<double>::Interval> IntervalOf(const FloatRange& range,
                                                        std::uint32_t position) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (std::isnan(range.low) || std::isnan(range.high)) return std::nullopt;
  // Nothing is greater than infinity, and what follows a double is the next double.
  if (!range.includes_low && range.low == kInfinity) return std::nullopt;
  const bool has_end = !range.includes_high || range.high != kInfinity;
  const double begin = range.includes_low ? range.low : std::nextafter(range.low, kInfinity);
  const double end = range.includes_high ? std::nextafter(range.high, kInfinity) : range.high;
  return IntervalSet<double>::Interval{begin, has_end ? std::optional(end) : std::nullopt,
                                       position};
}

bool IsInteger(ColumnKind kind) {
  return kind == ColumnKind::kInteger || kind == ColumnKind::kDate || kind == ColumnKind::kBoolean;
}

}  // namespace

/// The atoms of a field, sorted by what decides them.
struct FieldDecider::Parts {
  std::vector<std::uint32_t> always;
  StringAtoms strings;
  TextAtoms texts;
  PrefixSet::Builder addresses;
  std::vector<std::pair<ObjectMatch, std::uint32_t>> objects;
  std::vector<Integers::Interval> integers;
  std::vector<Floats::Interval> floats;
  std::vector<Listed> lists;
};

/// Puts one atom where it belongs; false if the field's kind cannot answer it.
class FieldDecider::Sorter {
 public:
  Sorter(ColumnKind kind, std::uint32_t position, Parts* parts)
      : kind_(kind), position_(position), parts_(*parts) {}

  bool operator()(const Exists&) const {
    parts_.always.push_back(position_);
    return true;
  }
  bool operator()(const Term& term) const {
    parts_.strings.terms.emplace_back(term.value, position_);
    return kind_ == ColumnKind::kString;
  }
  bool operator()(const Glob& glob) const {
    parts_.strings.globs.emplace_back(glob, position_);
    return kind_ == ColumnKind::kString;
  }
  bool operator()(const StringRange& range) const {
    parts_.strings.ranges.emplace_back(range, position_);
    return kind_ == ColumnKind::kString;
  }
  bool operator()(const IpPrefix& prefix) const {
    parts_.addresses.Add(prefix, position_);
    return kind_ == ColumnKind::kAddress;
  }
  bool operator()(const AddressRange& range) const {
    parts_.addresses.Add(range, position_);
    return kind_ == ColumnKind::kAddress;
  }
  bool operator()(const IntegerRange& range) const {
    const auto interval = IntervalOf(range, position_);
    if (interval) parts_.integers.push_back(*interval);
    return IsInteger(kind_);
  }
  bool operator()(const FloatRange& range) const {
    const auto interval = IntervalOf(range, position_);
    if (interval) parts_.floats.push_back(*interval);
    return kind_ == ColumnKind::kFloat;
  }
  bool operator()(const TextAny& any) const {
    parts_.texts.any.emplace_back(any, position_);
    return kind_ == ColumnKind::kText;
  }
  bool operator()(const TextPhrase& phrase) const {
    parts_.texts.phrases.emplace_back(phrase, position_);
    return kind_ == ColumnKind::kText;
  }
  bool operator()(const TextGlob& glob) const {
    parts_.texts.globs.emplace_back(glob, position_);
    return kind_ == ColumnKind::kText;
  }
  bool operator()(const TextRange& range) const {
    parts_.texts.ranges.emplace_back(range, position_);
    return kind_ == ColumnKind::kText;
  }
  // Which dates it means is only known beside a clock (runtime/relative_dates.h).
  bool operator()(const RelativeDateRange&) const { return kind_ == ColumnKind::kDate; }
  bool operator()(const ObjectMatch& match) const {
    parts_.objects.emplace_back(match, position_);
    return kind_ == ColumnKind::kObject;
  }
  bool operator()(const InSet& in) const {
    parts_.lists.emplace_back(in.values, position_);
    return kind_ != ColumnKind::kText;  // a list of other values than the column's holds none
  }

 private:
  ColumnKind kind_;
  std::uint32_t position_;
  Parts& parts_;
};

FieldDecider::FieldDecider(Field field, std::vector<LeafIndex> leaves,
                           std::vector<std::uint32_t> always, std::vector<Listed> lists,
                           Table table)
    : field_(std::move(field)),
      leaves_(std::move(leaves)),
      always_(std::move(always)),
      lists_(std::move(lists)),
      table_(std::move(table)) {}

Result<FieldDecider::Table> FieldDecider::MakeTable(const Field& field, Parts parts,
                                                    const PatternLimits& limits) {
  switch (field.kind) {
    case ColumnKind::kString: {
      TRIPLINE_TRY(StringDecider strings, StringDecider::Make(std::move(parts.strings), limits));
      return Table(std::move(strings));
    }
    case ColumnKind::kText: {
      TRIPLINE_TRY(TextDecider texts,
                   TextDecider::Make(std::move(parts.texts), field.analysis, limits));
      return Table(std::move(texts));
    }
    case ColumnKind::kAddress:
      return Table(parts.addresses.Build());
    case ColumnKind::kInteger:
    case ColumnKind::kDate:
    case ColumnKind::kBoolean:
      return Table(Integers(parts.integers));
    case ColumnKind::kFloat:
      return Table(Floats(parts.floats));
    case ColumnKind::kObject:
      return Table(std::move(parts.objects));
    case ColumnKind::kDelegated:
      break;
  }
  return Fail(ErrorCode::kUsage,
              "a delegated field has no values to decide: its host answers the leaves");
}

Result<FieldDecider> FieldDecider::Make(const Program& program, FieldIndex field,
                                        const PatternLimits& limits) {
  std::vector<LeafIndex> leaves = LeavesOf(program, field);
  const ColumnKind kind = program.fields[field].kind;
  Parts parts;
  for (std::uint32_t position = 0; position < leaves.size(); ++position) {
    for (const Atom& atom : program.leaves[leaves[position]].atoms) {
      if (kind != ColumnKind::kDelegated && !std::visit(Sorter(kind, position, &parts), atom)) {
        return Fail(ErrorCode::kInvalid, "leaf " + std::to_string(leaves[position]) +
                                             " asks field '" + program.fields[field].name +
                                             "' for what its kind of values cannot answer");
      }
    }
  }
  std::vector<std::uint32_t> always = std::move(parts.always);
  std::vector<Listed> lists = std::move(parts.lists);
  TRIPLINE_TRY(Table table, MakeTable(program.fields[field], std::move(parts), limits));
  return FieldDecider(program.fields[field], std::move(leaves), std::move(always), std::move(lists),
                      std::move(table));
}

Result<void> FieldDecider::Fit(Scratch& scratch) const {
  scratch.found.Reserve(leaves_.size());
  if (const auto* const strings = std::get_if<StringDecider>(&table_)) {
    return strings->Fit(scratch.text.token);
  }
  if (const auto* const texts = std::get_if<TextDecider>(&table_)) return texts->Fit(scratch.text);
  return {};
}

void FieldDecider::DecideBytes(std::string_view value, Scratch& scratch,
                               std::vector<std::uint32_t>* positions) const {
  positions->clear();
  if (!ValueExists(field_, value)) return;
  PositionSet& found = scratch.found;
  found.Reserve(leaves_.size());
  found.Add(always_);
  if (const auto* const strings = std::get_if<StringDecider>(&table_)) {
    strings->Decide(value, scratch.text.token, &found);
  } else if (const auto* const texts = std::get_if<TextDecider>(&table_)) {
    texts->Decide(value, scratch.text, &found);
  } else if (const auto* const addresses = std::get_if<PrefixSet>(&table_)) {
    IpAddress address;
    if (value.size() == address.bytes.size()) {
      std::memcpy(address.bytes.data(), value.data(), value.size());
      addresses->Find(address, &found);
      AddLists(address, &found);
    }
  } else if (const auto* const objects = std::get_if<Objects>(&table_)) {
    for (const auto& [match, position] : *objects) {
      if (ObjectHolds(match, value)) found.Add(position);
    }
  }
  if (field_.kind == ColumnKind::kString) AddLists(value, &found);
  found.MoveTo(positions);
}

void FieldDecider::DecideInteger(std::int64_t value, Scratch& scratch,
                                 std::vector<std::uint32_t>* positions) const {
  scratch.found.Reserve(leaves_.size());
  scratch.found.Add(always_);
  if (const auto* const integers = std::get_if<Integers>(&table_)) {
    integers->Find(value, &scratch.found);
    AddLists(value, &scratch.found);
  }
  scratch.found.MoveTo(positions);
}

void FieldDecider::DecideFloat(double value, Scratch& scratch,
                               std::vector<std::uint32_t>* positions) const {
  scratch.found.Reserve(leaves_.size());
  scratch.found.Add(always_);
  const auto* const floats = std::get_if<Floats>(&table_);
  if (floats != nullptr && !std::isnan(value)) {
    floats->Find(value, &scratch.found);
    AddLists(value, &scratch.found);
  }
  scratch.found.MoveTo(positions);
}

template <class Value>
void FieldDecider::AddLists(const Value& value, PositionSet* found) const {
  for (const auto& [values, position] : lists_) {
    if (values->Contains(value)) found->Add(position);
  }
}

std::optional<std::span<const std::int64_t>> FieldDecider::integer_cuts() const {
  const auto* const integers = std::get_if<Integers>(&table_);
  return integers != nullptr && lists_.empty() ? std::optional(integers->cuts()) : std::nullopt;
}

std::optional<std::span<const double>> FieldDecider::float_cuts() const {
  const auto* const floats = std::get_if<Floats>(&table_);
  return floats != nullptr && lists_.empty() ? std::optional(floats->cuts()) : std::nullopt;
}

const PatternSet* FieldDecider::patterns() const {
  if (const auto* const strings = std::get_if<StringDecider>(&table_)) return &strings->patterns();
  if (const auto* const texts = std::get_if<TextDecider>(&table_)) return &texts->patterns();
  return nullptr;
}

}  // namespace tripline::jit

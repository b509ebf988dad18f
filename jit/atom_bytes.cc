// Writer and reader have one function per alternative of Atom, both in the order of its members.
#include "jit/atom_bytes.h"

#include <cstring>
#include <memory>
#include <utility>

#include "jit/program_bytes.h"
#include "jit/value_set.h"

namespace tripline::jit {
namespace {

void WriteFlag(ByteWriter& writer, bool flag) { writer.Number<std::uint8_t>(flag ? 1 : 0); }

void WriteStrings(ByteWriter& writer, const std::vector<std::string>& strings) {
  writer.Number(static_cast<std::uint32_t>(strings.size()));
  for (const std::string& string : strings) writer.String(string);
}

void WriteOptional(ByteWriter& writer, const std::optional<std::string>& string) {
  WriteFlag(writer, string.has_value());
  if (string) writer.String(*string);
}

void WriteAddress(ByteWriter& writer, const IpAddress& address) {
  for (const std::uint8_t byte : address.bytes) writer.Number(byte);
}

void WriteGlob(ByteWriter& writer, const Glob& glob) {
  WriteStrings(writer, glob.pieces);
  WriteFlag(writer, glob.ignores_case);
  WriteFlag(writer, glob.has_question);
}

/// One overload per alternative of Atom; Read has the same order of members.
struct AtomWriter {
  ByteWriter& writer;

  void operator()(const Exists&) const {}
  void operator()(const Term& term) const { writer.String(term.value); }
  void operator()(const Glob& glob) const { WriteGlob(writer, glob); }
  void operator()(const StringRange& range) const {
    WriteOptional(writer, range.low);
    WriteOptional(writer, range.high);
    WriteFlag(writer, range.includes_low);
    WriteFlag(writer, range.includes_high);
    WriteFlag(writer, range.is_numeric);
  }
  void operator()(const IpPrefix& prefix) const {
    WriteAddress(writer, prefix.network);
    writer.Number(prefix.length);
  }
  void operator()(const AddressRange& range) const {
    WriteAddress(writer, range.first);
    WriteAddress(writer, range.last);
  }
  void operator()(const IntegerRange& range) const {
    writer.Number(range.first);
    writer.Number(range.last);
  }
  void operator()(const FloatRange& range) const {
    writer.Number(range.low);
    writer.Number(range.high);
    WriteFlag(writer, range.includes_low);
    WriteFlag(writer, range.includes_high);
  }
  void operator()(const TextAny& text) const { WriteStrings(writer, text.tokens); }
  void operator()(const TextPhrase& text) const { WriteStrings(writer, text.tokens); }
  void operator()(const TextGlob& text) const { WriteGlob(writer, text.glob); }
  void operator()(const TextRange& text) const { (*this)(text.range); }
  void operator()(const RelativeDateRange& range) const {
    WriteOptional(writer, range.low);
    WriteOptional(writer, range.high);
    WriteFlag(writer, range.includes_low);
    WriteFlag(writer, range.includes_high);
    writer.Number(range.run_interval);
  }
  void operator()(const ObjectMatch& match) const {
    writer.Number(static_cast<std::uint32_t>(match.query.size()));
    for (const Program& query : match.query) writer.String(Serialize(query));
  }
  void operator()(const InSet& in) const { in.values->Save(writer); }
};

class AtomReader {
 public:
  AtomReader(ByteReader& reader, const ReadBudget& budget) : reader_(reader), budget_(budget) {}

  Result<Atom> Read() {
    static_assert(std::variant_size_v<Atom> == 15);
    TRIPLINE_TRY(const auto tag,
                 ReadBelow(reader_, std::variant_size_v<Atom>, "the kind of an atom"));
    switch (tag) {
      case 0:
        return Exists{};
      case 1:
        return ReadTerm();
      case 2:
        return ReadGlob();
      case 3:
        return ReadStringRange();
      case 4:
        return ReadPrefix();
      case 5:
        return ReadAddressRange();
      case 6:
        return ReadIntegerRange();
      case 7:
        return ReadFloatRange();
      case 8:
        return ReadTokens<TextAny>();
      case 9:
        return ReadTokens<TextPhrase>();
      case 10: {
        TRIPLINE_TRY(Glob glob, ReadGlob());
        return TextGlob{std::move(glob)};
      }
      case 11: {
        TRIPLINE_TRY(StringRange range, ReadStringRange());
        return TextRange{std::move(range)};
      }
      case 12:
        return ReadRelativeDateRange();
      case 13:
        return ReadObjectMatch();
      default: {  // 14: ReadBelow let nothing else through
        TRIPLINE_TRY(std::shared_ptr<const ValueSet> values, ValueSet::Load(reader_));
        return InSet{std::move(values)};
      }
    }
  }

 private:
  Result<Term> ReadTerm() {
    TRIPLINE_TRY(std::string value, ReadString());
    return Term{std::move(value)};
  }

  Result<Glob> ReadGlob() {
    Glob glob;
    TRIPLINE_TRY(glob.pieces, ReadStrings());
    TRIPLINE_TRY(glob.ignores_case, ReadFlag());
    TRIPLINE_TRY(glob.has_question, ReadFlag());
    return glob;
  }

  Result<StringRange> ReadStringRange() {
    StringRange range;
    TRIPLINE_TRY(range.low, ReadOptional());
    TRIPLINE_TRY(range.high, ReadOptional());
    TRIPLINE_TRY(range.includes_low, ReadFlag());
    TRIPLINE_TRY(range.includes_high, ReadFlag());
    TRIPLINE_TRY(range.is_numeric, ReadFlag());
    return range;
  }

  Result<IpPrefix> ReadPrefix() {
    IpPrefix prefix;
    TRIPLINE_TRY(prefix.network, ReadAddress());
    TRIPLINE_TRY(prefix.length, reader_.Number<std::uint8_t>());
    return prefix;
  }

  Result<AddressRange> ReadAddressRange() {
    AddressRange range;
    TRIPLINE_TRY(range.first, ReadAddress());
    TRIPLINE_TRY(range.last, ReadAddress());
    return range;
  }

  Result<IntegerRange> ReadIntegerRange() {
    IntegerRange range;
    TRIPLINE_TRY(range.first, reader_.Number<std::int64_t>());
    TRIPLINE_TRY(range.last, reader_.Number<std::int64_t>());
    return range;
  }

  Result<FloatRange> ReadFloatRange() {
    FloatRange range;
    TRIPLINE_TRY(range.low, reader_.Number<double>());
    TRIPLINE_TRY(range.high, reader_.Number<double>());
    TRIPLINE_TRY(range.includes_low, ReadFlag());
    TRIPLINE_TRY(range.includes_high, ReadFlag());
    return range;
  }

  Result<RelativeDateRange> ReadRelativeDateRange() {
    RelativeDateRange range;
    TRIPLINE_TRY(range.low, ReadOptional());
    TRIPLINE_TRY(range.high, ReadOptional());
    TRIPLINE_TRY(range.includes_low, ReadFlag());
    TRIPLINE_TRY(range.includes_high, ReadFlag());
    TRIPLINE_TRY(range.run_interval, reader_.Number<std::int64_t>());
    return range;
  }

  Result<ObjectMatch> ReadObjectMatch() {
    ObjectMatch match;
    TRIPLINE_TRY(const auto count, reader_.Count(4));
    for (std::uint32_t i = 0; i < count; ++i) {
      TRIPLINE_TRY(const std::string_view bytes, reader_.String());
      TRIPLINE_TRY(Program query, DeserializeInner(bytes, budget_));
      match.query.push_back(std::move(query));
    }
    return match;
  }

  template <class Text>
  Result<Text> ReadTokens() {
    TRIPLINE_TRY(std::vector<std::string> tokens, ReadStrings());
    return Text{std::move(tokens)};
  }

  Result<IpAddress> ReadAddress() {
    IpAddress address;
    TRIPLINE_TRY(const std::string_view raw, reader_.Take(address.bytes.size()));
    std::memcpy(address.bytes.data(), raw.data(), address.bytes.size());
    return address;
  }

  Result<bool> ReadFlag() {
    TRIPLINE_TRY(const auto value, ReadBelow(reader_, 2, "a flag"));
    return value == 1;
  }

  Result<std::string> ReadString() {
    TRIPLINE_TRY(const std::string_view view, reader_.String());
    return std::string(view);
  }

  Result<std::optional<std::string>> ReadOptional() {
    TRIPLINE_TRY(const bool is_there, ReadFlag());
    if (!is_there) return std::nullopt;
    return ReadString();
  }

  Result<std::vector<std::string>> ReadStrings() {
    TRIPLINE_TRY(const auto count, reader_.Count(4));
    std::vector<std::string> strings(count);
    for (std::string& string : strings) {
      TRIPLINE_TRY(string, ReadString());
    }
    return strings;
  }

  ByteReader& reader_;
  const ReadBudget& budget_;
};

}  // namespace

void AppendAtom(ByteWriter& writer, const Atom& atom) {
  writer.Number(static_cast<std::uint8_t>(atom.index()));
  std::visit(AtomWriter{writer}, atom);
}

Result<Atom> ReadAtom(ByteReader& reader, const ReadBudget& budget) {
  return AtomReader(reader, budget).Read();
}

Result<std::uint8_t> ReadBelow(ByteReader& reader, std::uint8_t end, std::string_view what) {
  TRIPLINE_TRY(const auto value, reader.Number<std::uint8_t>());
  if (value >= end) {
    return reader.Damaged(std::string(what) + " below " + std::to_string(end) +
                          " in the byte before");
  }
  return value;
}

}  // namespace tripline::jit

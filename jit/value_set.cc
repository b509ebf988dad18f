// Texts are sorted by their numbers: first by the eight bytes behind what all have in common, as
// one integer, and only where these are equal by the rest. Then they are copied into their order.
#include "jit/value_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "jit/program.h"

namespace tripline::jit {
namespace {

template <class Value>
using Range = ValueSet::Range<Value>;

constexpr std::size_t kMaxCount = std::numeric_limits<std::uint32_t>::max();
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// The 32 bits of an IPv4 address; none of any other.
std::optional<std::uint32_t> V4Of(const IpAddress& address) {
  if (std::memcmp(address.bytes.data(), kMapped.data(), kMapped.size()) != 0) return std::nullopt;
  std::uint32_t bits = 0;
  for (std::size_t i = kMapped.size(); i < address.bytes.size(); ++i) {
    bits = bits << 8U | address.bytes[i];
  }
  return bits;
}

IpAddress FromV4(std::uint32_t bits) {
  IpAddress address;
  std::ranges::copy(kMapped, address.bytes.begin());
  for (std::size_t i = address.bytes.size(); i > kMapped.size(); --i, bits >>= 8U) {
    address.bytes[i - 1] = static_cast<std::uint8_t>(bits & 0xFFU);
  }
  return address;
}

// Whether `next` is the value right behind `value`.
bool Follows(std::uint32_t value, std::uint32_t next) { return value + 1 == next; }
bool Follows(std::int64_t value, std::int64_t next) {
  return value != std::numeric_limits<std::int64_t>::max() && value + 1 == next;
}
bool Follows(double value, double next) {
  return std::nextafter(value, std::numeric_limits<double>::infinity()) == next;
}
bool Follows(IpAddress value, const IpAddress& next) {
  for (std::size_t i = value.bytes.size(); i > 0; --i) {
    if (++value.bytes[i - 1] != 0) return value == next;
  }
  return false;
}

template <class Value>
void Merge(std::vector<Range<Value>>& ranges) {
  std::ranges::sort(ranges);
  std::size_t kept = 0;
  for (const Range<Value>& range : ranges) {
    if (kept > 0 &&
        (range.first <= ranges[kept - 1].second || Follows(ranges[kept - 1].second, range.first))) {
      ranges[kept - 1].second = std::max(ranges[kept - 1].second, range.second);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
  ranges.shrink_to_fit();
}

template <class Value>
bool IsIn(const std::vector<Range<Value>>& ranges, const Value& value) {
  const auto after = std::ranges::upper_bound(ranges, value, {}, &Range<Value>::first);
  return after != ranges.begin() && value <= std::prev(after)->second;
}

template <class Value>
bool IsAsMerged(const std::vector<Range<Value>>& ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (!(ranges[i].first <= ranges[i].second)) return false;
    if (i > 0 && (!(ranges[i - 1].second < ranges[i].first) ||
                  Follows(ranges[i - 1].second, ranges[i].first))) {
      return false;
    }
  }
  return true;
}

std::string_view Slice(std::string_view bytes, const std::vector<std::uint32_t>& ends,
                       std::size_t i) {
  const std::uint32_t begin = i == 0 ? 0 : ends[i - 1];
  return bytes.substr(begin, ends[i] - begin);
}

std::uint64_t EightBytes(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    number = number << 8U | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U);
  }
  return number;
}

std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// The numbers of the texts in the order of their bytes.
std::vector<std::uint32_t> SortedNumbers(std::string_view bytes,
                                         const std::vector<std::uint32_t>& ends) {
  const std::string_view first = Slice(bytes, ends, 0);
  std::size_t common = first.size();
  for (std::size_t i = 1; i < ends.size() && common > 0; ++i) {
    common = std::min(common, CommonPrefix(first, Slice(bytes, ends, i)));
  }
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    keys[i] = {EightBytes(Slice(bytes, ends, i).substr(common)), static_cast<std::uint32_t>(i)};
  }
  std::ranges::sort(keys, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first
                              : Slice(bytes, ends, a.second) < Slice(bytes, ends, b.second);
  });
  std::vector<std::uint32_t> numbers(keys.size());
  std::ranges::transform(keys, numbers.begin(), [](const auto& key) { return key.second; });
  return numbers;
}

template <class Value>
void SaveRanges(const std::vector<Range<Value>>& ranges, ByteWriter& writer) {
  writer.Number(static_cast<std::uint32_t>(ranges.size()));
  for (const auto& [first, last] : ranges) {
    if constexpr (std::is_same_v<Value, IpAddress>) {
      for (const std::uint8_t byte : first.bytes) writer.Number(byte);
      for (const std::uint8_t byte : last.bytes) writer.Number(byte);
    } else {
      writer.Number(first);
      writer.Number(last);
    }
  }
}

template <class Value>
Result<std::vector<Range<Value>>> LoadRanges(ByteReader& reader) {
  TRIPLINE_TRY(const std::uint32_t count, reader.Count(2 * sizeof(Value)));
  TRIPLINE_TRY(const std::string_view raw, reader.Take(std::size_t{count} * 2 * sizeof(Value)));
  std::vector<Range<Value>> ranges(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(&ranges[i].first, raw.data() + i * 2 * sizeof(Value), sizeof(Value));
    std::memcpy(&ranges[i].second, raw.data() + (i * 2 + 1) * sizeof(Value), sizeof(Value));
  }
  if (!IsAsMerged(ranges)) return reader.Damaged("rising ranges in a list of values");
  return ranges;
}

}  // namespace

std::string_view ValueSet::TextOf(const Texts& texts, std::size_t i) const {
  return Slice(texts.bytes, texts.ends, i);
}

std::size_t ValueSet::size() const {
  if (const auto* const texts = std::get_if<Texts>(&values_)) return texts->ends.size();
  if (const auto* const addresses = std::get_if<Addresses>(&values_)) {
    return addresses->v4.size() + addresses->other.size();
  }
  const auto* const integers = std::get_if<Integers>(&values_);
  return integers != nullptr ? integers->size() : std::get<Floats>(values_).size();
}

std::size_t ValueSet::memory_bytes() const {
  if (const auto* const texts = std::get_if<Texts>(&values_)) {
    return texts->bytes.size() + texts->ends.size() * sizeof(std::uint32_t);
  }
  if (const auto* const addresses = std::get_if<Addresses>(&values_)) {
    return addresses->v4.size() * sizeof(Range<std::uint32_t>) +
           addresses->other.size() * sizeof(Range<IpAddress>);
  }
  return size() * sizeof(Range<std::int64_t>);
}

bool ValueSet::Contains(std::string_view text) const {
  const auto* const texts = std::get_if<Texts>(&values_);
  std::size_t low = 0;
  std::size_t high = texts == nullptr ? 0 : texts->ends.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const auto order = TextOf(*texts, middle) <=> text;
    if (order == 0) return true;
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return false;
}

bool ValueSet::Contains(const IpAddress& address) const {
  const auto* const addresses = std::get_if<Addresses>(&values_);
  if (addresses == nullptr) return false;
  const std::optional<std::uint32_t> v4 = V4Of(address);
  return (v4 && IsIn(addresses->v4, *v4)) || IsIn(addresses->other, address);
}

bool ValueSet::Contains(std::int64_t number) const {
  const auto* const integers = std::get_if<Integers>(&values_);
  return integers != nullptr && IsIn(*integers, number);
}

bool ValueSet::Contains(double number) const {
  const auto* const floats = std::get_if<Floats>(&values_);
  return floats != nullptr && !std::isnan(number) && IsIn(*floats, number);
}

std::string_view ValueSet::TextAt(std::size_t i) const {
  return TextOf(std::get<Texts>(values_), i);
}

ValueSet::Range<IpAddress> ValueSet::AddressesAt(std::size_t i) const {
  const auto& addresses = std::get<Addresses>(values_);
  if (i >= addresses.v4.size()) return addresses.other[i - addresses.v4.size()];
  return {FromV4(addresses.v4[i].first), FromV4(addresses.v4[i].second)};
}

ValueSet::Range<std::int64_t> ValueSet::IntegersAt(std::size_t i) const {
  return std::get<Integers>(values_)[i];
}

ValueSet::Range<double> ValueSet::FloatsAt(std::size_t i) const {
  return std::get<Floats>(values_)[i];
}

void ValueSet::Save(ByteWriter& writer) const {
  writer.Number(static_cast<std::uint8_t>(kind()));
  if (const auto* const texts = std::get_if<Texts>(&values_)) {
    writer.String(texts->bytes);
    writer.Number(static_cast<std::uint32_t>(texts->ends.size()));
    for (const std::uint32_t end : texts->ends) writer.Number(end);
  } else if (const auto* const addresses = std::get_if<Addresses>(&values_)) {
    SaveRanges(addresses->v4, writer);
    SaveRanges(addresses->other, writer);
  } else if (const auto* const integers = std::get_if<Integers>(&values_)) {
    SaveRanges(*integers, writer);
  } else {
    SaveRanges(std::get<Floats>(values_), writer);
  }
}

Result<std::shared_ptr<const ValueSet>> ValueSet::Load(ByteReader& reader) {
  auto set = std::make_shared<ValueSet>();
  TRIPLINE_TRY(const auto kind, reader.Number<std::uint8_t>());
  switch (kind) {
    case 0: {
      Texts texts;
      TRIPLINE_TRY(const std::string_view bytes, reader.String());
      TRIPLINE_TRY(const std::uint32_t count, reader.Count(sizeof(std::uint32_t)));
      texts.bytes = bytes;
      texts.ends.resize(count);
      for (std::uint32_t& end : texts.ends) {
        TRIPLINE_TRY(end, reader.Number<std::uint32_t>());
      }
      const bool fits = count == 0 ? bytes.empty() : texts.ends.back() == bytes.size();
      if (!fits || !std::ranges::is_sorted(texts.ends)) {
        return reader.Damaged("texts that fill their bytes in a list of values");
      }
      for (std::size_t i = 1; i < count; ++i) {
        if (!(Slice(texts.bytes, texts.ends, i - 1) < Slice(texts.bytes, texts.ends, i))) {
          return reader.Damaged("rising texts in a list of values");
        }
      }
      set->values_ = std::move(texts);
      return set;
    }
    case 1: {
      Addresses addresses;
      TRIPLINE_TRY(addresses.v4, LoadRanges<std::uint32_t>(reader));
      TRIPLINE_TRY(addresses.other, LoadRanges<IpAddress>(reader));
      set->values_ = std::move(addresses);
      return set;
    }
    case 2: {
      TRIPLINE_TRY(set->values_, LoadRanges<std::int64_t>(reader));
      return set;
    }
    case 3: {
      TRIPLINE_TRY(set->values_, LoadRanges<double>(reader));
      return set;
    }
    default:
      return reader.Damaged("the kind of a list of values");
  }
}

bool operator==(const InSet& a, const InSet& b) {
  return a.values == b.values || *a.values == *b.values;
}

ValueSetBuilder::ValueSetBuilder(ValueSet::Kind kind) : set_(std::make_shared<ValueSet>()) {
  switch (kind) {
    case ValueSet::Kind::kTexts:
      break;  // what a set is made as
    case ValueSet::Kind::kAddresses:
      set_->values_ = ValueSet::Addresses();
      break;
    case ValueSet::Kind::kIntegers:
      set_->values_ = ValueSet::Integers();
      break;
    case ValueSet::Kind::kFloats:
      set_->values_ = ValueSet::Floats();
      break;
  }
}

void ValueSetBuilder::AddText(std::string_view text) {
  auto& texts = std::get<ValueSet::Texts>(set_->values_);
  if (texts.bytes.size() + text.size() > kMaxCount || texts.ends.size() == kMaxCount) {
    is_too_large_ = true;
    return;
  }
  texts.bytes += text;
  texts.ends.push_back(static_cast<std::uint32_t>(texts.bytes.size()));
}

void ValueSetBuilder::AddAddresses(const IpAddress& first, const IpAddress& last) {
  auto& addresses = std::get<ValueSet::Addresses>(set_->values_);
  if (last < first) return;
  const std::optional<std::uint32_t> low = V4Of(first);
  const std::optional<std::uint32_t> high = V4Of(last);
  if (low && high) {
    addresses.v4.emplace_back(*low, *high);
  } else {
    addresses.other.emplace_back(first, last);
  }
}

void ValueSetBuilder::AddIntegers(std::int64_t first, std::int64_t last) {
  if (first <= last) std::get<ValueSet::Integers>(set_->values_).emplace_back(first, last);
}

void ValueSetBuilder::AddFloats(double first, double last) {
  if (first <= last) std::get<ValueSet::Floats>(set_->values_).emplace_back(first, last);
}

Result<std::shared_ptr<const ValueSet>> ValueSetBuilder::Build() && {
  if (is_too_large_ || set_->size() > kMaxCount) {
    return Fail(ErrorCode::kLimit,
                "a list of values has at most 4,294,967,295 of them, and 4 GiB "
                "of text; split it into several lists");
  }
  if (auto* const texts = std::get_if<ValueSet::Texts>(&set_->values_); texts != nullptr) {
    if (texts->ends.empty()) return set_;
    ValueSet::Texts sorted;
    sorted.bytes.reserve(texts->bytes.size());
    sorted.ends.reserve(texts->ends.size());
    std::string_view last;
    for (const std::uint32_t number : SortedNumbers(texts->bytes, texts->ends)) {
      const std::string_view text = Slice(texts->bytes, texts->ends, number);
      if (!sorted.ends.empty() && text == last) continue;
      sorted.bytes += text;
      sorted.ends.push_back(static_cast<std::uint32_t>(sorted.bytes.size()));
      last = text;
    }
    *texts = std::move(sorted);
  } else if (auto* const addresses = std::get_if<ValueSet::Addresses>(&set_->values_)) {
    Merge(addresses->v4);
    Merge(addresses->other);
  } else if (auto* const integers = std::get_if<ValueSet::Integers>(&set_->values_)) {
    Merge(*integers);
  } else {
    Merge(std::get<ValueSet::Floats>(set_->values_));
  }
  return set_;
}

}  // namespace tripline::jit

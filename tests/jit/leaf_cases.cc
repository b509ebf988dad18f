#include "tests/jit/leaf_cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace tripline::jit {
namespace {

constexpr std::array<std::string_view, 12> kNumbers = {
    "0", "-0", "1", "1.0", "10", "9", "-1.5e3", "1e2", "100", "01", "9007199254740993", "x1"};
constexpr std::array<std::string_view, 10> kTokens = {"a",   "ab", "cmd.exe", "cmd", "exe",
                                                      "run", "éa", "字",      "1,5", "under_score"};
constexpr std::array<std::string_view, 5> kBetweenTokens = {" ", "-", ", ", "/", "\xFF"};
constexpr std::array<std::string_view, 6> kAddresses = {"0.0.0.0", "10.1.2.3", "255.255.255.255",
                                                        "::",      "fe80::1",  "ffff:ffff::"};

template <class Array>
std::string Pick(const Array& array, std::uint32_t number) {
  return std::string(array[number % array.size()]);
}

}  // namespace

Program RandomLeaves::NextProgram(ColumnKind kind, std::uint32_t num_leaves) {
  Program program;
  program.fields.push_back({"field", kind, kind == ColumnKind::kString && Below(4) == 0 ? 5U : 0U});
  program.fields.push_back({"other", ColumnKind::kString, 0});
  for (std::uint32_t i = 0; i < num_leaves; ++i) {
    if (i % 2 == 0) program.leaves.push_back({1, {Exists{}}});
    Leaf leaf{0, {}};
    for (std::uint32_t atoms = 1 + Below(4); atoms > 0; --atoms) {
      leaf.atoms.push_back(NextAtom(kind));
    }
    program.leaves.push_back(std::move(leaf));
  }
  return program;
}

std::string RandomLeaves::NextString() {
  switch (Below(4)) {
    case 0:
      return Pick(kNumbers, Below(100));
    case 1:
      return bytes_.NextValue();
    default:
      return chunks_.NextValue();
  }
}

std::string RandomLeaves::NextText() {
  std::string text;
  for (std::uint32_t words = Below(5); words > 0; --words) {
    text += Pick(kTokens, Below(100));
    text += Pick(kBetweenTokens, Below(100));
  }
  return text;
}

IpAddress RandomLeaves::NextAddress() {
  IpAddress address = *ParseIpAddress(Pick(kAddresses, Below(100)));
  for (std::uint32_t flips = Below(3); flips > 0; --flips) {
    const std::uint32_t bit = Below(128);
    address.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  return address;
}

std::int64_t RandomLeaves::NextInteger() {
  const auto small = static_cast<std::int64_t>(Below(5));
  switch (Below(5)) {
    case 0:
      return std::numeric_limits<std::int64_t>::min() + small;
    case 1:
      return std::numeric_limits<std::int64_t>::max() - small;
    default:
      return static_cast<std::int64_t>(Below(41)) - 20;
  }
}

double RandomLeaves::NextFloat() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr std::array<double, 10> kSpecial = {0.0,
                                               -0.0,
                                               kInfinity,
                                               -kInfinity,
                                               std::numeric_limits<double>::max(),
                                               std::numeric_limits<double>::lowest(),
                                               std::numeric_limits<double>::denorm_min(),
                                               -std::numeric_limits<double>::denorm_min(),
                                               0.1,
                                               1e308};
  const double base =
      Below(2) == 0 ? kSpecial[Below(kSpecial.size())] : (static_cast<double>(Below(41)) - 20) / 4;
  switch (Below(4)) {
    case 0:
      return std::nextafter(base, kInfinity);
    case 1:
      return std::nextafter(base, -kInfinity);
    default:
      return base;
  }
}

Glob RandomLeaves::NextGlob() { return Below(3) == 0 ? bytes_.NextGlob() : chunks_.NextGlob(); }

std::string RandomLeaves::NextToken() { return Pick(kTokens, Below(100)); }

Atom RandomLeaves::NextStringAtom() {
  switch (Below(8)) {
    case 0:
    case 1:
      return Term{NextString()};
    case 2: {
      Glob glob{{NextString(), NextString()}};
      glob.pieces[Below(2)].clear();
      return glob;
    }
    case 3: {
      StringRange range;
      if (Below(3) > 0) range.low = NextString();
      if (Below(3) > 0) range.high = NextString();
      range.includes_low = Below(2) == 0;
      range.includes_high = Below(2) == 0;
      range.is_numeric = Below(2) == 0;
      return range;
    }
    default:
      return NextGlob();
  }
}

Atom RandomLeaves::NextTextAtom() {
  std::vector<std::string> tokens;
  for (std::uint32_t i = 1 + Below(3); i > 0; --i) tokens.push_back(NextToken());
  switch (Below(4)) {
    case 0:
      return TextAny{tokens};
    case 1:
      return TextGlob{NextGlob()};
    case 2: {
      Glob glob{{NextToken(), NextToken()}};
      glob.pieces[Below(2)].clear();
      return TextGlob{glob};
    }
    default:
      return TextPhrase{tokens};
  }
}

Atom RandomLeaves::NextAddressAtom() {
  const IpAddress address = NextAddress();
  if (Below(3) == 0) return AddressRange{std::min(address, NextAddress()), address};
  const auto length = static_cast<std::uint8_t>(Below(3) == 0 ? 96 : Below(129));
  IpPrefix prefix{address, length};
  for (std::size_t bit = length; bit < 128; ++bit) {
    prefix.network.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return prefix;
}

Atom RandomLeaves::NextAtom(ColumnKind kind) {
  if (Below(50) == 0) return Exists{};
  switch (kind) {
    case ColumnKind::kString:
      return NextStringAtom();
    case ColumnKind::kText:
      return NextTextAtom();
    case ColumnKind::kAddress:
      return NextAddressAtom();
    case ColumnKind::kInteger:
    case ColumnKind::kDate:
    case ColumnKind::kBoolean:
      return IntegerRange{NextInteger(), NextInteger()};
    case ColumnKind::kFloat:
      return FloatRange{NextFloat(), NextFloat(), Below(2) == 0, Below(2) == 0};
    case ColumnKind::kObject:
    case ColumnKind::kDelegated:
      break;
  }
  return Exists{};
}

std::string BytesOf(const IpAddress& address) {
  return {address.bytes.begin(), address.bytes.end()};
}

}  // namespace tripline::jit

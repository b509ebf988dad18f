// Addresses compare as 16 bytes; a strict bound is the neighbour of its address.
#include <optional>
#include <utility>

#include "base/ip.h"
#include "compiler/leaf_families.h"

namespace tripline::compiler {
namespace {

using grammar::Literal;
using grammar::RangeOperator;
using Kind = grammar::Literal::Kind;

// The neighbour of an address in the order of its bytes; none at either end.
std::optional<IpAddress> Neighbour(IpAddress address, bool is_next) {
  for (std::size_t i = address.bytes.size(); i-- > 0;) {
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] + (is_next ? 1 : 0xFF));
    if (address.bytes[i] != (is_next ? 0x00 : 0xFF)) {
      return address;
    }
  }
  return std::nullopt;
}

// "::ffff:10.0.0.0/104": a search engine takes such blocks as IPv4 alone.
bool IsMappedBlock(const std::string& text) {
  const auto address = ParseIpAddress(text.substr(0, text.find('/')));
  const auto mapped = ParseIpPrefix("::ffff:0:0/96");
  return text.contains('/') && text.contains(':') && address && mapped->Contains(*address);
}

}  // namespace

LeafMeaning AddressValue(const Literal& value, FieldType type) {
  if (value.kind == Kind::kWildcard) {
    return NoGlobs(type);
  }
  const std::string text = LiteralText(value);
  if (const auto address = ParseIpAddress(text)) {
    return Only(SingleAddress(*address));
  }
  if (IsMappedBlock(text)) {
    return WrongType(value, type, "the block as IPv4: 10.0.0.0/8, not ::ffff:10.0.0.0/104");
  }
  if (const auto prefix = ParseIpPrefix(text)) {
    return Only(*prefix);
  }
  return WrongType(value, type, "an IPv4 or IPv6 address, or a block such as 10.0.0.0/8");
}

LeafMeaning AddressRangeValue(FieldType type, RangeOperator op, const Literal& value) {
  const auto bound = ParseIpAddress(LiteralText(value));
  if (!bound) {
    return WrongType(value, type, "one address; a block cannot be a bound");
  }
  IpAddress last;
  last.bytes.fill(0xFF);
  jit::AddressRange range{IpAddress{}, last};
  std::optional<IpAddress> edge = *bound;
  if (op == RangeOperator::kGt || op == RangeOperator::kLt) {
    edge = Neighbour(*bound, op == RangeOperator::kGt);
  }
  if (!edge) {
    return Never();
  }
  (op == RangeOperator::kGt || op == RangeOperator::kGte ? range.first : range.last) = *edge;
  return Only(range);
}

}  // namespace tripline::compiler

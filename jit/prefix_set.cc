#include "jit/prefix_set.h"

#include <algorithm>
#include <cstddef>

namespace tripline::jit {
namespace {

/// The address that follows; none after the last.
std::optional<IpAddress> Next(IpAddress address) {
  for (std::size_t i = address.bytes.size(); i > 0; --i) {
    if (++address.bytes[i - 1] != 0) return address;
  }
  return std::nullopt;
}

/// The last address of a prefix: all bits behind its length are set.
IpAddress LastOf(const IpPrefix& prefix) {
  IpAddress last = prefix.network;
  for (std::size_t bit = prefix.length; bit < 8 * last.bytes.size(); ++bit) {
    last.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  }
  return last;
}

}  // namespace

void PrefixSet::Builder::Add(const IpPrefix& prefix, std::uint32_t position) {
  Add(AddressRange{prefix.network, LastOf(prefix)}, position);
}

void PrefixSet::Builder::Add(const AddressRange& range, std::uint32_t position) {
  if (range.last < range.first) return;
  intervals_.push_back({range.first, Next(range.last), position});
}

PrefixSet PrefixSet::Builder::Build() const {
  PrefixSet set;
  set.ranges_ = IntervalSet<IpAddress>(intervals_);
  return set;
}

}  // namespace tripline::jit

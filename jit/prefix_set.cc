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

}  // namespace

void PrefixSet::Builder::Add(const IpPrefix& prefix, std::uint32_t position) {
  Add(AddressRange{prefix.network, LastAddress(prefix)}, position);
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

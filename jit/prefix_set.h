// PrefixSet: which of thousands of CIDRs and address ranges is this address in? IPv4 and IPv6
// alike, in the 16 mapped bytes of base/ip.h, so ::ffff:0:0/96 holds every IPv4 address.
//
// The judge is IpPrefix::Contains, one prefix at a time. Immutable once made; any number of threads
// may look.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ip.h"
#include "jit/interval_set.h"
#include "jit/position_set.h"
#include "jit/program.h"

namespace tripline::jit {

class PrefixSet {
 public:
  /// What to look for, gathered before the set is made. Lengths above 128 count as 128; a range
  /// whose last address is before its first holds nothing.
  class Builder {
   public:
    void Add(const IpPrefix& prefix, std::uint32_t position);
    void Add(const AddressRange& range, std::uint32_t position);
    [[nodiscard]] PrefixSet Build() const;

   private:
    std::vector<IntervalSet<IpAddress>::Interval> intervals_;
  };

  PrefixSet() = default;

  /// Adds the positions of all prefixes and ranges that hold `address`.
  void Find(const IpAddress& address, PositionSet* found) const { ranges_.Find(address, found); }

 private:
  IntervalSet<IpAddress> ranges_;
};

}  // namespace tripline::jit

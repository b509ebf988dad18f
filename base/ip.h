// IpAddress and IpPrefix: addresses as Lucene and OpenSearch hold them, 16 bytes, IPv4 mapped into
// ::ffff:0:0/96.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tripline {

/// 128 bits in network byte order; comparison is the order of OpenSearch's ip fields.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

/// Addresses whose first `length` bits (0-128, counted in the mapped form) equal those of
/// `network`.
struct IpPrefix {
  IpAddress network;  // bits after `length` are zero
  std::uint8_t length = 0;

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
  [[nodiscard]] bool Contains(const IpAddress& address) const;
};

/// Parses "10.0.0.1", "fe80::1", "::ffff:10.0.0.1"; no zone, no port, no octal.
[[nodiscard]] std::optional<IpAddress> ParseIpAddress(std::string_view text);

/// Parses "address/length"; host bits are cleared, as OpenSearch does. A bare address is not a
/// prefix.
[[nodiscard]] std::optional<IpPrefix> ParseIpPrefix(std::string_view text);

/// The prefix that holds just this address.
[[nodiscard]] IpPrefix SingleAddress(const IpAddress& address);

/// The last address of a prefix: all bits behind its length are set.
[[nodiscard]] IpAddress LastAddress(const IpPrefix& prefix);

/// "10.0.0.1" for mapped addresses, else the usual compressed IPv6 form.
[[nodiscard]] std::string ToString(const IpAddress& address);
[[nodiscard]] std::string ToString(const IpPrefix& prefix);

}  // namespace tripline

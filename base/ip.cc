// Parsing and printing go through the C library's inet_pton and inet_ntop, which accept exactly the
// forms that OpenSearch accepts (dotted quads without leading zeros, compressed IPv6 with an
// embedded quad).
#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tripline {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::uint8_t kMappedBits = 96;

bool IsMapped(const IpAddress& address) {
  return std::memcmp(address.bytes.data(), kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

void ClearHostBits(IpAddress& address, std::uint8_t length) {
  for (std::size_t i = 0; i < address.bytes.size(); ++i) {
    const auto kept =
        static_cast<unsigned>(std::clamp(static_cast<int>(length) - static_cast<int>(8 * i), 0, 8));
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xFF00U >> kept));
  }
}

}  // namespace

bool IpPrefix::Contains(const IpAddress& address) const {
  IpAddress masked = address;
  ClearHostBits(masked, length);
  return masked == network;
}

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  std::array<char, 64> terminated{};
  if (text.empty() || text.size() >= terminated.size() ||
      text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::ranges::copy(text, terminated.begin());
  IpAddress address;
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) {
      return std::nullopt;
    }
    return address;
  }
  std::ranges::copy(kMappedPrefix, address.bytes.begin());
  if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + kMappedPrefix.size()) != 1) {
    return std::nullopt;
  }
  return address;
}

std::optional<IpPrefix> ParseIpPrefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view address_text = text.substr(0, slash);
  const std::string_view length_text = text.substr(slash + 1);
  const auto address = ParseIpAddress(address_text);
  if (!address || length_text.empty() || length_text.size() > 3) {
    return std::nullopt;
  }
  unsigned length = 0;
  const char* const end = length_text.data() + length_text.size();
  const auto [rest, problem] = std::from_chars(length_text.data(), end, length);
  const bool is_quad = address_text.find(':') == std::string_view::npos;
  if (problem != std::errc() || rest != end || length > (is_quad ? 32U : 128U)) {
    return std::nullopt;
  }
  IpPrefix prefix{*address, static_cast<std::uint8_t>(length + (is_quad ? kMappedBits : 0U))};
  ClearHostBits(prefix.network, prefix.length);
  return prefix;
}

IpPrefix SingleAddress(const IpAddress& address) { return {address, 128}; }

IpAddress LastAddress(const IpPrefix& prefix) {
  IpAddress last = prefix.network;
  for (std::size_t bit = prefix.length; bit < 8 * last.bytes.size(); ++bit) {
    last.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  }
  return last;
}

std::string ToString(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool is_mapped = IsMapped(address);
  const void* const bytes = address.bytes.data() + (is_mapped ? kMappedPrefix.size() : 0);
  inet_ntop(is_mapped ? AF_INET : AF_INET6, bytes, buffer.data(), buffer.size());
  return buffer.data();
}

std::string ToString(const IpPrefix& prefix) {
  const bool is_mapped = IsMapped(prefix.network) && prefix.length >= kMappedBits;
  return ToString(prefix.network) + "/" +
         std::to_string(prefix.length - (is_mapped ? kMappedBits : 0));
}

}  // namespace tripline

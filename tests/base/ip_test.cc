#include "base/ip.h"

#include <gtest/gtest.h>

namespace tripline {
namespace {

TEST(Ip, Ipv4AndItsMappedFormAreTheSameAddress) {
  EXPECT_EQ(ParseIpAddress("10.0.0.1"), ParseIpAddress("::ffff:10.0.0.1"));
  EXPECT_EQ(ToString(*ParseIpAddress("::ffff:10.0.0.1")), "10.0.0.1");
}

TEST(Ip, MalformedAddressesAreRefused) {
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "1.2.3.4.5",
                           ":::", "fe80::1%eth0", "[::1]", "010.0.0.1"}) {
    EXPECT_FALSE(ParseIpAddress(text)) << text;
  }
}

TEST(Ip, PrefixClearsHostBitsAndKnowsItsFamily) {
  EXPECT_EQ(ToString(*ParseIpPrefix("10.1.2.3/8")), "10.0.0.0/8");
  EXPECT_EQ(ToString(*ParseIpPrefix("FE80::/10")), "fe80::/10");
  EXPECT_FALSE(ParseIpPrefix("10.0.0.0/33"));
  EXPECT_FALSE(ParseIpPrefix("::/129"));
  EXPECT_FALSE(ParseIpPrefix("10.0.0.0/"));
  EXPECT_FALSE(ParseIpPrefix("10.0.0.0/+8"));
}

TEST(Ip, PrefixContainsExactlyItsBits) {
  const IpPrefix prefix = *ParseIpPrefix("172.16.0.0/12");
  EXPECT_TRUE(prefix.Contains(*ParseIpAddress("172.31.255.255")));
  EXPECT_FALSE(prefix.Contains(*ParseIpAddress("172.32.0.0")));
  EXPECT_FALSE(prefix.Contains(*ParseIpAddress("::1")));
  EXPECT_TRUE(ParseIpPrefix("0.0.0.0/0")->Contains(*ParseIpAddress("255.1.1.1")));
  EXPECT_FALSE(ParseIpPrefix("0.0.0.0/0")->Contains(*ParseIpAddress("fe80::1")));
  EXPECT_TRUE(ParseIpPrefix("::/0")->Contains(*ParseIpAddress("1.1.1.1")));
}

}  // namespace
}  // namespace tripline

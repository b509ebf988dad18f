#include "jit/prefix_set.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/jit/leaf_cases.h"

namespace tripline::jit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint32_t> Found(const PrefixSet& set, const IpAddress& address,
                                 std::size_t num_positions) {
  PositionSet found;
  found.Reserve(num_positions);
  set.Find(address, &found);
  std::vector<std::uint32_t> positions;
  found.MoveTo(&positions);
  return positions;
}

std::vector<std::uint32_t> Found(const std::vector<std::string>& prefixes, const char* address) {
  PrefixSet::Builder builder;
  for (std::uint32_t i = 0; i < prefixes.size(); ++i) builder.Add(*ParseIpPrefix(prefixes[i]), i);
  return Found(builder.Build(), *ParseIpAddress(address), prefixes.size());
}

TEST(PrefixSet, FindsAllPrefixesOfAnAddress) {
  const std::vector<std::string> prefixes = {"10.0.0.0/8",    "10.1.0.0/16",    "10.1.2.3/32",
                                             "0.0.0.0/0",     "::/0",           "::ffff:0:0/96",
                                             "2001:db8::/32", "2001:db8::1/128"};

  EXPECT_THAT(Found(prefixes, "10.1.2.3"), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(Found(prefixes, "10.1.2.4"), ElementsAre(0, 1, 3, 4, 5));
  EXPECT_THAT(Found(prefixes, "9.255.255.255"), ElementsAre(3, 4, 5));
  EXPECT_THAT(Found(prefixes, "2001:db8::1"), ElementsAre(4, 6, 7));
  EXPECT_THAT(Found(prefixes, "::fffe:ffff:ffff"), ElementsAre(4)) << "just before the mapped ones";
  EXPECT_THAT(Found(prefixes, "::1:0:0:0"), ElementsAre(4)) << "just behind them";
}

TEST(PrefixSet, HoldsTheLastAddressOfAll) {
  const char* const last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

  EXPECT_THAT(Found({"ffff::/16", "::/0", "255.255.255.255/32"}, last), ElementsAre(0, 1));
  EXPECT_THAT(Found({std::string(last) + "/128"}, last), ElementsAre(0));
  EXPECT_THAT(Found({std::string(last) + "/128"}, "::"), IsEmpty());
}

TEST(PrefixSet, OfNothingHoldsNothing) { EXPECT_THAT(Found({}, "10.0.0.1"), IsEmpty()); }

TEST(PrefixSet, HoldsNothingOfARangeThatEndsBeforeItBegins) {
  PrefixSet::Builder builder;
  builder.Add(AddressRange{*ParseIpAddress("10.0.0.2"), *ParseIpAddress("10.0.0.1")}, 0);

  EXPECT_THAT(Found(builder.Build(), *ParseIpAddress("10.0.0.1"), 1), IsEmpty());
}

TEST(PrefixSet, AgreesWithContainsOnThousandsOfPrefixes) {
  RandomLeaves random(9);
  std::vector<IpPrefix> prefixes;
  PrefixSet::Builder builder;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    IpPrefix prefix = SingleAddress(random.NextAddress());
    prefix.length = static_cast<std::uint8_t>(i % 129);
    for (std::size_t bit = prefix.length; bit < 128; ++bit) {
      prefix.network.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
    }
    prefixes.push_back(prefix);
    builder.Add(prefix, i);
  }
  const PrefixSet set = builder.Build();
  for (int round = 0; round < 300; ++round) {
    const IpAddress address = random.NextAddress();
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < prefixes.size(); ++i) {
      if (prefixes[i].Contains(address)) expected.push_back(i);
    }
    ASSERT_EQ(Found(set, address, prefixes.size()), expected) << ToString(address);
  }
}

}  // namespace
}  // namespace tripline::jit

#include "jit/value_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jit/atoms.h"
#include "jit/field_decider.h"
#include "jit/print.h"
#include "jit/program_builder.h"
#include "jit/program_bytes.h"
#include "jit/verify.h"

namespace tripline::jit {
namespace {

using ::testing::HasSubstr;
using Set = std::shared_ptr<const ValueSet>;

Set Texts(const std::vector<std::string>& texts) {
  ValueSetBuilder builder(ValueSet::Kind::kTexts);
  for (const std::string& text : texts) builder.AddText(text);
  return *std::move(builder).Build();
}

Set Integers(const std::vector<std::pair<std::int64_t, std::int64_t>>& ranges) {
  ValueSetBuilder builder(ValueSet::Kind::kIntegers);
  for (const auto& [first, last] : ranges) builder.AddIntegers(first, last);
  return *std::move(builder).Build();
}

Set Addresses(const std::vector<std::string>& texts) {
  ValueSetBuilder builder(ValueSet::Kind::kAddresses);
  for (const std::string& text : texts) {
    const std::size_t dash = text.find('-');
    if (dash != text.npos) {
      builder.AddAddresses(*ParseIpAddress(text.substr(0, dash)),
                           *ParseIpAddress(text.substr(dash + 1)));
    } else if (const auto prefix = ParseIpPrefix(text)) {
      builder.AddAddresses(prefix->network, LastAddress(*prefix));
    } else {
      builder.AddAddresses(*ParseIpAddress(text), *ParseIpAddress(text));
    }
  }
  return *std::move(builder).Build();
}

Result<Set> Reloaded(std::string_view bytes) {
  ByteReader reader(bytes, "a set");
  return ValueSet::Load(reader);
}

std::string Bytes(const ValueSet& set) {
  ByteWriter writer;
  set.Save(writer);
  return writer.Take();
}

TEST(ValueSet, HasEachTextOnce) {
  const Set set = Texts({"b", "", "a", "b", "ab", std::string("a\0", 2), "\xFF"});

  EXPECT_EQ(set->size(), 6U);
  for (const std::string text : {"b", "", "a", "ab", "\xFF"}) EXPECT_TRUE(set->Contains(text));
  EXPECT_TRUE(set->Contains(std::string_view("a\0", 2)));
  for (const std::string text : {"B", "aa", "abc", "\xFE"}) EXPECT_FALSE(set->Contains(text));
  EXPECT_FALSE(Texts({})->Contains(""));
}

TEST(ValueSet, HasTheTextsOfAStdSetAtRandom) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const std::string front(random() % 12, 'x');  // what all have in common
    std::vector<std::string> texts;
    std::set<std::string> judge;
    for (std::size_t i = random() % 60; i > 0; --i) {
      std::string text = front;
      for (std::size_t j = random() % 12; j > 0; --j)
        text += static_cast<char>("ab\0\xFF"[random() % 4]);
      texts.push_back(text);
      judge.insert(text);
    }
    const Set set = Texts(texts);
    ASSERT_EQ(set->size(), judge.size());
    std::size_t i = 0;
    for (const std::string& text : judge) {
      ASSERT_EQ(set->TextAt(i++), text);
      ASSERT_TRUE(set->Contains(text));
      ASSERT_EQ(set->Contains(text + "a"), judge.contains(text + "a"));
    }
  }
}

TEST(ValueSet, JoinsRangesThatTouch) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const Set set = Integers(
      {{5, 9}, {1, 1}, {2, 3}, {10, 12}, {7, 8}, {kMost, kMost}, {4, 0}, {kLeast, kLeast}});

  EXPECT_EQ(set->size(), 4U);
  for (const std::int64_t in :
       {kLeast, std::int64_t{1}, std::int64_t{3}, std::int64_t{5}, std::int64_t{12}, kMost}) {
    EXPECT_TRUE(set->Contains(in)) << in;
  }
  for (const std::int64_t out :
       {kLeast + 1, std::int64_t{0}, std::int64_t{4}, std::int64_t{13}, kMost - 1}) {
    EXPECT_FALSE(set->Contains(out)) << out;
  }
}

TEST(ValueSet, KnowsAddressesOfBothKinds) {
  const Set set = Addresses({"10.0.0.0/8", "9.255.255.255", "192.168.1.5-192.168.1.9", "fe80::/16",
                             "::1", "0.0.0.0", "255.255.255.255"});

  for (const char* const in : {"10.1.2.3", "9.255.255.255", "192.168.1.5", "192.168.1.9", "fe80::1",
                               "::1", "0.0.0.0", "255.255.255.255", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(set->Contains(*ParseIpAddress(in))) << in;
  }
  for (const char* const out : {"11.0.0.0", "192.168.1.4", "192.168.1.10", "fe81::", "::2", "::"}) {
    EXPECT_FALSE(set->Contains(*ParseIpAddress(out))) << out;
  }
  EXPECT_EQ(set->AddressesAt(1).first, *ParseIpAddress("9.255.255.255"));  // joined with 10/8
  EXPECT_LE(Addresses({"1.1.1.1", "3.3.3.3"})->memory_bytes(), 16U);
}

TEST(ValueSet, HoldsOnlyValuesOfItsKind) {
  EXPECT_FALSE(Texts({"1"})->Contains(std::int64_t{1}));
  EXPECT_FALSE(Integers({{1, 1}})->Contains("1"));
  EXPECT_FALSE(Integers({{1, 1}})->Contains(1.0));
  EXPECT_FALSE(Integers({{1, 1}})->Contains(IpAddress{}));
}

TEST(ValueSet, TakesThreeDozenBytesAValueAtMost) {
  std::vector<std::string> texts;
  for (int i = 0; i < 10'000; ++i) texts.push_back("host-" + std::to_string(i) + ".example.org");
  const Set set = Texts(texts);

  EXPECT_EQ(set->size(), 10'000U);
  EXPECT_LT(set->memory_bytes(), 10'000U * 27U);
}

TEST(ValueSet, ComesBackFromItsBytes) {
  ValueSetBuilder floats(ValueSet::Kind::kFloats);
  floats.AddFloats(1.5, 2.5);
  floats.AddFloats(-1.0, -1.0);
  for (const Set& set : {Texts({"b", "a"}), Texts({}), Integers({{1, 2}, {4, 5}}),
                         Addresses({"10.0.0.0/8", "fe80::/10"}), *std::move(floats).Build()}) {
    const std::string bytes = Bytes(*set);
    const Result<Set> again = Reloaded(bytes);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(**again, *set);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(Reloaded(std::string_view(bytes).substr(0, size)).has_value()) << size;
    }
  }
}

TEST(ValueSet, RefusesBytesThatItWouldNotHaveWritten) {
  const auto damaged = [](const Set& set, std::size_t at, char byte) {
    std::string bytes = Bytes(*set);
    bytes.at(at) = byte;
    return Reloaded(bytes);
  };
  EXPECT_FALSE(damaged(Texts({"a", "b"}), 0, 9).has_value());            // no such kind
  EXPECT_FALSE(damaged(Texts({"a", "b"}), 5, 'c').has_value());          // falling
  EXPECT_FALSE(damaged(Texts({"a", "b"}), 5, 'b').has_value());          // twice
  EXPECT_FALSE(damaged(Texts({"a", "b"}), 11, 9).has_value());           // an end behind the end
  EXPECT_FALSE(damaged(Texts({"a", "b"}), 15, 1).has_value());           // bytes that no text has
  EXPECT_FALSE(damaged(Integers({{5, 6}}), 5, 7).has_value());           // last before first
  EXPECT_FALSE(damaged(Integers({{5, 6}, {9, 9}}), 21, 7).has_value());  // touching
}

Program ProgramOf(ColumnKind kind, const std::vector<std::vector<Atom>>& leaves) {
  ProgramBuilder builder;
  const FieldIndex field = builder.AddField({.name = "f", .kind = kind});
  for (const std::vector<Atom>& atoms : leaves) builder.AddOutput(builder.AddLeaf({field, atoms}));
  return builder.Take();
}

TEST(InSet, IsDecidedAsASlowReadingDecidesIt) {
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> texts;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
    for (int i = 0; i < 8; ++i) {
      texts.push_back(std::string(1 + random() % 3, static_cast<char>('a' + random() % 3)));
      const auto first = static_cast<std::int64_t>(random() % 30);
      ranges.emplace_back(first, first + static_cast<std::int64_t>(random() % 4));
    }
    const Program strings =
        ProgramOf(ColumnKind::kString, {{InSet{Texts(texts)}, Term{"c"}}, {Term{"aa"}}});
    const Program numbers =
        ProgramOf(ColumnKind::kInteger, {{IntegerRange{3, 3}}, {InSet{Integers(ranges)}}});
    for (const Program* const program : {&strings, &numbers}) {
      ASSERT_TRUE(Verify(*program).has_value());
      const auto decider = FieldDecider::Make(*program, 0);
      FieldDecider::Scratch scratch;
      ASSERT_TRUE(decider.has_value() && decider->Fit(scratch).has_value());
      std::vector<std::uint32_t> found;
      for (const std::string text : {"a", "aa", "aaa", "b", "bb", "c", "cc", "ccc", "d", ""}) {
        decider->DecideBytes(text, scratch, &found);
        if (program == &strings) {
          ASSERT_EQ(found, DecideSlowly(*program, 0, std::string_view(text))) << text;
        }
      }
      for (std::int64_t number = -2; number < 40 && program == &numbers; ++number) {
        decider->DecideInteger(number, scratch, &found);
        ASSERT_EQ(found, DecideSlowly(*program, 0, number)) << number;
      }
    }
  }
}

TEST(InSet, OfAddressesAndFloats) {
  ValueSetBuilder floats(ValueSet::Kind::kFloats);
  floats.AddFloats(1.5, 1.5);
  const Program fractions = ProgramOf(ColumnKind::kFloat, {{InSet{*std::move(floats).Build()}}});
  const Program addresses = ProgramOf(ColumnKind::kAddress, {{InSet{Addresses({"10.0.0.0/8"})}}});
  FieldDecider::Scratch scratch;
  std::vector<std::uint32_t> found;

  const auto fraction = FieldDecider::Make(fractions, 0);
  for (const double number : {1.5, 1.25, std::nan("")}) {
    fraction->DecideFloat(number, scratch, &found);
    EXPECT_EQ(found, DecideSlowly(fractions, 0, number)) << number;
  }
  const auto address = FieldDecider::Make(addresses, 0);
  for (const char* const text : {"10.1.1.1", "11.0.0.0", "::1"}) {
    const IpAddress parsed = *ParseIpAddress(text);
    const std::string_view bytes(reinterpret_cast<const char*>(parsed.bytes.data()), 16);
    address->DecideBytes(bytes, scratch, &found);
    EXPECT_EQ(found, DecideSlowly(addresses, 0, bytes)) << text;
  }
}

TEST(InSet, OnlyFitsColumnsOfItsValues) {
  const Atom texts = InSet{Texts({"a"})};
  EXPECT_TRUE(Verify(ProgramOf(ColumnKind::kString, {{texts}})).has_value());
  for (const ColumnKind kind : {ColumnKind::kText, ColumnKind::kAddress, ColumnKind::kInteger,
                                ColumnKind::kFloat, ColumnKind::kDate, ColumnKind::kBoolean}) {
    EXPECT_FALSE(Verify(ProgramOf(kind, {{texts}})).has_value());
  }
  EXPECT_TRUE(Verify(ProgramOf(ColumnKind::kDate, {{InSet{Integers({{1, 2}})}}})).has_value());
}

TEST(InSet, LeavesThatShareAListAreOne) {
  const Set set = Texts({"a"});
  const Program program =
      ProgramOf(ColumnKind::kString, {{InSet{set}}, {InSet{set}}, {InSet{set}, InSet{set}}});

  EXPECT_EQ(program.leaves.size(), 1U);
  EXPECT_EQ(program.leaves[0].atoms.size(), 1U);
}

TEST(InSet, TravelsWithTheProgram) {
  const Program program = ProgramOf(ColumnKind::kString, {{InSet{Texts({"a", "b"})}, Term{"c"}}});

  const Result<Program> again = Deserialize(Serialize(program));

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, program);
  EXPECT_THAT(Print(*again), HasSubstr("in a list of 2 texts"));
}

}  // namespace
}  // namespace tripline::jit

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace tripline {
namespace {

TEST(Bytes, WhatIsWrittenIsRead) {
  ByteWriter writer;
  writer.Number<std::uint16_t>(7);
  writer.String("abc");
  writer.Number(2.5);

  ByteReader reader(writer.bytes(), "test");

  EXPECT_EQ(*reader.Number<std::uint16_t>(), 7);
  EXPECT_EQ(*reader.String(), "abc");
  EXPECT_EQ(*reader.Number<double>(), 2.5);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(Bytes, EveryTruncationIsAnErrorThatNamesTheByte) {
  ByteWriter writer;
  writer.String("abcdef");
  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    ByteReader reader(std::string_view(writer.bytes()).substr(0, size), "a test");
    const auto text = reader.String();
    ASSERT_FALSE(text);
    EXPECT_NE(text.error().message.find("a test is damaged at byte"), std::string::npos);
  }
}

TEST(Bytes, HostileCountsAreRefusedBeforeAnythingIsAllocated) {
  ByteWriter writer;
  writer.Number<std::uint32_t>(0xFFFFFFFFU);
  ByteReader reader(writer.bytes(), "test");
  EXPECT_FALSE(reader.Count(8));
}

}  // namespace
}  // namespace tripline

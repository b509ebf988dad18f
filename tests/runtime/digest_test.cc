#include "runtime/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace tripline::runtime {
namespace {

TEST(Digest, GivesThePublishedTestVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, DoesNotDependOnHowTheBytesAreCut) {
  Sha256 sha;
  sha.Add("a");
  sha.Add("");
  sha.Add("bc");

  EXPECT_EQ(ToHex(sha.Finish()), Sha256Hex("abc"));
}

TEST(Digest, StartsAnewAfterFinish) {
  Sha256 sha;
  sha.Add("something else");
  (void)sha.Finish();
  sha.Add("abc");

  EXPECT_EQ(sha.Finish(), Sha256Of("abc"));
}

}  // namespace
}  // namespace tripline::runtime

#include "runtime/ruleset_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/ruleset_file.h"
#include "runtime/ruleset_sections.h"

namespace tripline::runtime {
namespace {

using ::testing::HasSubstr;

std::string UnsignedFile() { return SaveRuleset(MakeRuleset({}, {}, {})); }

std::string Signed(const std::string& file, const SigningKey& key) {
  const auto made = SignRuleset(file, key);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().message);
  return made.value_or("");
}

RulesetSignature SignatureIn(const std::string& file) {
  const auto found = SignatureOf(file);
  EXPECT_TRUE(found.has_value() && found->has_value());
  return found && *found ? **found : RulesetSignature{};
}

TEST(RulesetSignature, NamesTheKeyAndFits) {
  const SigningKey key = SigningKey::Make();
  const std::string file = Signed(UnsignedFile(), key);

  EXPECT_EQ(SignatureIn(file).key, key.PublicText());
  EXPECT_TRUE(SignatureIn(file).fits);
  EXPECT_FALSE(SignatureOf(UnsignedFile())->has_value());
}

TEST(RulesetSignature, ChangesNothingElse) {
  const SigningKey key = SigningKey::Make();
  const auto loaded = LoadRuleset(Signed(UnsignedFile(), key));

  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(SaveRuleset(*loaded), UnsignedFile());
}

TEST(RulesetSignature, GivesWayToAnother) {
  const SigningKey first = SigningKey::Make();
  const SigningKey second = SigningKey::Make();

  const std::string twice = Signed(Signed(UnsignedFile(), first), second);

  EXPECT_EQ(SignatureIn(twice).key, second.PublicText());
  EXPECT_TRUE(SignatureIn(twice).fits);
  EXPECT_EQ(twice, Signed(UnsignedFile(), second)) << "Ed25519 signs one text in one way";
}

TEST(RulesetSignature, DoesNotFitAFileThatWasChangedSince) {
  const std::string file = Signed(UnsignedFile(), SigningKey::Make());
  auto sections = ReadSections(file);
  ASSERT_TRUE(sections.has_value());
  sections->insert(sections->begin(), Section{.kind = 99, .flags = 0, .payload = "native code"});

  EXPECT_FALSE(SignatureIn(WriteSections(*sections)).fits);
}

TEST(RulesetSignature, CoversPartsThatThisBuildDoesNotKnow) {
  const std::string plain = UnsignedFile();
  auto sections = *ReadSections(plain);
  sections.push_back({.kind = 99, .flags = 0, .payload = "native code"});
  const SigningKey key = SigningKey::Make();
  const std::string file = Signed(WriteSections(sections), key);
  EXPECT_TRUE(SignatureIn(file).fits);

  auto without = *ReadSections(file);
  std::erase_if(without, [](const Section& section) { return section.kind == 99; });

  EXPECT_FALSE(SignatureIn(WriteSections(without)).fits);
}

TEST(RulesetSignature, OfAWrongFormIsRefused) {
  const std::string plain = UnsignedFile();
  const std::string payload(96, 'x');
  for (const Section& wrong :
       {Section{kSignatureKind, 0, "short"}, Section{kSignatureKind, 1, payload}}) {
    auto sections = *ReadSections(plain);
    sections.push_back(wrong);

    const auto found = SignatureOf(WriteSections(sections));

    ASSERT_FALSE(found.has_value());
    EXPECT_THAT(found.error().message, HasSubstr("96 bytes"));
  }
  EXPECT_FALSE(SignatureOf("no ruleset").has_value());
  EXPECT_FALSE(SignRuleset("no ruleset", SigningKey::Make()).has_value());
}

TEST(SigningKey, IsReadBackFromItsText) {
  const SigningKey key = SigningKey::Make();

  const auto again = SigningKey::FromText(key.SecretText() + "\n");

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->PublicText(), key.PublicText());
  EXPECT_NE(SigningKey::Make().PublicText(), key.PublicText());
  for (const std::string wrong : {"", "AAAA", "no base64!", "//////"}) {
    EXPECT_FALSE(SigningKey::FromText(wrong).has_value()) << wrong;
  }
  EXPECT_FALSE(SigningKey::FromText(key.SecretText() + key.SecretText()).has_value());
}

TEST(SigningKey, SignsAsTheStandardSays) {
  // RFC 8032, 7.1, test 2: this seed, and the message 0x72.
  const auto key = SigningKey::FromText("TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=");
  const std::string signature =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->PublicText(), "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
  std::string hex;
  for (const char byte : key->Sign("r")) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(byte) >> 4U];
    hex += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  EXPECT_EQ(hex, signature);
}

}  // namespace
}  // namespace tripline::runtime

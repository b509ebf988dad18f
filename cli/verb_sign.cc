// keygen -o FILE: a key pair. sign FILE.trl --key FILE: a ruleset file with a signature.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include "base/file.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/ruleset_signature.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 4096;
constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;

int MakeKeys(const std::string& path) {
  const std::string public_path = path + ".pub";
  for (const std::string& taken : {path, public_path}) {
    if (std::filesystem::exists(taken)) {
      Say(taken + " is there already, and stays; name another file with -o");
      return kUsageOrWorld;
    }
  }
  const runtime::SigningKey key = runtime::SigningKey::Make();
  if (const auto written = WriteFileAtomically(public_path, key.PublicText() + "\n"); !written) {
    return SayError(written.error());
  }
  ::umask(S_IRWXG | S_IRWXO);  // the secret is for its owner's eyes
  if (const auto written = WriteFileAtomically(path, key.SecretText() + "\n"); !written) {
    return SayError(written.error());
  }
  Say(path + " is the secret key, and " + public_path + " the public one:");
  std::cout << key.PublicText() << "\n";
  return kFine;
}

Result<std::string> Sign(const std::string& path, const std::string& key_path) {
  TRIPLINE_TRY(const std::string text, ReadFile(key_path, kMaxKeyBytes));
  const auto key = runtime::SigningKey::FromText(text);
  if (!key) {
    return Fail(key.error().code, key_path + ": " + key.error().message);
  }
  TRIPLINE_TRY(const std::string file, ReadFile(path, kMaxRulesetBytes));
  const auto is_signed = runtime::SignRuleset(file, *key);
  if (!is_signed) {
    return Fail(is_signed.error().code, path + ": " + is_signed.error().message);
  }
  TRIPLINE_TRY_VOID(WriteFileAtomically(path, *is_signed));
  return key->PublicText();
}

}  // namespace

void AddKeygen(CLI::App& program, int& exit_code) {
  auto path = std::make_shared<std::string>();
  CLI::App* const verb = program.add_subcommand("keygen", "Make a key that signs ruleset files");
  verb->footer(
      "Example: tripline keygen -o rules.key\nThe public key, in rules.key.pub and on standard "
      "output, is what a node's plugins.tripline.trusted_keys lists.");
  verb->add_option("-o,--output", *path,
                   "Where the secret key goes; beside it the public one, .pub")
      ->required();
  verb->callback([path, &exit_code] { exit_code = MakeKeys(*path); });
}

void AddSign(CLI::App& program, int& exit_code) {
  auto path = std::make_shared<std::string>();
  auto key_path = std::make_shared<std::string>();
  CLI::App* const verb = program.add_subcommand("sign", "Sign a ruleset file, in place");
  verb->footer("Example: tripline sign rules.trl --key rules.key");
  verb->add_option("FILE.trl", *path, "The ruleset file")->required();
  verb->add_option("--key", *key_path, "The secret key, as keygen wrote it")->required();
  verb->callback([path, key_path, &exit_code] {
    const auto by = Sign(*path, *key_path);
    if (!by) {
      exit_code = SayError(by.error());
      return;
    }
    Say(*path + " is signed by " + *by);
    exit_code = kFine;
  });
}

}  // namespace tripline::cli

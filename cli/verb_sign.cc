// keygen -o FILE: a key pair. sign FILE.trl --key FILE: a ruleset file with a signature.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/keys.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_signature.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxRulesetBytes = std::uint64_t{1} << 30U;

struct SignOptions {
  std::string path;
  std::string key;
  std::vector<std::string> trusted;
};

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

// A signature lets machine code run, so only code that was trusted before is signed on; the rules
// are checked as those of anybody.
Result<std::string> Vouched(const std::string& file, const std::string& key,
                            const std::vector<std::string>& trusted) {
  TRIPLINE_TRY_VOID(runtime::LoadRuleset(file));
  TRIPLINE_TRY(const auto caches, runtime::CachesOf(file));
  TRIPLINE_TRY(const auto before, runtime::SignatureOf(file));
  const bool is_trusted =
      before && before->fits &&
      (before->key == key || std::ranges::find(trusted, before->key) != trusted.end());
  if (caches.empty() || is_trusted) {
    return file;
  }
  Say("the machine code in the file is left out, as nobody whom you trust has signed it");
  return runtime::WithoutCaches(file);
}

Result<std::string> Sign(const SignOptions& options) {
  TRIPLINE_TRY(const runtime::SigningKey key, ReadSigningKey(options.key));
  TRIPLINE_TRY(const auto trusted, TrustedKeys(options.trusted));
  TRIPLINE_TRY(const std::string file, ReadFile(options.path, kMaxRulesetBytes));
  const auto vouched = Vouched(file, key.PublicText(), trusted);
  if (!vouched) {
    return Fail(vouched.error().code, options.path + ": " + vouched.error().message);
  }
  TRIPLINE_TRY(const std::string signed_file, runtime::SignRuleset(*vouched, key));
  TRIPLINE_TRY_VOID(WriteFileAtomically(options.path, signed_file));
  return key.PublicText();
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
  auto options = std::make_shared<SignOptions>();
  CLI::App* const verb = program.add_subcommand("sign", "Sign a ruleset file, in place");
  verb->footer(
      "Example: tripline sign rules.trl --key rules.key\n"
      "Machine code in the file stays only if it was signed by this key, by your own, or by a "
      "--trusted-key:\nwhoever trusts your signature will run it.");
  verb->add_option("FILE.trl", options->path, "The ruleset file")->required();
  verb->add_option("--key", options->key, "The secret key, as keygen wrote it")->required();
  verb->add_option("--trusted-key", options->trusted,
                   "Public keys (.pub of keygen) whose machine code is signed on")
      ->allow_extra_args(false);  // what follows one is FILE.trl
  verb->callback([options, &exit_code] {
    const auto by = Sign(*options);
    if (!by) {
      exit_code = SayError(by.error());
      return;
    }
    Say(options->path + " is signed by " + *by);
    exit_code = kFine;
  });
}

}  // namespace tripline::cli

// The own key is written beside its place and linked there, so that of two first uses at the same
// time one makes the key that both go on with, and nobody ever sees half a key.
#include "cli/keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "cli/talk.h"

namespace tripline::cli {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 4096;

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Errors: kNotFound; kInvalid if others may read it, as they could sign in the user's name.
Result<runtime::SigningKey> ReadOwnKey(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    return Fail(ErrorCode::kNotFound, path + ": there is no key");
  }
  if (!S_ISREG(about.st_mode)) {
    return Fail(ErrorCode::kInvalid, path +
                                         " is no file: take it away, and the next compile makes "
                                         "a key there");
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0 || about.st_uid != ::geteuid()) {
    return Fail(ErrorCode::kInvalid, path +
                                         " is open to others and so is nobody's own key: take "
                                         "it away, and the next compile makes another");
  }
  return ReadSigningKey(path);
}

Result<void> MakeOwnKey(const std::string& path) {
  const std::filesystem::path place(path);
  const std::string beside = path + "." + std::to_string(::getpid());
  std::error_code error;
  std::filesystem::create_directories(place.parent_path(), error);
  const ::mode_t old_mask = ::umask(S_IRWXG | S_IRWXO);
  const auto written = WriteFileAtomically(beside, runtime::SigningKey::Make().SecretText() + "\n");
  ::umask(old_mask);
  TRIPLINE_TRY_VOID(written);
  std::filesystem::create_hard_link(beside, place, error);
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  if (error && error != std::errc::file_exists) {
    return Fail(ErrorCode::kUnavailable, path + " cannot be made: " + error.message());
  }
  return {};
}

}  // namespace

Result<std::string> OwnKeyPath() {
  std::string folder = Environment("XDG_CONFIG_HOME");
  if (folder.empty() && !Environment("HOME").empty()) {
    folder = Environment("HOME") + "/.config";
  }
  if (folder.empty()) {
    return Fail(ErrorCode::kUnavailable,
                "there is no place for a key of your own: neither XDG_CONFIG_HOME nor HOME is set");
  }
  return folder + "/tripline/signing.key";
}

Result<runtime::SigningKey> OwnKey() {
  TRIPLINE_TRY(const std::string path, OwnKeyPath());
  Result<runtime::SigningKey> key = ReadOwnKey(path);
  if (!key && key.error().code == ErrorCode::kNotFound) {
    TRIPLINE_TRY_VOID(MakeOwnKey(path));
    key = ReadOwnKey(path);
    if (key) {
      Say(path + " is your own signing key, made just now; its public key is " + key->PublicText());
    }
  }
  return key;
}

Result<std::optional<std::string>> OwnPublicKey() {
  const Result<std::string> path = OwnKeyPath();
  if (!path) {
    return std::nullopt;
  }
  const Result<runtime::SigningKey> key = ReadOwnKey(*path);
  if (!key && key.error().code == ErrorCode::kNotFound) {
    return std::nullopt;
  }
  if (!key) {
    return std::unexpected(key.error());
  }
  return key->PublicText();
}

Result<runtime::SigningKey> ReadSigningKey(const std::string& path) {
  TRIPLINE_TRY(const std::string text, ReadFile(path, kMaxKeyBytes));
  Result<runtime::SigningKey> key = runtime::SigningKey::FromText(text);
  if (!key) {
    return Fail(key.error().code, path + ": " + key.error().message);
  }
  return key;
}

Result<std::vector<std::string>> TrustedKeys(const std::vector<std::string>& paths) {
  std::vector<std::string> keys;
  const auto own = OwnPublicKey();
  if (!own) {
    Say("your own signing key is not trusted: " + own.error().message);
  } else if (*own) {
    keys.push_back(**own);
  }
  for (const std::string& path : paths) {
    TRIPLINE_TRY(std::string key, ReadFile(path, kMaxKeyBytes));
    std::erase_if(key, [](char letter) { return letter == '\n' || letter == '\r'; });
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace tripline::cli

// Keys as files: the user's own, which `compile` signs with and every verb trusts, and those that
// options name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/ruleset_signature.h"

namespace tripline::cli {

/// Where the user's own key is: $XDG_CONFIG_HOME/tripline/signing.key, or below ~/.config. Errors:
/// kUnavailable (neither XDG_CONFIG_HOME nor HOME says where).
[[nodiscard]] Result<std::string> OwnKeyPath();

/// The user's own key, made if it is missing. Errors: kUnavailable (it cannot be made or read),
/// kInvalid (it is no key, or others may read it).
[[nodiscard]] Result<runtime::SigningKey> OwnKey();

/// Its public key; none if there is no key yet. Errors: as OwnKey.
[[nodiscard]] Result<std::optional<std::string>> OwnPublicKey();

/// A secret key as `keygen` writes it. Errors: no such file, no key.
[[nodiscard]] Result<runtime::SigningKey> ReadSigningKey(const std::string& path);

/// The user's own public key, and those in files as `keygen` writes them. That the own key cannot
/// be read is said, and does not matter further. Errors: a file that cannot be read.
[[nodiscard]] Result<std::vector<std::string>> TrustedKeys(const std::vector<std::string>& paths);

}  // namespace tripline::cli

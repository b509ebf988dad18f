// The bytes of a rule's detector or of an anomaly job's models, as the table `part` of a state file
// holds them: a checkpoint, which is number 0, and the changes since, each with its SHA-256 and cut
// into pieces.
//
// Thread-safety: one thread at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/state_database.h"

namespace tripline::runtime {

/// Whose parts: "rule" or "job", and its id.
struct PartOwner {
  std::string kind;
  std::string id;

  friend auto operator<=>(const PartOwner&, const PartOwner&) = default;
};

/// What WriteParts may rely on.
struct KeptParts {
  std::int64_t count = 0;
  bool is_damaged = false;  // ReadParts has failed
};

/// The checkpoint and the changes since, in their order. Errors: kInvalid, if they are not exactly
/// `num_parts` parts with their checksums.
[[nodiscard]] Result<std::vector<std::string>> ReadParts(const StateDatabase& database,
                                                         const PartOwner& owner,
                                                         std::int64_t num_parts);

/// Adds `parts` behind those that are `kept` (`is_delta`), or puts them in their place; the same
/// bytes again are not written. Answers how many parts are kept now.
[[nodiscard]] Result<std::int64_t> WriteParts(const StateDatabase& database, const PartOwner& owner,
                                              const KeptParts& kept, bool is_delta,
                                              const std::vector<std::string>& parts);

}  // namespace tripline::runtime

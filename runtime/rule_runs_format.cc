// What is kept of a ruleset's runs, one part per commit:
//
//   part   = "TRLRUNS\n", u32 version, u32 number, entry*, 32 bytes SHA-256 of all before it
//   entry  = u8 kind (0 rule, 1 job), string id, u32 length, piece
//
// Pieces are those of scheduled_rule_format.cc and scheduled_job.cc. A part of changes holds the
// rules and jobs that have changed.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"
#include "runtime/digest.h"
#include "runtime/rule_runs_state.h"

namespace tripline::runtime {
namespace {

constexpr std::string_view kMagic = "TRLRUNS\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kDigestBytes = sizeof(Sha256Digest);
constexpr std::size_t kMinBytesOfAnEntry = 1 + 4 + 4;

enum class Kind : std::uint8_t { kRule, kJob };

std::string_view BytesOf(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Result<void> AddEntry(Kind kind, const std::string& id, const auto& run, SavedPart part,
                      ByteWriter& writer) {
  ByteWriter piece;
  run.Save(piece, part);
  if (piece.bytes().size() > std::numeric_limits<std::uint32_t>::max()) {
    return Fail(ErrorCode::kLimit, "what '" + id + "' knows takes more than 4 GB");
  }
  writer.Number(static_cast<std::uint8_t>(kind));
  writer.String(id);
  writer.String(piece.bytes());
  return {};
}

}  // namespace

Result<std::string> RuleRuns::Save(SavedPart part) {
  State& state = *state_;
  state.Begin();
  ByteWriter entries;
  std::uint32_t num_entries = 0;
  const bool is_everything = part == SavedPart::kEverything;
  for (const State::Rule& rule : state.rules) {
    if (rule.run && (is_everything || rule.run->HasChanged())) {
      TRIPLINE_TRY_VOID(AddEntry(Kind::kRule, rule.run->spec().rule_id, *rule.run, part, entries));
      ++num_entries;
    }
  }
  for (const State::Job& job : state.jobs) {
    if (job.run && (is_everything || job.run->HasChanged())) {
      TRIPLINE_TRY_VOID(AddEntry(Kind::kJob, job.run->spec().job_id, *job.run, part, entries));
      ++num_entries;
    }
  }
  ByteWriter writer;
  writer.Reserve(kMagic.size() + 8 + entries.bytes().size() + kDigestBytes);
  writer.Append(kMagic);
  writer.Number(kVersion);
  writer.Number(num_entries);
  writer.Append(entries.bytes());
  const Sha256Digest digest = Sha256Of(writer.bytes());
  writer.Append(BytesOf(digest));
  state.is_saved = true;
  return writer.Take();
}

Result<void> RuleRuns::MarkKept() {
  if (!state_->is_saved) {
    return Fail(ErrorCode::kUsage,
                "what was saved is to count as kept, and something has changed since");
  }
  state_->is_saved = false;
  for (const State::Rule& rule : state_->rules) {
    if (rule.run) {
      rule.run->MarkKept();
    }
  }
  for (const State::Job& job : state_->jobs) {
    if (job.run) {
      job.run->MarkKept();
    }
  }
  return {};
}

Result<void> RuleRuns::Restore(std::string_view saved) {
  State& state = *state_;
  if (state.has_begun) {
    return Fail(ErrorCode::kUsage, "kept state is restored before anything else is asked");
  }
  const std::string what = "the kept state of the scheduled runs";
  ByteReader whole(saved, what);
  if (!saved.starts_with(kMagic)) {
    return whole.Damaged("its beginning");
  }
  TRIPLINE_TRY_VOID(whole.Take(kMagic.size()));
  TRIPLINE_TRY(const auto version, whole.Number<std::uint32_t>());
  if (version != kVersion) {
    return Fail(ErrorCode::kUnsupported, what + " has version " + std::to_string(version) +
                                             "; this build reads " + std::to_string(kVersion));
  }
  if (whole.num_left() < kDigestBytes ||
      saved.substr(saved.size() - kDigestBytes) !=
          BytesOf(Sha256Of(saved.substr(0, saved.size() - kDigestBytes)))) {
    return whole.Damaged("bytes that fit their checksum");
  }
  std::unordered_map<std::string_view, ScheduledRule*> rules;
  for (const State::Rule& rule : state.rules) {
    if (rule.run) {
      rules.emplace(rule.run->spec().rule_id, rule.run.get());
    }
  }
  std::unordered_map<std::string_view, ScheduledJob*> jobs;
  for (const State::Job& job : state.jobs) {
    if (job.run) {
      jobs.emplace(job.run->spec().job_id, job.run.get());
    }
  }
  ByteReader reader(saved.substr(whole.position(), whole.num_left() - kDigestBytes), what);
  TRIPLINE_TRY(const std::uint32_t num_entries, reader.Count(kMinBytesOfAnEntry));
  for (std::uint32_t i = 0; i < num_entries; ++i) {
    TRIPLINE_TRY(const auto kind, reader.Number<std::uint8_t>());
    TRIPLINE_TRY(const std::string_view id, reader.String());
    TRIPLINE_TRY(const std::string_view bytes, reader.String());
    const std::string whose = what + ", of '" + std::string(id) + "'";
    ByteReader piece(bytes, whose);
    if (kind == static_cast<std::uint8_t>(Kind::kRule)) {
      if (const auto rule = rules.find(id); rule != rules.end()) {
        TRIPLINE_TRY_VOID(rule->second->Load(piece));
      } else {
        state.dropped.emplace(id);
      }
    } else if (kind == static_cast<std::uint8_t>(Kind::kJob)) {
      if (const auto job = jobs.find(id); job != jobs.end()) {
        TRIPLINE_TRY_VOID(job->second->Load(piece));
      } else {
        state.dropped.emplace(id);
      }
    } else {
      return reader.Damaged("a rule or a job");
    }
  }
  if (!reader.AtEnd()) {
    return reader.Damaged("its end");
  }
  return {};
}

}  // namespace tripline::runtime

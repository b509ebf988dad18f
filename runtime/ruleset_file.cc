// Layout and reasons: docs/ruleset_format.md. Loading goes from the outside in: magic, version,
// checksum, section table, sections, and at the end the question whether this build would have
// written the same bytes, which rules out everything that nobody looked at on the way.
#include "runtime/ruleset_file.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "jit/program_bytes.h"
#include "runtime/anomaly/job_bytes.h"
#include "runtime/digest.h"
#include "runtime/ruleset_manifest.h"

namespace tripline::runtime {
namespace {

constexpr std::uint32_t kManifestKind = 1;
constexpr std::uint32_t kProgramKind = 2;
constexpr std::uint32_t kJobsKind = 3;  // only where there are any
constexpr std::uint32_t kRequired = 1;  // flag: whoever does not know the kind must refuse the file
constexpr std::uint32_t kMaxSections = 64;
constexpr std::size_t kHeaderBytes = 16;  // magic, version, number of sections
constexpr std::size_t kEntryBytes = 24;
constexpr std::size_t kDigestBytes = 32;
constexpr std::string_view kFormat = "a ruleset file";

struct Section {
  std::uint32_t kind = 0;
  std::uint32_t flags = 0;
  std::string_view payload;
};

std::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// Header and table; the payloads follow in the order of the sections.
std::string WriteTable(std::span<const Section> sections) {
  ByteWriter writer;
  for (const char byte : kRulesetMagic) {
    writer.Number(byte);
  }
  writer.Number(kRulesetVersion);
  writer.Number(static_cast<std::uint32_t>(sections.size()));
  std::uint64_t offset = kHeaderBytes + sections.size() * kEntryBytes;
  for (const Section& section : sections) {
    writer.Number(section.kind);
    writer.Number(section.flags);
    writer.Number(offset);
    writer.Number(std::uint64_t{section.payload.size()});
    offset += section.payload.size();
  }
  return writer.Take();
}

std::vector<Section> PortableSections(std::string_view manifest, std::string_view program,
                                      std::string_view jobs) {
  std::vector<Section> sections = {{kManifestKind, kRequired, manifest},
                                   {kProgramKind, kRequired, program}};
  if (!jobs.empty()) {
    sections.push_back({kJobsKind, kRequired, jobs});
  }
  return sections;
}

// The payloads of a ruleset; value lists make them hundreds of megabytes, so they are not copied.
struct Payloads {
  explicit Payloads(const Ruleset& ruleset)
      : manifest(WriteManifest(ruleset)),
        program(jit::Serialize(ruleset.program)),
        jobs(ruleset.jobs.empty() ? "" : SaveJobs(ruleset.jobs)) {}
  [[nodiscard]] std::vector<Section> Sections() const {
    return PortableSections(manifest, program, jobs);
  }

  std::string manifest;
  std::string program;
  std::string jobs;
};

std::string HashOf(std::span<const Section> sections) {
  Sha256 digest;
  digest.Add(WriteTable(sections));
  for (const Section& section : sections) {
    digest.Add(section.payload);
  }
  return ToHex(digest.Finish());
}

Result<void> CheckHeader(std::string_view bytes) {
  if (!bytes.starts_with(kRulesetMagic)) {
    return Fail(ErrorCode::kInvalid,
                bytes.starts_with(kRulesetMagic.substr(0, 4))
                    ? "a ruleset file that was changed or cut off on its way (its first bytes are "
                      "damaged); copy it again, as binary"
                    : "no ruleset file: expected what `tripline compile` writes");
  }
  ByteReader reader(bytes.substr(kRulesetMagic.size()), kFormat);
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kRulesetVersion) {
    return Fail(ErrorCode::kUnsupported, "a ruleset file of version " + std::to_string(version) +
                                             ", but this build reads version " +
                                             std::to_string(kRulesetVersion) +
                                             "; compile the rules again with this build");
  }
  return {};
}

Result<void> CheckDigest(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + kDigestBytes) {
    return Fail(ErrorCode::kInvalid, "a ruleset file that is cut off after " +
                                         std::to_string(bytes.size()) + " bytes; copy it again");
  }
  const std::size_t end = bytes.size() - kDigestBytes;
  if (AsBytes(Sha256Of(bytes.substr(0, end))) != bytes.substr(end)) {
    return Fail(ErrorCode::kInvalid,
                "a ruleset file that is damaged or cut off: its checksum does not fit its " +
                    std::to_string(bytes.size()) + " bytes; copy it again, or compile again");
  }
  return {};
}

// Sections lie one behind the other, without gaps, in the order of the table.
Result<std::vector<Section>> ReadSections(std::string_view bytes) {
  const std::string_view body = bytes.substr(0, bytes.size() - kDigestBytes);
  ByteReader reader(body, kFormat);
  TRIPLINE_TRY_VOID(reader.Take(kRulesetMagic.size() + sizeof(kRulesetVersion)));
  TRIPLINE_TRY(const std::uint32_t count, reader.Count(kEntryBytes));
  if (count > kMaxSections) {
    return reader.Damaged("at most " + std::to_string(kMaxSections) + " sections");
  }
  std::vector<Section> sections;
  std::uint64_t next = kHeaderBytes + std::uint64_t{count} * kEntryBytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    Section section;
    TRIPLINE_TRY(section.kind, reader.Number<std::uint32_t>());
    TRIPLINE_TRY(section.flags, reader.Number<std::uint32_t>());
    TRIPLINE_TRY(const auto offset, reader.Number<std::uint64_t>());
    TRIPLINE_TRY(const auto size, reader.Number<std::uint64_t>());
    if (offset != next || size > body.size() - next) {
      return reader.Damaged("a section that lies behind the one before it, inside the file");
    }
    section.payload = body.substr(offset, size);
    next += size;
    sections.push_back(section);
  }
  if (next != body.size()) {
    return reader.Damaged("nothing between the last section and the checksum");
  }
  return sections;
}

// The payload of a kind that may be there once; empty if it is not.
Result<std::string_view> FindAny(const std::vector<Section>& sections, std::uint32_t kind,
                                 std::string_view name) {
  std::optional<std::string_view> found;
  for (const Section& section : sections) {
    if (section.kind == kind && found) {
      return Fail(ErrorCode::kInvalid, "a ruleset file with two " + std::string(name) + "s");
    }
    if (section.kind == kind) {
      found = section.payload;
    }
  }
  return found.value_or("");
}

// The payload of a kind that must be there once.
Result<std::string_view> Find(const std::vector<Section>& sections, std::uint32_t kind,
                              std::string_view name) {
  TRIPLINE_TRY(const std::string_view found, FindAny(sections, kind, name));
  if (found.empty()) {
    return Fail(ErrorCode::kInvalid, "a ruleset file without a " + std::string(name));
  }
  return found;
}

Result<void> CheckKinds(const std::vector<Section>& sections) {
  for (const Section& section : sections) {
    const bool is_known =
        section.kind == kManifestKind || section.kind == kProgramKind || section.kind == kJobsKind;
    if (is_known && section.flags != kRequired) {
      return Fail(ErrorCode::kInvalid, "a ruleset file that calls its own rules optional");
    }
    if (!is_known && (section.flags & kRequired) != 0) {
      return Fail(ErrorCode::kUnsupported,
                  "a ruleset file with a part of kind " + std::to_string(section.kind) +
                      " that this build does not know and must not pass over; use a newer build");
    }
  }
  return {};
}

Result<void> CheckRules(const Ruleset& ruleset) {
  for (const RuleSpec& rule : ruleset.rules) {
    if (rule.query && *rule.query >= ruleset.program.outputs.size()) {
      return Fail(ErrorCode::kInvalid, "a ruleset file in which the rule `" + rule.rule_id +
                                           "` has query " + std::to_string(*rule.query) + " of " +
                                           std::to_string(ruleset.program.outputs.size()));
    }
    if (rule.alerting_records && (*rule.alerting_records >= ruleset.program.outputs.size() ||
                                  rule.type != RuleType::kMachineLearning)) {
      return Fail(ErrorCode::kInvalid, "a ruleset file in which the rule `" + rule.rule_id +
                                           "` has exceptions that are not there");
    }
    const bool has_known_jobs = std::ranges::all_of(
        rule.jobs, [&](std::uint32_t job) { return job < ruleset.jobs.size(); });
    if (!has_known_jobs || (!rule.jobs.empty() && rule.type != RuleType::kMachineLearning)) {
      return Fail(ErrorCode::kInvalid, "a ruleset file in which the rule `" + rule.rule_id +
                                           "` has a job that is not there");
    }
  }
  for (const AnomalyJobSpec& job : ruleset.jobs) {
    if (job.query && *job.query >= ruleset.program.outputs.size()) {
      return Fail(ErrorCode::kInvalid,
                  "a ruleset file in which the job `" + job.job_id + "` has no query");
    }
  }
  return {};
}

}  // namespace

std::string SaveRuleset(const Ruleset& ruleset) {
  const Payloads payloads(ruleset);
  const std::vector<Section> sections = payloads.Sections();
  std::string bytes = WriteTable(sections);
  for (const Section& section : sections) {
    bytes += section.payload;
  }
  bytes += AsBytes(Sha256Of(bytes));
  return bytes;
}

Result<Ruleset> LoadRuleset(std::string_view bytes) {
  TRIPLINE_TRY_VOID(CheckHeader(bytes));
  TRIPLINE_TRY_VOID(CheckDigest(bytes));
  TRIPLINE_TRY(const std::vector<Section> sections, ReadSections(bytes));
  TRIPLINE_TRY_VOID(CheckKinds(sections));
  TRIPLINE_TRY(const std::string_view manifest_bytes, Find(sections, kManifestKind, "manifest"));
  TRIPLINE_TRY(const std::string_view program_bytes, Find(sections, kProgramKind, "program"));
  TRIPLINE_TRY(jit::Program program, jit::Deserialize(program_bytes));
  TRIPLINE_TRY(RulesetManifest manifest, ReadManifest(manifest_bytes));
  TRIPLINE_TRY(const std::string_view job_bytes, FindAny(sections, kJobsKind, "list of jobs"));
  std::vector<AnomalyJobSpec> jobs;
  if (!job_bytes.empty()) {
    TRIPLINE_TRY(jobs, LoadJobs(job_bytes));
  }
  Ruleset ruleset = MakeRuleset(std::move(program), std::move(manifest.rules),
                                manifest.detector_fields, std::move(jobs));
  TRIPLINE_TRY_VOID(CheckRules(ruleset));
  if (ruleset.content_hash != HashOf(PortableSections(manifest_bytes, program_bytes, job_bytes))) {
    return Fail(ErrorCode::kInvalid,
                "a ruleset file that `tripline compile` cannot have written: it holds more or "
                "other things than it says; compile the rules again");
  }
  return ruleset;
}

std::string ContentHash(const Ruleset& ruleset) { return HashOf(Payloads(ruleset).Sections()); }

}  // namespace tripline::runtime

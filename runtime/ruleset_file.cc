// Layout and reasons: docs/ruleset_format.md. Loading goes from the outside in: the sections
// (ruleset_sections.h), what they hold, and at the end the question whether this build would have
// written the same bytes, which rules out everything that nobody looked at on the way.
#include "runtime/ruleset_file.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "jit/program_bytes.h"
#include "runtime/anomaly/job_bytes.h"
#include "runtime/digest.h"
#include "runtime/ruleset_manifest.h"
#include "runtime/ruleset_sections.h"

namespace tripline::runtime {
namespace {

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
  return WriteSections(payloads.Sections());
}

Result<Ruleset> LoadRuleset(std::string_view bytes) {
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

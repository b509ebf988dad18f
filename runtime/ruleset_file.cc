// Layout and reasons: docs/ruleset_format.md. Loading goes from the outside in: the sections
// (ruleset_sections.h), what they hold, and at the end the question whether this build would have
// written the same bytes, which rules out everything that nobody looked at on the way. A trusted
// signature answers that question; verifying the program and every member stays.
#include "runtime/ruleset_file.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "jit/program_bytes.h"
#include "runtime/anomaly/job_bytes.h"
#include "runtime/ruleset_manifest.h"
#include "runtime/ruleset_sections.h"
#include "runtime/ruleset_signature.h"

namespace tripline::runtime {
namespace {

// The payloads of a ruleset, looking into a file or into Written.
struct Payloads {
  std::string_view manifest;
  std::string_view program;
  std::string_view jobs;       // empty: there are none
  std::string_view documents;  // the same

  [[nodiscard]] std::vector<Section> Sections() const {
    std::vector<Section> sections = {{kManifestKind, kRequired, manifest},
                                     {kProgramKind, kRequired, program}};
    if (!jobs.empty()) {
      sections.push_back({kJobsKind, kRequired, jobs});
    }
    if (!documents.empty()) {
      sections.push_back({kDocumentsKind, kRequired, documents});
    }
    return sections;
  }
};

// What a ruleset is written as; value lists make it hundreds of megabytes, so it is not copied.
struct Written {
  explicit Written(const Ruleset& ruleset)
      : manifest(WriteManifest(ruleset)),
        program(jit::Serialize(ruleset.program)),
        jobs(ruleset.jobs.empty() ? "" : SaveJobs(ruleset.jobs)),
        documents(ruleset.rules.empty() ? "" : WriteDocuments(ruleset.rules)) {}
  [[nodiscard]] std::vector<Section> Sections() const {
    return Payloads{manifest, program, jobs, documents}.Sections();
  }

  std::string manifest;
  std::string program;
  std::string jobs;
  std::string documents;
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
    const bool is_known = section.kind == kManifestKind || section.kind == kProgramKind ||
                          section.kind == kJobsKind || section.kind == kDocumentsKind;
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

Result<Payloads> FindPayloads(const std::vector<Section>& sections) {
  TRIPLINE_TRY_VOID(CheckKinds(sections));
  Payloads payloads;
  TRIPLINE_TRY(payloads.manifest, Find(sections, kManifestKind, "manifest"));
  TRIPLINE_TRY(payloads.program, Find(sections, kProgramKind, "program"));
  TRIPLINE_TRY(payloads.jobs, FindAny(sections, kJobsKind, "list of jobs"));
  TRIPLINE_TRY(payloads.documents, FindAny(sections, kDocumentsKind, "list of documents"));
  return payloads;
}

// Everything but the question whether it is all that is written there.
Result<Ruleset> ReadPayloads(const Payloads& payloads) {
  TRIPLINE_TRY(jit::Program program, jit::Deserialize(payloads.program));
  TRIPLINE_TRY(RulesetManifest manifest, ReadManifest(payloads.manifest));
  if (!payloads.documents.empty() || !manifest.rules.empty()) {
    TRIPLINE_TRY_VOID(ReadDocuments(payloads.documents, manifest.rules));
  }
  std::vector<AnomalyJobSpec> jobs;
  if (!payloads.jobs.empty()) {
    TRIPLINE_TRY(jobs, LoadJobs(payloads.jobs));
  }
  Ruleset ruleset = MakeUnhashedRuleset(std::move(program), std::move(manifest.rules),
                                        manifest.detector_fields, std::move(jobs));
  TRIPLINE_TRY_VOID(CheckRules(ruleset));
  ruleset.content_hash = HashOf(payloads.Sections());
  return ruleset;
}

Result<void> CheckWrittenByUs(const Ruleset& ruleset) {
  TRIPLINE_TRY_VOID(CheckDocuments(ruleset.rules));
  if (ruleset.content_hash != ContentHash(ruleset)) {
    return Fail(ErrorCode::kInvalid,
                "a ruleset file that `tripline compile` cannot have written: it holds more or "
                "other things than it says; compile the rules again");
  }
  return {};
}

// Why no cache of a file may be used, whatever it is for; empty: they may. A signature that is none
// is an unsigned file's.
std::string WhyNotTrusted(const std::vector<Section>& sections,
                          std::span<const std::string> trusted_keys) {
  const auto signature = SignatureOf(sections);
  if (!signature || !*signature) {
    return "the file is not signed";
  }
  if (!(*signature)->fits) {
    return "its signature does not fit: the file was changed since";
  }
  if (std::ranges::find(trusted_keys, (*signature)->key) == trusted_keys.end()) {
    return "it is signed by " + (*signature)->key + ", whom nobody here trusts";
  }
  return {};
}

bool IsCache(const Section& section) { return section.kind == kCacheKind; }

// Of the caches that fit, the one for the processor that can do the most. Requires trust in whoever
// wrote them.
std::string ChooseCache(const std::vector<Section>& sections, Ruleset& ruleset) {
  std::string note;
  std::size_t most = 0;
  const Section* best = nullptr;
  for (const Section& section : sections) {
    if (!IsCache(section)) {
      continue;
    }
    const auto outline = ReadCacheOutline(section.payload);
    const std::string problem =
        outline ? WhyNotHere(outline->fingerprint) : outline.error().message;
    const std::size_t num_features = outline ? outline->fingerprint.target.features.size() : 0;
    if (!problem.empty()) {
      note += (note.empty() ? "" : "; ") + problem;
    } else if (best == nullptr || num_features > most) {
      best = &section;
      most = num_features;
    }
  }
  if (best == nullptr) {
    return note;
  }
  Result<RulesetCache> cache = ReadCache(best->payload);
  if (!cache) {
    return cache.error().message;
  }
  ruleset.native = std::make_shared<const NativeCache>(std::move(cache->native));
  return {};
}

}  // namespace

std::string SaveRuleset(const Ruleset& ruleset, std::span<const RulesetCache> caches) {
  const Written written(ruleset);
  std::vector<std::string> payloads;
  for (const RulesetCache& cache : caches) {
    payloads.push_back(WriteCache(cache));
  }
  std::vector<Section> sections = written.Sections();
  for (const std::string& payload : payloads) {
    sections.push_back({kCacheKind, 0, payload});
  }
  return WriteSections(sections);
}

Result<Ruleset> LoadRuleset(std::string_view bytes) {
  TRIPLINE_TRY(LoadedRulesetFile loaded, LoadRuleset(bytes, {}));
  return std::move(loaded.ruleset);
}

Result<LoadedRulesetFile> LoadRuleset(std::string_view bytes,
                                      std::span<const std::string> trusted_keys) {
  TRIPLINE_TRY(const std::vector<Section> sections, ReadSections(bytes));
  TRIPLINE_TRY(const Payloads payloads, FindPayloads(sections));
  LoadedRulesetFile loaded;
  TRIPLINE_TRY(loaded.ruleset, ReadPayloads(payloads));
  std::string why_not = WhyNotTrusted(sections, trusted_keys);
  if (!why_not.empty()) {
    TRIPLINE_TRY_VOID(CheckWrittenByUs(loaded.ruleset));
  }
  if (std::ranges::any_of(sections, IsCache)) {
    loaded.cache_note =
        why_not.empty() ? ChooseCache(sections, loaded.ruleset) : std::move(why_not);
  }
  return loaded;
}

Result<std::vector<CacheSummary>> CachesOf(std::string_view bytes) {
  TRIPLINE_TRY(const std::vector<Section> sections, ReadSections(bytes));
  std::vector<CacheSummary> summaries;
  for (const Section& section : sections) {
    if (IsCache(section)) {
      Result<CacheOutline> outline = ReadCacheOutline(section.payload);
      CacheSummary& summary = summaries.emplace_back();
      summary.why_not_here = outline ? WhyNotHere(outline->fingerprint) : outline.error().message;
      summary.outline = std::move(outline).value_or(CacheOutline{});
    }
  }
  return summaries;
}

Result<std::string> WithoutCaches(std::string_view bytes) {
  TRIPLINE_TRY(std::vector<Section> sections, ReadSections(bytes));
  std::erase_if(sections, [](const Section& section) {
    return IsCache(section) || section.kind == kSignatureKind;
  });
  return WriteSections(sections);
}

std::string ContentHash(const Ruleset& ruleset) { return HashOf(Written(ruleset).Sections()); }

}  // namespace tripline::runtime

// Pattern databases are made by the same deciders that later look for them, so that each stands
// under the literals that it will be asked for by (jit/pattern_databases.h).
#include "runtime/ruleset_cache.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "jit/engine.h"
#include "jit/field_decider.h"
#include "jit/pattern_set.h"

namespace tripline::runtime {
namespace {

constexpr std::string_view kFormat = "the machine code of a ruleset file";

// Databases for less than a machine has run there as well, so there are only these.
jit::PatternPlatform PlatformOf(const jit::CodeTarget& target, const std::string& cpu) {
  if (cpu == "native") {
    return jit::PatternPlatform::kThisMachine;
  }
  return std::ranges::binary_search(target.features, "avx2") ? jit::PatternPlatform::kAvx2
                                                             : jit::PatternPlatform::kBaseline;
}

Result<jit::PatternDatabases> CompilePatterns(const jit::Program& program,
                                              const jit::PatternLimits& limits) {
  std::vector<bool> has_leaves(program.fields.size());
  for (const jit::Leaf& leaf : program.leaves) {
    has_leaves[leaf.field] = true;
  }
  jit::PatternDatabases databases;
  for (jit::FieldIndex field = 0; field < program.fields.size(); ++field) {
    if (!has_leaves[field] || program.fields[field].kind == jit::ColumnKind::kDelegated) {
      continue;
    }
    TRIPLINE_TRY(const jit::FieldDecider decider, jit::FieldDecider::Make(program, field, limits));
    if (const jit::PatternSet* const patterns = decider.patterns()) {
      TRIPLINE_TRY_VOID(patterns->AddTo(&databases));
    }
  }
  return databases;
}

Result<std::string> ReadText(ByteReader& reader) {
  TRIPLINE_TRY(const std::string_view text, reader.String());
  return std::string(text);
}

Result<CacheFingerprint> ReadFingerprint(ByteReader& reader) {
  TRIPLINE_TRY(const auto version, reader.Number<std::uint32_t>());
  if (version != kCacheVersion) {
    return Fail(ErrorCode::kUnsupported, "it is of version " + std::to_string(version) +
                                             ", and this build reads version " +
                                             std::to_string(kCacheVersion));
  }
  CacheFingerprint fingerprint;
  TRIPLINE_TRY(fingerprint.target.architecture, ReadText(reader));
  TRIPLINE_TRY(fingerprint.target.cpu, ReadText(reader));
  TRIPLINE_TRY(fingerprint.target.generator, ReadText(reader));
  TRIPLINE_TRY(fingerprint.target.kernel, ReadText(reader));
  TRIPLINE_TRY(fingerprint.library, ReadText(reader));
  TRIPLINE_TRY(const auto count, reader.Count(sizeof(std::uint32_t)));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRIPLINE_TRY(std::string feature, ReadText(reader));
    fingerprint.target.features.push_back(std::move(feature));
  }
  return fingerprint;
}

}  // namespace

Result<RulesetCache> CompileCache(const jit::Program& program, const std::string& cpu) {
  RulesetCache cache;
  TRIPLINE_TRY(cache.fingerprint.target, jit::TargetOf(cpu));
  cache.fingerprint.library = jit::PatternSet::Library();
  const jit::PatternLimits limits{.platform = PlatformOf(cache.fingerprint.target, cpu)};
  TRIPLINE_TRY(cache.native.patterns, CompilePatterns(program, limits));
  TRIPLINE_TRY(cache.native.kernel, jit::CompileToObject(program, {.target_cpu = cpu}));
  return cache;
}

std::string WriteCache(const RulesetCache& cache) {
  const jit::CodeTarget& target = cache.fingerprint.target;
  ByteWriter writer;
  writer.Number(kCacheVersion);
  for (const std::string& text : {target.architecture, target.cpu, target.generator, target.kernel,
                                  cache.fingerprint.library}) {
    writer.String(text);
  }
  writer.Number(static_cast<std::uint32_t>(target.features.size()));
  for (const std::string& feature : target.features) {
    writer.String(feature);
  }
  writer.String(cache.native.kernel);
  writer.Number(static_cast<std::uint32_t>(cache.native.patterns.size()));
  for (const auto& [literals, database] : cache.native.patterns) {
    writer.String(literals);
    writer.String(database);
  }
  return writer.Take();
}

Result<CacheOutline> ReadCacheOutline(std::string_view bytes) {
  ByteReader reader(bytes, kFormat);
  CacheOutline outline;
  TRIPLINE_TRY(outline.fingerprint, ReadFingerprint(reader));
  TRIPLINE_TRY(const std::string_view code, reader.String());
  outline.code_bytes = code.size();
  outline.database_bytes = reader.num_left();
  return outline;
}

Result<RulesetCache> ReadCache(std::string_view bytes) {
  ByteReader reader(bytes, kFormat);
  RulesetCache cache;
  TRIPLINE_TRY(cache.fingerprint, ReadFingerprint(reader));
  TRIPLINE_TRY(cache.native.kernel, ReadText(reader));
  TRIPLINE_TRY(const auto count, reader.Count(2 * sizeof(std::uint32_t)));
  for (std::uint32_t i = 0; i < count; ++i) {
    TRIPLINE_TRY(std::string literals, ReadText(reader));
    TRIPLINE_TRY(std::string database, ReadText(reader));
    cache.native.patterns.insert_or_assign(std::move(literals), std::move(database));
  }
  if (!reader.AtEnd()) {
    return reader.Damaged("the end");
  }
  return cache;
}

std::string WhyNotHere(const CacheFingerprint& fingerprint) {
  if (fingerprint.library != jit::PatternSet::Library()) {
    return "it was made with " + fingerprint.library + ", and here is " +
           jit::PatternSet::Library();
  }
  return jit::WhyNotHere(fingerprint.target);
}

}  // namespace tripline::runtime

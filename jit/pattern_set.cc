// One database per set, in block mode over bytes: pure literals, each reported once per value.
// Globs with the same literal share it.
//
// A database is kept under the text of its literals (folded or not, length, bytes; in the order of
// their numbers), so it can only be found by a set that looks for the same.
//
// What the library may throw at us ends here: its C interface throws nothing, and the callback
// writes into memory that was reserved before the scan.
#include "jit/pattern_set.h"

#include <hs.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "jit/glob.h"

namespace tripline::jit {
namespace {

/// Shorter literals occur everywhere: sorting out their hits costs more than asking the twin.
constexpr std::size_t kMinLiteral = 3;
/// Of longer ones the front is looked for, and the whole confirmed.
constexpr std::size_t kMaxLiteral = 64;

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct FreeScratch {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
struct FreeCompileError {
  void operator()(hs_compile_error_t* error) const { hs_free_compile_error(error); }
};
struct FreeBytes {
  void operator()(char* bytes) const { std::free(bytes); }  // the library's allocator is malloc
};
using Database = std::unique_ptr<hs_database_t, FreeDatabase>;

/// What is looked for: bytes, and whether ASCII letters are folded.
using Literal = std::pair<std::string, bool>;
/// Each with the globs that it stands for.
using Literals = std::map<Literal, std::vector<std::uint32_t>>;

/// The runs of literal bytes in a glob that are worth looking for, looking into it.
std::vector<std::string_view> RunsOf(const Glob& glob) {
  std::vector<std::string_view> runs;
  for (const std::string_view piece : glob.pieces) {
    for (std::size_t begin = 0; begin <= piece.size();) {
      const std::size_t question = glob.has_question ? piece.find('?', begin) : piece.npos;
      const std::size_t end = std::min(question, piece.size());
      if (end - begin >= kMinLiteral) {
        runs.push_back(piece.substr(begin, std::min(end - begin, kMaxLiteral)));
      }
      begin = end + 1;
    }
  }
  return runs;
}

/// What many globs of a field hold ("/home/", ".exe") is common in its values too: the best run to
/// look for is long and in few globs.
class LiteralChoice {
 public:
  explicit LiteralChoice(const std::vector<Glob>& globs) {
    for (const Glob& glob : globs) {
      for (const std::string_view run : RunsOf(glob)) ++num_uses_[run];
    }
  }
  /// Empty if the glob has nothing worth looking for.
  [[nodiscard]] std::string_view Of(const Glob& glob) const {
    const std::vector<std::string_view> runs = RunsOf(glob);
    const auto best = std::ranges::min_element(
        runs, [this](std::string_view a, std::string_view b) { return IsBetter(a, b); });
    return best == runs.end() ? std::string_view() : *best;
  }

 private:
  [[nodiscard]] bool IsBetter(std::string_view a, std::string_view b) const {
    const std::size_t cost_a = num_uses_.at(a) * std::min(b.size(), kRareLength);
    const std::size_t cost_b = num_uses_.at(b) * std::min(a.size(), kRareLength);
    return cost_a != cost_b ? cost_a < cost_b : a.size() > b.size();
  }

  static constexpr std::size_t kRareLength = 8;  // longer ones are hardly rarer

  std::map<std::string_view, std::size_t> num_uses_;
};

/// True if a value that holds the literal matches the glob.
bool IsContains(const Glob& glob, std::string_view literal) {
  Glob exact = glob;
  exact.ignores_case = false;
  return Classify(exact) == GlobShape::kContains && LiteralOf(exact) == literal;
}

std::string TextOf(const Literals& literals) {
  ByteWriter writer;
  for (const auto& [literal, patterns] : literals) {
    writer.Number<std::uint8_t>(literal.second ? 1 : 0);
    writer.String(literal.first);
  }
  return writer.Take();
}

/// Null if there is none, or the library does not take it on this machine.
Database FindReady(const Literals& literals, const PatternLimits& limits) {
  if (limits.ready == nullptr) return nullptr;
  const auto found = limits.ready->find(TextOf(literals));
  hs_database_t* database = nullptr;
  if (found == limits.ready->end() ||
      hs_deserialize_database(found->second.data(), found->second.size(), &database) !=
          HS_SUCCESS) {
    return nullptr;
  }
  return Database(database);
}

hs_platform_info_t InfoOf(PatternPlatform platform) {
  hs_platform_info_t info{};
  info.tune = HS_TUNE_FAMILY_GENERIC;
  info.cpu_features = platform == PatternPlatform::kAvx2 ? HS_CPU_FEATURES_AVX2 : 0;
  return info;
}

std::expected<Database, std::string> CompileLiterals(const Literals& literals,
                                                     PatternPlatform platform) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  std::vector<unsigned> flags;
  std::vector<unsigned> numbers;
  for (const auto& [literal, patterns] : literals) {
    texts.push_back(literal.first.data());
    lengths.push_back(literal.first.size());
    flags.push_back(HS_FLAG_SINGLEMATCH | (literal.second ? HS_FLAG_CASELESS : 0U));
    numbers.push_back(static_cast<unsigned>(numbers.size()));
  }
  const hs_platform_info_t info = InfoOf(platform);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t code = hs_compile_lit_multi(
      texts.data(), flags.data(), numbers.data(), lengths.data(),
      static_cast<unsigned>(numbers.size()), HS_MODE_BLOCK,
      platform == PatternPlatform::kThisMachine ? nullptr : &info, &database, &error);
  if (code == HS_SUCCESS) return Database(database);
  const std::unique_ptr<hs_compile_error_t, FreeCompileError> owned(error);
  const bool has_reason = owned != nullptr && owned->message != nullptr;
  return std::unexpected(std::string(has_reason ? owned->message : "refused without a reason"));
}

/// Writes into memory that was reserved before the scan.
int TakeHit(unsigned literal, unsigned long long /*from*/, unsigned long long /*to*/,
            unsigned /*flags*/, void* context) noexcept {
  auto* const hits = static_cast<std::vector<std::uint32_t>*>(context);
  if (hits->size() == hits->capacity()) return 1;  // ends the scan; the twin answers
  hits->push_back(literal);
  return 0;
}

}  // namespace

struct PatternScratch::State {
  std::unique_ptr<hs_scratch_t, FreeScratch> scratch;
  std::vector<std::uint32_t> literals;  // hits of the scan that runs
};

struct PatternSet::State {
  std::vector<Glob> globs;
  std::vector<bool> is_contains;  // by glob: its literal says it all
  std::vector<Fallback> fallbacks;
  Database database;                                   // none: all globs are fallbacks
  std::vector<std::vector<std::uint32_t>> of_literal;  // by literal: its globs
  std::size_t database_bytes = 0;
  bool was_compiled = false;
  std::string key;  // the literals, under which the database is kept

  /// What the library is to look for; globs that have nothing of that kind become fallbacks.
  Literals Collect(const PatternLimits& limits);
  void Compile(const Literals& literals, const PatternLimits& limits);
  [[nodiscard]] bool Scan(std::string_view value, PatternScratch::State& scratch) const;
};

Literals PatternSet::State::Collect(const PatternLimits& limits) {
  Literals literals;
  const LiteralChoice choice(globs);
  is_contains.resize(globs.size());
  for (std::uint32_t pattern = 0; pattern < globs.size(); ++pattern) {
    const Glob& glob = globs[pattern];
    const std::string_view text = choice.Of(glob);
    if (text.empty()) {
      fallbacks.push_back({pattern, "its longest literal is too short"});
      continue;
    }
    const auto known = literals.find(Literal(text, glob.ignores_case));
    if (known == literals.end() && literals.size() >= limits.literals) {
      fallbacks.push_back({pattern, "there are too many literals"});
      continue;
    }
    is_contains[pattern] = IsContains(glob, text);
    literals[Literal(text, glob.ignores_case)].push_back(pattern);
  }
  return literals;
}

void PatternSet::State::Compile(const Literals& literals, const PatternLimits& limits) {
  if (literals.empty()) return;
  std::expected<Database, std::string> compiled = FindReady(literals, limits);
  if (*compiled == nullptr) {
    compiled = CompileLiterals(literals, limits.platform);
    was_compiled = true;
  }
  std::string refusal = compiled ? "" : compiled.error();
  if (compiled && (hs_database_size(compiled->get(), &database_bytes) != HS_SUCCESS ||
                   database_bytes > limits.database_bytes)) {
    refusal = "all of them together are too large";
  }
  for (const auto& [literal, patterns] : literals) {
    of_literal.push_back(patterns);
    if (refusal.empty()) continue;
    for (const std::uint32_t pattern : patterns) fallbacks.push_back({pattern, refusal});
  }
  if (refusal.empty()) {
    database = *std::move(compiled);
    key = TextOf(literals);
  } else {
    database_bytes = 0;
  }
}

bool PatternSet::State::Scan(std::string_view value, PatternScratch::State& scratch) const {
  scratch.literals.clear();
  if (scratch.literals.capacity() < of_literal.size() ||
      value.size() > std::numeric_limits<unsigned>::max()) {
    return false;
  }
  const char* const data = value.empty() ? "" : value.data();
  return hs_scan(database.get(), data, static_cast<unsigned>(value.size()), 0,
                 scratch.scratch.get(), &TakeHit, &scratch.literals) == HS_SUCCESS;
}

Result<PatternSet> PatternSet::Make(std::vector<Glob> globs, const PatternLimits& limits) {
  // Asked once: in a virtual machine the question itself takes tens of microseconds.
  static const bool is_valid = hs_valid_platform() == HS_SUCCESS;
  if (!is_valid) {
    return Fail(ErrorCode::kUnsupported,
                "matching patterns needs a processor with SSSE3, which this one lacks");
  }
  auto state = std::make_unique<State>();
  state->globs = std::move(globs);
  state->Compile(state->Collect(limits), limits);
  std::ranges::sort(state->fallbacks, {}, &Fallback::pattern);
  return PatternSet(std::move(state));
}

PatternSet::PatternSet(std::unique_ptr<const State> state) : state_(std::move(state)) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

void PatternSet::Match(std::string_view value, PatternScratch& scratch,
                       std::vector<std::uint32_t>* hits) const {
  hits->clear();
  const auto ask_twin = [&](std::uint32_t pattern) {
    if (GlobMatches(state_->globs[pattern], value)) hits->push_back(pattern);
  };
  if (state_->database != nullptr && !state_->Scan(value, *scratch.state_)) {
    for (std::uint32_t pattern = 0; pattern < state_->globs.size(); ++pattern) ask_twin(pattern);
    return;
  }
  if (state_->database != nullptr) {
    for (const std::uint32_t literal : scratch.state_->literals) {
      for (const std::uint32_t pattern : state_->of_literal[literal]) {
        if (state_->is_contains[pattern]) {
          hits->push_back(pattern);
        } else {
          ask_twin(pattern);
        }
      }
    }
  }
  for (const Fallback& fallback : state_->fallbacks) ask_twin(fallback.pattern);
}

std::size_t PatternSet::size() const { return state_->globs.size(); }
std::span<const PatternSet::Fallback> PatternSet::fallbacks() const { return state_->fallbacks; }
std::size_t PatternSet::database_bytes() const { return state_->database_bytes; }
bool PatternSet::was_compiled() const { return state_->was_compiled; }

Result<void> PatternSet::AddTo(PatternDatabases* databases) const {
  if (state_->database == nullptr) return {};
  char* bytes = nullptr;
  std::size_t size = 0;
  if (hs_serialize_database(state_->database.get(), &bytes, &size) != HS_SUCCESS) {
    return Fail(ErrorCode::kUnavailable, "the pattern library cannot write its database");
  }
  const std::unique_ptr<char, FreeBytes> owned(bytes);
  databases->insert_or_assign(state_->key, std::string(bytes, size));
  return {};
}

std::string PatternSet::Library() { return std::string("Hyperscan ") + hs_version(); }

PatternScratch::PatternScratch() : state_(std::make_unique<State>()) {}
PatternScratch::PatternScratch(PatternScratch&&) noexcept = default;
PatternScratch& PatternScratch::operator=(PatternScratch&&) noexcept = default;
PatternScratch::~PatternScratch() = default;

Result<void> PatternScratch::Fit(const PatternSet& set) {
  if (set.state_->database == nullptr) return {};
  state_->literals.reserve(set.state_->of_literal.size());
  // The library frees a scratch that is too small and answers a new one, or null if that fails.
  hs_scratch_t* scratch = state_->scratch.release();
  const hs_error_t code = hs_alloc_scratch(set.state_->database.get(), &scratch);
  state_->scratch.reset(scratch);
  if (code == HS_SUCCESS) return {};
  return Fail(ErrorCode::kLimit, "no memory to match " + std::to_string(set.size()) +
                                     " patterns (the pattern library says " + std::to_string(code) +
                                     ")");
}

}  // namespace tripline::jit

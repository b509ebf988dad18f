// Globs and a value as lines: the pattern set, the field decider and the glob matcher agree.
//
// The last line is the value; each other is a glob whose first byte holds the flags (bit 0 ignores
// case, bit 1 has "?"), and in which "*" is a star. "\r" stands for a newline.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "jit/atoms.h"
#include "jit/field_decider.h"
#include "jit/glob.h"
#include "jit/pattern_set.h"

namespace {

using tripline::Check;
using tripline::jit::Glob;

constexpr std::size_t kMaxInput = 4096;

std::vector<std::string> Lines(std::string_view input) {
  std::vector<std::string> lines(1);
  for (const char c : input) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c == '\r' ? '\n' : c;
    }
  }
  return lines;
}

Glob GlobOf(std::string_view line) {
  const auto flags = line.empty() ? 0U : static_cast<unsigned char>(line.front());
  Glob glob{{""}, (flags & 1U) != 0, (flags & 2U) != 0};
  for (const char c : line.substr(std::min<std::size_t>(1, line.size()))) {
    if (c == '*') {
      glob.pieces.emplace_back();
    } else {
      glob.pieces.back() += c;
    }
  }
  return glob;
}

std::vector<std::uint32_t> TwinHits(const std::vector<Glob>& globs, std::string_view value) {
  std::vector<std::uint32_t> hits;
  for (std::uint32_t i = 0; i < globs.size(); ++i) {
    if (tripline::jit::GlobMatches(globs[i], value)) hits.push_back(i);
  }
  return hits;
}

std::vector<std::uint32_t> SetHits(const std::vector<Glob>& globs, std::string_view value) {
  const auto set = tripline::jit::PatternSet::Make(globs);
  Check(set.has_value(), "a pattern set can be made");
  tripline::jit::PatternScratch scratch;
  Check(scratch.Fit(*set).has_value(), "a scratch can be fitted");
  std::vector<std::uint32_t> hits;
  set->Match(value, scratch, &hits);
  std::ranges::sort(hits);
  return hits;
}

std::vector<std::uint32_t> DeciderHits(const std::vector<Glob>& globs, std::string_view value) {
  tripline::jit::Program program;
  program.fields.push_back({"field", tripline::jit::ColumnKind::kString, 0});
  for (const Glob& glob : globs) program.leaves.push_back({0, {glob}});
  const auto decider = tripline::jit::FieldDecider::Make(program, 0);
  Check(decider.has_value(), "a field decider can be made");
  tripline::jit::FieldDecider::Scratch scratch;
  std::vector<std::uint32_t> positions;
  if (value.size() % 2 == 0) {
    Check(decider->Fit(scratch).has_value(), "a scratch can be fitted");
  }
  decider->DecideBytes(value, scratch, &positions);
  return positions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxInput) return 0;
  std::vector<std::string> lines = Lines({reinterpret_cast<const char*>(data), size});
  const std::string value = std::move(lines.back());
  lines.pop_back();
  std::vector<Glob> globs;
  for (const std::string& line : lines) globs.push_back(GlobOf(line));

  const std::vector<std::uint32_t> expected = TwinHits(globs, value);
  Check(SetHits(globs, value) == expected, "the pattern set agrees with the glob matcher");
  Check(DeciderHits(globs, value) == expected, "the field decider agrees with the glob matcher");
  return 0;
}

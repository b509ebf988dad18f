// simdjson's first stage marks words without regard to grammar. It lets any byte follow a
// backslash, so escapes are checked here: 64 bytes become one bit set of their backslashes, and
// each backslash takes the byte behind it, which may be the first of the next 64.
#include "runtime/json_structure.h"

#include <immintrin.h>
#include <simdjson.h>

#include <array>
#include <bit>

#include "runtime/line_reader.h"

namespace tripline::runtime {
namespace {

static_assert(simdjson::SIMDJSON_PADDING <= kLinePadding, "texts are padded for simdjson");

constexpr std::size_t kStep = 64;
static_assert(kStep <= kLinePadding);

// Bit i: byte i of the 64 at `at` is a backslash.
std::uint64_t BackslashesAt(const char* at) {
  const __m128i backslash = _mm_set1_epi8('\\');
  std::uint64_t found = 0;
  for (unsigned piece = 0; piece < 4; ++piece) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * piece));
    const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, backslash));
    found |= static_cast<std::uint64_t>(static_cast<unsigned>(mask)) << (16 * piece);
  }
  return found;
}

// The first step from `begin` on that holds a backslash, or the first one that ends behind `size`.
std::size_t SkipPlainSteps(const char* text, std::size_t begin, std::size_t size) {
  while (begin + kStep <= size && BackslashesAt(text + begin) == 0) {
    begin += kStep;
  }
  return begin;
}

// The same with what most machines have beyond those that this program needs.
__attribute__((target("avx2"))) std::size_t SkipPlainStepsByAvx2(const char* text,
                                                                 std::size_t begin,
                                                                 std::size_t size) {
  const __m256i backslash = _mm256_set1_epi8('\\');
  for (; begin + kStep <= size; begin += kStep) {
    const auto* const at = reinterpret_cast<const __m256i*>(text + begin);
    const __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256(at), backslash);
    const __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256(at + 1), backslash);
    if (_mm256_testz_si256(_mm256_or_si256(low, high), _mm256_or_si256(low, high)) == 0) {
      break;
    }
  }
  return begin;
}

const auto kSkipPlainSteps =
    __builtin_cpu_supports("avx2") != 0 ? &SkipPlainStepsByAvx2 : &SkipPlainSteps;

constexpr std::array<bool, 256> MakeSet(std::string_view characters) {
  std::array<bool, 256> set{};
  for (const char c : characters) {
    set[static_cast<unsigned char>(c)] = true;
  }
  return set;
}
constexpr std::array<bool, 256> kEscapable = MakeSet("\"\\/bfnrt");
constexpr std::array<bool, 256> kHexDigit = MakeSet("0123456789abcdefABCDEF");

// Whether what stands behind a backslash may stand there. What is behind the text is not looked at.
bool IsEscape(std::string_view after) {
  const auto byte = [after](std::size_t i) { return static_cast<unsigned char>(after[i]); };
  if (after.empty()) {
    return false;
  }
  if (kEscapable[byte(0)]) {
    return true;
  }
  return after.size() >= 5 && after[0] == 'u' && kHexDigit[byte(1)] && kHexDigit[byte(2)] &&
         kHexDigit[byte(3)] && kHexDigit[byte(4)];
}

}  // namespace

Escapes CheckEscapes(std::string_view text) {
  bool has_any = false;
  bool is_escaped = false;  // the first byte of the step
  for (std::size_t begin = 0; begin < text.size(); begin += kStep) {
    if (!is_escaped) {
      begin = kSkipPlainSteps(text.data(), begin, text.size());
      if (begin >= text.size()) {
        break;
      }
    }
    std::uint64_t backslashes = BackslashesAt(text.data() + begin);
    if (text.size() - begin < kStep) {
      backslashes &= (std::uint64_t{1} << (text.size() - begin)) - 1;
    }
    backslashes &= ~std::uint64_t{is_escaped};
    is_escaped = false;
    while (backslashes != 0) {
      has_any = true;
      const auto at = static_cast<unsigned>(std::countr_zero(backslashes));
      if (!IsEscape(text.substr(begin + at + 1))) {
        return Escapes::kInvalid;
      }
      is_escaped = at == kStep - 1;
      backslashes &= at >= kStep - 2 ? 0 : ~std::uint64_t{0} << (at + 2);
    }
  }
  return has_any ? Escapes::kValid : Escapes::kNone;
}

struct JsonStructure::Stage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonStructure::JsonStructure() : stage_(std::make_unique<Stage>()) {
  constexpr std::size_t kDepth = 1;  // of the second stage, which is not used
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(
          kLongestText, kDepth, stage_->parser) != simdjson::SUCCESS) {
    stage_->parser = nullptr;  // no memory: no text is indexed
  }
}
JsonStructure::~JsonStructure() = default;
JsonStructure::JsonStructure(JsonStructure&&) noexcept = default;
JsonStructure& JsonStructure::operator=(JsonStructure&&) noexcept = default;

bool JsonStructure::Index(std::string_view text) {
  words_ = {};
  if (text.empty() || text.size() > kLongestText || stage_->parser == nullptr) {
    return false;
  }
  const Escapes escapes = CheckEscapes(text);
  if (escapes == Escapes::kInvalid ||
      stage_->parser->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                             simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return false;
  }
  has_escapes_ = escapes == Escapes::kValid;
  words_ = {stage_->parser->structural_indexes.get(), stage_->parser->n_structural_indexes};
  return true;
}

}  // namespace tripline::runtime

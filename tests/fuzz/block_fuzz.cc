// Any bytes at the native face (plugin-shim/native/face.h) where a host hands over buffers. The
// first byte chooses the call: 0 Match, 1 FindRows, 2 AddValues, 3 a plan's knowledge, else its
// wanted outputs; the rest is the buffer. It is refused with a message, or its answer keeps the
// format.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/ip.h"
#include "jit/program.h"
#include "jit/program_builder.h"
#include "plugin-shim/native/face.h"
#include "runtime/batch.h"
#include "runtime/ruleset.h"
#include "runtime/ruleset_file.h"
#include "tests/support/block_writer.h"

namespace {

using tripline::Check;
using tripline::Result;
using tripline::jit::ColumnKind;
using tripline::shim::Face;
using tripline::shim::Handle;

// A leaf and a negated leaf on a field of every kind.
tripline::jit::Program SmallProgram() {
  tripline::jit::ProgramBuilder builder;
  const auto add = [&builder](const char* name, ColumnKind kind, tripline::jit::Atom atom) {
    const auto field = builder.AddField({.name = name, .kind = kind});
    const auto leaf = builder.AddLeaf({.field = field, .atoms = {std::move(atom)}});
    builder.AddOutput(leaf);
    builder.AddOutput(builder.AddNot(leaf));
  };
  add("s", ColumnKind::kString, tripline::jit::Glob{{"a", ""}});
  add("t", ColumnKind::kText, tripline::jit::TextAny{{"x", "y"}});
  add("ip", ColumnKind::kAddress, *tripline::ParseIpPrefix("10.0.0.0/8"));
  add("n", ColumnKind::kInteger, tripline::jit::IntegerRange{.first = 0, .last = 9});
  add("f", ColumnKind::kFloat, tripline::jit::FloatRange{.low = 0, .high = 9});
  add("d", ColumnKind::kDelegated, tripline::jit::Exists{});
  return builder.Take();
}

struct World {
  Face face;
  tripline::jit::Program program = SmallProgram();
  Handle engine = 0;
  Handle answers = 0;  // of field 0: what a block may name
  Handle matcher = 0;
  Handle plan = 0;
  std::vector<std::byte> out = std::vector<std::byte>(1U << 14U);

  World() {
    engine = *face.OpenEngine(*face.LoadRuleset(tripline::runtime::SaveRuleset(
                                  tripline::runtime::MakeRuleset(program, {}, {}))),
                              tripline::shim::EngineCode::kInterpreter);
    answers = *face.OpenAnswers(engine, 0);
    Check(face.AddValues(answers, tripline::testing::ChunkOf({"a", "ab", "b"}).bytes()).has_value(),
          "values can be decided");
    Check(face.SealAnswers(answers).has_value(), "answers can be sealed");
    matcher = *face.OpenMatcher(engine);
    std::vector<std::byte> knowledge(program.leaves.size());
    knowledge[0] = std::byte{1};
    plan = *face.OpenPlan(engine, knowledge);
  }
};

// u32 count, u32, per set: u32 number, u32 rows, words.
void CheckRowSets(std::span<const std::byte> answer, std::span<const std::byte> block,
                  std::size_t num_numbers) {
  const auto number_at = [](std::span<const std::byte> bytes, std::size_t at) {
    Check(at + 4 <= bytes.size(), "an answer is whole");
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data() + at, sizeof(number));
    return number;
  };
  const std::uint32_t num_rows = number_at(block, 8);
  std::size_t at = 8;
  for (std::uint32_t left = number_at(answer, 0); left > 0; --left) {
    Check(number_at(answer, at) < num_numbers, "a number is of a field or of an output");
    const std::uint32_t said = number_at(answer, at + 4);
    std::uint32_t counted = 0;
    at += 8;
    for (std::uint32_t row = 0; row < tripline::runtime::WordsFor(num_rows) * 64; row += 32) {
      const std::uint32_t bits = number_at(answer, at);
      Check(row + 32 <= num_rows || row >= num_rows || bits >> (num_rows - row) == 0,
            "no row behind the last one");
      Check(row < num_rows || bits == 0, "no row behind the last one");
      counted += static_cast<std::uint32_t>(std::popcount(bits));
      at += 4;
    }
    Check(counted == said, "the number of rows is right");
  }
  Check(at == answer.size(), "an answer ends with its last set");
}

template <class T>
bool IsTaken(const Result<T>& result) {
  Check(result.has_value() || !result.error().message.empty(), "an error says what is wrong");
  return result.has_value();
}

void AddValues(World& world, std::span<const std::byte> chunk) {
  for (const std::uint32_t field : {0U, 1U, 2U}) {
    const Handle answers = *world.face.OpenAnswers(world.engine, field);
    (void)IsTaken(world.face.AddValues(answers, chunk));
    Check(world.face.SealAnswers(answers).has_value(), "answers can be sealed");
    Check(world.face.ValuesOfLeaves(answers, 2).has_value(), "and looked at");
    Check(world.face.CloseAnswers(answers).has_value(), "and closed");
  }
}

void OpenPlan(World& world, std::span<const std::byte> knowledge,
              std::span<const std::byte> wanted) {
  if (const auto plan = world.face.OpenPlan(world.engine, knowledge, wanted); IsTaken(plan)) {
    Check(world.face.DescribePlan(*plan).has_value(), "a plan can be described");
    Check(world.face.ClosePlan(*plan).has_value(), "and closed");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World& world = *new World();  // threads of the code generator may outlive main
  if (size == 0) {
    return 0;
  }
  // Memory of its own that ends where the input ends; vectors begin aligned.
  const auto* const bytes = reinterpret_cast<const std::byte*>(data);
  const std::vector<std::byte> buffer(bytes + 1, bytes + size);
  const std::span<std::byte> out(world.out);
  switch (data[0]) {
    case 0:
      if (const auto written = world.face.Match(world.matcher, buffer, out); IsTaken(written)) {
        CheckRowSets(out.first(*written), buffer, world.program.outputs.size());
      }
      break;
    case 1:
      if (const auto written = world.face.FindRows(world.matcher, world.plan, buffer, out);
          IsTaken(written)) {
        CheckRowSets(out.first(*written), buffer, world.program.fields.size());
      }
      break;
    case 2:
      AddValues(world, buffer);
      break;
    case 3:
      OpenPlan(world, buffer, {});
      break;
    default:
      OpenPlan(world, std::vector<std::byte>(world.program.leaves.size()), buffer);
      break;
  }
  return 0;
}

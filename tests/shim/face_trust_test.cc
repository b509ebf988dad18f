// Whose machine code a node runs: that of files which a trusted key signed, and nobody else's.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "jit/program_builder.h"
#include "plugin-shim/native/face.h"
#include "runtime/ruleset_cache.h"
#include "runtime/ruleset_file.h"
#include "runtime/ruleset_signature.h"
#include "tests/shim/face_world.h"
#include "tests/support/block_writer.h"

namespace tripline::shim {
namespace {

using tripline::testing::BlockWriter;

// "a exists", which no row of an empty block does; and code by which every row does.
jit::Program OwnProgram() {
  jit::ProgramBuilder builder;
  builder.AddOutput(
      builder.AddLeaf({.field = builder.AddField({.name = "a"}), .atoms = {jit::Exists{}}}));
  return builder.Take();
}

jit::Program PoisonProgram() {
  jit::Program program = OwnProgram();
  program.nodes.push_back({.op = jit::Op::kTrue});
  program.outputs = {static_cast<jit::NodeIndex>(program.nodes.size() - 1)};
  return program;
}

std::string PoisonedFile() {
  const std::vector<runtime::RulesetCache> caches = {
      Value(runtime::CompileCache(PoisonProgram(), "native"))};
  return runtime::SaveRuleset(runtime::MakeRuleset(OwnProgram(), {}, {}), caches);
}

// Outputs that have a row, once the engine of the file has machine code.
std::size_t NumMatched(const std::string& file, const std::vector<std::string>& trusted) {
  Face face;
  const Handle engine =
      Value(face.OpenEngine(Value(face.LoadRuleset(file, trusted)), EngineCode::kInterpreter));
  EXPECT_TRUE(face.AddMachineCode(engine).has_value());
  const Handle matcher = Value(face.OpenMatcher(engine));
  std::vector<std::byte> out(1 << 12);
  const std::size_t size = Value(face.Match(matcher, BlockWriter(3).Take().bytes(), out));
  return ReadRowSets(std::span(out).first(size), 3).rows.size();
}

TEST(FaceTrust, CodeOfATrustedFileIsRunAndNoOther) {
  const runtime::SigningKey key = runtime::SigningKey::Make();
  const runtime::SigningKey other = runtime::SigningKey::Make();
  const std::vector<std::string> trusted = {other.PublicText(), key.PublicText()};
  const std::string file = PoisonedFile();
  const std::string by_key = Value(runtime::SignRuleset(file, key));

  EXPECT_EQ(NumMatched(file, trusted), 0U) << "not signed";
  EXPECT_EQ(NumMatched(by_key, {}), 0U) << "nobody is trusted";
  EXPECT_EQ(NumMatched(by_key, {other.PublicText()}), 0U) << "signed by somebody else";
  EXPECT_EQ(NumMatched(by_key, trusted), 1U) << "the poison works where it is let in";
}

}  // namespace
}  // namespace tripline::shim

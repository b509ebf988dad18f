#include "tests/differential/native_path.h"

#include <gtest/gtest.h>

#include "compiler/check.h"
#include "compiler/lower.h"
#include "grammar/parse.h"
#include "runtime/json_events.h"
#include "tests/differential/ast_oracle.h"
#include "tests/differential/rule_event_generator.h"

namespace tripline::differential {

const compiler::FieldTypes& GeneratedTypes() {
  static const compiler::FieldTypes types =
      *compiler::FieldTypes::FromMapping("mapping", GeneratedMapping());
  return types;
}

jit::Program LoweredQuery(const std::string& text) {
  const SourceText query{"query", text, {}};
  const auto ast = grammar::Parse(query);
  EXPECT_TRUE(ast) << text;
  const compiler::CheckedQuery checked = compiler::Check(*ast, query, {&GeneratedTypes(), nullptr});
  EXPECT_TRUE(checked.ast) << text;
  return compiler::Lower(*checked.ast);
}

Verdicts MatchEvents(const jit::Program& program, const std::vector<nlohmann::json>& events,
                     runtime::MatcherCode code, std::uint32_t max_rows) {
  std::string text;
  for (const nlohmann::json& event : events) {
    text += event.dump() + "\n";
  }
  runtime::EventReaderOptions options;
  options.max_rows = max_rows;
  auto reader = runtime::EventReader::OverText(program.fields, text, options);
  const auto matcher = runtime::Matcher::Make(program, {code});
  EXPECT_TRUE(reader && matcher);
  Verdicts verdicts(program.outputs.size(), std::vector<bool>(events.size(), false));
  runtime::EventBlock block;
  std::size_t first = 0;
  while (*reader->Next(&block)) {
    EXPECT_TRUE(runtime::CheckBatch(block.batch, program));
    (*matcher)->Match(block.batch, {.now = kNow});
    for (jit::OutputIndex output = 0; output < program.outputs.size(); ++output) {
      for (std::uint32_t row = 0; (*matcher)->AnyOf(output) && row < block.batch.num_rows; ++row) {
        verdicts[output][first + row] =
            (((*matcher)->RowsOf(output)[row / 64] >> (row % 64)) & 1U) != 0;
      }
    }
    first += block.batch.num_rows;
  }
  EXPECT_EQ(first, events.size());
  return verdicts;
}

}  // namespace tripline::differential

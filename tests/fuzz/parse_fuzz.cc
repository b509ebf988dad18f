// Any bytes as a KQL query: the answer is a tree, or exactly one diagnostic whose place lies in the
// text and which can be printed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/diagnostic.h"
#include "base/source_text.h"
#include "base/text.h"
#include "grammar/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Small limits, so that the fuzzer meets them too.
  const tripline::grammar::ParseOptions options = {
      .max_bytes = 8192, .max_tokens = 2000, .max_depth = 64, .max_nodes = 1000};
  tripline::SourceText source;
  source.name = "--query";
  source.text = text;
  const auto ast = tripline::grammar::Parse(source, options);
  if (!ast) {
    tripline::Check(ast.error().size() == 1, "a query has one first mistake");
    const tripline::Diagnostic& diagnostic = ast.error().front();
    tripline::Check(!diagnostic.message.empty() && diagnostic.code.starts_with("kql."),
                    "a diagnostic has a code and a message");
    tripline::Check(diagnostic.utf16_offset <= tripline::Utf16Length(text) ||
                        tripline::FindInvalidUtf8(text) != std::string::npos,
                    "the place lies in the text");
    tripline::Check(!Render(diagnostic).empty(), "a diagnostic can be printed");
  }
  return 0;
}

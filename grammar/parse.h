// Parse: KQL text -> Ast, or the diagnostic that says what is wrong with the text and what to write
// instead.
//
// The language is Kibana's, oddities included: which queries are accepted, their trees, and the
// offset and wording of the first syntax error. The grammar is grammar/Kql.g4; ANTLR stays behind
// this door. Any number of threads may parse at once. Hostile text costs at most what ParseOptions
// allow and is answered with a diagnostic.
//
//   std::expected<Ast, Diagnostics> ast = Parse({"--query", "process.name: (curl or wget)", {}});
//
// Codes: kql.syntax, kql.too_long, kql.too_deep, kql.too_many_nodes, kql.invalid_utf8.
// A kql.syntax message is Kibana's sentence without its full stop, and utf16_offset is Kibana's
// offset.
#pragma once

#include <cstddef>
#include <expected>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "grammar/ast.h"

namespace tripline::grammar {

/// Limits, each with the attack that it stops, and how escapes are read. The largest query of the public rules has 8 KB, 357
/// leaves and a nesting of 5.
struct ParseOptions {
  // Text whose mere reading takes long: 1 MiB takes a second at worst.
  std::size_t max_bytes = std::size_t{1} << 20U;
  // "nnnnn...", "a or a or ...": a token costs up to 500 bytes while parsing.
  std::size_t max_tokens = 200'000;
  // "((((...": a level costs 1.3 KB of stack, 4.2 KB in a sanitizer build; the threads of a Java
  // host have 1 MiB.
  std::size_t max_depth = 128;
  // "a:(b or b or ...": what later stages pay for each node, many times the price of its text.
  std::size_t max_nodes = 50'000;
  // A long field name, or one of many stars, before a long value list: the tree holds the name once
  // for every value, so that 1 MiB of text would become 10 GiB.
  std::size_t max_literal_bytes = std::size_t{16} << 20U;
  LoneSurrogates lone_surrogates = LoneSurrogates::kReplaced;
};

/// The tree of `source.text`, with spans into it. Errors: exactly one Diagnostic, for the first
/// mistake, since KQL gives no ground for guessing how to go on after one.
[[nodiscard]] std::expected<Ast, Diagnostics> Parse(const SourceText& source,
                                                    const ParseOptions& options = {});

}  // namespace tripline::grammar

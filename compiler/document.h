// Node: one value of a document (TOML or JSON) with the place where it stands in its file, free of
// any parser's types. Both doors (document_toml.cc, document_json.cc) make it; rules, jobs and
// index mappings are read from it.
//
// Plain data. A Node from a door is never nested deeper than kMaxDocumentDepth, so passes over it
// may recurse.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/source_text.h"

namespace tripline::compiler {

/// Nesting that a door accepts; Kibana's deepest filters stay below 20.
inline constexpr std::size_t kMaxDocumentDepth = 100;
/// Values in one document: bounds the memory that a hostile file of 16 MB can take.
inline constexpr std::size_t kMaxDocumentValues = 1'000'000;

struct Member;

struct Node {
  using Array = std::vector<Node>;
  using Object = std::vector<Member>;  // sorted by key, every key once

  /// monostate is null; unsigned only where a number does not fit into 64 signed bits.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array,
               Object>
      value;
  Span span;  // of the value in the file, with its quotes; of an object or list its opening part

  [[nodiscard]] bool IsNull() const { return std::holds_alternative<std::monostate>(value); }
  [[nodiscard]] const std::string* AsString() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const Array* AsArray() const { return std::get_if<Array>(&value); }
  [[nodiscard]] const Object* AsObject() const { return std::get_if<Object>(&value); }
  /// The member's value; null pointer if this is no object or has no such key.
  [[nodiscard]] const Node* Find(std::string_view key) const;
  /// Takes the member out of an object; a null Node if it is not there.
  Node Take(std::string_view key);
  /// Puts a member in, in place of one of the same key. Requires an object.
  void Put(std::string key, Span key_span, Node member);
};

struct Member {
  std::string key;
  Span key_span;
  Node value;
};

/// Canonical JSON: keys sorted, no blanks, the shortest form of each number that reads back equal.
/// Two documents that mean the same have the same text.
[[nodiscard]] std::string ToJson(const Node& node);

/// "a string", "a list", ... for messages.
[[nodiscard]] std::string_view KindName(const Node& node);

enum class ProblemKind : std::uint8_t {
  kSyntax,   // the text is not of the language
  kTooDeep,  // nested beyond kMaxDocumentDepth
  kTooMany,  // more than kMaxDocumentValues
  kNoJson,   // a TOML value that JSON has not: nan, inf
};

/// Why a text is not a document. `offset` is a byte of it.
struct Problem {
  ProblemKind kind = ProblemKind::kSyntax;
  std::uint32_t offset = 0;
  std::string message;
};

struct ParsedDocument {
  Node root;
  std::vector<Member> repeated;  // JSON members that a later one of the same key replaced
};

/// Reads one JSON value, which must be all of `text`. Spans begin at `base`.
[[nodiscard]] std::expected<ParsedDocument, Problem> ParseJson(std::string_view text,
                                                               std::uint32_t base);

class SourceFile;

/// Reads a TOML document; dates and times become strings as they are written in ISO form.
[[nodiscard]] std::expected<ParsedDocument, Problem> ParseToml(const SourceFile& file);

}  // namespace tripline::compiler

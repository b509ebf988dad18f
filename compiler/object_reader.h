// ObjectReader: typed looks at the members of one object of a document, with a diagnostic for each
// that is missing, of a wrong type or out of range. A member that is null counts as absent, as
// Kibana writes both.
//
// Looks at the object and writes to the findings; both must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/document.h"
#include "compiler/source_file.h"

namespace tripline::compiler {

enum class Need : std::uint8_t { kOptional, kRequired };

class ObjectReader {
 public:
  /// `path` is how messages name the object, with a dot at its end ("threshold."), or empty.
  /// Requires that `object` is an object.
  ObjectReader(const Node& object, std::string path, Findings& findings)
      : object_(object), path_(std::move(path)), findings_(findings) {}

  /// The member, whatever its type. Null pointer where it is absent, which is an error if needed.
  const Node* Any(std::string_view key, Need need = Need::kOptional);
  std::optional<std::string> String(std::string_view key, Need need = Need::kOptional);
  /// A string as it stands, "" where it is absent or wrong.
  std::string Text(std::string_view key) { return String(key).value_or(""); }
  std::optional<bool> Flag(std::string_view key);
  /// A whole number in [low, high]; 21.0 is whole.
  std::optional<std::int64_t> Whole(std::string_view key, std::int64_t low, std::int64_t high,
                                    Need need = Need::kOptional);
  /// A list of strings, none of them empty.
  std::vector<std::string> Strings(std::string_view key, Need need = Need::kOptional);
  /// The same, or one string.
  std::vector<std::string> OneOrMoreStrings(std::string_view key, Need need = Need::kOptional);
  /// Position of a string among `choices`.
  std::optional<std::size_t> Choice(std::string_view key, std::span<const std::string_view> choices,
                                    Need need = Need::kOptional);
  const Node* Object(std::string_view key, Need need = Need::kOptional);
  /// A list of objects.
  std::span<const Node> Objects(std::string_view key, Need need = Need::kOptional);

  /// Warns about each key that is not among `known` (sorted), and names the nearest of them.
  void WarnUnknown(std::span<const std::string_view> known);
  /// Reports an error of this code about a member that is there.
  void Reject(std::string_view key, std::string code, const std::string& what, std::string hint);

  [[nodiscard]] std::string PathOf(std::string_view key) const { return path_ + std::string(key); }
  [[nodiscard]] Span span() const { return object_.span; }
  [[nodiscard]] Findings& findings() { return findings_; }

 private:
  void WrongType(std::string_view key, const Node& found, std::string_view expected,
                 std::string hint = "");
  bool CheckStrings(std::string_view key, const Node::Array& elements);

  const Node& object_;
  std::string path_;
  Findings& findings_;
};

}  // namespace tripline::compiler

// What the tests over the Face share: rulesets in it, their objects, and its answers read back.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "jit/program_builder.h"
#include "plugin-shim/native/face.h"
#include "runtime/ruleset.h"
#include "runtime/ruleset_file.h"
#include "tests/support/block_writer.h"

namespace tripline::shim {

/// A query rule as TOML; `keys` are more lines of [rule].
[[nodiscard]] inline std::string RuleDocument(std::string_view query, std::string_view keys = "",
                                              std::string_view id = "r-1") {
  return "[rule]\nrule_id = \"" + std::string(id) +
         "\"\nname = \"A rule\"\ndescription = \"What it finds\"\nrisk_score = 47\n"
         "severity = \"medium\"\n" +
         (keys.contains("type =") ? "" : "type = \"query\"\n") + "query = '''" +
         std::string(query) + "'''\nindex = [\"logs-*\"]\n" + std::string(keys) + "\n";
}

/// The value of an answer that is expected to be there.
template <class T>
T Value(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return T{};
  }
  return *std::move(result);
}

/// The code of an answer that is expected to be an Error with a message.
template <class T>
std::optional<ErrorCode> CodeOf(const Result<T>& result) {
  if (result.has_value()) {
    return std::nullopt;
  }
  EXPECT_FALSE(result.error().message.empty()) << "an error says what is wrong";
  return result.error().code;
}

/// A program that no text compiles to, in the Face.
[[nodiscard]] inline Handle LoadProgram(Face& face, const jit::Program& program) {
  return Value(face.LoadRuleset(runtime::SaveRuleset(runtime::MakeRuleset(program, {}, {}))));
}

/// Numbers from the front of an answer's bytes.
class AnswerReader {
 public:
  explicit AnswerReader(std::string_view bytes) : rest_(bytes) {}
  explicit AnswerReader(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  template <class T>
  T Take() {
    T value{};
    if (rest_.size() < sizeof(T)) {
      ADD_FAILURE() << "an answer ends too early";
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return value;
  }
  std::uint32_t U32() { return Take<std::uint32_t>(); }
  std::uint8_t U8() { return Take<std::uint8_t>(); }
  std::string Bytes(std::size_t size) {
    const std::string bytes(rest_.substr(0, size));
    EXPECT_EQ(bytes.size(), size) << "an answer ends too early";
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  std::string Text() { return Bytes(U32()); }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

using RowsByNumber = std::map<std::uint32_t, std::vector<std::uint64_t>>;

/// What FindRows or Match wrote: sets of rows by field or output, and the number behind the count.
struct RowSets {
  RowsByNumber rows;
  std::uint32_t second = 0;
};

[[nodiscard]] inline RowSets ReadRowSets(std::span<const std::byte> answer,
                                         std::uint32_t num_rows) {
  AnswerReader reader(answer);
  RowSets sets;
  const std::uint32_t count = reader.U32();
  sets.second = reader.U32();
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t number = reader.U32();
    const std::uint32_t said = reader.U32();
    std::uint32_t counted = 0;
    std::vector<std::uint64_t> words;
    for (std::uint32_t word = 0; word < runtime::WordsFor(num_rows); ++word) {
      words.push_back(reader.Take<std::uint64_t>());
      counted += static_cast<std::uint32_t>(std::popcount(words.back()));
    }
    EXPECT_EQ(counted, said);
    EXPECT_TRUE(sets.rows.emplace(number, words).second) << "a number stands twice: " << number;
  }
  EXPECT_TRUE(reader.AtEnd());
  return sets;
}

/// Answers of the values in their order, sealed.
[[nodiscard]] inline Handle SealedAnswers(Face& face, Handle engine, std::uint32_t field,
                                          const std::vector<std::string>& values) {
  const Handle answers = Value(face.OpenAnswers(engine, field));
  const Result<void> added = face.AddValues(answers, tripline::testing::ChunkOf(values).bytes());
  EXPECT_TRUE(added.has_value()) << added.error().message;
  EXPECT_TRUE(face.SealAnswers(answers).has_value());
  return answers;
}

}  // namespace tripline::shim

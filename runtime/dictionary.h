// Dictionary: the distinct values of one column, numbered in the order of their first appearance.
// The event reader interns every string through one, so that a rule's leaf is decided once per
// distinct value (runtime/matcher.h) and not once per event.
//
//   Dictionary names(seed);
//   names.Intern("curl");   // 0
//   names.Intern("wget");   // 1
//   names.Intern("curl");   // 0
//
// Values only ever grow under one id; Reset forgets them all and takes a new id, which tells every
// cache keyed by the old one that its answers are void.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/batch.h"

namespace tripline::runtime {

/// Bytes that may be read (not used) behind a text that is compared in whole vectors.
inline constexpr std::size_t kTextPadding = 16;

/// Bytes that keep their address until Clear, with kTextPadding readable ones behind them. Memory
/// comes in chunks that double from 4 KiB to 1 MiB; a longer text gets a chunk of its own.
class ByteArena {
 public:
  /// A copy of `text` that lives until Clear.
  std::string_view Keep(std::string_view text);
  void Clear();
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t next_chunk_ = 0;
  std::size_t memory_bytes_ = 0;
};

/// A value that waits to be interned. Requires kTextPadding readable bytes behind it.
struct ValueOfRow {
  const char* data = nullptr;
  std::uint32_t size = 0;
  std::uint32_t row = 0;

  [[nodiscard]] std::string_view text() const { return {data, size}; }
};

class Dictionary {
 public:
  /// `seed` makes the order of the hash table unpredictable; it never shows in an answer.
  explicit Dictionary(std::uint64_t seed);

  /// The code of `value`, which is added if it is new. Requires: fewer than 2^32 - 2 values.
  std::uint32_t Intern(std::string_view value);
  /// The codes of many values at once, which is quicker: their ways through memory overlap.
  /// Requires: as many codes as values.
  void InternAll(std::span<const ValueOfRow> values, std::span<std::uint32_t> codes);

  /// Forgets all values, gives their memory back and takes a new id.
  void Reset();

  /// The values stay valid until Reset, the span only until the next Intern.
  [[nodiscard]] DictionaryView View() const { return {.id = id_, .values = values_}; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct Slot {
    std::uint32_t tag = 0;      // upper half of the hash
    std::uint32_t code_up = 0;  // code + 1; 0: free
  };

  std::uint32_t Intern(std::string_view value, std::uint64_t hash);
  void Grow();

  std::uint64_t seed_;
  std::uint64_t id_;
  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<std::string_view> values_;
  ByteArena arena_;
};

}  // namespace tripline::runtime

// ValueSet: up to tens of millions of values as one sorted, packed table: "is this value in the
// list?" is one binary search. What an exception's value list becomes; as single atoms it would
// take a hundred bytes a value and more.
//
//   ValueSetBuilder builder(ValueSet::Kind::kTexts);
//   builder.AddText("evil.example");
//   TRIPLINE_TRY(std::shared_ptr<const ValueSet> set, std::move(builder).Build());
//   set->Contains("evil.example");                      // true
//
// Space per value: a text its bytes and 4; an IPv4 address or block 8, any other 32; a number or a
// date 16. Ranges that overlap or touch become one. Building takes at most three times as much.
//
// Immutable once made; any number of threads may look. The judge is a walk over all values
// (jit/atoms.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ip.h"
#include "base/result.h"

namespace tripline::jit {

class ValueSet {
 public:
  enum class Kind : std::uint8_t { kTexts, kAddresses, kIntegers, kFloats };
  /// First and last, both included.
  template <class Value>
  using Range = std::pair<Value, Value>;

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(values_.index()); }
  /// Texts, or ranges after those that touch have become one.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t memory_bytes() const;

  /// False for a value of another kind.
  [[nodiscard]] bool Contains(std::string_view text) const;
  [[nodiscard]] bool Contains(const IpAddress& address) const;
  [[nodiscard]] bool Contains(std::int64_t number) const;
  [[nodiscard]] bool Contains(double number) const;

  /// One by one, rising. Requires i < size() and a set of that kind.
  [[nodiscard]] std::string_view TextAt(std::size_t i) const;
  [[nodiscard]] Range<IpAddress> AddressesAt(std::size_t i) const;
  [[nodiscard]] Range<std::int64_t> IntegersAt(std::size_t i) const;
  [[nodiscard]] Range<double> FloatsAt(std::size_t i) const;

  /// kind:u8, then texts := bytes:string count:u32 { end:u32 }
  /// or addresses := count:u32 { first:u32 last:u32 } count:u32 { first:16 last:16 }
  /// or numbers := count:u32 { first:8 last:8 }. Equal sets have equal bytes.
  void Save(ByteWriter& writer) const;
  /// Errors: kInvalid (what Save cannot have written).
  [[nodiscard]] static Result<std::shared_ptr<const ValueSet>> Load(ByteReader& reader);

  friend bool operator==(const ValueSet&, const ValueSet&) = default;

 private:
  friend class ValueSetBuilder;

  struct Texts {
    std::string bytes;  // one behind the other, rising
    std::vector<std::uint32_t> ends;
    friend bool operator==(const Texts&, const Texts&) = default;
  };
  // Ranges are rising, and there is at least one value between each two.
  struct Addresses {
    std::vector<Range<std::uint32_t>> v4;  // inside of ::ffff:0:0/96
    std::vector<Range<IpAddress>> other;
    friend bool operator==(const Addresses&, const Addresses&) = default;
  };
  using Integers = std::vector<Range<std::int64_t>>;
  using Floats = std::vector<Range<double>>;

  [[nodiscard]] std::string_view TextOf(const Texts& texts, std::size_t i) const;

  std::variant<Texts, Addresses, Integers, Floats> values_;
};

class ValueSetBuilder {
 public:
  explicit ValueSetBuilder(ValueSet::Kind kind);

  /// Each requires the builder's kind; a range whose last is before its first holds nothing.
  void AddText(std::string_view text);
  void AddAddresses(const IpAddress& first, const IpAddress& last);
  void AddIntegers(std::int64_t first, std::int64_t last);
  void AddFloats(double first, double last);

  /// Errors: kLimit (more than 2^32 values, or 4 GiB of texts).
  [[nodiscard]] Result<std::shared_ptr<const ValueSet>> Build() &&;

 private:
  std::shared_ptr<ValueSet> set_;
  bool is_too_large_ = false;
};

}  // namespace tripline::jit

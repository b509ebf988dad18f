// Program: what rules ask of an event, as one flat list without recursion. It is the portable form
// of a ruleset: the compiler writes it, the verifier guards it, the interpreter and the LLVM
// emitter both evaluate it.
//
// Two levels, as events are judged per distinct value first and per block of rows second:
//   leaf   "some value of this field satisfies one of these atoms"; decided once per distinct value
//   node   and / or / not over leaves; decided for a whole block of rows with bitmaps
// A leaf on a field with several values is true if ANY value satisfies ANY atom; on a missing field
// it is false. kNot negates the whole leaf, so it is true where the field is missing.
//
// Children stand before parents: every pass is one forward loop. Plain data, no invariants of its
// own: Verify (jit/verify.h) tells whether the numbers in it make sense, and every reader of
// foreign bytes must ask it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ip.h"

namespace tripline::jit {

class ValueSet;  // jit/value_set.h

using FieldIndex = std::uint32_t;   // into Program::fields
using LeafIndex = std::uint32_t;    // into Program::leaves
using NodeIndex = std::uint32_t;    // into Program::nodes
using OutputIndex = std::uint32_t;  // into Program::outputs

/// How the values of a field reach the engine (runtime/batch.h holds the layouts).
enum class ColumnKind : std::uint8_t {
  kString,     // bytes: keyword and its relatives; numbers and booleans of untyped fields as their
               // JSON text
  kText,       // bytes of analysed text; the atoms are TextAny, TextPhrase, TextGlob and Exists
  kAddress,    // 16 bytes, IPv4 mapped
  kInteger,    // 64-bit signed
  kFloat,      // double
  kDate,       // 64-bit signed, milliseconds since the epoch
  kBoolean,    // 0 or 1, as integers
  kDelegated,  // no values: the host answers each leaf of the field with a bitmap of rows
  kObject,     // objects of a nested field, each a row of its `inner` fields (jit/object_value.h)
};

/// What numbers of a field are kept as, where that is less, or more, than its kind can hold. Bounds
/// in atoms are in this form too.
enum class NumberForm : std::uint8_t {
  kPlain,
  kSingle,    // kFloat: the nearest 32-bit float
  kHalf,      // kFloat: the nearest 16-bit float
  kScaled,    // kInteger: the nearest whole number to the value times `scale`
  kUnsigned,  // kInteger: 0 to 2^64 - 1, with 2^63 taken away
  kNanos,     // kDate: nanoseconds since the epoch
};

/// What a text is split into first.
enum class Tokenizer : std::uint8_t {
  kStandard,    // words
  kLetter,      // runs of letters
  kWhitespace,  // what stands between blanks
  kKeyword,     // the whole text is one token
};

/// How a text becomes tokens (jit/tokens.h): a tokenizer of a search engine and filters behind it.
/// The constants are the analyzers that have a name there.
struct Analysis {
  Tokenizer tokenizer = Tokenizer::kStandard;
  bool lowercases = true;
  bool drops_stop_words = false;  // the commonest English words; after lower-casing

  static const Analysis kStandard;
  static const Analysis kSimple;
  static const Analysis kWhitespace;
  static const Analysis kStop;
  static const Analysis kKeyword;

  friend bool operator==(const Analysis&, const Analysis&) = default;
};
inline constexpr Analysis Analysis::kStandard{};
inline constexpr Analysis Analysis::kSimple{Tokenizer::kLetter};
inline constexpr Analysis Analysis::kWhitespace{Tokenizer::kWhitespace, false};
inline constexpr Analysis Analysis::kStop{Tokenizer::kLetter, true, true};
inline constexpr Analysis Analysis::kKeyword{Tokenizer::kKeyword, false};

struct Field {
  std::string name;  // full dotted path, as the query says it
  ColumnKind kind = ColumnKind::kString;
  std::uint32_t ignore_above =
      0;  // kString: values of more UTF-16 units do not exist; 0 means no bound
  /// Where the values stand in an event, if not under `name`: a multi-field's parent, an alias's
  /// target.
  std::string source{};
  /// `name` holds stars: the column has the values of every path that the whole pattern matches (a
  /// star crosses dots).
  bool is_pattern = false;
  /// kString: values are lower-cased before they are judged (a keyword's lowercase normalizer).
  bool lowercases = false;
  NumberForm form = NumberForm::kPlain;
  double scale = 0;                         // of NumberForm::kScaled
  Analysis analysis = Analysis::kStandard;  // of kText
  /// Of kDate, if it is not the usual one: how texts and numbers in events are read
  /// (base/date_format.h).
  std::string date_format{};
  /// Of a pattern: paths that it does not stand for, sorted; "a.*" is everything below `a`.
  std::vector<std::string> except{};
  /// kObject: the fields of one object; their sources are paths from it.
  std::vector<Field> inner{};

  friend bool operator==(const Field&, const Field&) = default;
};

/// Literal pieces with a star between each two: n stars, n + 1 pieces. A star crosses everything,
/// newlines too.
struct Glob {
  std::vector<std::string> pieces;
  bool ignores_case = false;  // the 26 ASCII letters, as OpenSearch's case_insensitive does
  // With has_question a '?' in a piece stands for exactly one code point (query DSL wildcards; KQL
  // never sets it).
  bool has_question = false;

  friend bool operator==(const Glob&, const Glob&) = default;
};

/// The field has at least one value.
struct Exists {
  friend bool operator==(const Exists&, const Exists&) = default;
};
/// kString: the value's bytes equal these.
struct Term {
  std::string value;
  friend bool operator==(const Term&, const Term&) = default;
};
/// kString: byte order; on values and bounds that are both JSON numbers where `is_numeric`, numeric
/// order.
struct StringRange {
  std::optional<std::string> low;
  std::optional<std::string> high;
  bool includes_low = false;
  bool includes_high = false;
  bool is_numeric = false;
  friend bool operator==(const StringRange&, const StringRange&) = default;
};
/// kAddress: first <= value <= last in the order of the 16 bytes.
struct AddressRange {
  IpAddress first;
  IpAddress last;
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};
/// kInteger, kDate, kBoolean: first <= value <= last.
struct IntegerRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const IntegerRange&, const IntegerRange&) = default;
};
/// kFloat: low (<|<=) value (<|<=) high; never NaN.
struct FloatRange {
  double low = 0;
  double high = 0;
  bool includes_low = true;
  bool includes_high = true;
  friend bool operator==(const FloatRange&, const FloatRange&) = default;
};
/// kText: one of the tokens occurs (the analysed form of an unquoted value).
struct TextAny {
  std::vector<std::string> tokens;
  friend bool operator==(const TextAny&, const TextAny&) = default;
};
/// kText: the tokens occur one after another (the analysed form of a quoted value).
struct TextPhrase {
  std::vector<std::string> tokens;
  friend bool operator==(const TextPhrase&, const TextPhrase&) = default;
};
/// kText: one token as a whole matches the glob.
struct TextGlob {
  Glob glob;
  friend bool operator==(const TextGlob&, const TextGlob&) = default;
};

/// kText: some token lies in the range, in the order of bytes.
struct TextRange {
  StringRange range;
  friend bool operator==(const TextRange&, const TextRange&) = default;
};
/// kDate: a bound that moves with the clock, "now-1d/d". It is resolved for each row against the
/// time of the run that first looks at it: the first multiple of `run_interval` (milliseconds) that
/// is not before the row's own time; 0: against the batch's clock (runtime/relative_dates.h).
struct RelativeDateRange {
  std::optional<std::string> low;  // date math (base/time.h), as the query says it
  std::optional<std::string> high;
  bool includes_low = true;
  bool includes_high = true;
  std::int64_t run_interval = 0;
  friend bool operator==(const RelativeDateRange&, const RelativeDateRange&) = default;
};
struct Program;
/// kObject: one object makes the only output of `query` true, whose fields are the field's `inner`.
struct ObjectMatch {
  std::vector<Program> query;  // one: a vector because a Program holds atoms itself
  friend bool operator==(const ObjectMatch& a, const ObjectMatch& b);
};

/// The value is in a list that is too long for atoms of its own (jit/value_set.h): kString its
/// texts, kAddress its addresses, kInteger, kDate and kBoolean its integers, kFloat its floats.
struct InSet {
  std::shared_ptr<const ValueSet> values;  // never null; shared by all who ask for the list
  friend bool operator==(const InSet& a, const InSet& b);
};

/// kAddress accepts IpPrefix (a single address is a prefix of 128 bits) and AddressRange.
using Atom =
    std::variant<Exists, Term, Glob, StringRange, IpPrefix, AddressRange, IntegerRange, FloatRange,
                 TextAny, TextPhrase, TextGlob, TextRange, RelativeDateRange, ObjectMatch, InSet>;

/// "Some value of `field` satisfies one of `atoms`."
struct Leaf {
  FieldIndex field = 0;
  std::vector<Atom> atoms;

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

enum class Op : std::uint8_t {
  kFalse,  // no operands
  kTrue,   // no operands
  kLeaf,   // first = LeafIndex
  kNot,    // first = NodeIndex, an earlier node
  kAnd,    // operands[first .. first + count) are earlier nodes; at least two
  kOr,     // the same
};

struct Node {
  Op op = Op::kFalse;
  std::uint32_t first = 0;
  std::uint32_t count = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

struct Program {
  std::vector<Field> fields;  // names are distinct
  std::vector<Leaf> leaves;
  std::vector<Node> nodes;          // post-order
  std::vector<NodeIndex> operands;  // of kAnd and kOr
  std::vector<NodeIndex> outputs;  // one per query: a rule's own, a datafeed's, an indicator list's

  friend bool operator==(const Program&, const Program&) = default;
};

inline bool operator==(const ObjectMatch& a, const ObjectMatch& b) { return a.query == b.query; }

}  // namespace tripline::jit

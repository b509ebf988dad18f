// One reader takes value by value; both looks at a term (is it whole, what does it say) use it.
#include "runtime/term.h"

#include <charconv>
#include <cmath>
#include <system_error>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"

namespace tripline::runtime {
namespace {

using Json = nlohmann::json;

template <class T>
std::string Tagged(char tag, T value) {
  ByteWriter writer;
  writer.Number(tag);
  writer.Number(value);
  return writer.Take();
}

// The bytes of the value that `reader` stands at, without its tag; a string's without its length.
Result<std::string_view> TakeValue(ByteReader& reader, char tag) {
  switch (tag) {
    case 's':
      return reader.String();
    case 'i':
    case 'f':
    case 'd':
      return reader.Take(8);
    case 'b':
      return reader.Take(1);
    case 'a':
      return reader.Take(sizeof(IpAddress));
    default:
      return reader.Damaged("a known kind of value");
  }
}

template <class T>
T Decode(std::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

Json ValueToJson(char tag, std::string_view bytes) {
  switch (tag) {
    case 'i':
      return Decode<std::int64_t>(bytes);
    case 'f':
      return Decode<double>(bytes);
    case 'b':
      return bytes[0] != 0;
    case 'd':
      return ToIsoString(Timestamp(Milliseconds(Decode<std::int64_t>(bytes))));
    case 'a':
      return ToString(Decode<IpAddress>(bytes));
    default:
      return bytes;
  }
}

}  // namespace

std::string StringTerm(std::string_view text) {
  ByteWriter writer;
  writer.Number('s');
  writer.String(text);
  return writer.Take();
}

std::string IntegerTerm(std::int64_t value) { return Tagged('i', value); }

std::string FloatTerm(double value) {
  Check(!std::isnan(value), "a term is a number");
  return Tagged('f', value == 0 ? 0.0 : value);
}

std::string BooleanTerm(bool value) {
  return Tagged('b', static_cast<std::uint8_t>(value ? 1 : 0));
}

std::string DateTerm(Timestamp value) { return Tagged('d', value.time_since_epoch().count()); }

std::string AddressTerm(const IpAddress& value) {
  std::string term = "a";
  term.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  return term;
}

std::string TermToJson(std::string_view term) {
  ByteReader reader(term, "a term");
  Json values = Json::array();
  while (!reader.AtEnd()) {
    const Result<char> tag = reader.Number<char>();
    const Result<std::string_view> bytes = tag ? TakeValue(reader, *tag) : reader.Take(term.size());
    Check(bytes.has_value(), "a term holds whole values");
    values.push_back(ValueToJson(*tag, *bytes));
  }
  return values.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<double> NumberOfTerm(std::string_view term) {
  if (NumTermValues(term) != 1) {
    return std::nullopt;
  }
  ByteReader reader(term.substr(1), "a term");
  switch (term[0]) {
    case 'i':
      return static_cast<double>(reader.Number<std::int64_t>().value());
    case 'f':
      return reader.Number<double>().value();
    case 's': {
      const std::string_view text = reader.String().value();
      double number = 0.0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
      return problem == std::errc() && end == text.data() + text.size() && std::isfinite(number)
                 ? std::optional(number)
                 : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::size_t NumTermValues(std::string_view term) {
  ByteReader reader(term, "a term");
  std::size_t num_values = 0;
  while (!reader.AtEnd()) {
    const Result<char> tag = reader.Number<char>();
    if (!tag || !TakeValue(reader, *tag)) {
      return 0;
    }
    ++num_values;
  }
  return num_values;
}

}  // namespace tripline::runtime

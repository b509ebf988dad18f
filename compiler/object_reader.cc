#include "compiler/object_reader.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace tripline::compiler {
namespace {

// What `number` is worth if it is whole.
std::optional<std::int64_t> WholeValue(const Node& node) {
  if (const auto* const whole = std::get_if<std::int64_t>(&node.value)) {
    return *whole;
  }
  const auto* const number = std::get_if<double>(&node.value);
  constexpr double kExact = 9007199254740992.0;
  if (number == nullptr || std::abs(*number) > kExact || std::trunc(*number) != *number) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*number);
}

std::string Listed(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    text += (text.empty() ? "`" : ", `") + std::string(word) + "`";
  }
  return text;
}

}  // namespace

const Node* ObjectReader::Any(std::string_view key, Need need) {
  const Node* const found = object_.Find(key);
  if (found != nullptr && !found->IsNull()) {
    return found;
  }
  if (need == Need::kRequired) {
    findings_.Error(object_.span, "rule.missing_key", "`" + PathOf(key) + "` is missing",
                    "add the key `" + std::string(key) + "` with a value");
  }
  return nullptr;
}

void ObjectReader::WrongType(std::string_view key, const Node& found, std::string_view expected,
                             std::string hint) {
  findings_.Error(found.span, "rule.wrong_type",
                  "`" + PathOf(key) + "` must be " + std::string(expected) + ", found " +
                      std::string(KindName(found)),
                  std::move(hint));
}

void ObjectReader::Reject(std::string_view key, std::string code, const std::string& what,
                          std::string hint) {
  const Node* const found = object_.Find(key);
  findings_.Error(found == nullptr ? object_.span : found->span, std::move(code),
                  "`" + PathOf(key) + "` " + what, std::move(hint));
}

std::optional<std::string> ObjectReader::String(std::string_view key, Need need) {
  const Node* const found = Any(key, need);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (found->AsString() == nullptr) {
    WrongType(key, *found, "a string");
    return std::nullopt;
  }
  return *found->AsString();
}

std::optional<bool> ObjectReader::Flag(std::string_view key) {
  const Node* const found = Any(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  const bool* const flag = std::get_if<bool>(&found->value);
  if (flag == nullptr) {
    WrongType(key, *found, "true or false",
              found->AsString() == nullptr ? "" : "write it without quotes");
    return std::nullopt;
  }
  return *flag;
}

std::optional<std::int64_t> ObjectReader::Whole(std::string_view key, std::int64_t low,
                                                std::int64_t high, Need need) {
  const Node* const found = Any(key, need);
  if (found == nullptr) {
    return std::nullopt;
  }
  const std::optional<std::int64_t> whole = WholeValue(*found);
  if (!whole) {
    WrongType(key, *found, "a whole number",
              found->AsString() == nullptr ? "" : "write it without quotes");
    return std::nullopt;
  }
  if (*whole < low || *whole > high) {
    Reject(key, "rule.bad_value",
           "must be from " + std::to_string(low) + " to " + std::to_string(high) + ", found " +
               std::to_string(*whole),
           "");
    return std::nullopt;
  }
  return whole;
}

bool ObjectReader::CheckStrings(std::string_view key, const Node::Array& elements) {
  const std::size_t num_errors_before = findings_.num_errors();
  for (const Node& element : elements) {
    const std::string* const text = element.AsString();
    if (text == nullptr) {
      WrongType(key, element, "a list of strings");
    } else if (text->empty()) {
      findings_.Error(element.span, "rule.bad_value", "`" + PathOf(key) + "` holds an empty string",
                      "take it out");
    }
  }
  return findings_.num_errors() == num_errors_before;
}

std::vector<std::string> ObjectReader::Strings(std::string_view key, Need need) {
  const Node* const found = Any(key, need);
  std::vector<std::string> strings;
  if (found == nullptr) {
    return strings;
  }
  const Node::Array* const elements = found->AsArray();
  if (elements == nullptr) {
    WrongType(key, *found, "a list of strings",
              found->AsString() == nullptr ? "" : "write [...] around it");
  } else if (elements->empty() && need == Need::kRequired) {
    Reject(key, "rule.bad_value", "must not be empty", "");
  } else if (CheckStrings(key, *elements)) {
    for (const Node& element : *elements) {
      strings.push_back(*element.AsString());
    }
  }
  return strings;
}

std::vector<std::string> ObjectReader::OneOrMoreStrings(std::string_view key, Need need) {
  const Node* const found = object_.Find(key);
  if (found != nullptr && found->AsString() != nullptr) {
    if (found->AsString()->empty()) {
      Reject(key, "rule.bad_value", "must not be empty", "");
    }
    return {*found->AsString()};
  }
  return Strings(key, need);
}

std::optional<std::size_t> ObjectReader::Choice(std::string_view key,
                                                std::span<const std::string_view> choices,
                                                Need need) {
  const std::optional<std::string> word = String(key, need);
  if (!word) {
    return std::nullopt;
  }
  const auto found = std::ranges::find(choices, std::string_view(*word));
  if (found == choices.end()) {
    const std::string_view nearest = word->size() > 40 ? "" : Nearest(*word, choices, 3);
    Reject(key, "rule.bad_value", "must be one of " + Listed(choices) + ", found " + Shown(*word),
           nearest.empty() ? "write one of these words as it stands here"
                           : "did you mean `" + std::string(nearest) + "`?");
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - choices.begin());
}

const Node* ObjectReader::Object(std::string_view key, Need need) {
  const Node* const found = Any(key, need);
  if (found != nullptr && found->AsObject() == nullptr) {
    WrongType(key, *found, "an object");
    return nullptr;
  }
  return found;
}

std::span<const Node> ObjectReader::Objects(std::string_view key, Need need) {
  const Node* const found = Any(key, need);
  if (found == nullptr) {
    return {};
  }
  const Node::Array* const elements = found->AsArray();
  if (elements == nullptr) {
    WrongType(key, *found, "a list of objects");
    return {};
  }
  if (elements->empty() && need == Need::kRequired) {
    Reject(key, "rule.bad_value", "must not be empty", "");
  }
  for (const Node& element : *elements) {
    if (element.AsObject() == nullptr) {
      WrongType(key, element, "a list of objects");
      return {};
    }
  }
  return *elements;
}

void ObjectReader::WarnUnknown(std::span<const std::string_view> known) {
  constexpr std::size_t kMaxReported = 100;
  std::size_t num_unknown = 0;
  for (const Member& member : *object_.AsObject()) {
    if (std::ranges::binary_search(known, std::string_view(member.key)) ||
        ++num_unknown > kMaxReported) {
      continue;
    }
    const std::string_view nearest = member.key.size() > 60 ? "" : Nearest(member.key, known, 3);
    findings_.Warning(member.key_span, "rule.unknown_key",
                      "unknown key " + Shown(PathOf(member.key)),
                      nearest.empty() ? "it is kept in the rule's document and has no effect"
                                      : "did you mean `" + std::string(nearest) + "`?");
  }
}

}  // namespace tripline::compiler

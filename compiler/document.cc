// Canonical JSON is written by hand: it is the form in which rules are compared, hashed and kept,
// so its bytes must not depend on a library's version.
#include "compiler/document.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/overloaded.h"

namespace tripline::compiler {
namespace {

void WriteString(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20U) {
          std::array<char, 8> escape{};
          std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
          out += escape.data();
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void WriteDouble(double number, std::string& out) {
  std::array<char, 40> buffer{};
  const auto [end, problem] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) {
    out += ".0";  // so that it is read back as the same kind of number
  }
}

void Write(const Node& node, std::string& out) {
  std::visit(Overloaded{
                 [&](std::monostate) { out += "null"; },
                 [&](bool flag) { out += flag ? "true" : "false"; },
                 [&](std::int64_t number) { out += std::to_string(number); },
                 [&](std::uint64_t number) { out += std::to_string(number); },
                 [&](double number) { WriteDouble(number, out); },
                 [&](const std::string& text) { WriteString(text, out); },
                 [&](const Node::Array& elements) {
                   char separator = '[';
                   for (const Node& element : elements) {
                     out += separator;
                     separator = ',';
                     Write(element, out);
                   }
                   out += elements.empty() ? "[]" : "]";
                 },
                 [&](const Node::Object& members) {
                   char separator = '{';
                   for (const Member& member : members) {
                     out += separator;
                     separator = ',';
                     WriteString(member.key, out);
                     out += ':';
                     Write(member.value, out);
                   }
                   out += members.empty() ? "{}" : "}";
                 },
             },
             node.value);
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  const Object* const members = AsObject();
  if (members == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::lower_bound(*members, key, {}, &Member::key);
  return found != members->end() && found->key == key ? &found->value : nullptr;
}

Node Node::Take(std::string_view key) {
  Node taken;
  if (auto* const members = std::get_if<Object>(&value)) {
    const auto found = std::ranges::lower_bound(*members, key, {}, &Member::key);
    if (found != members->end() && found->key == key) {
      taken = std::move(found->value);
      members->erase(found);
    }
  }
  return taken;
}

void Node::Put(std::string key, Span key_span, Node member) {
  Object& members = std::get<Object>(value);
  const auto place = std::ranges::lower_bound(members, key, {}, &Member::key);
  if (place != members.end() && place->key == key) {
    place->value = std::move(member);
    return;
  }
  members.insert(place, Member{std::move(key), key_span, std::move(member)});
}

std::string ToJson(const Node& node) {
  std::string text;
  Write(node, text);
  return text;
}

std::string_view KindName(const Node& node) {
  constexpr std::array<std::string_view, 8> kNames = {
      "null",     "true or false", "a whole number", "a whole number",
      "a number", "a string",      "a list",         "an object"};
  return kNames[node.value.index()];
}

}  // namespace tripline::compiler

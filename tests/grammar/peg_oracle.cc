#include "peg_oracle.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peg_text.h"

namespace tripline::grammar {
namespace {

struct Success {
  std::size_t end = 0;
  std::string tree;                                     // of a query rule
  std::function<std::string(const std::string&)> list;  // of a value rule: from field to tree
  Decoded literal;
};
using Match = std::shared_ptr<const Success>;  // null: failed

enum Rule : std::size_t {
  kOr,
  kAnd,
  kNot,
  kSub,
  kNested,
  kExpression,
  kRange,
  kFieldValue,
  kBare,
  kValueList,
  kValueOr,
  kValueAnd,
  kValueNot,
  kField,
  kValue,
  kLiteral,
  kOrWord,
  kAndWord,
  kNotWord,
  kQuoted,
  kUnquoted,
  kSpace,
  kNumRules
};

Match Ok(std::size_t end) { return std::make_shared<Success>(Success{end, {}, {}, {}}); }
Match OkTree(std::size_t end, std::string tree) {
  return std::make_shared<Success>(Success{end, std::move(tree), {}, {}});
}

// ---- the grammar ----------------------------------------------------------------------------

class Peg {
 public:
  explicit Peg(std::u16string text) : text_(std::move(text)), memo_(kNumRules) {
    for (auto& places : memo_) {
      places.resize(text_.size() + 1);
    }
  }

  // query = SP* [ or ] SP* EOF
  PegAnswer Query() {
    std::size_t at = Spaces(0);
    std::string tree = "(is * *)";
    if (const Match query = Or(at)) {
      tree = query->tree;
      at = query->end;
    }
    at = Spaces(at);
    if (at == text_.size()) {
      return {true, tree, 0, {}};
    }
    Expect(at, "end of input");
    return {false, {}, furthest_, Message()};
  }

 private:
  // ---- machinery ----

  void Expect(std::size_t at, const std::string& what) {
    if (silent_ > 0 || at < furthest_) {
      return;
    }
    if (at > furthest_) {
      furthest_ = at;
      expected_.clear();
    }
    expected_.insert(what);
  }

  std::string Message() const {
    std::string list;
    for (const std::string& item : expected_) {
      list += (list.empty() ? "" : ", ") + item;
    }
    if (furthest_ == text_.size()) {
      return "Expected " + list + " but end of input found";
    }
    const char16_t first = text_[furthest_];
    const bool is_pair = first >= 0xD800 && first < 0xDC00;
    std::string found = ToUtf8(std::u16string_view(text_).substr(furthest_, is_pair ? 2 : 1));
    if (first < 0x20 || first == 0x7F) {
      const std::string shown = InQuotes(std::u16string(1, first), '"');
      found = "\\u00" + shown.substr(3, 2);
    }
    return "Expected " + list + " but \"" + found + "\" found";
  }

  template <class Body>
  Match Remember(Rule rule, std::size_t at, const char* name, Body body) {
    auto& place = memo_[rule][at];
    if (place) {
      return *place;
    }
    silent_ += name != nullptr ? 1 : 0;
    Match match = body();
    silent_ -= name != nullptr ? 1 : 0;
    if (name != nullptr && !match) {
      Expect(at, name);
    }
    memo_[rule][at] = std::make_unique<Match>(match);
    return match;
  }

  bool Sees(std::size_t at, std::u16string_view token) const {
    return std::u16string_view(text_).substr(at).starts_with(token);
  }

  bool Token(std::size_t at, std::u16string_view token) {
    if (Sees(at, token)) {
      return true;
    }
    Expect(at, "\"" + ToUtf8(token) + "\"");
    return false;
  }

  bool SeesWord(std::size_t at, std::u16string_view lower) const {
    if (at + lower.size() > text_.size()) {
      return false;
    }
    for (std::size_t i = 0; i < lower.size(); ++i) {
      if (Lower(text_[at + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  // ---- blanks and keywords ----

  // SP = space, \t, \r, \n, U+00A0
  Match Space(std::size_t at) {
    return Remember(kSpace, at, "whitespace", [&]() -> Match {
      constexpr std::u16string_view kSpaces = u" \t\r\n\u00A0";
      const bool is_space =
          at < text_.size() && kSpaces.find(text_[at]) != std::u16string_view::npos;
      return is_space ? Ok(at + 1) : nullptr;
    });
  }

  // SP*
  std::size_t Spaces(std::size_t at) {
    while (const Match space = Space(at)) {
      at = space->end;
    }
    return at;
  }

  // SP+
  Match SomeSpaces(std::size_t at) {
    const std::size_t end = Spaces(at);
    return end > at ? Ok(end) : nullptr;
  }

  // SP+ 'word'i SP+
  Match SpacedWord(std::size_t at, std::u16string_view word) {
    const Match before = SomeSpaces(at);
    if (!before || !SeesWord(before->end, word)) {
      return nullptr;
    }
    return SomeSpaces(before->end + word.size());
  }

  Match OrWord(std::size_t at) {
    return Remember(kOrWord, at, "OR", [&] { return SpacedWord(at, u"or"); });
  }
  Match AndWord(std::size_t at) {
    return Remember(kAndWord, at, "AND", [&] { return SpacedWord(at, u"and"); });
  }
  // NOT = 'not'i SP+
  Match NotWord(std::size_t at) {
    return Remember(kNotWord, at, "NOT",
                    [&]() -> Match { return SeesWord(at, u"not") ? SomeSpaces(at + 3) : nullptr; });
  }

  // ---- conditions ----

  // part { separator part }+ / part, as `name` of the parts
  template <class Part, class Separator>
  Match Several(std::size_t at, Part part, Separator separator, const std::string& name) {
    const Match head = part(at);
    if (!head) {
      return nullptr;
    }
    std::vector<Match> all = {head};
    for (;;) {
      const Match between = separator(all.back()->end);
      const Match next = between ? part(between->end) : nullptr;
      if (!next) {
        break;
      }
      all.push_back(next);
    }
    if (all.size() == 1) {
      return part(at);
    }
    Success several;
    several.end = all.back()->end;
    several.tree = "(" + name;
    for (const Match& one : all) {
      several.tree += " " + one->tree;
    }
    several.tree += ")";
    several.list = [all, name](const std::string& field) {
      std::string tree = "(" + name;
      for (const Match& one : all) {
        tree += " " + one->list(field);
      }
      return tree + ")";
    };
    return std::make_shared<Success>(std::move(several));
  }

  // or = and { OR and }+ / and
  Match Or(std::size_t at) {
    return Remember(kOr, at, nullptr, [&] {
      return Several(
          at, [this](std::size_t i) { return And(i); }, [this](std::size_t i) { return OrWord(i); },
          "or");
    });
  }

  // and = not { AND not }+ / not
  Match And(std::size_t at) {
    return Remember(kAnd, at, nullptr, [&] {
      return Several(
          at, [this](std::size_t i) { return Not(i); },
          [this](std::size_t i) { return AndWord(i); }, "and");
    });
  }

  // not = NOT sub / sub
  Match Not(std::size_t at) {
    return Remember(kNot, at, nullptr, [&]() -> Match {
      if (const Match word = NotWord(at)) {
        if (const Match sub = Sub(word->end)) {
          return OkTree(sub->end, "(not " + sub->tree + ")");
        }
      }
      return Sub(at);
    });
  }

  // open SP* or SP* close
  Match Group(std::size_t at, std::u16string_view open, std::u16string_view close) {
    if (!Token(at, open)) {
      return nullptr;
    }
    const Match inner = Or(Spaces(at + 1));
    if (!inner) {
      return nullptr;
    }
    const std::size_t end = Spaces(inner->end);
    return Token(end, close) ? OkTree(end + 1, inner->tree) : nullptr;
  }

  // sub = "(" SP* or SP* ")" / nested
  Match Sub(std::size_t at) {
    return Remember(kSub, at, nullptr, [&] {
      const Match group = Group(at, u"(", u")");
      return group ? group : Nested(at);
    });
  }

  // field SP* ":" SP*
  Match FieldAndColon(std::size_t at) {
    const Match field = Field(at);
    if (!field) {
      return nullptr;
    }
    const std::size_t colon = Spaces(field->end);
    if (!Token(colon, u":")) {
      return nullptr;
    }
    return std::make_shared<Success>(Success{Spaces(colon + 1), {}, {}, field->literal});
  }

  // nested = field SP* ":" SP* "{" SP* or SP* "}" / expr
  Match Nested(std::size_t at) {
    return Remember(kNested, at, nullptr, [&]() -> Match {
      if (const Match field = FieldAndColon(at)) {
        if (const Match group = Group(field->end, u"{", u"}")) {
          return OkTree(group->end,
                        "(nested " + PrintDecoded(field->literal) + " " + group->tree + ")");
        }
      }
      return Expression(at);
    });
  }

  // expr = range / fieldvalue / bare
  Match Expression(std::size_t at) {
    return Remember(kExpression, at, nullptr, [&] {
      if (const Match range = Range(at)) {
        return range;
      }
      const Match field_value = FieldValue(at);
      return field_value ? field_value : Bare(at);
    });
  }

  // range = field SP* rangeop SP* literal
  Match Range(std::size_t at) {
    return Remember(kRange, at, nullptr, [&]() -> Match {
      const Match field = Field(at);
      if (!field) {
        return nullptr;
      }
      const std::size_t op_at = Spaces(field->end);
      for (const std::u16string_view op : {u"<=", u">=", u"<", u">"}) {
        if (!Token(op_at, op)) {
          continue;
        }
        const Match value = Literal(Spaces(op_at + op.size()));
        return value ? OkTree(value->end, "(range " + PrintDecoded(field->literal) + " " +
                                              ToUtf8(op) + " " + PrintBound(value->literal) + ")")
                     : nullptr;
      }
      return nullptr;
    });
  }

  // fieldvalue = field SP* ":" SP* vlist
  Match FieldValue(std::size_t at) {
    return Remember(kFieldValue, at, nullptr, [&]() -> Match {
      const Match field = FieldAndColon(at);
      const Match values = field ? ValueList(field->end) : nullptr;
      return values ? OkTree(values->end, values->list(PrintDecoded(field->literal))) : nullptr;
    });
  }

  // bare = value
  Match Bare(std::size_t at) {
    return Remember(kBare, at, nullptr, [&]() -> Match {
      const Match value = Value(at);
      return value ? OkTree(value->end, value->list("null")) : nullptr;
    });
  }

  // ---- values ----

  // vlist = "(" SP* vor SP* ")" / value
  Match ValueList(std::size_t at) {
    return Remember(kValueList, at, nullptr, [&]() -> Match {
      if (Token(at, u"(")) {
        if (const Match inner = ValueOr(Spaces(at + 1))) {
          const std::size_t end = Spaces(inner->end);
          if (Token(end, u")")) {
            return std::make_shared<Success>(Success{end + 1, {}, inner->list, {}});
          }
        }
      }
      return Value(at);
    });
  }

  // vor = vand { OR vand }+ / vand
  Match ValueOr(std::size_t at) {
    return Remember(kValueOr, at, nullptr, [&] {
      return Several(
          at, [this](std::size_t i) { return ValueAnd(i); },
          [this](std::size_t i) { return OrWord(i); }, "or");
    });
  }

  // vand = vnot { AND vnot }+ / vnot
  Match ValueAnd(std::size_t at) {
    return Remember(kValueAnd, at, nullptr, [&] {
      return Several(
          at, [this](std::size_t i) { return ValueNot(i); },
          [this](std::size_t i) { return AndWord(i); }, "and");
    });
  }

  // vnot = NOT vlist / vlist
  Match ValueNot(std::size_t at) {
    return Remember(kValueNot, at, nullptr, [&]() -> Match {
      if (const Match word = NotWord(at)) {
        if (const Match values = ValueList(word->end)) {
          const auto list = [values](const std::string& field) {
            return "(not " + values->list(field) + ")";
          };
          return std::make_shared<Success>(Success{values->end, {}, list, {}});
        }
      }
      return ValueList(at);
    });
  }

  // ---- literals ----

  // field = literal
  Match Field(std::size_t at) {
    return Remember(kField, at, "field name", [&] { return Literal(at); });
  }

  // value = quoted / unquoted
  Match Value(std::size_t at) {
    return Remember(kValue, at, "value", [&]() -> Match {
      Match text = Quoted(at);
      text = text ? text : Unquoted(at);
      if (!text) {
        return nullptr;
      }
      const auto list = [text](const std::string& field) {
        return "(is " + field + " " + PrintDecoded(text->literal) + ")";
      };
      return std::make_shared<Success>(Success{text->end, {}, list, {}});
    });
  }

  // literal = quoted / unquoted
  Match Literal(std::size_t at) {
    return Remember(kLiteral, at, "literal", [&] {
      const Match quoted = Quoted(at);
      return quoted ? quoted : Unquoted(at);
    });
  }

  // "\t" "\r" "\n"; appends the character and returns the length, or 0
  std::size_t WhitespaceEscape(std::size_t at, std::vector<int>& units) const {
    for (const auto& [escape, unit] :
         {std::pair<const char16_t*, int>{u"\\t", '\t'}, {u"\\r", '\r'}, {u"\\n", '\n'}}) {
      if (Sees(at, escape)) {
        units.push_back(unit);
        return 2;
      }
    }
    return 0;
  }

  // "\u" 4HEX
  std::size_t UnicodeEscape(std::size_t at, std::vector<int>& units) const {
    if (!Sees(at, u"\\u") || at + 6 > text_.size()) {
      return 0;
    }
    int unit = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
      constexpr std::u16string_view kDigits = u"0123456789abcdef";
      const std::size_t digit = kDigits.find(Lower(text_[i]));
      if (digit == std::u16string_view::npos) {
        return 0;
      }
      unit = unit * 16 + static_cast<int>(digit);
    }
    units.push_back(unit);
    return 6;
  }

  // quoted = '"' { qchar } '"'
  // qchar = "\t" "\r" "\n" escapes / "\u" 4HEX / "\\" / '\"' / any char except '"'
  Match Quoted(std::size_t at) {
    return Remember(kQuoted, at, nullptr, [&]() -> Match {
      if (!Sees(at, u"\"")) {
        return nullptr;
      }
      Decoded decoded;
      decoded.is_quoted = true;
      std::size_t i = at + 1;
      for (;;) {
        std::size_t length = WhitespaceEscape(i, decoded.units);
        length = length > 0 ? length : UnicodeEscape(i, decoded.units);
        if (length > 0) {
          i += length;
        } else if (Sees(i, u"\\\\") || Sees(i, u"\\\"")) {
          decoded.units.push_back(text_[i + 1]);
          i += 2;
        } else if (i < text_.size() && text_[i] != u'"') {
          decoded.units.push_back(text_[i]);
          ++i;
        } else {
          break;
        }
      }
      if (!Sees(i, u"\"")) {
        return nullptr;
      }
      return std::make_shared<Success>(Success{i + 1, {}, {}, decoded});
    });
  }

  static bool IsSpecial(char16_t c) {
    return std::u16string_view(u"\\():<>\"*{}").find(c) != std::u16string_view::npos;
  }

  // SP 'or'i SP / SP 'and'i SP / 'not'i SP
  bool IsKeywordLookalike(std::size_t at) {
    if (const Match space = Space(at); space && SeesWord(space->end, u"or") && Space(at + 3)) {
      return true;
    }
    if (const Match space = Space(at); space && SeesWord(space->end, u"and") && Space(at + 4)) {
      return true;
    }
    return SeesWord(at, u"not") && Space(at + 3);
  }

  // uchar = escapes / "\" special / "\u" 4HEX / "\" ('or'i/'and'i/'not'i) / "*"
  //       / any char that is not special and does not start a keyword lookalike
  std::size_t UnquotedCharacter(std::size_t at, std::vector<int>& units) {
    if (const std::size_t length = WhitespaceEscape(at, units); length > 0) {
      return length;
    }
    if (Sees(at, u"\\") && at + 1 < text_.size() && IsSpecial(text_[at + 1])) {
      units.push_back(text_[at + 1]);
      return 2;
    }
    if (const std::size_t length = UnicodeEscape(at, units); length > 0) {
      return length;
    }
    for (const std::u16string_view word : {u"or", u"and", u"not"}) {
      if (Sees(at, u"\\") && SeesWord(at + 1, word)) {
        units.insert(units.end(), text_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                     text_.begin() + static_cast<std::ptrdiff_t>(at + 1 + word.size()));
        return 1 + word.size();
      }
    }
    if (Sees(at, u"*")) {
      units.push_back(kStar);
      return 1;
    }
    const bool is_special = at < text_.size() && IsSpecial(text_[at]);
    if (is_special || IsKeywordLookalike(at) || at >= text_.size()) {
      return 0;
    }
    units.push_back(text_[at]);
    return 1;
  }

  // unquoted = uchar { uchar }, then trimmed
  Match Unquoted(std::size_t at) {
    return Remember(kUnquoted, at, nullptr, [&]() -> Match {
      Decoded decoded;
      std::size_t i = at;
      while (const std::size_t length = UnquotedCharacter(i, decoded.units)) {
        i += length;
      }
      if (i == at) {
        return nullptr;
      }
      while (!decoded.units.empty() && IsJavaScriptWhitespace(decoded.units.back())) {
        decoded.units.pop_back();
      }
      while (!decoded.units.empty() && IsJavaScriptWhitespace(decoded.units.front())) {
        decoded.units.erase(decoded.units.begin());
      }
      return std::make_shared<Success>(Success{i, {}, {}, decoded});
    });
  }

  std::u16string text_;
  std::vector<std::vector<std::unique_ptr<Match>>> memo_;
  int silent_ = 0;
  std::size_t furthest_ = 0;
  std::set<std::string> expected_;
};

}  // namespace

PegAnswer ParseWithPeg(std::string_view query) { return Peg(ToUtf16(query)).Query(); }

}  // namespace tripline::grammar

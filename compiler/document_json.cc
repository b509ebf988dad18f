// The JSON door: nlohmann's event interface feeds a stack of open objects and lists.
//
// The library does not say where a value stands, so the input iterator counts what was taken. At a
// string, key or bracket the count is the token's end; at a number it may be one byte further. The
// next token begins behind that, after blanks, commas and colons: that is enough to know where
// every value begins. Nesting is counted here, because the library itself has no bound.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "compiler/document.h"

namespace tripline::compiler {
namespace {

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, const char** furthest) : at_(at), furthest_(furthest) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  const char** furthest_;
};

// The library's sentence without its prefix "[json...] parse error at line 1, column 5: ".
std::string Sentence(std::string_view what) {
  constexpr std::string_view kPlace = "column ";
  const std::size_t place = what.find(kPlace);
  const std::size_t begin = what.find(": ", place == what.npos ? 0 : place);
  std::string_view sentence = begin == what.npos ? what : what.substr(begin + 2);
  constexpr std::size_t kMaxSentence = 200;
  return std::string(sentence.substr(0, kMaxSentence));
}

class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  TreeBuilder(std::string_view text, std::uint32_t base) : text_(text), base_(base) {}

  const char** furthest() { return &furthest_; }
  ParsedDocument TakeDocument() { return std::move(parsed_); }
  Problem TakeProblem() { return std::move(problem_); }

  bool null() { return Scalar(std::monostate()); }
  bool boolean(bool value) { return Scalar(value); }
  bool number_integer(number_integer_t value) { return Scalar(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) {
    return value <= static_cast<number_unsigned_t>(INT64_MAX)
               ? Scalar(static_cast<std::int64_t>(value))
               : Scalar(std::uint64_t{value});
  }
  bool number_float(number_float_t value, const string_t& /*spelling*/) { return Scalar(value); }
  bool string(string_t& value) { return Scalar(std::move(value)); }
  bool binary(binary_t& /*value*/) { return false; }

  bool start_object(std::size_t /*size*/) { return Open(Node::Object()); }
  bool start_array(std::size_t /*size*/) { return Open(Node::Array()); }
  bool key(string_t& value) {
    keys_.push_back({std::move(value), NextToken(), {}});
    return true;
  }
  bool end_object() {
    auto& members = std::get<Node::Object>(open_.back().value);
    std::ranges::sort(members, {}, [](const Member& member) {
      return std::pair(std::string_view(member.key), member.key_span.begin);
    });
    // Of equal keys the last one counts, as everywhere else where JSON is read.
    auto kept = members.begin();
    for (auto member = members.begin(); member != members.end(); ++member) {
      if (std::next(member) != members.end() && std::next(member)->key == member->key) {
        parsed_.repeated.push_back(std::move(*member));
      } else {
        if (kept != member) {
          *kept = std::move(*member);
        }
        ++kept;
      }
    }
    members.erase(kept, members.end());
    return Close();
  }
  bool end_array() { return Close(); }
  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& exception) {
    const auto offset = static_cast<std::uint32_t>(std::min(position, text_.size()));
    problem_ = {ProblemKind::kSyntax, base_ + (offset > 0 ? offset - 1 : 0),
                Sentence(exception.what())};
    return false;
  }

 private:
  // From the token after the last one to what was taken; remembers that it was given out.
  Span NextToken() {
    const std::size_t taken =
        furthest_ == nullptr ? 0 : static_cast<std::size_t>(furthest_ - text_.data());
    std::size_t begin = last_end_;
    while (begin < taken && std::string_view(" \t\r\n,:").contains(text_[begin])) {
      ++begin;
    }
    last_end_ = taken;
    return {base_ + static_cast<std::uint32_t>(begin), base_ + static_cast<std::uint32_t>(taken)};
  }
  template <class Value>
  bool Scalar(Value value) {
    Node node{std::move(value), NextToken()};
    if (node.AsString() == nullptr) {
      // A number's end is found by looking at the byte behind it.
      const std::size_t begin = node.span.begin - base_;
      const std::size_t end = text_.find_first_of(" \t\r\n,]}", begin);
      node.span.end = base_ + static_cast<std::uint32_t>(std::min(end, text_.size()));
    }
    return Add(std::move(node));
  }
  template <class Value>
  bool Open(Value value) {
    const Span span = NextToken();
    if (open_.size() == kMaxDocumentDepth) {
      problem_ = {ProblemKind::kTooDeep, span.begin, ""};
      return false;
    }
    open_.push_back({std::move(value), span});
    return true;
  }
  bool Close() {
    NextToken();
    Node node = std::move(open_.back());
    open_.pop_back();
    return Add(std::move(node));
  }
  bool Add(Node node) {
    if (++num_values_ > kMaxDocumentValues) {
      problem_ = {ProblemKind::kTooMany, node.span.begin, ""};
      return false;
    }
    if (open_.empty()) {
      parsed_.root = std::move(node);
    } else if (auto* const elements = std::get_if<Node::Array>(&open_.back().value)) {
      elements->push_back(std::move(node));
    } else {
      keys_.back().value = std::move(node);
      std::get<Node::Object>(open_.back().value).push_back(std::move(keys_.back()));
      keys_.pop_back();
    }
    return true;
  }

  std::string_view text_;
  std::uint32_t base_;
  const char* furthest_ = nullptr;
  std::size_t last_end_ = 0;
  std::size_t num_values_ = 0;
  std::vector<Node> open_;
  std::vector<Member> keys_;  // of open objects, waiting for their values
  ParsedDocument parsed_;
  Problem problem_;
};

}  // namespace

std::expected<ParsedDocument, Problem> ParseJson(std::string_view text, std::uint32_t base) {
  TreeBuilder builder(text, base);
  const CountingIterator begin(text.data(), builder.furthest());
  const CountingIterator end(text.data() + text.size(), builder.furthest());
  if (!nlohmann::json::sax_parse(begin, end, &builder)) {
    return std::unexpected(builder.TakeProblem());
  }
  return builder.TakeDocument();
}

}  // namespace tripline::compiler

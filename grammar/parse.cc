// The ANTLR wall: the only file that sees the generated parser, and where its exceptions end.
//
//   bytes -LexerView-> tokens (counted, nesting checked) -> ANTLR's tree -TreeReader-> Ast
//
// ANTLR recurses once per nested group, so nesting is measured on the tokens before it starts. Its
// error recovery is off: the first token without a place ends the parse, and the files behind
// grammar/syntax_error.h say what is wrong with it.
#include "grammar/parse.h"

#include <antlr4-runtime.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <limits>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "KqlLexer.h"
#include "KqlParser.h"
#include "base/check.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "base/source_text.h"
#include "base/text.h"
#include "grammar/ast.h"
#include "grammar/literal.h"
#include "grammar/syntax_error.h"
#include "grammar/token.h"

namespace tripline::grammar {
namespace {

using generated::KqlLexer;
using generated::KqlParser;
using AntlrTokens = std::vector<std::unique_ptr<antlr4::Token>>;

// Spans have 32 bits, whatever the options say.
constexpr std::size_t kMaxBytes = std::numeric_limits<std::uint32_t>::max() - 1;

// The query as the lexer sees it: one symbol a byte, so that its indexes are byte offsets, and all
// of them below 128, where ANTLR caches its automaton's edges. No rule of the grammar tells
// characters beyond ASCII apart but U+00A0, a blank: both its bytes read as blanks, the bytes of
// all others as an ordinary letter.
class LexerView final : public antlr4::CharStream {
 public:
  /// `text` must outlive the view. Requires valid UTF-8.
  explicit LexerView(std::string_view text) : text_(text) {}

  void consume() override { ++index_; }
  size_t LA(ssize_t ahead) override {
    const std::size_t at = index_ + static_cast<std::size_t>(ahead) - 1;
    return at < text_.size() ? Symbol(at) : antlr4::IntStream::EOF;
  }
  ssize_t mark() override { return 0; }
  void release(ssize_t /*marker*/) override {}
  size_t index() override { return index_; }
  void seek(size_t index) override { index_ = index; }
  size_t size() override { return text_.size(); }
  [[nodiscard]] std::string getSourceName() const override { return "query"; }
  std::string getText(const antlr4::misc::Interval& /*interval*/) override { return {}; }
  [[nodiscard]] std::string toString() const override { return {}; }

 private:
  [[nodiscard]] std::size_t Symbol(std::size_t at) const {
    constexpr std::size_t kLetter = 0x7F;
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80U) {
      return byte;
    }
    const bool is_first = text_.substr(at, 2) == "\xC2\xA0";
    const bool is_second = at > 0 && text_.substr(at - 1, 2) == "\xC2\xA0";
    return is_first || is_second ? ' ' : kLetter;
  }

  std::string_view text_;
  std::size_t index_ = 0;
};

// Ends the parse at the first token without a place.
class StopAtFirstError final : public antlr4::DefaultErrorStrategy {
 public:
  void sync(antlr4::Parser* /*parser*/) override {}
  void reportError(antlr4::Parser* /*parser*/, const antlr4::RecognitionException& /*e*/) override {
  }
  void recover(antlr4::Parser* /*parser*/, std::exception_ptr /*e*/) override { Stop(); }
  antlr4::Token* recoverInline(antlr4::Parser* /*parser*/) override { Stop(); }

 private:
  [[noreturn]] static void Stop() { throw antlr4::ParseCancellationException(); }
};

TokenKind KindOf(std::size_t antlr_type) {
  static_assert(KqlLexer::OR == 1 && KqlLexer::NOT == 3 && KqlLexer::BRACE_CLOSE == 7 &&
                KqlLexer::QUOTED == 10 && KqlLexer::ESCAPE == 14 && KqlLexer::UNEXPECTED == 16);
  using enum TokenKind;
  constexpr std::array kKinds = {kUnexpected, kOr,         kAnd,    kNot,        kOpen,      kClose,
                                 kBraceOpen,  kBraceClose, kColon,  kRange,      kQuoted,    kWord,
                                 kWord,       kWord,       kEscape, kUnexpected, kUnexpected};
  return antlr_type < kKinds.size() ? kKinds[antlr_type] : kEnd;
}

std::unexpected<Diagnostics> Refuse(const SourceText& source, Span span, std::string code,
                                    std::string message, std::string hint) {
  return std::unexpected(Diagnostics{MakeDiagnostic(source, span, Severity::kError, std::move(code),
                                                    std::move(message), std::move(hint))});
}

Span SpanOf(const antlr4::Token& first, const antlr4::Token& last) {
  return {static_cast<std::uint32_t>(first.getStartIndex()),
          static_cast<std::uint32_t>(last.getStopIndex() + 1)};
}

Span SpanOf(const antlr4::ParserRuleContext* rule) { return SpanOf(*rule->start, *rule->stop); }

struct Lexed {
  AntlrTokens antlr;
  std::vector<Token> tokens;  // the same ones
};

// Reads tokens up to the end, or to the first one that can have no place: what follows it is never
// looked at.
std::expected<Lexed, Diagnostics> Lex(const SourceText& source, const ParseOptions& options,
                                      KqlLexer& lexer) {
  Lexed lexed;
  std::size_t depth = 0;
  for (;;) {
    std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    const TokenKind kind = KindOf(token->getType());
    const Span span = SpanOf(*token, *token);
    lexed.antlr.push_back(std::move(token));
    lexed.tokens.push_back({kind, span});
    if (kind == TokenKind::kEnd || kind == TokenKind::kUnexpected) {
      return lexed;
    }
    if (kind == TokenKind::kOpen || kind == TokenKind::kBraceOpen) {
      ++depth;
    } else if (kind == TokenKind::kClose || kind == TokenKind::kBraceClose) {
      depth -= depth > 0 ? 1U : 0U;
    }
    if (depth > options.max_depth) {
      return Refuse(source, span, "kql.too_deep",
                    "parentheses and braces are nested more than " +
                        std::to_string(options.max_depth) + " deep",
                    "remove parentheses that change nothing, or split the query");
    }
    if (lexed.tokens.size() > options.max_tokens) {
      return Refuse(
          source, span, "kql.too_long",
          "the query has more than " + std::to_string(options.max_tokens) + " words and signs",
          "split the query into several rules");
    }
  }
}

// ANTLR's tree -> Ast. Recursion is bounded by the nesting that Lex() has let through. Once a limit
// is passed nothing more is stored, and Finish() says so.
class TreeReader {
 public:
  TreeReader(const SourceText& source, const ParseOptions& options)
      : source_(source), options_(options) {}

  std::expected<Ast, Diagnostics> Read(KqlParser::QueryContext* query) {
    if (KqlParser::AnyOfContext* any_of = query->anyOf()) {
      ast_.root = AnyOf(any_of);
    } else {
      Literal star;
      star.kind = Literal::Kind::kWildcard;
      star.pieces = {"", ""};
      ast_.root = Add(IsNode{star, star}, Span{});
    }
    return Finish();
  }

 private:
  NodeId AnyOf(KqlParser::AnyOfContext* rule) {
    std::vector<NodeId> operands;
    for (KqlParser::AllOfContext* part : rule->allOf()) {
      operands.push_back(AllOf(part));
    }
    return Join<OrNode>(std::move(operands), SpanOf(rule));
  }

  NodeId AllOf(KqlParser::AllOfContext* rule) {
    std::vector<NodeId> operands;
    for (KqlParser::OperandContext* part : rule->operand()) {
      operands.push_back(Operand(part));
    }
    return Join<AndNode>(std::move(operands), SpanOf(rule));
  }

  NodeId Operand(KqlParser::OperandContext* rule) {
    KqlParser::AnyOfContext* group = rule->anyOf();
    const NodeId operand = group != nullptr ? AnyOf(group) : Leaf(rule->leaf());
    return rule->NOT() == nullptr ? operand : Add(NotNode{operand}, SpanOf(rule));
  }

  NodeId Leaf(KqlParser::LeafContext* rule) {
    Literal first = ReadLiteral(rule->literal(0));
    if (KqlParser::AnyOfContext* group = rule->anyOf()) {
      const NodeId child = AnyOf(group);
      return Add(NestedNode{std::move(first), child}, SpanOf(rule));
    }
    if (KqlParser::ValuesContext* values = rule->values()) {
      const NodeId node = Values(values, first);
      if (!is_full_) {
        ast_.nodes[node].span = SpanOf(rule);
      }
      return node;
    }
    if (rule->RANGE() != nullptr) {
      const auto sign_at = rule->RANGE()->getSymbol()->getStartIndex();
      const RangeOperator op = ReadRangeOperator(std::string_view(source_.text).substr(sign_at));
      Literal bound = ReadBound(source_.text, SpanOf(rule->literal(1)), options_.lone_surrogates);
      return Add(RangeNode{std::move(first), op, std::move(bound)}, SpanOf(rule));
    }
    Literal no_field;
    no_field.span = {first.span.begin, first.span.begin};
    return Add(IsNode{std::move(no_field), std::move(first)}, SpanOf(rule));
  }

  NodeId Values(KqlParser::ValuesContext* rule, const Literal& field) {
    if (is_full_) {
      return 0;  // before the field is copied
    }
    if (KqlParser::AnyValueContext* list = rule->anyValue()) {
      return AnyValue(list, field);
    }
    return Add(IsNode{field, ReadLiteral(rule->literal())}, SpanOf(rule));
  }

  NodeId AnyValue(KqlParser::AnyValueContext* rule, const Literal& field) {
    std::vector<NodeId> operands;
    for (KqlParser::AllValuesContext* part : rule->allValues()) {
      operands.push_back(AllValues(part, field));
    }
    return Join<OrNode>(std::move(operands), SpanOf(rule));
  }

  NodeId AllValues(KqlParser::AllValuesContext* rule, const Literal& field) {
    std::vector<NodeId> operands;
    for (KqlParser::ValueOperandContext* part : rule->valueOperand()) {
      const NodeId operand = Values(part->values(), field);
      operands.push_back(part->NOT() == nullptr ? operand : Add(NotNode{operand}, SpanOf(part)));
    }
    return Join<AndNode>(std::move(operands), SpanOf(rule));
  }

  Literal ReadLiteral(KqlParser::LiteralContext* rule) const {
    return grammar::ReadLiteral(source_.text, SpanOf(rule), options_.lone_surrogates);
  }

  // Every star costs a string, even an empty one.
  static std::size_t Size(const Literal& literal) {
    std::size_t size = literal.text.size();
    for (const std::string& piece : literal.pieces) {
      size += piece.size() + sizeof(std::string);
    }
    return size;
  }

  template <class Data>
  NodeId Join(std::vector<NodeId> operands, Span span) {
    return operands.size() == 1 ? operands[0] : Add(Data{std::move(operands)}, span);
  }

  template <class Data>
  NodeId Add(Data&& data, Span span) {
    if constexpr (requires { data.value; }) {
      literal_bytes_ += Size(data.field) + Size(data.value);
    } else if constexpr (requires { data.path; }) {
      literal_bytes_ += Size(data.path);
    }
    is_full_ = is_full_ || ast_.nodes.size() >= options_.max_nodes ||
               literal_bytes_ > options_.max_literal_bytes;
    if (is_full_) {
      return 0;
    }
    Node& node = ast_.nodes.emplace_back();
    node.data = std::forward<Data>(data);
    node.span = span;
    return static_cast<NodeId>(ast_.nodes.size() - 1);
  }

  std::expected<Ast, Diagnostics> Finish() {
    if (!is_full_) {
      return std::move(ast_);
    }
    if (literal_bytes_ > options_.max_literal_bytes) {
      return Refuse(source_, Span{}, "kql.too_long",
                    "the query's values, each with its field name, take more than " +
                        std::to_string(options_.max_literal_bytes) + " bytes",
                    "split the query into several rules");
    }
    return Refuse(
        source_, Span{}, "kql.too_many_nodes",
        "the query has more than " + std::to_string(options_.max_nodes) + " conditions and groups",
        "split the query into several rules");
  }

  const SourceText& source_;
  const ParseOptions& options_;
  Ast ast_;
  std::size_t literal_bytes_ = 0;
  bool is_full_ = false;
};

// The first call of the process fills the start state of the automaton that all lexers share, which
// the runtime would else do without a lock.
void WarmUp() {
  static const bool kIsWarm = [] {
    LexerView view("a");
    KqlLexer lexer(&view);
    return lexer.nextToken() != nullptr;
  }();
  Check(kIsWarm, "the lexer reads a letter");
}

std::optional<Diagnostic> FindUnreadable(const SourceText& source, const ParseOptions& options) {
  if (source.text.size() > std::min(options.max_bytes, kMaxBytes)) {
    return MakeDiagnostic(source, Span{}, Severity::kError, "kql.too_long",
                          "the query has " + std::to_string(source.text.size()) +
                              " bytes, more than the limit of " +
                              std::to_string(std::min(options.max_bytes, kMaxBytes)),
                          "split the query into several rules");
  }
  const std::size_t bad = FindInvalidUtf8(source.text);
  if (bad == std::string::npos) {
    return std::nullopt;
  }
  const auto at = static_cast<std::uint32_t>(bad);
  return MakeDiagnostic(
      source, Span{at, at + 1}, Severity::kError, "kql.invalid_utf8",
      "expected UTF-8, but the byte at offset " + std::to_string(bad) + " belongs to no character",
      "save the rule as UTF-8");
}

std::expected<Ast, Diagnostics> ParseReadable(const SourceText& source,
                                              const ParseOptions& options) {
  WarmUp();
  LexerView view(source.text);
  KqlLexer lexer(&view);
  lexer.removeErrorListeners();
  view.seek(LeadingBlanks(source.text));
  TRIPLINE_TRY(Lexed lexed, Lex(source, options, lexer));

  antlr4::ListTokenSource list(std::move(lexed.antlr));
  antlr4::CommonTokenStream stream(&list);
  KqlParser parser(&stream);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<StopAtFirstError>());
  try {
    return TreeReader(source, options).Read(parser.query());
  } catch (const antlr4::ParseCancellationException&) {
    const std::size_t fitting = parser.getCurrentToken()->getTokenIndex();
    const std::span<const Token> tokens = std::span(lexed.tokens).first(fitting + 1);
    return std::unexpected(Diagnostics{ExplainSyntaxError(LocateSyntaxError(source, tokens))});
  }
}

}  // namespace

std::expected<Ast, Diagnostics> Parse(const SourceText& source, const ParseOptions& options) {
  if (std::optional<Diagnostic> unreadable = FindUnreadable(source, options)) {
    return std::unexpected(Diagnostics{*std::move(unreadable)});
  }
  try {
    return ParseReadable(source, options);
  } catch (const antlr4::RuntimeException& e) {
    FailCheck(std::string("the generated parser raises no error of its own: ") + e.what(),
              std::source_location::current());
  }
}

}  // namespace tripline::grammar

// Damaged queries, bytes of any kind, many threads: Parse() answers, and what it answers is well
// formed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/source_text.h"
#include "base/text.h"
#include "grammar/ast.h"
#include "grammar/parse.h"
#include "query_generator.h"

namespace tripline::grammar {
namespace {

#ifdef TRIPLINE_SLOW_TESTS
constexpr int kTimes = 12;
#else
constexpr int kTimes = 1;
#endif

constexpr std::string_view kQueries[] = {
    "host.os.type:linux and event.category:network and process.executable : (/etc/crontab or ./* "
    "or "
    "/etc/cron.*/* or /home/*/.*) and process.name : * and not (process.executable : "
    "(/tmp/newroot/* "
    "or /tmp/.mount*) or source.ip:(10.0.0.0/8 or \"::1\" or \"FE80::/10\"))",
    "event.action:(\"Process Create*\" or start) and process.command_line: (*\\:\\\\Windows\\\\* "
    "and "
    "not *\\\"quoted\\\"*) and winlog.event_id >= 4688",
    "user: { name: (\"a\\\"b\" or caf\u00E9*) and not groups: { id > 5 and note: \U0001F600 } } or "
    "message: \"line\\nbreak \\u00e9\"",
    "not (a:null and b:true) and\n  c <= -1.5e3 or\tfoo bar \\or baz\u00A0and \"x\"",
};

// Empty if the tree keeps its promises.
std::string BrokenPromise(const Ast& ast, std::size_t text_size) {
  if (ast.root + 1 != ast.nodes.size()) {
    return "the root is not the last node";
  }
  std::vector<int> uses(ast.nodes.size());
  std::string problem;
  const auto check_span = [&](Span span) {
    if (span.begin > span.end || span.end > text_size) {
      problem = "a span lies outside of the text";
    }
  };
  const auto check_operand = [&](NodeId user, NodeId operand) {
    if (operand >= user || ++uses[operand] > 1) {
      problem = "an operand comes late or has two users";
    }
  };
  for (NodeId id = 0; id < ast.nodes.size(); ++id) {
    const Node& node = ast.nodes[id];
    check_span(node.span);
    if (const auto* any = std::get_if<OrNode>(&node.data)) {
      for (const NodeId operand : any->operands) check_operand(id, operand);
      problem = any->operands.size() < 2 ? "an or of one" : problem;
    } else if (const auto* all = std::get_if<AndNode>(&node.data)) {
      for (const NodeId operand : all->operands) check_operand(id, operand);
      problem = all->operands.size() < 2 ? "an and of one" : problem;
    } else if (const auto* negation = std::get_if<NotNode>(&node.data)) {
      check_operand(id, negation->operand);
    } else if (const auto* nested = std::get_if<NestedNode>(&node.data)) {
      check_operand(id, nested->child);
      check_span(nested->path.span);
    } else if (const auto* leaf = std::get_if<IsNode>(&node.data)) {
      check_span(leaf->field.span);
      check_span(leaf->value.span);
    } else if (const auto* range = std::get_if<RangeNode>(&node.data)) {
      check_span(range->field.span);
      check_span(range->value.span);
    }
  }
  return problem;
}

std::string BrokenPromise(const Diagnostics& errors, const std::string& query) {
  if (errors.size() != 1 || !errors[0].code.starts_with("kql.") || errors[0].message.empty() ||
      errors[0].hint.empty() || errors[0].severity != Severity::kError) {
    return "not one error with code, message and hint";
  }
  const bool is_one_line = (errors[0].message + errors[0].hint).find('\n') == std::string::npos;
  if (!is_one_line || FindInvalidUtf8(errors[0].message + errors[0].hint) != std::string::npos) {
    return "message or hint is not one line of UTF-8";
  }
  return errors[0].utf16_offset <= query.size() ? "" : "the offset lies outside of the text";
}

std::string BrokenPromise(const std::string& query) {
  const auto ast = Parse({"query", query, {}, {}});
  return ast ? BrokenPromise(*ast, query.size()) : BrokenPromise(ast.error(), query);
}

TEST(Robustness, DamagedQueriesGiveWellFormedAnswers) {
  QueryGenerator generator(3);

  for (int i = 0; i < kTimes * 12'000; ++i) {
    std::string query(kQueries[generator.Below(std::size(kQueries))]);
    for (std::size_t damages = 1 + generator.Below(4); damages > 0; --damages) {
      query = generator.Damage(std::move(query));
    }
    ASSERT_EQ(BrokenPromise(query), "") << "[" << query << "]";
  }
}

TEST(Robustness, DamagedBytesGiveWellFormedAnswers) {
  QueryGenerator generator(4);

  for (int i = 0; i < kTimes * 12'000; ++i) {
    std::string query(kQueries[generator.Below(std::size(kQueries))]);
    for (std::size_t damages = 1 + generator.Below(4); damages > 0; --damages) {
      query[generator.Below(query.size())] = static_cast<char>(generator.Below(256));
    }
    ASSERT_EQ(BrokenPromise(query), "") << "[" << query << "]";
  }
}

TEST(Robustness, ShortBytesOfAnyKindGiveWellFormedAnswers) {
  QueryGenerator generator(5);

  for (int i = 0; i < kTimes * 80'000; ++i) {
    std::string query;
    for (std::size_t size = generator.Below(9); size > 0; --size) {
      query += static_cast<char>(generator.Below(256));
    }
    ASSERT_EQ(BrokenPromise(query), "") << "[" << query << "]";
  }
}

TEST(Robustness, EveryPrefixOfAQueryGivesAWellFormedAnswer) {
  for (const std::string_view query : kQueries) {
    for (std::size_t size = 0; size <= query.size(); ++size) {
      ASSERT_EQ(BrokenPromise(std::string(query.substr(0, size))), "") << query.substr(0, size);
    }
  }
}

TEST(Robustness, ThreadsParseAtOnceAndAgree) {
  std::vector<std::string> wanted;
  for (const std::string_view query : kQueries) {
    wanted.push_back(Print(Parse({"query", std::string(query), {}, {}}).value()));
  }
  std::atomic<int> num_differences = 0;
  const auto parse_many = [&wanted, &num_differences] {
    for (int i = 0; i < 200; ++i) {
      const std::size_t at = static_cast<std::size_t>(i) % std::size(kQueries);
      const auto ast = Parse({"query", std::string(kQueries[at]), {}, {}});
      const bool is_refused = !Parse({"query", std::string(kQueries[at]) + "(", {}, {}});
      num_differences += ast && Print(*ast) == wanted[at] && is_refused ? 0 : 1;
    }
  };

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back(parse_many);
    }
  }

  EXPECT_EQ(num_differences, 0);
}

}  // namespace
}  // namespace tripline::grammar

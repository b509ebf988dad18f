#include "plugin-shim/native/description.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ip.h"
#include "base/overloaded.h"
#include "base/time.h"
#include "jit/program.h"
#include "runtime/rule_run.h"
#include "runtime/window_math.h"

namespace tripline::shim {
namespace {

enum class AtomTag : std::uint8_t {
  kExists,
  kTerm,
  kGlob,
  kStringRange,
  kAddressPrefix,
  kAddressRange,
  kIntegerRange,
  kFloatRange,
  kAnyToken,
  kPhrase,
  kTokenGlob,
  kTokenRange,
  kRelativeDates,
  kObjectMatch,
  kValueList,  // without its values: the column's are judged natively
};

// Which influencer values of a series may be named.
enum class Candidates : std::uint8_t { kNone, kCounted, kShared };

// Who brought too few events is not among those who brought some; a rare value's are those that all
// its events share (runtime/anomaly/count_run.cc, rare_run.cc).
Candidates CandidatesOf(const std::string& function) {
  if (function == "rare") {
    return Candidates::kShared;
  }
  return function.starts_with("low_") ? Candidates::kNone : Candidates::kCounted;
}

bool IsRounded(const runtime::WindowMath& window) {
  return window.from.MostRounded() + window.to.MostRounded() + window.history_start.MostRounded() >
         Milliseconds(0);
}

class Describer {
 public:
  std::string Run(const runtime::Ruleset& ruleset) {
    writer_.String(ruleset.content_hash);
    Count(ruleset.program.fields.size());
    Count(ruleset.program.outputs.size());
    Count(ruleset.columns.size());
    for (const jit::Field& column : ruleset.columns) {
      AddColumn(column);
    }
    AddLeaves(ruleset.program);
    Count(ruleset.rules.size());
    for (const runtime::RuleSpec& rule : ruleset.rules) {
      AddRule(ruleset, rule);
    }
    Count(ruleset.jobs.size());
    for (const runtime::AnomalyJobSpec& job : ruleset.jobs) {
      AddJob(ruleset, job);
    }
    return writer_.Take();
  }

 private:
  void Count(std::size_t count) { writer_.Number(static_cast<std::uint32_t>(count)); }
  void Flag(bool flag) { writer_.Number(static_cast<std::uint8_t>(flag ? 1 : 0)); }
  void Tag(AtomTag tag) { writer_.Number(static_cast<std::uint8_t>(tag)); }

  void AddTexts(const std::vector<std::string>& texts) {
    Count(texts.size());
    for (const std::string& text : texts) {
      writer_.String(text);
    }
  }

  void AddLeaves(const jit::Program& program) {
    Count(program.leaves.size());
    for (const jit::Leaf& leaf : program.leaves) {
      writer_.Number(leaf.field);
      Count(leaf.atoms.size());
      for (const jit::Atom& atom : leaf.atoms) {
        AddAtom(atom);
      }
    }
  }

  // A query inside an atom: of objects of a nested field.
  void AddQuery(const jit::Program& query) {
    Count(query.fields.size());
    for (const jit::Field& field : query.fields) {
      AddColumn(field);
    }
    AddLeaves(query);
    Count(query.nodes.size());
    for (const jit::Node& node : query.nodes) {
      writer_.Number(static_cast<std::uint8_t>(node.op));
      writer_.Number(node.op == jit::Op::kLeaf ? node.first : 0U);
      if (node.op == jit::Op::kNot) {
        Count(1);
        writer_.Number(node.first);
        continue;
      }
      Count(node.count);
      for (std::uint32_t i = 0; i < node.count; ++i) {
        writer_.Number(query.operands[node.first + i]);
      }
    }
    writer_.Number(query.outputs.front());
  }

  // Objects have the path of their field from the root in front of the fields that are asked.
  static std::string SourceOf(const jit::Field& column) {
    if (column.kind == jit::ColumnKind::kObject) {
      return column.name.substr(0, column.name.find('{'));
    }
    return column.source.empty() ? column.name : column.source;
  }

  void AddColumn(const jit::Field& column) {
    writer_.String(column.name);
    writer_.String(SourceOf(column));
    writer_.Number(static_cast<std::uint8_t>(column.kind));
    Flag(column.is_pattern);
    Flag(column.lowercases);
    writer_.Number(static_cast<std::uint8_t>(column.form));
    writer_.Number(column.ignore_above);
    writer_.Number(column.scale);
  }

  void AddGlob(const jit::Glob& glob) {
    Flag(glob.ignores_case);
    Flag(glob.has_question);
    AddTexts(glob.pieces);
  }

  void AddAddress(const IpAddress& address) {
    for (const std::uint8_t byte : address.bytes) {
      writer_.Number(byte);
    }
  }

  void AddRelativeDates(const jit::RelativeDateRange& range) {
    Tag(AtomTag::kRelativeDates);
    writer_.Number(static_cast<std::uint8_t>((range.low ? 1U : 0U) | (range.high ? 2U : 0U) |
                                             (range.includes_low ? 4U : 0U) |
                                             (range.includes_high ? 8U : 0U)));
    writer_.String(range.low.value_or(""));
    writer_.String(range.high.value_or(""));
  }

  void AddStringRange(const jit::StringRange& range) {
    writer_.Number(static_cast<std::uint8_t>(
        (range.low ? 1U : 0U) | (range.high ? 2U : 0U) | (range.includes_low ? 4U : 0U) |
        (range.includes_high ? 8U : 0U) | (range.is_numeric ? 16U : 0U)));
    writer_.String(range.low.value_or(""));
    writer_.String(range.high.value_or(""));
  }

  void AddAtom(const jit::Atom& atom) {
    std::visit(Overloaded{
                   [&](const jit::Exists&) { Tag(AtomTag::kExists); },
                   [&](const jit::Term& term) {
                     Tag(AtomTag::kTerm);
                     writer_.String(term.value);
                   },
                   [&](const jit::Glob& glob) {
                     Tag(AtomTag::kGlob);
                     AddGlob(glob);
                   },
                   [&](const jit::StringRange& range) {
                     Tag(AtomTag::kStringRange);
                     AddStringRange(range);
                   },
                   [&](const IpPrefix& prefix) {
                     Tag(AtomTag::kAddressPrefix);
                     AddAddress(prefix.network);
                     writer_.Number(std::uint32_t{prefix.length});
                   },
                   [&](const jit::AddressRange& range) {
                     Tag(AtomTag::kAddressRange);
                     AddAddress(range.first);
                     AddAddress(range.last);
                   },
                   [&](const jit::IntegerRange& range) {
                     Tag(AtomTag::kIntegerRange);
                     writer_.Number(range.first);
                     writer_.Number(range.last);
                   },
                   [&](const jit::FloatRange& range) {
                     Tag(AtomTag::kFloatRange);
                     writer_.Number(range.low);
                     writer_.Number(range.high);
                     Flag(range.includes_low);
                     Flag(range.includes_high);
                   },
                   [&](const jit::TextAny& any) {
                     Tag(AtomTag::kAnyToken);
                     AddTexts(any.tokens);
                   },
                   [&](const jit::TextPhrase& phrase) {
                     Tag(AtomTag::kPhrase);
                     AddTexts(phrase.tokens);
                   },
                   [&](const jit::TextGlob& glob) {
                     Tag(AtomTag::kTokenGlob);
                     AddGlob(glob.glob);
                   },
                   [&](const jit::TextRange& text) {
                     Tag(AtomTag::kTokenRange);
                     AddStringRange(text.range);
                   },
                   [&](const jit::RelativeDateRange& range) { AddRelativeDates(range); },
                   [&](const jit::ObjectMatch& match) {
                     Tag(AtomTag::kObjectMatch);
                     AddQuery(match.query.front());
                   },
                   [&](const jit::InSet&) { Tag(AtomTag::kValueList); },
               },
               atom);
  }

  // The leaves that an output asks, rising.
  void AddLeavesOf(const jit::Program& program, std::optional<std::uint32_t> output) {
    std::vector<bool> is_seen(program.nodes.size(), false);
    std::set<jit::LeafIndex> leaves;
    std::vector<jit::NodeIndex> open;
    if (output) {
      open.push_back(program.outputs[*output]);
    }
    while (!open.empty()) {
      const jit::NodeIndex at = open.back();
      open.pop_back();
      if (is_seen[at]) {
        continue;
      }
      is_seen[at] = true;
      const jit::Node& node = program.nodes[at];
      if (node.op == jit::Op::kLeaf) {
        leaves.insert(node.first);
      } else if (node.op == jit::Op::kNot) {
        open.push_back(node.first);
      } else {
        for (std::uint32_t i = 0; i < node.count; ++i) {
          open.push_back(program.operands[node.first + i]);
        }
      }
    }
    Count(leaves.size());
    for (const jit::LeafIndex leaf : leaves) {
      writer_.Number(leaf);
    }
  }

  void AddRule(const runtime::Ruleset& ruleset, const runtime::RuleSpec& rule) {
    writer_.String(rule.rule_id);
    writer_.String(rule.name);
    writer_.String(runtime::RuleTypeName(rule.type));
    AddTexts(rule.indices);
    writer_.Number(rule.query ? static_cast<std::int32_t>(*rule.query) : std::int32_t{-1});
    const runtime::WindowSpans spans = runtime::MeasureWindow(rule.window, rule.interval);
    for (const Milliseconds length :
         {rule.interval, spans.look_back.most, spans.delay.least, spans.history.most}) {
      writer_.Number(static_cast<std::int64_t>(length.count()));
    }
    writer_.Number(rule.max_signals);
    writer_.String(rule.timestamp_override);
    Flag(rule.is_timestamp_fallback_disabled);
    AddTexts(rule.new_terms_fields);
    std::vector<std::string> reasons = runtime::ReasonsNotToRun(ruleset, rule);
    if (!rule.jobs.empty() && reasons.empty()) {
      reasons.emplace_back("anomaly jobs are not run in the cluster yet");
    }
    if (IsRounded(rule.window)) {
      reasons.emplace_back(
          "windows that are rounded, as by `now/d`, are not run in the cluster yet");
    }
    AddTexts(reasons);
    AddLeavesOf(ruleset.program, rule.query);
  }

  void AddJob(const runtime::Ruleset& ruleset, const runtime::AnomalyJobSpec& job) {
    writer_.String(job.job_id);
    AddTexts(job.indices);
    writer_.Number(job.query ? static_cast<std::int32_t>(*job.query) : std::int32_t{-1});
    writer_.Number(static_cast<std::int64_t>(job.bucket_span.count()));
    writer_.String(job.time_field);
    writer_.String(job.summary_count_field);
    AddTexts(job.influencers);
    Count(job.detectors.size());
    for (const runtime::AnomalyDetectorSpec& detector : job.detectors) {
      writer_.String(detector.function);
      writer_.String(detector.partition_field);
      writer_.String(detector.by_field);
      writer_.Number(static_cast<std::uint8_t>(CandidatesOf(detector.function)));
    }
    AddTexts(runtime::ReasonsNotToRun(ruleset, job));
    AddLeavesOf(ruleset.program, job.query);
  }

  ByteWriter writer_;
};

}  // namespace

std::string Describe(const runtime::Ruleset& ruleset) { return Describer().Run(ruleset); }

}  // namespace tripline::shim

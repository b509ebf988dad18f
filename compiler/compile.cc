// Each rule goes through the stages by itself; then the Programs of all are linked into one.
//
//   Rule.query -Parse-> Ast -Check-> TypedAst                                     (CheckQuery)
//   Rule.filters -CheckFilters-> TypedAsts; all -JoinTrees-> TypedAst
//   TypedAst -Lower-> Program -Rewrite-> Program                                  (AddQueries)
//   Programs -Link-> Program -Verify-> Ruleset -JoinExceptions-> Ruleset            (Compile)
#include "compiler/compile.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "compiler/anomaly_job.h"
#include "compiler/join_exceptions.h"
#include "compiler/lint/duplicate_rule.h"
#include "compiler/lint/lint.h"
#include "compiler/lint/unreachable_exception.h"
#include "compiler/lower.h"
#include "compiler/rewrite.h"
#include "compiler/rule_filters.h"
#include "compiler/rule_spec.h"
#include "compiler/source_file.h"
#include "compiler/typed_builder.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"
#include "jit/verify.h"

namespace tripline::compiler {
namespace {

void Append(Diagnostics& all, Diagnostics some) {
  all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

struct ParsedQuery {
  bool was_parsed = false;
  std::optional<TypedAst> ast;  // absent: an error, or not evaluated yet
};

// A query's warnings as errors; true if there were any.
bool MakeStrict(Diagnostics& diagnostics) {
  bool is_any = false;
  for (Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kWarning) {
      diagnostic.severity = Severity::kError;
      is_any = true;
    }
  }
  return is_any;
}

ParsedQuery CheckQuery(const Rule& rule, const SourceText& query, const FieldCatalog& catalog,
                       Strictness strictness, Diagnostics& said) {
  ParsedQuery parsed;
  auto ast = grammar::Parse(query);
  if (!ast) {
    Append(said, std::move(ast).error());
    return parsed;
  }
  parsed.was_parsed = true;
  CheckedQuery checked = Check(*ast, query, catalog);
  Append(checked.diagnostics,
         LintQuery({*ast, query, catalog, checked.ast ? &*checked.ast : nullptr, &rule}));
  if (strictness == Strictness::kStrict && MakeStrict(checked.diagnostics)) {
    checked.ast.reset();
  }
  Append(said, std::move(checked.diagnostics));
  parsed.ast = std::move(checked.ast);
  return parsed;
}

// The query and the filters that stand beside it; absent if a part of either is.
std::optional<TypedAst> JoinFilters(std::optional<TypedAst> query, CheckedFilters filters) {
  if (!query || !filters.is_complete) {
    return std::nullopt;
  }
  filters.required.push_back(*std::move(query));
  return JoinTrees(std::move(filters.required), std::move(filters.excluded));
}

Diagnostic DuplicateJob(const JobDocument& job, const std::string& first_file) {
  Diagnostic problem;
  problem.code = "job.duplicate_id";
  problem.message = "job_id `" + job.job_id + "` is that of another job already: " + first_file;
  problem.hint = "give this job an id of its own, or leave one of the two out";
  problem.file = job.file;
  problem.where = job.where;
  return problem;
}

class Compilation {
 public:
  Compilation(const FieldCatalog& catalog, const ExceptionLists& exceptions, Strictness strictness)
      : catalog_(catalog), exceptions_(exceptions), strictness_(strictness) {}

  void AddJob(const JobDocument& document) {
    Diagnostics said;
    if (const auto known = job_files_.find(document.job_id); known != job_files_.end()) {
      compiled_.diagnostics.push_back(DuplicateJob(document, known->second));
      return;
    }
    job_files_.emplace(document.job_id, document.file);
    if (auto job = CompileJob(document, catalog_, said)) {
      if (job->query) {
        job->spec.query = static_cast<jit::OutputIndex>(programs_.size());
        programs_.push_back(*std::move(job->query));
      }
      for (jit::Field& field : job->detector_fields) {
        detector_fields_.push_back(std::move(field));
      }
      jobs_.jobs.push_back(std::move(job->spec));
    } else {
      jobs_.with_mistakes.insert(document.job_id);
    }
    Append(compiled_.diagnostics, std::move(said));
  }

  void Add(const Rule& rule) {
    Diagnostics said;
    DescribedRule described = DescribeRule(rule, jobs_, catalog_, said);
    std::optional<jit::Program> program;
    if (rule.language == QueryLanguage::kKuery && rule.type != RuleType::kMachineLearning) {
      program = AddQueries(rule, said);
    } else {
      MeetExceptions(rule, std::nullopt);
    }
    SayMissingLists(rule, said);
    Count(rule);
    const bool is_matched = program.has_value() || !described.spec.jobs.empty();
    if (HasErrors(said)) {
      ++compiled_.summary.failed;
      compiled_.failed_rules.push_back(rule.name);
    } else {
      if (program) {
        duplicates_.Add(rule, static_cast<jit::OutputIndex>(programs_.size()));
      }
      Keep(std::move(described), std::move(program), is_matched);
    }
    Append(compiled_.diagnostics, std::move(said));
  }

  CompiledRules Finish() {
    SayUnusedLists();
    jit::Program linked = jit::Link(programs_);
    if (const auto verified = jit::Verify(linked); !verified) {
      SayTooLarge(verified.error());
      return std::move(compiled_);
    }
    Append(compiled_.diagnostics, duplicates_.Find(linked));
    Append(compiled_.diagnostics, unreachable_.Find());
    const runtime::Ruleset bare = runtime::MakeRuleset(std::move(linked), std::move(specs_),
                                                       detector_fields_, std::move(jobs_.jobs));
    if (auto joined = JoinExceptions(bare, exceptions_)) {
      compiled_.ruleset = *std::move(joined);
    } else {
      SayTooLarge(joined.error());
    }
    return std::move(compiled_);
  }

 private:
  // Only a size limit can be met here: too many rules, or too long lists, for one ruleset.
  void SayTooLarge(const Error& error) {
    Diagnostic problem;
    problem.code = "ruleset.too_large";
    problem.message = error.message;
    problem.hint = "split the rules into several rulesets";
    compiled_.diagnostics.push_back(std::move(problem));
  }

  void SayUnusedLists() {
    for (const ExceptionLists::List& list : exceptions_.lists()) {
      if (!named_lists_.contains(&list)) {
        Diagnostic unused;
        unused.severity = Severity::kWarning;
        unused.code = "exception.unused_list";
        unused.message = "no rule names the exception list " + Shown(list.name.list_id) + " (" +
                         list.name.namespace_type + "): it takes nothing out";
        unused.hint = "a rule names its lists in `exceptions_list`, by list_id and namespace_type";
        unused.file = list.file;
        unused.where = list.where;
        compiled_.diagnostics.push_back(std::move(unused));
      }
    }
  }

  void SayMissingLists(const Rule& rule, Diagnostics& said) {
    for (const ListName& name : ListsNamedIn(rule.exceptions_list)) {
      if (const ExceptionLists::List* const list = exceptions_.Find(name)) {
        named_lists_.insert(list);
      } else {
        said.push_back(
            rule.Remark("/exceptions_list", Severity::kWarning, "exception.list_missing",
                        "the exception list " + Shown(name.list_id) + " (" + name.namespace_type +
                            ") is in none of the files: the rule runs without it",
                        "put its export beside the rules, or name it with --exceptions"));
      }
    }
  }

  // The rule's query, and its indicator query, which is only checked until indicator rules run.
  std::optional<jit::Program> AddQueries(const Rule& rule, Diagnostics& said) {
    ParsedQuery query = CheckQuery(rule, rule.query, catalog_, strictness_, said);
    compiled_.summary.kql_rules += query.was_parsed ? 1U : 0U;
    CheckedFilters filters = CheckFilters(rule, rule.filters, "filters", catalog_, said);
    if (rule.type == RuleType::kThreatMatch && rule.threat_language == QueryLanguage::kKuery) {
      CheckQuery(rule, rule.threat_query, catalog_, strictness_, said);
      std::ignore = CheckFilters(rule, rule.threat_filters, "threat_filters", catalog_, said);
    }
    const auto tree = JoinFilters(std::move(query.ast), std::move(filters));
    MeetExceptions(rule, tree);
    return tree ? std::optional(Rewrite(Lower(*tree, rule.interval))) : std::nullopt;
  }

  void MeetExceptions(const Rule& rule, const std::optional<TypedAst>& tree) {
    for (const ListName& name : ListsNamedIn(rule.exceptions_list)) {
      const ExceptionLists::List* const list = exceptions_.Find(name);
      if (list != nullptr && tree) {
        unreachable_.Add(*list, rule.name, MustHold(*tree));
      } else if (list != nullptr) {
        unreachable_.AddUnknown(*list);
      }
    }
  }

  void Count(const Rule& rule) {
    if (rule.type == RuleType::kMachineLearning) {
      ++compiled_.summary.machine_learning_rules;
    } else if (rule.language != QueryLanguage::kKuery) {
      ++compiled_.summary.other_rules;
    }
  }

  void Keep(DescribedRule described, std::optional<jit::Program> program, bool is_matched) {
    if (program) {
      described.spec.query = static_cast<jit::OutputIndex>(programs_.size());
      programs_.push_back(*std::move(program));
    }
    std::size_t& count = !is_matched                      ? compiled_.summary.not_yet
                         : described.spec.not_yet.empty() ? compiled_.summary.runnable
                                                          : compiled_.summary.match_only;
    ++count;
    for (jit::Field& field : described.detector_fields) {
      detector_fields_.push_back(std::move(field));
    }
    specs_.push_back(std::move(described.spec));
  }

  RulesetJobs jobs_;
  std::map<std::string, std::string> job_files_;  // by job_id, the first of each
  const FieldCatalog& catalog_;
  const ExceptionLists& exceptions_;
  Strictness strictness_;
  std::set<const ExceptionLists::List*> named_lists_;
  DuplicateRules duplicates_;
  UnreachableExceptions unreachable_;
  CompiledRules compiled_;
  std::vector<jit::Program> programs_;  // one output each: jobs' datafeeds, then rules
  std::vector<runtime::RuleSpec> specs_;
  std::vector<jit::Field> detector_fields_;
};

}  // namespace

CompiledRules Compile(const std::vector<Rule>& rules, const std::vector<JobDocument>& jobs,
                      const FieldCatalog& catalog, const ExceptionLists& exceptions,
                      Strictness strictness) {
  Compilation compilation(catalog, exceptions, strictness);
  for (const JobDocument& job : jobs) {
    compilation.AddJob(job);
  }
  for (const Rule& rule : rules) {
    compilation.Add(rule);
  }
  return compilation.Finish();
}

}  // namespace tripline::compiler

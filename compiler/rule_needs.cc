// One rule after another; then the Programs of all needs are linked, and outputs that are the same
// formula become one, as most rules ask some of the same things.
#include "compiler/rule_needs.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "compiler/anomaly_job.h"
#include "compiler/check.h"
#include "compiler/lower.h"
#include "compiler/need_formula.h"
#include "compiler/rewrite.h"
#include "compiler/rule_filters.h"
#include "compiler/typed_builder.h"
#include "grammar/parse.h"
#include "jit/program_builder.h"

namespace tripline::compiler {
namespace {

using Id = NeedFormula::Id;

NeedPlace PlaceIn(const Rule& rule, const std::string& key) {
  return {.asked_by = key, .file = rule.file, .where = rule.PlaceOf("/" + key)};
}

class NeedsFinder {
 public:
  NeedsFinder(const std::vector<JobDocument>& jobs, const FieldCatalog& catalog,
              const ExceptionLists& exceptions)
      : catalog_(catalog), exceptions_(exceptions) {
    for (const JobDocument& document : jobs) {
      Diagnostics said;
      if (!jobs_.contains(document.job_id)) {
        jobs_.emplace(document.job_id, Job{&document, CompileJob(document, catalog, said)});
      }
    }
    for (const ExceptionLists::List& list : exceptions.lists()) {
      exception_outputs_.push_back(lists_.AddProgram(list.program));
    }
  }

  void Add(const Rule& rule) {
    RuleNeeds needs;
    needs.rule_id = rule.rule_id;
    needs.name = rule.name;
    needs.file = rule.file;
    needs.where = rule.where;
    needs.indices = rule.indices;
    needs.first_need = static_cast<std::uint32_t>(lists_.needs.size());
    NeedFormula formula(catalog_, lists_);
    const auto root = rule.type == RuleType::kMachineLearning  ? JobsOf(rule, formula, needs)
                      : rule.language == QueryLanguage::kKuery ? QueryOf(rule, formula, needs)
                                                               : std::nullopt;
    if (!root) {
      lists_.needs.resize(needs.first_need);
      ++found_.num_not_judged;
      return;
    }
    needs.formula = formula.Take(*root);
    needs.num_needs = static_cast<std::uint32_t>(lists_.needs.size()) - needs.first_need;
    found_.rules.push_back(std::move(needs));
  }

  NeedsOfRules Finish() {
    found_.needs = std::move(lists_.needs);
    found_.program = jit::Link(lists_.programs);
    ShareOutputs();
    return std::move(found_);
  }

 private:
  struct Job {
    const JobDocument* document;
    std::optional<CompiledJob> compiled;  // none: it has mistakes
  };

  // None if the rule has a mistake, or a part that is not evaluated yet.
  std::optional<Id> QueryOf(const Rule& rule, NeedFormula& formula, RuleNeeds& needs) {
    const auto ast = grammar::Parse(rule.query);
    if (!ast) {
      return std::nullopt;
    }
    CheckedQuery checked = Check(*ast, rule.query, catalog_);
    Diagnostics said;
    CheckedFilters filters = CheckFilters(rule, rule.filters, "filters", catalog_, said);
    if (!checked.ast || !filters.is_complete) {
      return std::nullopt;
    }
    std::vector<Id> all = {
        formula.Query({rule.query, *ast, *checked.ast, checked.diagnostics}, rule.interval)};
    AddFilters(rule, filters, formula, all);
    AddFields(rule, formula, all);
    filters.required.push_back(*std::move(checked.ast));
    needs.match = lists_.AddProgram(Rewrite(
        Lower(JoinTrees(std::move(filters.required), std::move(filters.excluded)), rule.interval)));
    for (const ListName& name : ListsNamedIn(rule.exceptions_list)) {
      if (const ExceptionLists::List* const list = exceptions_.Find(name)) {
        needs.exceptions.push_back(
            exception_outputs_[static_cast<std::size_t>(list - exceptions_.lists().data())]);
      }
    }
    return formula.All(std::move(all));
  }

  static void AddFilters(const Rule& rule, const CheckedFilters& filters, NeedFormula& formula,
                         std::vector<Id>& all) {
    const NeedPlace place = PlaceIn(rule, "filters");
    for (const TypedAst& filter : filters.required) {
      all.push_back(formula.Conditions(Lower(filter, rule.interval), place));
    }
    for (const TypedAst& filter : filters.excluded) {
      all.push_back(formula.Not(formula.Conditions(Lower(filter, rule.interval), place)));
    }
  }

  // What the rule's detector reads of an event that matches; without it there is no alert.
  static void AddFields(const Rule& rule, NeedFormula& formula, std::vector<Id>& all) {
    if (rule.is_timestamp_fallback_disabled && !rule.timestamp_override.empty()) {
      all.push_back(formula.Field(rule.timestamp_override, PlaceIn(rule, "timestamp_override")));
    }
    for (const std::string& field : rule.new_terms_fields) {
      all.push_back(formula.Field(field, PlaceIn(rule, "new_terms_fields")));
    }
    if (rule.threshold) {
      for (const std::string& field : rule.threshold->fields) {
        all.push_back(formula.Field(field, PlaceIn(rule, "threshold")));
      }
      for (const Threshold::Cardinality& counted : rule.threshold->cardinality) {
        all.push_back(formula.Field(counted.field, PlaceIn(rule, "threshold")));
      }
    }
    std::vector<Id> lists;
    for (const std::vector<ThreatEntry>& list : rule.threat_mapping) {
      std::vector<Id> entries;
      for (const ThreatEntry& entry : list) {
        if (!entry.is_negated) {
          entries.push_back(formula.Field(entry.field, PlaceIn(rule, "threat_mapping")));
        }
      }
      lists.push_back(formula.All(std::move(entries)));
    }
    if (!lists.empty()) {
      all.push_back(formula.Any(std::move(lists)));
    }
  }

  // A rule alerts on the anomalies of any of its jobs, each of which reads its own events.
  std::optional<Id> JobsOf(const Rule& rule, NeedFormula& formula, RuleNeeds& needs) {
    std::vector<Id> any;
    std::set<std::string> indices;
    for (const std::string& job_id : rule.machine_learning_job_ids) {
      const NeedPlace place = PlaceIn(rule, "machine_learning_job_id");
      const auto job = jobs_.find(job_id);
      if (job == jobs_.end()) {
        any.push_back(formula.Job(job_id, "it is in none of the files", place));
      } else if (!job->second.compiled) {
        any.push_back(formula.Job(job_id, "it has mistakes", place));
      } else {
        any.push_back(EventsOf(job->second, formula));
        indices.insert(job->second.compiled->spec.indices.begin(),
                       job->second.compiled->spec.indices.end());
      }
    }
    needs.indices.assign(indices.begin(), indices.end());
    return formula.Any(std::move(any));
  }

  // A detector counts events of its job that have a value of each field that splits it.
  static Id EventsOf(const Job& job, NeedFormula& formula) {
    const NeedPlace place = {
        .asked_by = "", .file = job.document->file, .where = job.document->where};
    const auto asked_by = [&place](const char* key) {
      NeedPlace one = place;
      one.asked_by = key;
      return one;
    };
    const runtime::AnomalyJobSpec& spec = job.compiled->spec;
    std::vector<Id> all = {formula.Field(spec.time_field, asked_by("time_field"))};
    if (job.compiled->query) {
      all.push_back(formula.Conditions(*job.compiled->query, asked_by("datafeed_config")));
    }
    if (!spec.summary_count_field.empty()) {
      all.push_back(formula.Field(spec.summary_count_field, asked_by("summary_count_field_name")));
    }
    std::vector<Id> detectors;
    for (const runtime::AnomalyDetectorSpec& detector : spec.detectors) {
      std::vector<Id> splits;
      if (!detector.by_field.empty()) {
        splits.push_back(formula.Field(detector.by_field, asked_by("by_field_name")));
      }
      if (!detector.partition_field.empty()) {
        splits.push_back(formula.Field(detector.partition_field, asked_by("partition_field_name")));
      }
      detectors.push_back(formula.All(std::move(splits)));
    }
    all.push_back(formula.Any(std::move(detectors)));
    return formula.All(std::move(all));
  }

  void ShareOutputs() {
    std::unordered_map<jit::NodeIndex, jit::OutputIndex> shared;
    std::vector<jit::NodeIndex> roots;
    const auto share = [&](jit::OutputIndex& output) {
      const jit::NodeIndex root = found_.program.outputs[output];
      const auto [at, is_new] = shared.emplace(root, static_cast<jit::OutputIndex>(roots.size()));
      if (is_new) {
        roots.push_back(root);
      }
      output = at->second;
    };
    for (Need& need : found_.needs) {
      share(need.met);
      share(need.present);
    }
    for (RuleNeeds& rule : found_.rules) {
      if (rule.match) {
        share(*rule.match);
      }
      std::ranges::for_each(rule.exceptions, share);
    }
    found_.program.outputs = std::move(roots);
  }

  const FieldCatalog& catalog_;
  const ExceptionLists& exceptions_;
  std::map<std::string, Job> jobs_;
  std::vector<jit::OutputIndex> exception_outputs_;  // by list
  NeedLists lists_;
  NeedsOfRules found_;
};

}  // namespace

NeedsOfRules FindNeeds(const std::vector<Rule>& rules, const std::vector<JobDocument>& jobs,
                       const FieldCatalog& catalog, const ExceptionLists& exceptions) {
  NeedsFinder finder(jobs, catalog, exceptions);
  for (const Rule& rule : rules) {
    finder.Add(rule);
  }
  return finder.Finish();
}

}  // namespace tripline::compiler

// Any bytes as an anomaly job: what is not one is said in diagnostics that can be printed; what is
// one counts some events, keeps its state and goes on from it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/diagnostic.h"
#include "compiler/anomaly_job.h"
#include "compiler/field_types.h"
#include "compiler/rule_reader.h"
#include "jit/verify.h"
#include "runtime/anomaly/job_run.h"
#include "runtime/event.h"
#include "runtime/term.h"

namespace {

using tripline::Check;
using tripline::runtime::JobRun;

void RunFor(const tripline::runtime::AnomalyJobSpec& job) {
  auto run = JobRun::Make(job, {});
  Check(run.has_value(), "a compiled job has a span that a calendar has");
  const std::vector<std::vector<std::string>> values(
      JobRun::FieldsOf(job).size(), std::vector<std::string>{tripline::runtime::StringTerm("7")});
  for (int i = 0; i < 6; ++i) {
    const std::string id = std::to_string(i);
    tripline::runtime::EventSource source("", id, "{}");
    const tripline::Timestamp time(job.bucket_span * i);
    (*run)->Observe({.time = time,
                     .use = tripline::runtime::EventUse::kMayAlert,
                     .source = &source,
                     .term_values = values});
    Check((*run)->CloseUpTo(time).empty(), "nothing is unusual after five buckets");
  }
  tripline::ByteWriter writer;
  (*run)->Save(writer, tripline::runtime::SavedPart::kEverything);
  const std::string saved = writer.Take();
  auto again = JobRun::Make(job, {});
  tripline::ByteReader reader(saved, "state");
  Check((*again)->Load(reader) && reader.AtEnd(), "what was saved can be loaded");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const tripline::compiler::FieldTypes ecs = tripline::compiler::FieldTypes::Ecs();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = tripline::compiler::ReadRuleFile("job.json", text);
  for (const auto& document : read.jobs) {
    tripline::Diagnostics diagnostics;
    const auto job = tripline::compiler::CompileJob(document, {nullptr, &ecs}, diagnostics);
    for (const tripline::Diagnostic& diagnostic : diagnostics) {
      Check(!diagnostic.code.empty() && !Render(diagnostic).empty(),
            "a diagnostic has a code and can be printed");
    }
    Check(job.has_value() || HasErrors(diagnostics), "a refused job has an error that says why");
    if (job && job->query) {
      Check(tripline::jit::Verify(*job->query).has_value(), "a compiled datafeed is verified");
    }
    if (job && job->spec.not_yet.empty()) {
      RunFor(job->spec);
    }
  }
  return 0;
}

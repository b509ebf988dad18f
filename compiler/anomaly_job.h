// CompileJob: an anomaly job, the body of Elastic's create-job request with its datafeed inside, ->
// what the engine runs of it.
//
//   job.json -Read-> JobDocument -CompileJob-> AnomalyJobSpec + the datafeed's query as a Program
//
// A job with a mistake is left out, and its mistakes are said; a job that this version cannot run
// says why, once. The other jobs go on either way. No state, any thread.
#pragma once

#include <optional>
#include <vector>

#include "base/diagnostic.h"
#include "compiler/columns.h"
#include "compiler/rule_reader.h"
#include "jit/program.h"
#include "runtime/anomaly/job_spec.h"

namespace tripline::compiler {

struct CompiledJob {
  runtime::AnomalyJobSpec spec;             // without `query`
  std::optional<jit::Program> query;        // of the datafeed, one output
  std::vector<jit::Field> detector_fields;  // what its detectors read beside the query
};

/// None if the job has an error. Codes: job.*, dsl.bad_value, not_yet.*.
[[nodiscard]] std::optional<CompiledJob> CompileJob(const JobDocument& job,
                                                    const FieldCatalog& catalog,
                                                    Diagnostics& diagnostics);

}  // namespace tripline::compiler

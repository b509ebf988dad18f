// Anomaly jobs as bytes: a section of the ruleset file.
//
// Little-endian; a text is u32 length and bytes, a list u32 count and its elements, a flag u8 0 or
// 1.
//
//   jobs      = u32 version 1, list of job
//   job       = text job_id, i64 bucket_span_ms, text time_field, text summary_count_field,
//               list of text influencers, u64 model_memory_limit, list of detector,
//               list of text indices, text datafeed_query, flag has_query, u32 query, list of text
//               not_yet
//   detector  = text function, text by_field, text partition_field, list of rule
//   rule      = flag skips_result, flag skips_model_update, list of condition
//   condition = u8 applies_to, u8 comparison, f64 value
//
// Free functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/anomaly/job_spec.h"

namespace tripline::runtime {

[[nodiscard]] std::string SaveJobs(const std::vector<AnomalyJobSpec>& jobs);

/// Errors: kInvalid (damaged, or a job that no compiler writes), kUnsupported (another version).
[[nodiscard]] Result<std::vector<AnomalyJobSpec>> LoadJobs(std::string_view bytes);

}  // namespace tripline::runtime

// Description: what a host must know of a ruleset to feed it: its rules, its columns and, for
// leaves that only the host can answer, their atoms.
//
// Little-endian; a text is u32 length and UTF-8 bytes; a list is u32 count and its elements.
//
//   description = text content_hash, u32 num_program_fields, u32 num_outputs, list of column,
//                 list of leaf, list of rule, list of job
//   column      = text name, text source, u8 kind (jit::ColumnKind), u8 is_pattern, u8 lowercases,
//                 u8 form (jit::NumberForm), u32 ignore_above, f64 scale; the source of objects is
//                 the path of their field
//   leaf        = u32 field, list of atom
//   atom        = u8 tag, then by tag:
//     0 exists | 1 term: text | 2 glob: glob | 3 string range: u8 flags (1 low, 2 high, 4 includes
//     low, 8 includes high, 16 numeric), text low, text high | 4 address prefix: 16 bytes, u32 bits
//     | 5 address range: 16 bytes, 16 bytes | 6 integer range: i64, i64 | 7 float range: f64, f64,
//     u8 includes low, u8 includes high | 8 any token: list of text | 9 phrase: list of text
//     | 10 token glob: glob | 11 token range: u8 flags, text low, text high | 12 relative dates: u8
//     flags (1 low, 2 high, 4 includes low, 8 includes high), text low, text high | 13 object
//     match: list of column, list of leaf, list of node, u32 root
//   node        = u8 op (jit::Op), u32 leaf (of a leaf's node), list of u32 (operands)
//   glob        = u8 ignores_case, u8 has_question, list of text
//   rule        = text rule_id, text name, text type, list of text (index patterns),
//                 i32 output (-1: no query), i64 interval_ms, i64 look_back_ms (from),
//                 i64 delay_ms (to), i64 history_window_ms (these three before a run), u32
//                 max_signals, text timestamp_override, u8 is_timestamp_fallback_disabled, list of
//                 text (new_terms_fields), list of text (why it is not run), list of u32 (the
//                 leaves that its query asks, rising)
//   job         = text job_id, list of text (index patterns), i32 output (-1: no query),
//                 i64 bucket_span_ms, text time_field, text summary_count_field (empty: an event is
//                 one), list of text (influencers), list of detector, list of text (why it is not
//                 run), list of u32 (the leaves that its query asks, rising)
//   detector    = text function, text partition_field, text by_field (empty: none), u8 candidates
//                 (which influencer values may be named: 0 none, 1 by their counts, 2 those that
//                 all events of a series share)
//
// A pure function.
#pragma once

#include <string>

#include "runtime/ruleset.h"

namespace tripline::shim {

[[nodiscard]] std::string Describe(const runtime::Ruleset& ruleset);

}  // namespace tripline::shim

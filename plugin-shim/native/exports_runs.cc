// The exports of the scheduled runs, as exports.cc has the others.
#include <jni.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "plugin-shim/native/face.h"
#include "plugin-shim/native/guard.h"
#include "plugin-shim/native/jni_values.h"
#include "runtime/saved_part.h"

using namespace tripline::shim;  // NOLINT(google-build-using-namespace): exports have no namespace
using tripline::Result;
using tripline::runtime::SavedPart;

TRIPLINE_EXPORT(jlong, openRuns)(JNIEnv* env, jclass, jlong ruleset, jlong begin_ms) {
  return Guard(env, [&] { return NumberOf(TheFace().OpenRuns(HandleOf(ruleset), begin_ms)); });
}

TRIPLINE_EXPORT(void, restoreRuns)(JNIEnv* env, jclass, jlong runs, jbyteArray saved) {
  Guard(env, [&]() -> Result<void> {
    TRIPLINE_TRY(const std::string bytes, BytesOf(env, saved));
    return TheFace().RestoreRuns(HandleOf(runs), bytes);
  });
}

TRIPLINE_EXPORT(jbyteArray, planRuns)
(JNIEnv* env, jclass, jlong runs, jlong now_ms, jlong job_now_ms, jlong max_span_ms,
 jlong earliest_ms, jbyteArray enabled) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string rules, BytesOf(env, enabled));
    TRIPLINE_TRY(const std::string plan, TheFace().PlanRuns(HandleOf(runs),
                                                            {.now_ms = now_ms,
                                                             .job_now_ms = job_now_ms,
                                                             .max_span_ms = max_span_ms,
                                                             .earliest_ms = earliest_ms},
                                                            rules));
    return ArrayOf(env, plan);
  });
}

TRIPLINE_EXPORT(void, takeFinds)
(JNIEnv* env, jclass, jlong runs, jint rule, jbyteArray finds) {
  Guard(env, [&]() -> Result<void> {
    TRIPLINE_TRY(const std::string bytes, BytesOf(env, finds));
    return TheFace().TakeFinds(HandleOf(runs), static_cast<std::uint32_t>(rule), bytes);
  });
}

TRIPLINE_EXPORT(void, takeCounts)
(JNIEnv* env, jclass, jlong runs, jint job, jbyteArray counts) {
  Guard(env, [&]() -> Result<void> {
    TRIPLINE_TRY(const std::string bytes, BytesOf(env, counts));
    return TheFace().TakeCounts(HandleOf(runs), static_cast<std::uint32_t>(job), bytes);
  });
}

TRIPLINE_EXPORT(void, closeJob)
(JNIEnv* env, jclass, jlong runs, jint job, jlong end_bucket) {
  Guard(env, [&] {
    return TheFace().CloseJob(HandleOf(runs), static_cast<std::uint32_t>(job), end_bucket);
  });
}

TRIPLINE_EXPORT(jbyteArray, runRule)
(JNIEnv* env, jclass, jlong runs, jint rule, jlong last_run_ms) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string found,
                 TheFace().RunRule(HandleOf(runs), static_cast<std::uint32_t>(rule), last_run_ms));
    return ArrayOf(env, found);
  });
}

TRIPLINE_EXPORT(jbyteArray, saveRuns)(JNIEnv* env, jclass, jlong runs, jboolean everything) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes,
                 TheFace().SaveRuns(HandleOf(runs), everything == JNI_TRUE ? SavedPart::kEverything
                                                                           : SavedPart::kChanges));
    return ArrayOf(env, bytes);
  });
}

TRIPLINE_EXPORT(void, keptRuns)(JNIEnv* env, jclass, jlong runs) {
  Guard(env, [&] { return TheFace().KeptRuns(HandleOf(runs)); });
}

TRIPLINE_EXPORT(jbyteArray, reportRuns)(JNIEnv* env, jclass, jlong runs) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string report, TheFace().ReportRuns(HandleOf(runs)));
    return ArrayOf(env, report);
  });
}

TRIPLINE_EXPORT(void, closeRuns)(JNIEnv* env, jclass, jlong runs) {
  Guard(env, [&] { return TheFace().CloseRuns(HandleOf(runs)); });
}

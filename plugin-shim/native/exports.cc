// The exports for org.tripline.engine.Native: Java's types in and out, and nothing else. What they
// mean stands at the Face's functions of the same names.
#include <jni.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "compiler/diagnostics_json.h"
#include "jit/engine.h"
#include "plugin-shim/native/face.h"
#include "plugin-shim/native/guard.h"
#include "plugin-shim/native/jni_values.h"

using namespace tripline::shim;  // NOLINT(google-build-using-namespace): exports have no namespace
using tripline::ByteWriter;
using tripline::Error;
using tripline::ErrorCode;
using tripline::Fail;
using tripline::Result;

// u64 ruleset (0: there are errors), then the diagnostics as JSON.
TRIPLINE_EXPORT(jbyteArray, compileRuleset)
(JNIEnv* env, jclass, jbyteArray name, jbyteArray documents, jbyteArray mapping) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string file, BytesOf(env, name));
    TRIPLINE_TRY(const std::string text, BytesOf(env, documents));
    std::string types;
    if (mapping != nullptr) {
      TRIPLINE_TRY(types, BytesOf(env, mapping));
    }
    TRIPLINE_TRY(const CompileAnswer answer,
                 TheFace().CompileRuleset(
                     file, text,
                     mapping != nullptr ? std::optional<std::string_view>(types) : std::nullopt));
    ByteWriter writer;
    writer.Number(answer.ruleset);
    return ArrayOf(env, writer.Take() + tripline::compiler::DiagnosticsToJson(answer.diagnostics));
  });
}

// As compileRuleset.
TRIPLINE_EXPORT(jbyteArray, joinExceptions)
(JNIEnv* env, jclass, jlong ruleset, jbyteArray name, jbyteArray documents) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string file, BytesOf(env, name));
    TRIPLINE_TRY(const std::string text, BytesOf(env, documents));
    TRIPLINE_TRY(const CompileAnswer answer,
                 TheFace().JoinExceptions(HandleOf(ruleset), file, text));
    ByteWriter writer;
    writer.Number(answer.ruleset);
    return ArrayOf(env, writer.Take() + tripline::compiler::DiagnosticsToJson(answer.diagnostics));
  });
}

// The keys stand a line each.
TRIPLINE_EXPORT(jlong, loadRuleset)
(JNIEnv* env, jclass, jbyteArray file, jbyteArray trusted_keys) {
  return Guard(env, [&]() -> Result<jlong> {
    TRIPLINE_TRY(const std::string bytes, BytesOf(env, file));
    TRIPLINE_TRY(const std::string lines, BytesOf(env, trusted_keys));
    std::vector<std::string> keys;
    std::istringstream stream(lines);
    for (std::string key; std::getline(stream, key);) {
      keys.push_back(key);
    }
    return NumberOf(TheFace().LoadRuleset(bytes, keys));
  });
}

TRIPLINE_EXPORT(jbyteArray, signatureOf)(JNIEnv* env, jclass, jbyteArray file) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes, BytesOf(env, file));
    TRIPLINE_TRY(const std::string signature, Face::SignatureOf(bytes));
    return ArrayOf(env, signature);
  });
}

TRIPLINE_EXPORT(jbyteArray, saveRuleset)(JNIEnv* env, jclass, jlong ruleset) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes, TheFace().SaveRuleset(HandleOf(ruleset)));
    return ArrayOf(env, bytes);
  });
}

TRIPLINE_EXPORT(jbyteArray, describeRuleset)(JNIEnv* env, jclass, jlong ruleset) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes, TheFace().DescribeRuleset(HandleOf(ruleset)));
    return ArrayOf(env, bytes);
  });
}

// u32 length of the id, the id, the alert's JSON.
TRIPLINE_EXPORT(jbyteArray, buildAlert)
(JNIEnv* env, jclass, jlong ruleset, jint rule, jlong run_at_ms, jlong event_time_ms,
 jbyteArray index, jbyteArray id, jbyteArray source, jbyteArray term) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string index_name, BytesOf(env, index));
    TRIPLINE_TRY(const std::string document_id, BytesOf(env, id));
    TRIPLINE_TRY(const std::string text, BytesOf(env, source));
    TRIPLINE_TRY(const std::string new_term, BytesOf(env, term));
    TRIPLINE_TRY(const AlertAnswer alert,
                 TheFace().BuildAlert(HandleOf(ruleset), {.rule = static_cast<std::uint32_t>(rule),
                                                          .run_at_ms = run_at_ms,
                                                          .event_time_ms = event_time_ms,
                                                          .index = index_name,
                                                          .id = document_id,
                                                          .source = text,
                                                          .term = new_term}));
    ByteWriter writer;
    writer.String(alert.id);
    return ArrayOf(env, writer.Take() + alert.json);
  });
}

TRIPLINE_EXPORT(void, closeRuleset)(JNIEnv* env, jclass, jlong ruleset) {
  Guard(env, [&] { return TheFace().CloseRuleset(HandleOf(ruleset)); });
}

TRIPLINE_EXPORT(jlong, openEngine)(JNIEnv* env, jclass, jlong ruleset, jboolean has_machine_code) {
  return Guard(env, [&] {
    return NumberOf(TheFace().OpenEngine(HandleOf(ruleset), has_machine_code == JNI_TRUE
                                                                ? EngineCode::kMachineCode
                                                                : EngineCode::kInterpreter));
  });
}

TRIPLINE_EXPORT(void, addMachineCode)(JNIEnv* env, jclass, jlong engine) {
  Guard(env, [&] { return TheFace().AddMachineCode(HandleOf(engine)); });
}

TRIPLINE_EXPORT(void, closeEngine)(JNIEnv* env, jclass, jlong engine) {
  Guard(env, [&] { return TheFace().CloseEngine(HandleOf(engine)); });
}

TRIPLINE_EXPORT(jlong, openAnswers)(JNIEnv* env, jclass, jlong engine, jint field) {
  return Guard(env, [&] {
    return NumberOf(TheFace().OpenAnswers(HandleOf(engine), static_cast<std::uint32_t>(field)));
  });
}

TRIPLINE_EXPORT(void, addValues)(JNIEnv* env, jclass, jlong answers, jobject chunk, jint length) {
  Guard(env, [&]() -> Result<void> {
    TRIPLINE_TRY(const std::span<const std::byte> bytes, BufferOf(env, chunk, length));
    return TheFace().AddValues(HandleOf(answers), bytes);
  });
}

TRIPLINE_EXPORT(jlong, sealAnswers)(JNIEnv* env, jclass, jlong answers) {
  return Guard(env, [&] { return NumberOf(TheFace().SealAnswers(HandleOf(answers))); });
}

TRIPLINE_EXPORT(jbyteArray, valuesOfLeaves)
(JNIEnv* env, jclass, jlong answers, jint max_codes) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes,
                 TheFace().ValuesOfLeaves(
                     HandleOf(answers), static_cast<std::uint32_t>(max_codes < 0 ? 0 : max_codes)));
    return ArrayOf(env, bytes);
  });
}

TRIPLINE_EXPORT(void, closeAnswers)(JNIEnv* env, jclass, jlong answers) {
  Guard(env, [&] { return TheFace().CloseAnswers(HandleOf(answers)); });
}

TRIPLINE_EXPORT(jlong, openPlan)
(JNIEnv* env, jclass, jlong engine, jbyteArray knowledge, jbyteArray wanted) {
  return Guard(env, [&]() -> Result<jlong> {
    TRIPLINE_TRY(const std::string leaves, BytesOf(env, knowledge));
    TRIPLINE_TRY(const std::string outputs, BytesOf(env, wanted));
    return NumberOf(TheFace().OpenPlan(HandleOf(engine), std::as_bytes(std::span(leaves)),
                                       std::as_bytes(std::span(outputs))));
  });
}

TRIPLINE_EXPORT(jbyteArray, describePlan)(JNIEnv* env, jclass, jlong plan) {
  return Guard(env, [&]() -> Result<jbyteArray> {
    TRIPLINE_TRY(const std::string bytes, TheFace().DescribePlan(HandleOf(plan)));
    return ArrayOf(env, bytes);
  });
}

TRIPLINE_EXPORT(void, closePlan)(JNIEnv* env, jclass, jlong plan) {
  Guard(env, [&] { return TheFace().ClosePlan(HandleOf(plan)); });
}

TRIPLINE_EXPORT(jlong, openMatcher)(JNIEnv* env, jclass, jlong engine) {
  return Guard(env, [&] { return NumberOf(TheFace().OpenMatcher(HandleOf(engine))); });
}

TRIPLINE_EXPORT(jint, findRows)
(JNIEnv* env, jclass, jlong matcher, jlong plan, jobject block, jint length, jobject out) {
  return Guard(env, [&]() -> Result<jint> {
    TRIPLINE_TRY(const std::span<const std::byte> bytes, BufferOf(env, block, length));
    TRIPLINE_TRY(const std::span<std::byte> answer, BufferOf(env, out, -1));
    return SizeOf(TheFace().FindRows(HandleOf(matcher), HandleOf(plan), bytes, answer));
  });
}

TRIPLINE_EXPORT(jint, match)
(JNIEnv* env, jclass, jlong matcher, jobject block, jint length, jobject out) {
  return Guard(env, [&]() -> Result<jint> {
    TRIPLINE_TRY(const std::span<const std::byte> bytes, BufferOf(env, block, length));
    TRIPLINE_TRY(const std::span<std::byte> answer, BufferOf(env, out, -1));
    return SizeOf(TheFace().Match(HandleOf(matcher), bytes, answer));
  });
}

TRIPLINE_EXPORT(void, closeMatcher)(JNIEnv* env, jclass, jlong matcher) {
  Guard(env, [&] { return TheFace().CloseMatcher(HandleOf(matcher)); });
}

// rulesets, engines, answers, answers_bytes, plans, matchers.
TRIPLINE_EXPORT(jlongArray, counts)(JNIEnv* env, jclass) {
  return Guard(env, [&]() -> Result<jlongArray> {
    const FaceCounts counts = TheFace().counts();
    const std::array<jlong, 6> numbers = {
        static_cast<jlong>(counts.rulesets), static_cast<jlong>(counts.engines),
        static_cast<jlong>(counts.answers),  static_cast<jlong>(counts.answers_bytes),
        static_cast<jlong>(counts.plans),    static_cast<jlong>(counts.matchers)};
    const jlongArray array = env->NewLongArray(static_cast<jsize>(numbers.size()));
    if (array != nullptr) {
      env->SetLongArrayRegion(array, 0, static_cast<jsize>(numbers.size()), numbers.data());
    }
    return array;
  });
}

// What a host sees when native code fails, for its tests: 0 a C++ exception, 1 no memory, 2 an
// Error, 3 a fatal error of the code generator.
TRIPLINE_EXPORT(void, failOnPurpose)(JNIEnv* env, jclass, jint kind) {
  Guard(env, [&]() -> Result<void> {
    switch (kind) {
      case 0:
        throw std::runtime_error("thrown on purpose");
      case 1:
        throw std::bad_alloc();
      case 3:
        return tripline::jit::ProvokeFatalError();
      default:
        return Fail(ErrorCode::kUnavailable, "failed on purpose");
    }
  });
}

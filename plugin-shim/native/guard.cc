#include "plugin-shim/native/guard.h"

#include <string_view>

namespace tripline::shim {

void ThrowJava(JNIEnv* env, const char* type, const char* message) noexcept {
  if (env->ExceptionCheck() == JNI_TRUE) {
    return;
  }
  if (const jclass found = env->FindClass(type); found != nullptr) {
    env->ThrowNew(found, message);
  }
}

namespace {

// TriplineException(int code, byte[] message): messages quote foreign text, which may be anything
// but the UTF-8 that NewStringUTF takes.
void ThrowTriplineException(JNIEnv* env, ErrorCode code, std::string_view text) noexcept {
  if (env->ExceptionCheck() == JNI_TRUE) {
    return;
  }
  const jclass type = env->FindClass("org/tripline/engine/TriplineException");
  if (type == nullptr) {
    return;  // the missing class is the exception now
  }
  const jmethodID constructor = env->GetMethodID(type, "<init>", "(I[B)V");
  const auto size = static_cast<jsize>(text.size());
  const jbyteArray message = env->NewByteArray(size);
  if (constructor == nullptr || message == nullptr) {
    return;
  }
  env->SetByteArrayRegion(message, 0, size, reinterpret_cast<const jbyte*>(text.data()));
  const jobject exception = env->NewObject(type, constructor, static_cast<jint>(code), message);
  if (exception != nullptr) {
    env->Throw(static_cast<jthrowable>(exception));
  }
}

}  // namespace

void ThrowError(JNIEnv* env, const Error& error) noexcept {
  ThrowTriplineException(env, error.code, error.message);
}

void ThrowNoMemory(JNIEnv* env) noexcept {
  ThrowTriplineException(env, ErrorCode::kLimit,
                         "the rule engine's native memory ran out; fewer or smaller rulesets, or a "
                         "larger machine, will help");
}

}  // namespace tripline::shim

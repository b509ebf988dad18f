#include "plugin-shim/native/guard.h"

namespace tripline::shim {

void ThrowJava(JNIEnv* env, const char* type, const char* message) noexcept {
  if (env->ExceptionCheck() == JNI_TRUE) {
    return;
  }
  if (const jclass found = env->FindClass(type); found != nullptr) {
    env->ThrowNew(found, message);
  }
}

// TriplineException(int code, byte[] message): messages quote foreign text, which may be anything
// but the UTF-8 that NewStringUTF takes.
void ThrowError(JNIEnv* env, const Error& error) noexcept {
  if (env->ExceptionCheck() == JNI_TRUE) {
    return;
  }
  const jclass type = env->FindClass("org/tripline/engine/TriplineException");
  if (type == nullptr) {
    return;  // the missing class is the exception now
  }
  const jmethodID constructor = env->GetMethodID(type, "<init>", "(I[B)V");
  const auto size = static_cast<jsize>(error.message.size());
  const jbyteArray message = env->NewByteArray(size);
  if (constructor == nullptr || message == nullptr) {
    return;
  }
  env->SetByteArrayRegion(message, 0, size, reinterpret_cast<const jbyte*>(error.message.data()));
  const jobject exception =
      env->NewObject(type, constructor, static_cast<jint>(error.code), message);
  if (exception != nullptr) {
    env->Throw(static_cast<jthrowable>(exception));
  }
}

}  // namespace tripline::shim

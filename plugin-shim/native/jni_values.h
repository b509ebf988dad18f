// Java's types as the Face takes them, and back, for the files of exports.
//
// Thread-safety: each call serves the thread of its JNIEnv.
#pragma once

#include <jni.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin-shim/native/face.h"

#define TRIPLINE_EXPORT(type, name) \
  extern "C" JNIEXPORT type JNICALL Java_org_tripline_engine_Native_##name

namespace tripline::shim {

/// One library, one face; never destroyed, as threads of the JVM may still be in it at the end.
[[nodiscard]] Face& TheFace();

/// The whole array; an exception is pending if it fails.
[[nodiscard]] Result<std::string> BytesOf(JNIEnv* env, jbyteArray array);
[[nodiscard]] Result<jbyteArray> ArrayOf(JNIEnv* env, std::string_view bytes);
/// The first `length` bytes of a direct buffer; a negative length means all of it.
[[nodiscard]] Result<std::span<std::byte>> BufferOf(JNIEnv* env, jobject buffer, jint length);

[[nodiscard]] Handle HandleOf(jlong number);
[[nodiscard]] Result<jlong> NumberOf(const Result<Handle>& handle);
[[nodiscard]] Result<jint> SizeOf(const Result<std::size_t>& size);

}  // namespace tripline::shim

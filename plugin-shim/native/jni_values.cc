#include "plugin-shim/native/jni_values.h"

#include <cstdint>
#include <limits>

namespace tripline::shim {
namespace {

std::unexpected<Error> Misused(const char* what) {
  return Fail(ErrorCode::kUsage, std::string("the native engine was called with ") + what);
}

}  // namespace

Face& TheFace() {
  static Face* const face = new Face();
  return *face;
}

Result<std::string> BytesOf(JNIEnv* env, jbyteArray array) {
  if (array == nullptr) {
    return Misused("a null array");
  }
  const jsize size = env->GetArrayLength(array);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  env->GetByteArrayRegion(array, 0, size, reinterpret_cast<jbyte*>(bytes.data()));
  return bytes;
}

Result<jbyteArray> ArrayOf(JNIEnv* env, std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<jsize>::max())) {
    return Fail(ErrorCode::kLimit, "an answer of more than 2 GB");
  }
  const auto size = static_cast<jsize>(bytes.size());
  const jbyteArray array = env->NewByteArray(size);
  if (array != nullptr) {
    env->SetByteArrayRegion(array, 0, size, reinterpret_cast<const jbyte*>(bytes.data()));
  }
  return array;
}

Result<std::span<std::byte>> BufferOf(JNIEnv* env, jobject buffer, jint length) {
  if (buffer == nullptr) {
    return Misused("a null buffer");
  }
  auto* const address = static_cast<std::byte*>(env->GetDirectBufferAddress(buffer));
  const jlong capacity = env->GetDirectBufferCapacity(buffer);
  if (address == nullptr || capacity < 0) {
    return Misused("a buffer that is not direct");
  }
  if (length > capacity) {
    return Misused("a length behind the buffer's end");
  }
  return std::span(address, static_cast<std::size_t>(length < 0 ? capacity : length));
}

Handle HandleOf(jlong number) { return static_cast<Handle>(number); }
Result<jlong> NumberOf(const Result<Handle>& handle) {
  if (!handle) {
    return std::unexpected(handle.error());
  }
  return static_cast<jlong>(*handle);
}
Result<jint> SizeOf(const Result<std::size_t>& size) {
  if (!size) {
    return std::unexpected(size.error());
  }
  return static_cast<jint>(*size);
}

}  // namespace tripline::shim

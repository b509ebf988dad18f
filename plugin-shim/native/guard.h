// Guard: the one place where C++ errors become Java exceptions. An export does its work inside a
// guarded body; whatever goes wrong in it, the JVM sees an exception and never a C++ one.
//
//   return Guard(env, [&]() -> Result<jlong> { ... });
//
//   Error          -> org.tripline.engine.TriplineException (with its code)
//   std::bad_alloc -> org.tripline.engine.TriplineException (limit): an OutOfMemoryError that
//                     nobody catches would end the host, which has its own memory to mind
//   anything else  -> java.lang.IllegalStateException (our bug)
// A Java exception that is already pending stays: it is the first cause.
//
// Thread-safety: free functions without state.
#pragma once

#include <jni.h>

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace tripline::shim {

void ThrowJava(JNIEnv* env, const char* type, const char* message) noexcept;
void ThrowError(JNIEnv* env, const Error& error) noexcept;
/// Allocates nothing natively.
void ThrowNoMemory(JNIEnv* env) noexcept;

/// The value of `body`, or a pending Java exception and a zero. `body` answers a Result.
template <class Body>
auto Guard(JNIEnv* env, Body&& body) noexcept -> typename std::invoke_result_t<Body>::value_type {
  using Value = typename std::invoke_result_t<Body>::value_type;
  try {
    auto result = std::forward<Body>(body)();
    if (!result) {
      ThrowError(env, result.error());
    } else if constexpr (!std::is_void_v<Value>) {
      return *result;
    }
  } catch (const std::bad_alloc&) {
    ThrowNoMemory(env);
  } catch (const std::exception& exception) {
    ThrowJava(env, "java/lang/IllegalStateException", exception.what());
  } catch (...) {
    ThrowJava(env, "java/lang/IllegalStateException", "an unknown native exception");
  }
  if constexpr (!std::is_void_v<Value>) {
    return Value{};
  }
}

}  // namespace tripline::shim

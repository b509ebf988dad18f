// The library's first word: whether this processor has what the rest of it was compiled for. This
// file alone is compiled for every x86-64, so that the answer can be no.
#include <jni.h>

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* /*vm*/, void* /*reserved*/) {
  __builtin_cpu_init();
  const bool is_fit = __builtin_cpu_supports("sse4.2") != 0 &&
                      __builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0;
  return is_fit ? JNI_VERSION_1_8 : JNI_ERR;
}

// Two symbols of glibc that the static libraries ask for, brought along.
//
// libstdc++ calls arc4random, which only glibc 2.36 has; the shared library must load where glibc
// is 2.34 (Amazon Linux 2023), so it has its own, on the system call behind it. And the static
// ANTLR runtime, which is compiled for programs, reads __libc_single_threaded in a way that a
// shared library can only follow to a variable of its own; "no", the safe answer, is always right
// in a host with threads.
#include <sys/random.h>

#include <cerrno>
#include <cstdint>

extern "C" {

[[gnu::visibility("hidden")]] extern char __libc_single_threaded;
char __libc_single_threaded = 0;

/// Random bits from the kernel; on a kernel that refuses, zeros: std::random_device is the only
/// caller, and nothing here draws secrets from it.
[[gnu::visibility("hidden")]] std::uint32_t arc4random() {
  std::uint32_t bits = 0;
  while (getrandom(&bits, sizeof(bits), 0) != static_cast<ssize_t>(sizeof(bits))) {
    if (errno != EINTR) {
      return 0;
    }
  }
  return bits;
}
}

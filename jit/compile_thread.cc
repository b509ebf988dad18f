// Abandoning is a long jump to the thread's first frame. By the letter of the language that is
// undefined where it skips destructors; in practice (and in LLVM's own crash recovery, which does
// the same) what they would have freed is leaked. Nothing of ours stands between the two frames
// but the emitter, which holds memory only.
#include "jit/compile_thread.h"

#include <pthread.h>
#include <setjmp.h>

#include <array>
#include <cstring>
#include <exception>
#include <new>
#include <string>

namespace tripline::jit {
namespace {

constexpr std::size_t kStackBytes = std::size_t{64} << 20U;

struct Job {
  const std::function<Result<void>()>* work = nullptr;
  Result<void> result;
  std::exception_ptr thrown;
  jmp_buf abandoned_to;
  ErrorCode abandoned_code = ErrorCode::kUnavailable;
  std::array<char, 512> abandoned_why{};  // not a string: memory may be what is missing
};

thread_local Job* current_job = nullptr;

[[gnu::noinline]] void RunCatching(Job& job) noexcept {
  try {
    job.result = (*job.work)();
  } catch (const std::bad_alloc&) {
    job.result = Fail(ErrorCode::kLimit,
                      "memory ran out while making machine code: the rules run on the interpreter");
  } catch (...) {
    job.thrown = std::current_exception();
  }
}

// Not inlined: nothing with locals may share a frame with setjmp.
[[gnu::noinline]] void RecordAbandoning(Job& job) {
  job.result = Fail(job.abandoned_code,
                    "the code generator gave up: " + std::string(job.abandoned_why.data()) +
                        ": the rules run on the interpreter");
}

void* RunJob(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  current_job = &job;
  if (_setjmp(job.abandoned_to) == 0) {
    RunCatching(job);
  } else {
    RecordAbandoning(job);
  }
  current_job = nullptr;
  return nullptr;
}

}  // namespace

Result<void> RunOnCompileThread(const std::function<Result<void>()>& work) {
  Job job;
  job.work = &work;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const int status = pthread_create(&thread, &attributes, RunJob, &job);
  pthread_attr_destroy(&attributes);
  if (status != 0) {
    return Fail(ErrorCode::kUnavailable,
                "no thread to make machine code on: " + std::string(std::strerror(status)));
  }
  pthread_join(thread, nullptr);
  if (job.thrown) std::rethrow_exception(job.thrown);
  return job.result;
}

void AbandonWork(ErrorCode code, const char* why) noexcept {
  Job* const job = current_job;
  if (job == nullptr) return;
  job->abandoned_code = code;
  std::strncpy(job->abandoned_why.data(), why, job->abandoned_why.size() - 1);
  _longjmp(job->abandoned_to, 1);
}

}  // namespace tripline::jit

// Any bytes as a portable Program: they are refused with a message, or they are one that can be
// printed, evaluated and written again to the same bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "jit/interpreter.h"
#include "jit/print.h"
#include "jit/program_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto program = tripline::jit::Deserialize(bytes);
  if (!program) {
    tripline::Check(!program.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  tripline::Check(tripline::jit::Serialize(*program) == bytes, "equal programs have equal bytes");
  tripline::Check(!tripline::jit::Print(*program).empty(), "a program can be printed");
  const tripline::jit::Interpreter interpreter(*program);
  return 0;
}

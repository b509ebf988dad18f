# What every target of the project is built with.
option(TRIPLINE_TESTS "Build the tests" ON)
option(TRIPLINE_BENCH "Build the benchmarks" OFF)
option(TRIPLINE_FUZZ "Build the libFuzzer targets (clang only)" OFF)
set(TRIPLINE_SANITIZE "" CACHE STRING "Value for -fsanitize=, for example address,undefined")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(tripline_build_flags INTERFACE)
target_compile_options(tripline_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# std::stable_sort of libstdc++ 12 uses what libstdc++ 12 itself calls deprecated, and clang says so at our call.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(tripline_build_flags INTERFACE -Wno-deprecated-declarations)
endif()
# Generated code's helpers and bit loops gain from the instructions that every x86-64 server of
# the last ten years has; wider vectors are chosen at run time by the LLVM emitter alone.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(tripline_build_flags INTERFACE -march=x86-64-v2)
endif()
if(TRIPLINE_SANITIZE)
  target_compile_options(tripline_build_flags INTERFACE
    -fsanitize=${TRIPLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tripline_build_flags INTERFACE -fsanitize=${TRIPLINE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What g++ sees of instrumented code makes it doubt variables that are fine (LLVM's headers).
    target_compile_options(tripline_build_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

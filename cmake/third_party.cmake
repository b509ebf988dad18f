# Every third-party package, found on the system and wrapped as one SYSTEM target. Nothing is downloaded here:
# scripts/setup.sh installs what is missing. Hyperscan is found by pkg-config as `libhs`, so Vectorscan drops in.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson 3.0 REQUIRED)
# At -O2, g++ 12 takes the iterators that simdjson 3.0 returns by value for dangling pointers.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(simdjson::simdjson INTERFACE -Wno-dangling-pointer)
endif()
find_package(CLI11 REQUIRED)
pkg_check_modules(libhs REQUIRED IMPORTED_TARGET libhs)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
if(TRIPLINE_TESTS)
  find_package(GTest REQUIRED)
endif()
if(TRIPLINE_BENCH)
  find_package(benchmark REQUIRED)
endif()

# LLVM: the package's own CMake file wants every optional library of LLVM, so only its path and library are taken.
find_program(LLVM_CONFIG NAMES llvm-config-19 REQUIRED)
execute_process(COMMAND ${LLVM_CONFIG} --includedir OUTPUT_VARIABLE LLVM_INCLUDE_DIR OUTPUT_STRIP_TRAILING_WHITESPACE)
execute_process(COMMAND ${LLVM_CONFIG} --libdir OUTPUT_VARIABLE LLVM_LIB_DIR OUTPUT_STRIP_TRAILING_WHITESPACE)
add_library(tripline_llvm INTERFACE)
target_include_directories(tripline_llvm SYSTEM INTERFACE "${LLVM_INCLUDE_DIR}")
target_link_libraries(tripline_llvm INTERFACE "${LLVM_LIB_DIR}/libLLVM-19.so")

# ANTLR: tool and runtime must both be exactly 4.9 (the output of 4.9.3 does not compile with the 4.9 runtime).
find_path(ANTLR4_INCLUDE_DIR antlr4-runtime.h PATH_SUFFIXES antlr4-runtime REQUIRED)
find_library(ANTLR4_LIBRARY antlr4-runtime REQUIRED)
add_library(tripline_antlr INTERFACE)
target_include_directories(tripline_antlr SYSTEM INTERFACE "${ANTLR4_INCLUDE_DIR}")
target_link_libraries(tripline_antlr INTERFACE "${ANTLR4_LIBRARY}")
find_program(JAVA_PROGRAM java REQUIRED)
set(ANTLR4_TOOL_JAR "$ENV{HOME}/.m2/repository/org/antlr/antlr4/4.9/antlr4-4.9-complete.jar"
  CACHE FILEPATH "The ANTLR 4.9 generator (org.antlr:antlr4:4.9:complete)")
if(NOT EXISTS "${ANTLR4_TOOL_JAR}")
  message(FATAL_ERROR "The ANTLR 4.9 generator is not at ${ANTLR4_TOOL_JAR}. Run scripts/setup.sh.")
endif()

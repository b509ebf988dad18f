# tripline_library(name SRCS a.cc ... [DEPS rooms and libraries seen in headers]
#                  [PRIVATE_DEPS libraries that only .cc files see])
# makes the room `name`. Headers are included as "name/file.h" from the project's root.
function(tripline_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(tripline_${name} STATIC ${ARG_SRCS})
  target_include_directories(tripline_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(tripline_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} tripline_build_flags)
endfunction()

# tripline_test(room [LABEL unit|slow|cluster] SRCS a_test.cc ... DEPS ...) makes tests/<room>'s one binary.
function(tripline_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SRCS;DEPS" ${ARGN})
  add_executable(tripline_${name}_test ${ARG_SRCS})
  target_include_directories(tripline_${name}_test PRIVATE "${CMAKE_SOURCE_DIR}")
  target_compile_definitions(tripline_${name}_test PRIVATE
    TRIPLINE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TRIPLINE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(tripline_${name}_test PRIVATE
    ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main tripline_build_flags)
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  add_test(NAME ${name} COMMAND tripline_${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" WORKING_DIRECTORY "${CMAKE_BINARY_DIR}"
    SKIP_REGULAR_EXPRESSION "NOTHING RAN")
endfunction()

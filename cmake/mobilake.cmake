# SPDX-License-Identifier: Apache-2.0
# How a room is built: mobilake_room() and what it is made of.
add_library(mobilake_flags INTERFACE)
target_compile_options(mobilake_flags INTERFACE
  -Wall -Wextra -Wconversion -Werror -fstack-protector-strong -fno-omit-frame-pointer)
target_compile_definitions(mobilake_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(mobilake_flags INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(mobilake_flags INTERFACE _FORTIFY_SOURCE=3)
endif()
# SSE 4.2 carries the CRC32C instruction; every x86-64 server since 2009 has it.
target_compile_options(mobilake_flags INTERFACE -msse4.2)
if(MOBILAKE_SANITIZE STREQUAL "address")
  target_compile_options(mobilake_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  target_link_options(mobilake_flags INTERFACE -fsanitize=address,undefined)
elseif(MOBILAKE_SANITIZE STREQUAL "thread")
  target_compile_options(mobilake_flags INTERFACE -fsanitize=thread)
  target_link_options(mobilake_flags INTERFACE -fsanitize=thread)
endif()
if(MOBILAKE_FUZZ)
  # Every room is instrumented, or the fuzzer would see only its own file.
  target_compile_options(mobilake_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
find_program(MOBILAKE_MOLD mold)
if(MOBILAKE_MOLD)
  target_link_options(mobilake_flags INTERFACE -fuse-ld=mold)
endif()

# mobilake_room(NAME log USES base model [LINKS OpenSSL::SSL ...])
# Builds src/NAME: the library mobilake_NAME from *.cc of the room, its subfolders and inside/; the library
# NAME_testkit from testkit/; the program NAME_test from test/*.cc with one ctest entry per test.
function(mobilake_room)
  cmake_parse_arguments(R "" "NAME" "USES;LINKS;TEST_USES;TEST_LINKS" ${ARGN})
  set(room ${CMAKE_CURRENT_SOURCE_DIR})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${room}/*.cc)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${room}/test/*.cc)
  set(testkit ${sources})
  list(FILTER sources EXCLUDE REGEX "/(test|testkit|bench|fuzz)/|/main\\.cc$")
  list(FILTER testkit INCLUDE REGEX "/testkit/")
  list(TRANSFORM R_USES PREPEND mobilake_ OUTPUT_VARIABLE uses)

  if(sources)
    add_library(mobilake_${R_NAME} STATIC ${sources})
    target_include_directories(mobilake_${R_NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(mobilake_${R_NAME} PUBLIC ${uses} fmt::fmt Threads::Threads PRIVATE mobilake_flags ${R_LINKS})
  else()  # a room whose faces stand before its code
    add_library(mobilake_${R_NAME} INTERFACE)
    target_include_directories(mobilake_${R_NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(mobilake_${R_NAME} INTERFACE ${uses} fmt::fmt Threads::Threads)
  endif()

  list(TRANSFORM R_USES APPEND _testkit OUTPUT_VARIABLE testkits)
  if(testkit)
    add_library(${R_NAME}_testkit STATIC ${testkit})
    target_link_libraries(${R_NAME}_testkit PUBLIC mobilake_${R_NAME} ${testkits} GTest::gtest PRIVATE mobilake_flags ${R_LINKS})
  else()
    add_library(${R_NAME}_testkit INTERFACE)
    target_link_libraries(${R_NAME}_testkit INTERFACE mobilake_${R_NAME} ${testkits} GTest::gtest)
  endif()

  if(tests)
    add_executable(${R_NAME}_test ${tests})
    list(TRANSFORM R_TEST_USES APPEND _testkit OUTPUT_VARIABLE more_testkits)
    target_link_libraries(${R_NAME}_test PRIVATE
      ${R_NAME}_testkit ${more_testkits} mobilake_flags GTest::gmock GTest::gtest_main ${R_LINKS} ${R_TEST_LINKS})
    target_compile_definitions(${R_NAME}_test PRIVATE
      MOBILAKE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" MOBILAKE_DUCKDB_EXTENSIONS="${MOBILAKE_DUCKDB_EXTENSIONS}")
    gtest_discover_tests(${R_NAME}_test TEST_PREFIX "${R_NAME}." DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT 300 LABELS ${R_NAME})
  endif()

  file(GLOB benches CONFIGURE_DEPENDS ${room}/bench/*_bench.cc)
  foreach(bench ${benches})
    get_filename_component(name ${bench} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${bench})
    target_link_libraries(${name} PRIVATE ${R_NAME}_testkit mobilake_flags benchmark::benchmark ${R_LINKS})
  endforeach()

  # Fuzz targets are plain programs that replay a corpus; with MOBILAKE_FUZZ they search for new inputs.
  file(GLOB fuzzers CONFIGURE_DEPENDS ${room}/fuzz/*_fuzz.cc)
  foreach(fuzzer ${fuzzers})
    get_filename_component(name ${fuzzer} NAME_WE)
    mobilake_fuzzer(${name} ${fuzzer} ${R_NAME})
  endforeach()
endfunction()

# A fuzz target: LLVMFuzzerTestOneInput in `source`, its corpus in tests/fuzz/<name>/.
function(mobilake_fuzzer name source room)
  if(MOBILAKE_FUZZ)
    add_executable(${name} ${source})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_corpus.cc)
    # The corpus, then five seconds of inputs made from it; what is found lies in build/<preset>/fuzz/.
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_test(NAME fuzz.${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name} 5
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 60)
  endif()
  target_link_libraries(${name} PRIVATE ${room}_testkit mobilake_flags)
endfunction()

# SPDX-License-Identifier: Apache-2.0
# Everything that is not ours, as targets. What no Debian package gives comes from the cache folder that
# tools/fetch_third_party.py fills; nothing is fetched here.
execute_process(
  COMMAND python3 ${CMAKE_SOURCE_DIR}/tools/fetch_third_party.py --print-path
  OUTPUT_VARIABLE MOBILAKE_THIRD_PARTY
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/third_party.lock)
if(NOT IS_DIRECTORY ${MOBILAKE_THIRD_PARTY})
  message(FATAL_ERROR "third-party packages are missing: run ./dev setup")
endif()

# mobilake_prebuilt(TARGET FILE INCLUDE dir... LINK target...): a shared library from the cache folder.
function(mobilake_prebuilt name file)
  cmake_parse_arguments(P "" "" "INCLUDE;LINK" ${ARGN})
  add_library(${name} SHARED IMPORTED GLOBAL)
  get_filename_component(soname ${file} NAME)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${file} IMPORTED_SONAME ${soname})
  target_include_directories(${name} SYSTEM INTERFACE ${P_INCLUDE})
  target_link_libraries(${name} INTERFACE ${P_LINK})
  set_property(GLOBAL APPEND PROPERTY MOBILAKE_SHIPPED_LIBRARIES ${file})
endfunction()

set(_arrow ${MOBILAKE_THIRD_PARTY}/arrow)
mobilake_prebuilt(Arrow::arrow ${_arrow}/lib/libarrow.so.2600 INCLUDE ${_arrow}/include)
mobilake_prebuilt(Arrow::compute ${_arrow}/lib/libarrow_compute.so.2600 LINK Arrow::arrow)
mobilake_prebuilt(Arrow::parquet ${_arrow}/lib/libparquet.so.2600 LINK Arrow::arrow)
mobilake_prebuilt(DuckDB::duckdb ${MOBILAKE_THIRD_PARTY}/duckdb/lib/libduckdb.so
                  INCLUDE ${MOBILAKE_THIRD_PARTY}/duckdb/include)
set(MOBILAKE_DUCKDB_EXTENSIONS ${MOBILAKE_THIRD_PARTY}/duckdb-extensions)

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(RocksDB REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTDLIB REQUIRED IMPORTED_TARGET GLOBAL libzstd)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET GLOBAL libedit)
pkg_check_modules(XXHASHLIB REQUIRED IMPORTED_TARGET GLOBAL libxxhash)
# Boost is used header-only, for the HTTP parser.
add_library(Boost::beast INTERFACE IMPORTED GLOBAL)
# libparquet carries hidden copies of these two. The loader passes them over, but mold takes them for definitions and
# then leaves the real libraries out: so those come first on every link line that names libparquet.
target_link_options(Arrow::parquet INTERFACE $<TARGET_FILE:OpenSSL::Crypto> $<TARGET_FILE:simdjson::simdjson>)

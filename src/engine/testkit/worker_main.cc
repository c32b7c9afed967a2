// SPDX-License-Identifier: Apache-2.0
#include "engine/testkit/worker_main.h"

#include <gtest/gtest.h>

#include <string_view>

#include "engine/sql/open_sql_engine.h"

#ifdef __SANITIZE_THREAD__
// DuckDB comes without instrumentation: its locks are not seen, so its memory looks contested. Not
// in an option of the environment, since workers get none.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libduckdb.so\n";
}
#endif

namespace mobilake::engine {

int test_main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "engine-worker") return run_sql_worker();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace mobilake::engine

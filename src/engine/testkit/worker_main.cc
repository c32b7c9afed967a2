// SPDX-License-Identifier: Apache-2.0
#include "engine/testkit/worker_main.h"

#include <gtest/gtest.h>

#include <string_view>

#include "engine/sql/open_sql_engine.h"

namespace mobilake::engine {

int test_main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "engine-worker") return run_sql_worker();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}

}  // namespace mobilake::engine

// SPDX-License-Identifier: Apache-2.0
#include "server/application.h"

#include "engine/sql/open_sql_engine.h"

namespace mobilake::server {

int run_engine_worker() {
  return engine::run_sql_worker();
}

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "engine/testkit/worker_main.h"

int main(int argc, char** argv) {
  return mobilake::engine::test_main(argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mobilake::engine {

/// The main of a test program whose tests start workers: the program itself becomes a worker when
/// its first word says so, and runs the tests otherwise.
int test_main(int argc, char** argv);

}  // namespace mobilake::engine

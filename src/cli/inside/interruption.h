// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csetjmp>

namespace mobilake::cli {

/// Lets Ctrl-C be asked for instead of ending the process; a second one ends it.
void watch_for_interruption();

/// Returns whether Ctrl-C was pressed since the start or the last forget_interruption().
bool interrupted();
void forget_interruption();

/// From now on Ctrl-C jumps to `to`, once, instead of being noted; null: it is noted again. For the
/// time of a library's call that would go on reading. Requires: no destructor lies in between.
void jump_when_interrupted(sigjmp_buf* to);

}  // namespace mobilake::cli

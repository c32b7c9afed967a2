// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mobilake::cli {

/// Lets Ctrl-C be asked for instead of ending the process; a second one ends it.
void watch_for_interruption();

/// Returns whether Ctrl-C was pressed since the start or the last forget_interruption().
bool interrupted();
void forget_interruption();

}  // namespace mobilake::cli

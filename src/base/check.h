// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mobilake::base {

/// Prints the broken condition with its place and aborts the process.
[[noreturn]] void fail_check(const char* condition, const char* file, int line);

}  // namespace mobilake::base

/// Always on. For our own mistakes, never for input.
#define MOBILAKE_CHECK(condition)                      \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::mobilake::base::fail_check(#condition, __FILE__, __LINE__))

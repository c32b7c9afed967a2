// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "log/inside/segment_writer.h"

namespace mobilake::log {

/// The mailbox of one writer, and the thread that empties it.
///
/// While the thread writes and syncs one turn, the mailbox gathers the next: that is the group
/// commit. An append wakes the thread only when it waits. Without start() there is no thread, and
/// run_turn() does its work when it is called: for tests whose every step is decided by a seed.
/// Thread safety: append() and close() from any thread; run_turn() only without a thread.
class WriterLoop {
 public:
  WriterLoop(SegmentWriter& writer, std::uint64_t mailbox_bytes_max);
  ~WriterLoop();

  void start();

  /// Puts the append into the mailbox, or answers it at once where that is full or closed.
  void append(Append append);

  /// Commits what is in the mailbox; returns whether there was anything.
  bool run_turn();

  /// Takes no more appends, commits those taken, ends the thread. Idempotent.
  void close();

 private:
  struct Mailbox {
    std::vector<Append> appends;
    std::uint64_t bytes = 0;
    bool waiting = false;
    bool closed = false;
  };
  void run();
  std::optional<Error> put(Append& append, bool& wake);

  SegmentWriter& writer_;
  const std::uint64_t mailbox_bytes_max_;
  Guarded<Mailbox> mailbox_;
  std::condition_variable filled_;
  std::vector<Append> turn_;
  std::thread thread_;
};

}  // namespace mobilake::log

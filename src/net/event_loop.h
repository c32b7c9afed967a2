// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"

namespace mobilake::net {

/// Hears that a descriptor can be read or written. Runs on the loop's thread.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  /// `readable` is also set when the peer is gone: the read then says so.
  virtual void on_event(bool readable, bool writable) = 0;
};

/// One thread's loop over sockets, timers and posted work (epoll, level-triggered).
///
/// Opened with open(), run by one thread until stop(). Thread safety: post() and stop() from any
/// thread, all else on the loop's thread, or before run().
class EventLoop {
 public:
  using Task = std::move_only_function<void()>;
  using TimerId = std::uint64_t;

  static Result<std::unique_ptr<EventLoop>> open(const Clock& clock);
  virtual ~EventLoop() = default;

  /// Runs until stop(); then runs what was posted before and returns.
  virtual void run() = 0;
  virtual void stop() = 0;

  /// Runs `task` soon on the loop's thread, after all tasks posted before it. One wake-up a turn.
  virtual void post(Task task) = 0;

  /// Calls `task` at the end of every turn, after events, timers and posted tasks.
  virtual void at_turn_end(Task task) = 0;

  /// Watches `descriptor` until forget(); `handler` outlives the watch.
  virtual Result<> watch(int descriptor, EventHandler& handler, bool readable, bool writable) = 0;
  virtual void change(int descriptor, EventHandler& handler, bool readable, bool writable) = 0;
  /// Ends the watch; the handler hears nothing more, not even of events already gathered.
  virtual void forget(int descriptor, EventHandler& handler) = 0;

  /// Runs `task` once after `delay`; cancel() before then keeps it from running.
  virtual TimerId after(std::chrono::milliseconds delay, Task task) = 0;
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace mobilake::net

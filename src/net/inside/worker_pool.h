// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/guarded.h"

namespace mobilake::net {

/// Threads that run tasks from one bounded queue. Thread safety: any thread may submit.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(std::size_t thread_count, std::size_t queued_max);
  /// Runs what is queued, then ends.
  ~WorkerPool();

  /// Returns false, and does not take the task, when the queue is full.
  bool submit(Task& task);

 private:
  struct State {
    std::deque<Task> queue;
    bool closing = false;
  };

  void work();

  std::size_t queued_max_;
  Guarded<State> state_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

}  // namespace mobilake::net

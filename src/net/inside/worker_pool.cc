// SPDX-License-Identifier: Apache-2.0
#include "net/inside/worker_pool.h"

namespace mobilake::net {

WorkerPool::WorkerPool(std::size_t thread_count, std::size_t queued_max) : queued_max_(queued_max) {
  for (std::size_t i = 0; i < thread_count; ++i)
    threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  state_.lock()->closing = true;
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

bool WorkerPool::submit(Task& task) {
  {
    auto state = state_.lock();
    if (state->closing || state->queue.size() >= queued_max_) return false;
    state->queue.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::work() {
  for (;;) {
    Task task;
    {
      auto state = state_.lock();
      state.wait(changed_, [](const State& s) { return s.closing || !s.queue.empty(); });
      if (state->queue.empty()) return;
      task = std::move(state->queue.front());
      state->queue.pop_front();
    }
    task();
  }
}

}  // namespace mobilake::net

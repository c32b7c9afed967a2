// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace mobilake::base {

/// A value that can be reached only under its lock.
///
/// `auto state = guarded.lock(); state->count += 1;` The lock ends with `state`.
/// Thread safety: any thread. Keep the held time short and call nothing foreign under it.
template <typename T>
class Guarded {
 public:
  class Access {
   public:
    T* operator->() { return &value_; }
    T& operator*() { return value_; }

    /// Waits on `condition` until `ready(value)` holds; gives the lock up meanwhile.
    template <typename Ready>
    void wait(std::condition_variable& condition, Ready ready) {
      condition.wait(lock_, [&] { return ready(value_); });
    }

    /// As wait(), for at most `span`; returns whether `ready(value)` holds.
    template <typename Span, typename Ready>
    bool wait_for(std::condition_variable& condition, Span span, Ready ready) {
      return condition.wait_for(lock_, span, [&] { return ready(value_); });
    }

   private:
    friend class Guarded;
    Access(std::mutex& mutex, T& value) : lock_(mutex), value_(value) {}
    std::unique_lock<std::mutex> lock_;
    T& value_;
  };

  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  Access lock() { return Access(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace mobilake::base

namespace mobilake {
using base::Guarded;
}  // namespace mobilake

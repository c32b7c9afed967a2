// SPDX-License-Identifier: Apache-2.0
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace mobilake::net {
namespace {

constexpr std::size_t kEventsPerTurn = 1024;
constexpr std::chrono::milliseconds kIdleWait{60'000};

class EpollLoop final : public EventLoop {
 public:
  EpollLoop(const Clock& clock, Socket epoll, Socket wake)
      : clock_(clock), epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  void run() override {
    while (!stopped_.load(std::memory_order_acquire)) {
      run_events();
      run_timers();
      run_posted();
      for (Task& task : turn_end_)
        task();
    }
    run_posted();
  }

  void stop() override {
    stopped_.store(true, std::memory_order_release);
    wake();
  }

  void post(Task task) override {
    bool was_empty = false;
    {
      auto posted = posted_.lock();
      was_empty = posted->empty();
      posted->push_back(std::move(task));
    }
    // Whoever found the queue empty wakes the loop; the others ride along.
    if (was_empty) wake();
  }

  void at_turn_end(Task task) override { turn_end_.push_back(std::move(task)); }

  Result<> watch(int descriptor, EventHandler& handler, bool readable, bool writable) override {
    epoll_event event = event_for(handler, readable, writable);
    if (epoll_ctl(epoll_.descriptor(), EPOLL_CTL_ADD, descriptor, &event) != 0)
      return exhausted("watching a socket: {}", std::generic_category().message(errno));
    return {};
  }

  void change(int descriptor, EventHandler& handler, bool readable, bool writable) override {
    epoll_event event = event_for(handler, readable, writable);
    epoll_ctl(epoll_.descriptor(), EPOLL_CTL_MOD, descriptor, &event);
  }

  void forget(int descriptor, EventHandler& handler) override {
    epoll_ctl(epoll_.descriptor(), EPOLL_CTL_DEL, descriptor, nullptr);
    // Events of this turn that are not handed out yet must not reach a handler that is gone.
    for (std::size_t i = next_event_; i < event_count_; ++i)
      if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
  }

  TimerId after(std::chrono::milliseconds delay, Task task) override {
    const Deadline deadline{clock_.steady() + delay, ++last_timer_};
    deadlines_.emplace(last_timer_, deadline.first);
    timers_.emplace(deadline, std::move(task));
    return last_timer_;
  }

  void cancel(TimerId timer) override {
    const auto found = deadlines_.find(timer);
    if (found == deadlines_.end()) return;
    timers_.erase({found->second, timer});
    deadlines_.erase(found);
  }

 private:
  using Deadline = std::pair<base::Instant, TimerId>;

  static epoll_event event_for(EventHandler& handler, bool readable, bool writable) {
    epoll_event event{};
    event.events = (readable ? EPOLLIN | EPOLLRDHUP : 0u) | (writable ? EPOLLOUT : 0u);
    event.data.ptr = &handler;
    return event;
  }

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.descriptor(), &one, sizeof one);
  }

  int wait_ms() {
    if (!posted_.lock()->empty()) return 0;
    if (timers_.empty()) return static_cast<int>(kIdleWait.count());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first -
                                                                   clock_.steady());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kIdleWait).count());
  }

  void run_events() {
    const int ready = epoll_wait(epoll_.descriptor(), events_.data(), kEventsPerTurn, wait_ms());
    event_count_ = ready > 0 ? static_cast<std::size_t>(ready) : 0;
    for (next_event_ = 0; next_event_ < event_count_;) {
      const epoll_event event = events_[next_event_++];
      if (event.data.ptr == this) {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(wake_.descriptor(), &count, sizeof count);
      } else if (event.data.ptr != nullptr) {
        const bool gone = (event.events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0;
        static_cast<EventHandler*>(event.data.ptr)
            ->on_event((event.events & EPOLLIN) != 0 || gone, (event.events & EPOLLOUT) != 0);
      }
    }
    event_count_ = 0;
  }

  void run_timers() {
    while (!timers_.empty() && timers_.begin()->first.first <= clock_.steady()) {
      auto node = timers_.extract(timers_.begin());
      deadlines_.erase(node.key().second);
      node.mapped()();
    }
  }

  void run_posted() {
    std::vector<Task> tasks;
    posted_.lock()->swap(tasks);
    for (Task& task : tasks)
      task();
  }

  friend class EventLoop;
  friend Result<std::unique_ptr<EventLoop>> open_epoll_loop(const Clock& clock);

  const Clock& clock_;
  Socket epoll_;
  Socket wake_;
  std::atomic<bool> stopped_{false};
  Guarded<std::vector<Task>> posted_;
  std::vector<Task> turn_end_;
  std::map<Deadline, Task> timers_;
  std::unordered_map<TimerId, base::Instant> deadlines_;
  TimerId last_timer_ = 0;
  std::array<epoll_event, kEventsPerTurn> events_{};
  std::size_t event_count_ = 0;
  std::size_t next_event_ = 0;
};

Result<std::unique_ptr<EventLoop>> open_epoll_loop(const Clock& clock) {
  Socket epoll(epoll_create1(EPOLL_CLOEXEC));
  Socket wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll.is_open() || !wake.is_open())
    return exhausted("opening an event loop: {}", std::generic_category().message(errno));
  auto loop = std::make_unique<EpollLoop>(clock, std::move(epoll), std::move(wake));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = loop.get();
  if (epoll_ctl(loop->epoll_.descriptor(), EPOLL_CTL_ADD, loop->wake_.descriptor(), &event) != 0)
    return exhausted("opening an event loop: {}", std::generic_category().message(errno));
  return std::unique_ptr<EventLoop>(std::move(loop));
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::open(const Clock& clock) {
  return open_epoll_loop(clock);
}

}  // namespace mobilake::net

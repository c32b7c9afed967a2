// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/result.h"
#include "net/event_loop.h"

namespace mobilake::server {

/// Hears SIGTERM, SIGINT and SIGHUP on the loop's thread. Made before any other thread, so that all
/// of them leave these signals to it.
class StopSignals final : public net::EventHandler {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() override;

  /// Calls `on_stop` at SIGTERM or SIGINT, and `on_reload` at SIGHUP. Fails with: unavailable.
  Result<> listen(net::EventLoop& loop, std::function<void()> on_stop,
                  std::function<void()> on_reload);

  void on_event(bool readable, bool writable) override;

 private:
  int descriptor_;
  std::function<void()> on_stop_;
  std::function<void()> on_reload_;
};

}  // namespace mobilake::server

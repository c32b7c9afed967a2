// SPDX-License-Identifier: Apache-2.0
#include "server/inside/stop_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

namespace mobilake::server {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP})
    sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  descriptor_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

StopSignals::~StopSignals() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> StopSignals::listen(net::EventLoop& loop, std::function<void()> on_stop,
                             std::function<void()> on_reload) {
  if (descriptor_ < 0) return unavailable("the signal descriptor could not be made");
  on_stop_ = std::move(on_stop);
  on_reload_ = std::move(on_reload);
  return loop.watch(descriptor_, *this, true, false);
}

void StopSignals::on_event(bool, bool) {
  signalfd_siginfo info{};
  while (::read(descriptor_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
    if (info.ssi_signo == SIGHUP)
      on_reload_();
    else
      on_stop_();
  }
}

}  // namespace mobilake::server

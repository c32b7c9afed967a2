// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/interruption.h"

#include <csignal>

namespace mobilake::cli {
namespace {

volatile std::sig_atomic_t pressed = 0;

sigjmp_buf* volatile place = nullptr;

void on_interrupt(int number) {
  if (place != nullptr) {
    sigjmp_buf* const to = place;
    place = nullptr;
    siglongjmp(*to, 1);
  }
  if (pressed != 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  pressed = 1;
}

}  // namespace

void watch_for_interruption() {
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  // Without SA_RESTART: a wait for the network or the keyboard ends.
  sigaction(SIGINT, &action, nullptr);
}

void jump_when_interrupted(sigjmp_buf* to) {
  place = to;
}

bool interrupted() {
  return pressed != 0;
}

void forget_interruption() {
  pressed = 0;
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "log/inside/writer_loop.h"

#include <utility>

namespace mobilake::log {

WriterLoop::WriterLoop(SegmentWriter& writer, std::uint64_t mailbox_bytes_max)
    : writer_(writer), mailbox_bytes_max_(mailbox_bytes_max) {}

WriterLoop::~WriterLoop() {
  close();
}

void WriterLoop::start() {
  thread_ = std::thread([this] { run(); });
}

void WriterLoop::append(Append append) {
  bool wake = false;
  if (auto refused = put(append, wake)) return append.on_durable(std::move(*refused));
  if (wake) filled_.notify_one();
}

bool WriterLoop::run_turn() {
  {
    auto mailbox = mailbox_.lock();
    turn_.swap(mailbox->appends);
    mailbox->bytes = 0;
  }
  if (turn_.empty()) return false;
  writer_.commit_turn(turn_);
  return true;
}

void WriterLoop::close() {
  mailbox_.lock()->closed = true;
  filled_.notify_one();
  if (thread_.joinable()) thread_.join();
  while (run_turn()) {
  }
}

void WriterLoop::run() {
  while (true) {
    {
      auto mailbox = mailbox_.lock();
      mailbox->waiting = mailbox->appends.empty();
      mailbox.wait(filled_, [](const Mailbox& m) { return m.closed || !m.appends.empty(); });
      mailbox->waiting = false;
      if (mailbox->appends.empty()) return;
    }
    run_turn();
  }
}

std::optional<Error> WriterLoop::put(Append& append, bool& wake) {
  auto mailbox = mailbox_.lock();
  if (mailbox->closed) return unavailable("the log is closed");
  const std::uint64_t bytes = append.batch.bytes().size();
  if (mailbox->bytes + bytes > mailbox_bytes_max_ && !mailbox->appends.empty())
    return exhausted("the disk is slower than the sources: the log's mailbox holds {} bytes of {}",
                     mailbox->bytes, mailbox_bytes_max_);
  mailbox->bytes += bytes;
  mailbox->appends.push_back(std::move(append));
  wake = std::exchange(mailbox->waiting, false);
  return std::nullopt;
}

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "engine/sql/inside/worker_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/byte_order.h"

namespace mobilake::engine {
namespace {

constexpr std::size_t kHeaderBytes = 5;

int wait_ms(base::Instant deadline) {
  if (deadline == base::Instant::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - base::system_clock().steady());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

Result<> WorkerChannel::send(FrameKind kind, std::string_view payload) {
  char header[kHeaderBytes];
  base::store_little(header, static_cast<std::uint32_t>(payload.size()));
  header[4] = static_cast<char>(kind);
  std::array<iovec, 2> parts{iovec{header, kHeaderBytes},
                             iovec{const_cast<char*>(payload.data()), payload.size()}};
  std::size_t first = 0;
  while (first < parts.size()) {
    msghdr message{};
    message.msg_iov = &parts[first];
    message.msg_iovlen = parts.size() - first;
    const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return unavailable("the other end of the channel is gone");
    auto left = static_cast<std::size_t>(sent);
    while (first < parts.size() && left >= parts[first].iov_len)
      left -= parts[first++].iov_len;
    if (first < parts.size()) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
  return {};
}

Result<> WorkerChannel::read_exactly(char* to, std::size_t size, base::Instant deadline) {
  for (std::size_t got = 0; got < size;) {
    pollfd watched{descriptor_, POLLIN, 0};
    const int ready = ::poll(&watched, 1, wait_ms(deadline));
    if (ready == 0 && base::system_clock().steady() >= deadline)
      return timed_out("no answer in time");
    if (ready <= 0) continue;
    const ssize_t n = ::recv(descriptor_, to + got, size - got, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return unavailable("the other end of the channel is gone");
    got += static_cast<std::size_t>(n);
  }
  return {};
}

Result<Frame> WorkerChannel::receive(base::Instant deadline) {
  char header[kHeaderBytes];
  MOBILAKE_TRY(read_exactly(header, kHeaderBytes, deadline));
  const auto size = base::load_little<std::uint32_t>(header);
  if (size > kPayloadMax) return corrupt("a frame of {} bytes", size);
  Frame frame{static_cast<FrameKind>(header[4]), std::string(size, '\0')};
  MOBILAKE_TRY(read_exactly(frame.payload.data(), size, deadline));
  return frame;
}

}  // namespace mobilake::engine

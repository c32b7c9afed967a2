// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ingest/mqtt/inside/sockets/mqtt_loop.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace mobilake::ingest::mqtt {

/// Listens for the door and deals its connections out to the loops in turn.
///
/// One listening socket, so that a second server on the port is told of it. Thread safety: the
/// thread of the first loop, or before it runs.
class Acceptor final : public net::EventHandler {
 public:
  Acceptor(Door& door, std::vector<MqttLoop*> loops) : door_(door), loops_(std::move(loops)) {}

  /// Fails with: invalid (the address), unavailable (in use), denied (the port), exhausted.
  Result<> open(const net::Endpoint& endpoint);
  void on_event(bool readable, bool writable) override;
  /// Takes no connection any more.
  void close();

  const net::Endpoint& endpoint() const { return endpoint_; }

 private:
  bool accept_one();
  void rest();

  Door& door_;
  std::vector<MqttLoop*> loops_;
  std::size_t next_ = 0;
  net::Socket listener_;
  net::Endpoint endpoint_;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"

namespace mobilake::ingest::mqtt {

class MqttLoop;

/// Names a client of one loop: its place in the table, and how often that place was taken.
struct ClientKey {
  std::uint32_t place = 0;
  std::uint32_t generation = 0;
  bool operator==(const ClientKey&) const = default;
};

/// Where a signed-in client is served.
struct ClientSeat {
  MqttLoop* loop = nullptr;  ///< never null in the book
  ClientKey key;
  bool operator==(const ClientSeat&) const = default;
};

/// All signed-in clients of a door by name, so that a second connection finds the first, whichever
/// loop serves it.
///
/// A name is the device and its client identifier together: one device cannot end another's
/// connection. Thread safety: any thread.
class ClientBook {
 public:
  /// Enters the client and returns who had the name before.
  std::optional<ClientSeat> enter(const std::string& name, ClientSeat seat) {
    auto seats = seats_.lock();
    const auto [entry, is_new] = seats->try_emplace(name, seat);
    if (is_new) return std::nullopt;
    return std::exchange(entry->second, seat);
  }

  /// Strikes the name out if it is still that client's.
  void leave(const std::string& name, ClientSeat seat) {
    auto seats = seats_.lock();
    const auto entry = seats->find(name);
    if (entry != seats->end() && entry->second == seat) seats->erase(entry);
  }

 private:
  Guarded<std::unordered_map<std::string, ClientSeat>> seats_;
};

}  // namespace mobilake::ingest::mqtt

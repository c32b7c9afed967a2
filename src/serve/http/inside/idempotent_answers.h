// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "net/http_server.h"
#include "serve/http/http_door_config.h"

namespace mobilake::serve {

/// Remembers what changes answered, so that one sent twice with the same Idempotency-Key takes
/// place once. In memory: a restart of the server forgets it. Answers are kept for a time, within a
/// number and a size; the oldest go first. An answer may hold a secret that is shown once, and lies
/// here no longer than that. Thread safety: any thread.
class IdempotentAnswers {
 public:
  IdempotentAnswers(const HttpDoorConfig& config, Clock& clock) : config_(config), clock_(clock) {}

  /// What makes a request the same one.
  struct Key {
    std::string principal;
    std::string operation;  ///< method and path
    std::string key;

    auto operator<=>(const Key&) const = default;
  };

  /// Returns the kept answer; or nothing, and then the caller runs the change and calls finish().
  /// Fails with: conflict (the key came with another body, or its first request still runs).
  Result<std::optional<net::Answer>> begin(const Key& key, const std::string& body);

  /// Keeps a success; anything else is forgotten, so that the change can be tried again.
  void finish(const Key& key, const net::Answer& answer);

 private:
  struct Entry {
    std::string body;
    bool running = true;
    int status = 0;
    net::HttpHeaders headers{};
    std::string answer{};
    base::Instant at{};
    std::size_t size = 0;
  };
  struct State {
    std::map<Key, Entry> entries;
    std::list<Key> finished;  ///< oldest first
    std::size_t size = 0;
  };

  void drop_old(State& state) const;

  HttpDoorConfig config_;
  Clock& clock_;
  Guarded<State> state_;
};

}  // namespace mobilake::serve

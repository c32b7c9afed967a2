// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ingest/mqtt/connection.h"
#include "ingest/mqtt/connection_host.h"
#include "ingest/mqtt/inside/sockets/client_book.h"
#include "net/endpoint.h"
#include "net/event_loop.h"

namespace mobilake::ingest::mqtt {

/// One client: its socket, and the Connection that it serves as the world.
///
/// Holds no buffer while nothing waits, since most clients are idle. What it sends leaves at the
/// end of the loop's turn, in one call. Owned by its loop, which destroys it at the end of a turn
/// only. Thread safety: the loop's thread.
class Client final : public net::EventHandler, public ConnectionHost {
 public:
  Client(MqttLoop& loop, ClientKey key, net::Socket socket, base::Instant now);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Begins to watch the socket. Fails with: exhausted.
  Result<> start();
  void on_event(bool readable, bool writable) override;

  // ConnectionHost
  ConnectDecision authenticate(const Connect& connect) override;
  bool admits_vehicle(std::string_view vehicle) override;
  void publish(const PublishView& publish, std::uint64_t sequence) override;
  void send(std::string_view bytes) override;
  void close(ReasonCode reason, std::string_view why) override;

  ClientKey key() const { return key_; }
  const Connection& connection() const { return connection_; }

  /// Holds answers, CONNACK first, until one more thing is settled: the audit record is durable, or
  /// an older connection of the client has ended.
  void await_admission() {
    ++admissions_awaited_;
    connection_.hold_admission();
  }
  /// Says that one of them is. An error ends the connection with a CONNACK that says so.
  void settle_admission(const Result<>& admission);
  /// Keeps the name under which the client stands in the door's book, to strike it out later.
  void set_book_name(std::string name) { book_name_ = std::move(name); }

  void publish_durable(std::uint64_t first_sequence, std::uint32_t count);
  void publish_failed(std::uint64_t sequence, const Error& error);
  void take_over();
  void drain();
  void disconnect(ReasonCode reason, std::string_view why);
  void budget_is_back();

  /// Ends and goes on with what is due.
  void on_time();
  /// Says that the loop has taken the client's entry out of its queue.
  void forget_deadline() { scheduled_ = base::Instant::max(); }

  /// Writes what waits; called at the end of the turn.
  void send_out();
  /// Closes the socket at once; the client is destroyed at the end of the turn.
  void retire();

 private:
  enum class Phase : std::uint8_t {
    kServing,
    kFlushing,   ///< the connection has ended, its last words are not out yet
    kLingering,  ///< they are; waits for the client to close, so that no reset eats them
    kGone,
  };

  std::size_t unsent_bytes() const { return out_.size() - written_; }
  bool wants_read() const;
  base::Instant due() const;
  void read_some();
  void discard(std::size_t count);
  void hold_back_writes();
  void begin_linger();
  void lose();
  bool is_gone() const;
  void leave_book();
  void refuse_record(std::uint64_t sequence, const Error& error);
  /// Watches what is wanted now, and enters the next deadline; called after anything was done.
  void settle();

  MqttLoop& loop_;
  const ClientKey key_;
  net::Socket socket_;
  Connection connection_;
  std::string out_;
  std::size_t written_ = 0;
  std::string book_name_;
  base::Instant scheduled_ = base::Instant::max();  // the entry in the loop's queue
  base::Instant close_by_ = base::Instant::max();   // of a client that takes or closes nothing
  std::uint32_t discarded_bytes_ = 0;
  std::uint8_t admissions_awaited_ = 0;
  Phase phase_ = Phase::kServing;
  ProtocolVersion version_ = ProtocolVersion::kV5;
  bool reads_ = true;     // what the loop watches
  bool writes_ = false;   // what the loop watches
  bool blocked_ = false;  // the socket took less than there was
  bool dirty_ = false;    // stands in the loop's list for the end of the turn
  bool awaits_budget_ = false;
  bool vehicle_known_ = true;  // what admits_vehicle() found for the publish that follows
};

}  // namespace mobilake::ingest::mqtt

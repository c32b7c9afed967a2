// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "ingest/mqtt/inside/sockets/answer_box.h"
#include "ingest/mqtt/inside/sockets/client.h"
#include "ingest/mqtt/inside/sockets/deadline_queue.h"
#include "ingest/mqtt/inside/sockets/door.h"
#include "ingest/mqtt/inside/sockets/known_vehicles.h"
#include "net/event_loop.h"

namespace mobilake::ingest::mqtt {

/// One event loop of the door, its thread and the clients that it serves.
///
/// A turn reads what came, hands it to the log as one batch per stream and partition, and sends the
/// answers that are due, one call a client. Thread safety: as said in the sections.
class MqttLoop {
 public:
  /// Fails with: exhausted.
  static Result<std::unique_ptr<MqttLoop>> open(Door& door);
  /// Requires: no other loop of the door runs any more. Waits for what the log owes.
  ~MqttLoop();

  net::EventLoop& events() { return *events_; }
  void start();
  /// Tells all clients that the server shuts down, and ends the thread.
  void stop();

  // From any thread.
  void adopt(net::Socket socket);
  void drain(std::move_only_function<void()> done);
  /// Ends the client, if it is there, because another connection has its name; then calls `done` on
  /// this loop's thread.
  void take_over(ClientKey key, std::move_only_function<void()> done);
  void add_counts(MqttStatus& status) const;

  // For the loop's clients, on its thread.
  Door& door() { return door_; }
  /// Returns the steady time at which the turn began to work.
  base::Instant now();
  char* read_buffer() { return read_buffer_.get(); }
  KnownVehicles& known_vehicles() { return known_vehicles_; }
  IngestCounters& unnamed_counters() { return unnamed_counters_; }
  ConnectDecision sign_in(Client& client, const Connect& connect);
  /// Ends the clients whose device or permit is gone, if anything changed since the last call.
  void look_again();
  void gather(const PublishView& publish, const DeviceIdentity& sender, std::uint8_t record_flags,
              PublishTicket ticket);
  bool is_over_budget() const {
    return in_flight_bytes_ + gatherer_.size_bytes() >= in_flight_bytes_max_;
  }
  void await_budget(ClientKey key) { awaiting_budget_.push_back(key); }
  void mark_dirty(Client& client) { dirty_.push_back(&client); }
  void schedule(ClientKey key, base::Instant old, base::Instant due) {
    deadlines_.move(key.place, old, due);
  }
  std::string take_buffer();
  void give_buffer(std::string buffer);
  /// Frees the client's place; it lives on until the end of the turn.
  void retire(ClientKey key);

  static constexpr std::size_t kReadBytes = 64U << 10U;

 private:
  struct Place {
    std::unique_ptr<Client> client;
    std::uint32_t generation = 0;
  };
  using AccountCounters = std::map<std::string, std::unique_ptr<IngestCounters>, std::less<>>;

  MqttLoop(Door& door, std::unique_ptr<net::EventLoop> events);

  Client* find(ClientKey key);
  void add_client(net::Socket socket);
  void for_each_client(const std::function<void(Client&)>& visit);
  IngestCounters& counters_of(std::string_view account);

  Result<model::Permit> decide(const store::Device& device) const;
  void record(const Client& client, const store::Device& device,
              const Result<model::Permit>& permit);
  void note_permit(const model::Permit& permit);
  void enter_book(Client& client, const DeviceIdentity& identity);
  void look_again_at(Client& client);

  void take_answers();
  void deliver(PublishOutcome& outcome);
  void give_budget_back();
  void flush_log();
  void end_turn();
  void arm_timer();
  void run_deadlines();
  void housekeep();
  void report_drained();

  Door& door_;
  std::unique_ptr<net::EventLoop> events_;
  AnswerBox answers_;
  AnswerBox::Answers taken_;  // kept for its memory
  std::unique_ptr<char[]> read_buffer_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_places_;
  std::vector<std::uint32_t> retired_places_;
  std::size_t client_count_ = 0;
  std::vector<Client*> dirty_;
  std::vector<std::string> spare_buffers_;
  std::vector<ClientKey> awaiting_budget_;
  DeadlineQueue deadlines_;
  base::Instant armed_for_ = base::Instant::max();
  net::EventLoop::TimerId timer_ = 0;
  std::optional<base::Instant> now_;
  std::optional<Timestamp> received_at_;
  PublishGatherer gatherer_;
  KnownVehicles known_vehicles_;
  std::size_t in_flight_bytes_ = 0;
  const std::size_t in_flight_bytes_max_;
  std::optional<model::Permit> newest_permit_;
  std::uint64_t policy_epoch_ = 0;  // of the newest permit so far
  std::uint64_t removal_epoch_;
  bool draining_ = false;
  std::move_only_function<void()> drained_;
  IngestCounters unnamed_counters_;  // of clients that have not signed in
  mutable Guarded<AccountCounters> account_counters_;
  std::thread thread_;
};

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ingest/mqtt/connection_host.h"
#include "ingest/mqtt/connection_limits.h"
#include "ingest/mqtt/ingest_counters.h"
#include "ingest/mqtt/inside/pending_acks.h"
#include "ingest/mqtt/inside/rate_meter.h"
#include "ingest/mqtt/packet_reader.h"
#include "ingest/mqtt/packet_writer.h"

namespace mobilake::ingest::mqtt {

/// The protocol of one client connection, without a socket, a clock or a thread of its own.
///
/// PUBACKs leave in publish order, each only after its record is durable, and none any more after
/// the first record that the log did not take. What is refused by name until it is built: wills,
/// QoS 2, retained messages (MQTT 5), subscriptions, enhanced authentication; sessions end with the
/// connection. Holds bytes only while a packet is incomplete or the sender is held back. Thread
/// safety: the loop that owns it. `rules`, `host` and `counters` outlive it.
class Connection {
 public:
  Connection(const ConnectionRules& rules, ConnectionHost& host, IngestCounters& counters,
             base::Instant now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Takes bytes from the client. While wants_bytes() is false the host reads no more; bytes that
  /// it had read already are kept, so what is held is bounded by one read of the host.
  void receive(std::string_view bytes, base::Instant now);

  /// Returns false while the sender is held back (admission; rate; 3.1.1 with too many
  /// unacknowledged), while draining and when closed.
  bool wants_bytes() const { return state_ != State::kClosed && !draining_ && !is_held_back(); }

  /// Returns when on_time() is due next; Instant::max() for never.
  base::Instant next_deadline() const;
  /// Ends what took too long, goes on where the sender was held back, gives spare memory back. May
  /// be called at any time.
  void on_time(base::Instant now);

  /// Says that the host did not read until now, so the silence was not the client's.
  void heard_again(base::Instant now) {
    if (state_ == State::kOpen) last_packet_ = now;
  }

  /// Holds back everything behind CONNECT until admit(). Called by the host from authenticate().
  void hold_admission() { awaiting_admission_ = true; }
  /// Says that the host let the client in: what came behind CONNECT is handled now.
  void admit(base::Instant now);

  /// Says that the publishes first_sequence, ..., first_sequence + count - 1 are durable. Once
  /// closed, late answers are ignored.
  void publish_durable(std::uint64_t first_sequence, std::uint32_t count, base::Instant now);
  /// Says that the log did not take a publish: DISCONNECT 0x97 or, in 3.1.1, just the end.
  void publish_failed(std::uint64_t sequence, const Error& error);

  /// Ends this connection because the client has another: DISCONNECT 0x8E.
  void take_over();
  /// Reads no more, answers what is under way, then says DISCONNECT 0x8B and ends.
  void drain();
  /// Ends with that reason at once: 0x8B for a shutdown that cannot wait, 0x98 for a revoked
  /// device.
  void disconnect(ReasonCode reason, std::string_view why);
  /// Says that the socket is gone; nothing is sent, close() is not called.
  void lost() { state_ = State::kClosed; }

  bool is_closed() const { return state_ == State::kClosed; }
  /// Returns who signed in, or null before that.
  const DeviceIdentity* identity() const { return identity_.device ? &identity_ : nullptr; }
  std::size_t unacknowledged_count() const { return pending_.size(); }

 private:
  static constexpr std::size_t kReasonStringBytesMax = 1'024;
  enum class State : std::uint8_t { kAwaitingConnect, kOpen, kClosed };
  /// A topic that is within the limits.
  struct SeenTopic {
    std::string text;
    std::optional<TopicParts> parts;  ///< views into the text
  };

  bool is_v5() const { return version_ == ProtocolVersion::kV5; }
  bool is_held_back() const {
    return awaiting_admission_ || waiting_for_acks_ || paused_until_.has_value();
  }
  ReaderRules reader_rules() const;
  PacketWriter writer() const { return PacketWriter(version_, client_packet_size_bytes_max_); }
  template <typename AnyPacket>
  void send_packet(const AnyPacket& packet);

  /// Handles whole packets at the front of `bytes`; returns how many bytes are done with.
  std::size_t consume(std::string_view bytes, base::Instant now);
  std::string_view complete_partial(std::string_view bytes, base::Instant now);
  void go_on(base::Instant now);

  /// Handles one packet; false: it stays until the sender is no longer held back.
  bool handle(const Packet& packet, base::Instant now);
  void handle_connect(const Connect& connect);
  std::optional<ConnectRefusal> check_connect(const Connect& connect) const;
  void accept(const Connect& connect, DeviceIdentity identity);
  void set_keep_alive(const Connect& connect, Properties& answer);
  void send_refused_connack(ReasonCode reason, std::string_view why);

  bool handle_publish(const Publish& publish, base::Instant now);
  bool must_wait(const Publish& publish, base::Instant now);
  bool hold_for_rate(base::Instant now);
  bool check_publish(const Publish& publish);
  bool resolve_topic(const Publish& publish, std::string_view& topic);
  bool look_at_topic(std::string_view topic);
  bool may_publish(std::string_view topic, const std::optional<TopicParts>& parts);
  void take_publish(const Publish& publish, PublishView view);
  void deny(const Publish& publish, RefusalCause cause, ReasonCode reason);
  void refuse_publish(RefusalCause cause, ReasonCode reason, std::string_view why);
  void send_answered_acks();

  void handle_subscribe(const Subscribe& subscribe);
  void handle_unsubscribe(const Unsubscribe& unsubscribe);
  void handle_disconnect(const Disconnect& disconnect);
  void handle_other(const Packet& packet);

  void refuse(ReasonCode reason, std::string_view why);
  void end(ReasonCode reason, std::string_view why);
  void close(ReasonCode reason, std::string_view why);

  const ConnectionRules& rules_;
  ConnectionHost& host_;
  IngestCounters* counters_;  // the door's, and from sign-in on those that the host named
  DeviceIdentity identity_;
  std::string partial_;               // an incomplete packet, or what waits while held back
  std::vector<std::string> aliases_;  // topics by alias - 1
  SeenTopic topic_;                   // the last one
  PendingAcks pending_;
  RateMeter meter_;
  base::Instant last_packet_;
  std::optional<base::Instant> paused_until_;
  std::optional<base::Instant> throttled_since_;
  std::uint32_t client_packet_size_bytes_max_ = kRemainingLengthMax + 5;
  std::uint16_t keep_alive_seconds_ = 0;
  State state_ = State::kAwaitingConnect;
  ProtocolVersion version_ = ProtocolVersion::kV5;
  bool version_known_ = false;
  bool problem_information_ = true;
  bool session_expires_at_end_ = true;
  bool awaiting_admission_ = false;
  bool waiting_for_acks_ = false;
  bool draining_ = false;
  bool consuming_ = false;
};

}  // namespace mobilake::ingest::mqtt

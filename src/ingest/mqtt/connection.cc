// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mobilake::ingest::mqtt {

using base::Instant;

Connection::Connection(const ConnectionRules& rules, ConnectionHost& host, IngestCounters& counters,
                       Instant now)
    : rules_(rules), host_(host), counters_(&counters), last_packet_(now) {}

ReaderRules Connection::reader_rules() const {
  if (state_ == State::kAwaitingConnect)
    return {std::nullopt, Sender::kClient, rules_.limits.connect_size_bytes_max, {}};
  return {version_, Sender::kClient,
          identity_.limits.payload_bytes_max + rules_.limits.packet_overhead_bytes_max,
          topic_.text};
}

void Connection::receive(std::string_view bytes, Instant now) {
  if (state_ == State::kClosed || draining_) return;
  if (is_held_back()) {
    partial_.append(bytes);
    return;
  }
  if (!partial_.empty()) bytes = complete_partial(bytes, now);
  if (partial_.empty() && !bytes.empty()) {
    const std::size_t done = consume(bytes, now);
    if (state_ != State::kClosed) partial_.assign(bytes.substr(done));
  }
  // An idle connection holds no buffer.
  if (partial_.empty() || state_ == State::kClosed) std::string().swap(partial_);
}

// Gives the packet in partial_ the bytes that it lacks, and returns those that follow it.
std::string_view Connection::complete_partial(std::string_view bytes, Instant now) {
  while (!partial_.empty() && !bytes.empty()) {
    FixedHeader header;
    const ReadResult result = PacketReader(reader_rules()).read_header(partial_, header);
    // Without a whole header one byte at a time tells; a refusal shows in consume().
    const std::size_t wanted = std::max(result.size_bytes, partial_.size() + 1) - partial_.size();
    const std::size_t taken = std::min(wanted, bytes.size());
    partial_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    const std::size_t done = consume(partial_, now);
    if (state_ == State::kClosed) return {};
    partial_.erase(0, done);
    if (is_held_back()) {
      partial_.append(bytes);
      return {};
    }
  }
  return bytes;
}

std::size_t Connection::consume(std::string_view bytes, Instant now) {
  std::size_t done = 0;
  Packet packet;
  consuming_ = true;
  while (state_ != State::kClosed && !draining_ && !is_held_back() && done < bytes.size()) {
    const ReadResult result = PacketReader(reader_rules()).read(bytes.substr(done), packet);
    if (result.state == ReadResult::State::kNeedMore) break;
    if (result.state == ReadResult::State::kMalformed) {
      if (state_ == State::kAwaitingConnect && result.refusal.version) {
        version_ = *result.refusal.version;
        version_known_ = true;
      }
      refuse(result.refusal.reason, result.refusal.why);
      break;
    }
    if (!handle(packet, now)) break;
    last_packet_ = now;
    done += result.size_bytes;
  }
  consuming_ = false;
  return done;
}

// Handles what was held back, now that the reason is gone.
void Connection::go_on(Instant now) {
  if (consuming_ || is_held_back() || state_ == State::kClosed) return;
  // The client was not heard because we did not listen.
  last_packet_ = now;
  if (partial_.empty()) return;
  std::string held;
  held.swap(partial_);
  const std::size_t done = consume(held, now);
  if (state_ != State::kClosed && !draining_) partial_.assign(held, done);
}

void Connection::admit(Instant now) {
  awaiting_admission_ = false;
  go_on(now);
}

Instant Connection::next_deadline() const {
  if (state_ == State::kClosed || draining_) return Instant::max();
  if (state_ == State::kAwaitingConnect) return last_packet_ + rules_.limits.connect_time_max;
  if (paused_until_) return *paused_until_;
  if (awaiting_admission_ || waiting_for_acks_ || keep_alive_seconds_ == 0) return Instant::max();
  // One and a half times the keep alive (section 3.1.2.10).
  return last_packet_ + std::chrono::milliseconds{keep_alive_seconds_ * 1500LL};
}

void Connection::on_time(Instant now) {
  if (state_ == State::kClosed) return;
  pending_.shrink();
  if (now < next_deadline()) return;
  if (paused_until_) {
    paused_until_.reset();
    go_on(now);
    return;
  }
  if (state_ == State::kAwaitingConnect) {
    refuse(ReasonCode::kMaximumConnectTime,
           fmt::format("no complete CONNECT within {} ms", rules_.limits.connect_time_max.count()));
    return;
  }
  refuse(ReasonCode::kKeepAliveTimeout,
         fmt::format("no packet within one and a half times the keep alive of {} s",
                     keep_alive_seconds_));
}

template <typename AnyPacket>
void Connection::send_packet(const AnyPacket& packet) {
  std::string bytes;
  // A client that takes not even the bare packet gets none (MQTT-3.1.2-25).
  if (writer().write(packet, bytes)) host_.send(bytes);
}

bool Connection::handle(const Packet& packet, Instant now) {
  if (const auto* publish = std::get_if<Publish>(&packet)) return handle_publish(*publish, now);
  if (const auto* connect = std::get_if<Connect>(&packet)) {
    handle_connect(*connect);
  } else if (const auto* subscribe = std::get_if<Subscribe>(&packet)) {
    handle_subscribe(*subscribe);
  } else if (const auto* unsubscribe = std::get_if<Unsubscribe>(&packet)) {
    handle_unsubscribe(*unsubscribe);
  } else if (const auto* goodbye = std::get_if<Disconnect>(&packet)) {
    handle_disconnect(*goodbye);
  } else {
    handle_other(packet);
  }
  return true;
}

void Connection::handle_other(const Packet& packet) {
  if (std::holds_alternative<Pingreq>(packet)) return send_packet(Pingresp{});
  if (std::holds_alternative<Auth>(packet))
    return refuse(ReasonCode::kBadAuthenticationMethod, "enhanced authentication is not offered");
  // We have sent nothing that these could answer: no such packet identifier is known.
  if (const auto* pubrel = std::get_if<Pubrel>(&packet))
    return send_packet(
        Pubcomp{{pubrel->packet_id, ReasonCode::kPacketIdentifierNotFound, Properties{}}});
  if (const auto* pubrec = std::get_if<Pubrec>(&packet);
      pubrec && pubrec->reason < ReasonCode{0x80})
    return send_packet(
        Pubrel{{pubrec->packet_id, ReasonCode::kPacketIdentifierNotFound, Properties{}}});
}

// Subscriptions come later; until then each filter is refused by the reason that comes nearest.
void Connection::handle_subscribe(const Subscribe& subscribe) {
  Suback suback;
  suback.packet_id = subscribe.packet_id;
  for (const Subscription& subscription : subscribe.subscriptions) {
    ReasonCode reason = ReasonCode::kImplementationSpecificError;
    if (!subscribe.properties.subscription_identifiers.empty())
      reason = ReasonCode::kSubscriptionIdentifiersNotSupported;
    else if (shared_filter(subscription.filter))
      reason = ReasonCode::kSharedSubscriptionsNotSupported;
    else if (subscription.filter.find_first_of("+#") != std::string_view::npos)
      reason = ReasonCode::kWildcardSubscriptionsNotSupported;
    suback.reasons.push_back(is_v5() ? reason : ReasonCode::kUnspecifiedError);
  }
  if (problem_information_) suback.properties.reason_string = "subscriptions are not offered yet";
  send_packet(suback);
}

void Connection::handle_unsubscribe(const Unsubscribe& unsubscribe) {
  Unsuback unsuback;
  unsuback.packet_id = unsubscribe.packet_id;
  unsuback.reasons.assign(unsubscribe.filters.size(), ReasonCode::kNoSubscriptionExisted);
  send_packet(unsuback);
}

void Connection::handle_disconnect(const Disconnect& disconnect) {
  if (session_expires_at_end_ &&
      disconnect.properties.session_expiry_interval_seconds.value_or(0) != 0)
    return refuse(ReasonCode::kProtocolError,
                  "DISCONNECT: a session expiry of 0 at CONNECT may not be raised");
  close(disconnect.reason, "the client said DISCONNECT");
}

void Connection::publish_durable(std::uint64_t first_sequence, std::uint32_t count, Instant now) {
  if (state_ == State::kClosed) return;
  for (std::uint32_t i = 0; i < count; ++i)
    pending_.mark_answered(first_sequence + i);
  send_answered_acks();
  if (!waiting_for_acks_ || state_ == State::kClosed) return;
  if (pending_.size() >= rules_.limits.receive_maximum) return;
  waiting_for_acks_ = false;
  go_on(now);
}

void Connection::publish_failed(std::uint64_t /*sequence*/, const Error& error) {
  // An error code in PUBACK would end the exchange and the sender would drop its only copy. The
  // error's words may name files of this machine, so only its code goes out.
  refuse(ReasonCode::kQuotaExceeded,
         fmt::format("the message could not be stored, keep it: {}", base::code_name(error.code)));
}

void Connection::take_over() {
  end(ReasonCode::kSessionTakenOver, "another connection came with the same client identifier");
}

void Connection::drain() {
  if (state_ == State::kClosed) return;
  draining_ = true;
  if (pending_.empty()) end(ReasonCode::kServerShuttingDown, "the server shuts down");
}

void Connection::disconnect(ReasonCode reason, std::string_view why) {
  end(reason, why);
}

void Connection::refuse(ReasonCode reason, std::string_view why) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kAwaitingConnect)
    counters_->connects_refused.add();
  else
    counters_->disconnects_by_refusal.add();
  end(reason, why);
}

void Connection::end(ReasonCode reason, std::string_view why) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kAwaitingConnect) {
    send_refused_connack(reason, why);
  } else if (is_v5()) {
    Disconnect disconnect;
    disconnect.reason = reason;
    disconnect.properties.reason_string = why.substr(0, kReasonStringBytesMax);
    send_packet(disconnect);
  }
  close(reason, why);
}

void Connection::close(ReasonCode reason, std::string_view why) {
  state_ = State::kClosed;
  host_.close(reason, why);
}

}  // namespace mobilake::ingest::mqtt

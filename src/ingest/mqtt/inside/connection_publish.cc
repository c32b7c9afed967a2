// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ingest/mqtt/connection.h"

namespace mobilake::ingest::mqtt {

using base::Instant;

bool Connection::handle_publish(const Publish& publish, Instant now) {
  if (must_wait(publish, now)) return false;
  if (state_ == State::kClosed) return true;
  counters_->publishes_received.add();
  meter_.pass(now);
  std::string_view topic;
  if (!check_publish(publish) || !resolve_topic(publish, topic)) return true;
  if (!look_at_topic(topic)) {
    deny(publish, RefusalCause::kTopicTooLong, ReasonCode::kTopicNameInvalid);
    return true;
  }
  const std::optional<TopicParts>& parts = topic_.parts;
  if (!may_publish(topic, parts)) {
    deny(publish, RefusalCause::kTopicDenied, ReasonCode::kNotAuthorized);
    return true;
  }
  PublishView view;
  view.topic = topic;
  if (parts) {
    view.vehicle = parts->vehicle;
    view.kind = parts->kind;
  }
  take_publish(publish, view);
  return true;
}

// Holding back keeps every message: the client's own copy, and TCP, wait for us.
bool Connection::must_wait(const Publish& publish, Instant now) {
  // 3.1.1 has no receive maximum to break, so the bound is kept by reading no more.
  if (!is_v5() && publish.qos == Qos::kAtLeastOnce &&
      pending_.size() >= rules_.limits.receive_maximum) {
    waiting_for_acks_ = true;
    counters_->read_pauses.add();
    return true;
  }
  return hold_for_rate(now);
}

bool Connection::hold_for_rate(Instant now) {
  if (meter_.is_full(now)) throttled_since_.reset();
  const Instant next = meter_.next(now);
  if (next <= now) return false;
  if (!throttled_since_) throttled_since_ = now;
  const auto patience = rules_.limits.rate_patience;
  if (patience.count() > 0 && now - *throttled_since_ >= patience) {
    counters_->publishes_received.add();
    refuse_publish(RefusalCause::kMessageRate, ReasonCode::kMessageRateTooHigh,
                   fmt::format("more than {} messages per second for {} ms without a break",
                               identity_.limits.messages_per_second_max, patience.count()));
    return false;
  }
  paused_until_ = next;
  counters_->read_pauses.add();
  return true;
}

bool Connection::check_publish(const Publish& publish) {
  const auto refused = [this](RefusalCause cause, ReasonCode reason, std::string_view why) {
    refuse_publish(cause, reason, why);
    return false;
  };
  if (publish.qos == Qos::kExactlyOnce)
    return refused(RefusalCause::kQosNotSupported, ReasonCode::kQosNotSupported,
                   "QoS 2 is not offered yet, the maximum is 1");
  if (publish.retain && is_v5())
    return refused(RefusalCause::kRetainNotSupported, ReasonCode::kRetainNotSupported,
                   "retained messages are not offered yet");
  if (publish.retain) counters_->retain_flags_ignored.add();
  const std::uint32_t payload_max = identity_.limits.payload_bytes_max;
  if (publish.payload.size() > payload_max)
    return refused(RefusalCause::kPayloadTooLarge, ReasonCode::kPacketTooLarge,
                   fmt::format("the payload has {} bytes, the profile allows {}",
                               publish.payload.size(), payload_max));
  if (publish.qos == Qos::kAtLeastOnce && pending_.size() >= rules_.limits.receive_maximum)
    return refused(
        RefusalCause::kReceiveMaximum, ReasonCode::kReceiveMaximumExceeded,
        fmt::format("more than {} publishes without PUBACK", rules_.limits.receive_maximum));
  return true;
}

bool Connection::resolve_topic(const Publish& publish, std::string_view& topic) {
  topic = publish.topic;
  if (!publish.properties.topic_alias) return true;
  const std::uint16_t alias = *publish.properties.topic_alias;
  if (alias > rules_.limits.topic_alias_maximum) {
    refuse_publish(RefusalCause::kTopicAlias, ReasonCode::kTopicAliasInvalid,
                   fmt::format("the topic alias {} is above the maximum of {}", alias,
                               rules_.limits.topic_alias_maximum));
    return false;
  }
  if (aliases_.size() < alias) aliases_.resize(alias);
  std::string& known = aliases_[alias - 1U];
  if (!topic.empty()) {
    // An oversize topic is denied, and its alias with it: a client may not fill our memory by it.
    known.assign(topic.size() <= rules_.limits.topic_bytes_max ? topic : std::string_view{});
    return true;
  }
  topic = known;
  if (!topic.empty()) return true;
  refuse_publish(RefusalCause::kTopicAlias, ReasonCode::kProtocolError,
                 fmt::format("PUBLISH: the topic alias {} stands for no topic", alias));
  return false;
}

// A vehicle has few topics, often one: what was found of the last one stands, since neither the
// rules nor the limits change while a connection lives.
bool Connection::look_at_topic(std::string_view topic) {
  if (topic == topic_.text) return true;
  if (topic.size() > rules_.limits.topic_bytes_max ||
      level_count(topic) > rules_.limits.topic_levels_max)
    return false;
  topic_.text.assign(topic);
  topic_.parts = rules_.topics.match(topic_.text);
  return true;
}

bool Connection::may_publish(std::string_view topic, const std::optional<TopicParts>& parts) {
  const store::Device& device = *identity_.device;
  switch (device.kind) {
    case store::DeviceKind::kVehicle:
      return parts && parts->vehicle == device.id.value();
    case store::DeviceKind::kGateway:
      return parts && store::filter_matches(device, parts->vehicle) &&
             host_.admits_vehicle(parts->vehicle);
    case store::DeviceKind::kApplication:
      break;
  }
  const bool matched =
      std::any_of(device.topic_filters.begin(), device.topic_filters.end(),
                  [&](const std::string& filter) { return topic_matches(filter, topic); });
  return matched && (!parts || host_.admits_vehicle(parts->vehicle));
}

void Connection::take_publish(const Publish& publish, PublishView view) {
  view.payload = publish.payload;
  view.qos = publish.qos;
  view.retain = publish.retain;
  view.duplicate = publish.duplicate;
  view.properties = &publish.properties;
  std::uint64_t sequence = 0;
  if (publish.qos == Qos::kAtLeastOnce)
    sequence = pending_.add({publish.packet_id, false, ReasonCode::kSuccess});
  host_.publish(view, sequence);
}

// Answers what will never be taken, so that a sender does not repeat it for ever.
void Connection::deny(const Publish& publish, RefusalCause cause, ReasonCode reason) {
  if (!is_v5() && rules_.limits.denied_publish == DeniedPublish::kClose)
    return refuse_publish(cause, reason, "the sender may not publish on that topic");
  counters_->refused(cause).add();
  if (publish.qos == Qos::kAtMostOnce) return;
  pending_.add({publish.packet_id, true, reason});
  send_answered_acks();
}

void Connection::refuse_publish(RefusalCause cause, ReasonCode reason, std::string_view why) {
  counters_->refused(cause).add();
  refuse(reason, why);
}

void Connection::send_answered_acks() {
  std::array<char, 256> plain;
  std::size_t used = 0;
  PendingAcks::Entry entry;
  while (pending_.take_answered_head(entry)) {
    const bool success = entry.reason == ReasonCode::kSuccess;
    (success ? counters_->publishes_acked : counters_->publishes_denied_by_puback).add();
    if (success || !is_v5()) {
      plain[used++] = 0x40;
      plain[used++] = 0x02;
      plain[used++] = static_cast<char>(entry.packet_id >> 8U);
      plain[used++] = static_cast<char>(entry.packet_id & 0xFFU);
    }
    if (used == plain.size() || (used > 0 && !success)) {
      host_.send({plain.data(), used});
      used = 0;
    }
    if (success || !is_v5()) continue;
    Puback puback{{entry.packet_id, entry.reason, Properties{}}};
    std::string bytes;
    if (writer().write(puback, bytes)) host_.send(bytes);
  }
  if (used > 0) host_.send({plain.data(), used});
  if (draining_ && pending_.empty() && state_ != State::kClosed)
    end(ReasonCode::kServerShuttingDown, "the server shuts down");
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/error_codes.h"
#include "ingest/mqtt/connection.h"

namespace mobilake::ingest::mqtt {

ConnectRefusal connect_refusal_of(const Error& error) {
  return {static_cast<ReasonCode>(base::code_row(error.code).mqtt_reason), error.message};
}

void Connection::handle_connect(const Connect& connect) {
  version_ = connect.version;
  version_known_ = true;
  client_packet_size_bytes_max_ =
      connect.properties.maximum_packet_size_bytes.value_or(kRemainingLengthMax + 5);
  problem_information_ = connect.properties.request_problem_information.value_or(1) != 0;
  session_expires_at_end_ = connect.properties.session_expiry_interval_seconds.value_or(0) == 0;
  if (const auto refusal = check_connect(connect)) return refuse(refusal->reason, refusal->why);
  ConnectDecision decision = host_.authenticate(connect);
  if (state_ == State::kClosed) return;
  if (const auto* refusal = std::get_if<ConnectRefusal>(&decision))
    return refuse(refusal->reason, refusal->why);
  accept(connect, std::get<DeviceIdentity>(std::move(decision)));
}

std::optional<ConnectRefusal> Connection::check_connect(const Connect& connect) const {
  if (connect.properties.authentication_method)
    return ConnectRefusal{ReasonCode::kBadAuthenticationMethod,
                          "enhanced authentication is not offered"};
  // To accept a will and not to send it would be a lie about a lost vehicle.
  if (connect.will)
    return ConnectRefusal{ReasonCode::kImplementationSpecificError,
                          "will messages are not offered yet, connect without one"};
  if (!is_v5() && connect.client_id.empty() && !connect.clean_start)
    return ConnectRefusal{ReasonCode::kClientIdentifierNotValid,
                          "an empty client identifier needs a clean session"};
  return std::nullopt;
}

void Connection::set_keep_alive(const Connect& connect, Properties& answer) {
  keep_alive_seconds_ = connect.keep_alive_seconds;
  const std::uint16_t longest = rules_.limits.keep_alive_seconds_max;
  const bool too_long = keep_alive_seconds_ == 0 || keep_alive_seconds_ > longest;
  // 3.1.1 has no word for "more often, please": a silent client would be cut off unwarned.
  if (!is_v5() || !too_long) return;
  keep_alive_seconds_ = longest;
  answer.server_keep_alive_seconds = longest;
}

void Connection::accept(const Connect& connect, DeviceIdentity identity) {
  MOBILAKE_CHECK(identity.device != nullptr && !identity.client_id.empty());
  identity_ = std::move(identity);
  if (identity_.counters != nullptr) counters_ = identity_.counters;
  state_ = State::kOpen;
  meter_.set(identity_.limits.messages_per_second_max, rules_.limits.rate_burst);
  Connack connack;
  Properties& answer = connack.properties;
  set_keep_alive(connect, answer);
  // A session that outlives its connection comes later; the server may always say 0 (3.2.2.3.2).
  if (!session_expires_at_end_) answer.session_expiry_interval_seconds = 0;
  answer.receive_maximum = rules_.limits.receive_maximum;
  answer.maximum_qos = std::uint8_t{1};
  answer.retain_available = std::uint8_t{0};
  answer.maximum_packet_size_bytes = reader_rules().packet_size_bytes_max;
  if (connect.client_id.empty()) answer.assigned_client_identifier = identity_.client_id;
  answer.topic_alias_maximum = rules_.limits.topic_alias_maximum;
  answer.wildcard_subscription_available = std::uint8_t{0};
  answer.subscription_identifiers_available = std::uint8_t{0};
  answer.shared_subscription_available = std::uint8_t{0};
  counters_->connects_accepted.add();
  std::string bytes;
  if (writer().write(connack, bytes)) return host_.send(bytes);
  // Without CONNACK the client may not go on, so neither may we.
  counters_->disconnects_by_refusal.add();
  close(ReasonCode::kPacketTooLarge, "the client's maximum packet size is below a CONNACK");
}

void Connection::send_refused_connack(ReasonCode reason, std::string_view why) {
  if (!version_known_) return;
  Connack connack;
  if (is_v5()) {
    connack.code = static_cast<std::uint8_t>(reason);
    connack.properties.reason_string = why.substr(0, kReasonStringBytesMax);
  } else {
    // 3.1.1 wants silence for a CONNECT that breaks the form (MQTT-3.1.4-1).
    if (reason == ReasonCode::kMalformedPacket || reason == ReasonCode::kProtocolError ||
        reason == ReasonCode::kPacketTooLarge)
      return;
    connack.code = static_cast<std::uint8_t>(return_code_of(reason));
  }
  std::string bytes;
  if (writer().write(connack, bytes)) host_.send(bytes);
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ingest/mqtt/reason_code.h"

/// The 15 packets of MQTT 3.1.1 and 5 as plain values. Text and payloads are views: into the bytes
/// that a PacketReader was given, or into whatever the maker of a packet keeps alive while it is
/// written.
namespace mobilake::ingest::mqtt {

/// The protocol level as it stands in CONNECT.
enum class ProtocolVersion : std::uint8_t { kV311 = 4, kV5 = 5 };

/// Who sent a packet; the two sides may not send the same types and properties.
enum class Sender : std::uint8_t { kClient, kServer };

enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack = 2,
  kPublish = 3,
  kPuback = 4,
  kPubrec = 5,
  kPubrel = 6,
  kPubcomp = 7,
  kSubscribe = 8,
  kSuback = 9,
  kUnsubscribe = 10,
  kUnsuback = 11,
  kPingreq = 12,
  kPingresp = 13,
  kDisconnect = 14,
  kAuth = 15,
};

enum class Qos : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

/// The largest remaining length that four bytes can say.
inline constexpr std::uint32_t kRemainingLengthMax = 268'435'455;

/// A name and value of the sender's own (MQTT 5 section 2.2.2.2, identifier 0x26).
struct UserProperty {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const UserProperty&) const = default;
};

/// Walks the user properties in encoded properties; others in between are passed over.
class UserPropertyCursor {
 public:
  explicit UserPropertyCursor(std::string_view encoded) : left_(encoded) {}
  /// Reads the next one; returns false at the end, or where the bytes are no properties.
  bool next(UserProperty& property);

 private:
  std::string_view left_;
};

/// Walks the subscription identifiers in encoded properties.
class SubscriptionIdentifierCursor {
 public:
  explicit SubscriptionIdentifierCursor(std::string_view encoded) : left_(encoded) {}
  bool next(std::uint32_t& identifier);

 private:
  std::string_view left_;
};

/// Appends one user property in wire form. Requires: both at most 65,535 bytes.
void append_user_property(std::string& encoded, std::string_view name, std::string_view value);
/// Appends one subscription identifier in wire form. Requires: 1 to 268,435,455.
void append_subscription_identifier(std::string& encoded, std::uint32_t identifier);

/// The properties of one packet (MQTT 5 section 2.2.2.2); which packet may carry which stands in
/// inside/property_table.h. The two that may repeat stay encoded, so that reading allocates
/// nothing.
struct Properties {
  std::optional<std::uint8_t> payload_format_indicator;      ///< 1: the payload is UTF-8
  std::optional<std::uint8_t> request_problem_information;   ///< 0 or 1
  std::optional<std::uint8_t> request_response_information;  ///< 0 or 1
  std::optional<std::uint8_t> maximum_qos;                   ///< 0 or 1
  std::optional<std::uint8_t> retain_available;              ///< 0 or 1
  std::optional<std::uint8_t> wildcard_subscription_available;
  std::optional<std::uint8_t> subscription_identifiers_available;
  std::optional<std::uint8_t> shared_subscription_available;
  std::optional<std::uint16_t> server_keep_alive_seconds;
  std::optional<std::uint16_t> receive_maximum;  ///< not 0
  std::optional<std::uint16_t> topic_alias_maximum;
  std::optional<std::uint16_t> topic_alias;  ///< not 0
  std::optional<std::uint32_t> message_expiry_interval_seconds;
  std::optional<std::uint32_t> session_expiry_interval_seconds;
  std::optional<std::uint32_t> will_delay_interval_seconds;
  std::optional<std::uint32_t> maximum_packet_size_bytes;  ///< not 0
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> response_topic;
  std::optional<std::string_view> assigned_client_identifier;
  std::optional<std::string_view> authentication_method;
  std::optional<std::string_view> response_information;
  std::optional<std::string_view> server_reference;
  std::optional<std::string_view> reason_string;
  std::optional<std::string_view> correlation_data;     ///< any bytes
  std::optional<std::string_view> authentication_data;  ///< any bytes
  std::string_view user_properties;           ///< encoded, for a UserPropertyCursor; empty: none
  std::string_view subscription_identifiers;  ///< encoded, for its cursor; empty: none
};

/// What the server shall publish when the client is lost.
struct Will {
  Qos qos = Qos::kAtMostOnce;
  bool retain = false;
  std::string_view topic;
  std::string_view payload;
  Properties properties;
};

struct Connect {
  ProtocolVersion version = ProtocolVersion::kV5;
  bool clean_start = true;  ///< "clean session" in 3.1.1
  std::uint16_t keep_alive_seconds = 0;
  std::string_view client_id;
  std::optional<Will> will;
  std::optional<std::string_view> user_name;
  std::optional<std::string_view> password;  ///< any bytes
  Properties properties;
};

struct Connack {
  bool session_present = false;
  std::uint8_t code = 0;  ///< a ReasonCode in MQTT 5, a ConnectReturnCode in 3.1.1
  Properties properties;
};

struct Publish {
  bool duplicate = false;
  bool retain = false;
  Qos qos = Qos::kAtMostOnce;
  std::uint16_t packet_id = 0;  ///< not 0 where QoS is not
  std::string_view topic;       ///< empty: the topic alias stands for it
  std::string_view payload;
  Properties properties;
};

/// What PUBACK, PUBREC, PUBREL and PUBCOMP have in common.
struct Acknowledgement {
  std::uint16_t packet_id = 0;
  ReasonCode reason = ReasonCode::kSuccess;  ///< always success in 3.1.1
  Properties properties;
};
struct Puback : Acknowledgement {};
struct Pubrec : Acknowledgement {};
struct Pubrel : Acknowledgement {};
struct Pubcomp : Acknowledgement {};

/// One filter of a SUBSCRIBE with its options; 3.1.1 knows the QoS only.
struct Subscription {
  std::string_view filter;
  Qos qos = Qos::kAtMostOnce;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;  ///< 0, 1 or 2
  bool operator==(const Subscription&) const = default;
};

struct Subscribe {
  std::uint16_t packet_id = 0;
  std::vector<Subscription> subscriptions;
  Properties properties;
};

struct Suback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> reasons;  ///< one per filter; in 3.1.1: 0, 1, 2 or 0x80
  Properties properties;
};

struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::vector<std::string_view> filters;
  Properties properties;
};

struct Unsuback {
  std::uint16_t packet_id = 0;
  std::vector<ReasonCode> reasons;  ///< one per filter; none in 3.1.1
  Properties properties;
};

struct Pingreq {};
struct Pingresp {};

struct Disconnect {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties;
};

struct Auth {
  ReasonCode reason = ReasonCode::kSuccess;
  Properties properties;
};

/// Any packet; the alternatives stand in the order of PacketType.
using Packet = std::variant<Connect, Connack, Publish, Puback, Pubrec, Pubrel, Pubcomp, Subscribe,
                            Suback, Unsubscribe, Unsuback, Pingreq, Pingresp, Disconnect, Auth>;

/// Returns the type of the packet that is held.
inline PacketType type_of(const Packet& packet) {
  return static_cast<PacketType>(packet.index() + 1);
}

/// Returns the name as the specification writes it, e.g. "PUBACK".
std::string_view packet_name(PacketType type);

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/property_table.h"

#include <array>

namespace mobilake::ingest::mqtt {
namespace {

using P = Properties;
using T = WireType;

constexpr Places kConnect = in(PacketType::kConnect);
constexpr Places kConnack = in(PacketType::kConnack);
constexpr Places kPublish = in(PacketType::kPublish);
constexpr Places kSubscribe = in(PacketType::kSubscribe);
constexpr Places kDisconnect = in(PacketType::kDisconnect);
constexpr Places kAuth = in(PacketType::kAuth);
constexpr Places kMessage = kPublish | kInWill;
constexpr Places kAnswers = kConnack | in(PacketType::kPuback) | in(PacketType::kPubrec) |
                            in(PacketType::kPubrel) | in(PacketType::kPubcomp) |
                            in(PacketType::kSuback) | in(PacketType::kUnsuback) | kDisconnect |
                            kAuth;
constexpr Places kEverywhere =
    kAnswers | kConnect | kMessage | kSubscribe | in(PacketType::kUnsubscribe);

constexpr PropertyRow u8(std::uint8_t id, Places places, std::string_view name,
                         std::optional<std::uint8_t> P::* member) {
  return {id, T::kU8, places, name, member, nullptr, nullptr, nullptr};
}
constexpr PropertyRow u16(std::uint8_t id, Places places, std::string_view name,
                          std::optional<std::uint16_t> P::* member) {
  return {id, T::kU16, places, name, nullptr, member, nullptr, nullptr};
}
constexpr PropertyRow u32(std::uint8_t id, Places places, std::string_view name,
                          std::optional<std::uint32_t> P::* member) {
  return {id, T::kU32, places, name, nullptr, nullptr, member, nullptr};
}
constexpr PropertyRow text(std::uint8_t id, Places places, std::string_view name,
                           std::optional<std::string_view> P::* member, T type = T::kText) {
  return {id, type, places, name, nullptr, nullptr, nullptr, member};
}

constexpr std::array kRows{
    u8(0x01, kMessage, "payload format indicator", &P::payload_format_indicator),
    u32(0x02, kMessage, "message expiry interval", &P::message_expiry_interval_seconds),
    text(0x03, kMessage, "content type", &P::content_type),
    text(kResponseTopic, kMessage, "response topic", &P::response_topic),
    text(0x09, kMessage, "correlation data", &P::correlation_data, T::kBinary),
    PropertyRow{kSubscriptionIdentifier, T::kVarint, kPublish | kSubscribe,
                "subscription identifier"},
    u32(0x11, kConnect | kConnack | kDisconnect, "session expiry interval",
        &P::session_expiry_interval_seconds),
    text(0x12, kConnack, "assigned client identifier", &P::assigned_client_identifier),
    u16(0x13, kConnack, "server keep alive", &P::server_keep_alive_seconds),
    text(0x15, kConnect | kConnack | kAuth, "authentication method", &P::authentication_method),
    text(0x16, kConnect | kConnack | kAuth, "authentication data", &P::authentication_data,
         T::kBinary),
    u8(0x17, kConnect, "request problem information", &P::request_problem_information),
    u32(0x18, kInWill, "will delay interval", &P::will_delay_interval_seconds),
    u8(0x19, kConnect, "request response information", &P::request_response_information),
    text(0x1A, kConnack, "response information", &P::response_information),
    text(0x1C, kConnack | kDisconnect, "server reference", &P::server_reference),
    text(0x1F, kAnswers, "reason string", &P::reason_string),
    u16(0x21, kConnect | kConnack, "receive maximum", &P::receive_maximum),
    u16(0x22, kConnect | kConnack, "topic alias maximum", &P::topic_alias_maximum),
    u16(kTopicAlias, kPublish, "topic alias", &P::topic_alias),
    u8(0x24, kConnack, "maximum QoS", &P::maximum_qos),
    u8(0x25, kConnack, "retain available", &P::retain_available),
    PropertyRow{kUserProperty, T::kTextPair, kEverywhere, "user property"},
    u32(0x27, kConnect | kConnack, "maximum packet size", &P::maximum_packet_size_bytes),
    u8(0x28, kConnack, "wildcard subscription available", &P::wildcard_subscription_available),
    u8(0x29, kConnack, "subscription identifiers available",
       &P::subscription_identifiers_available),
    u8(0x2A, kConnack, "shared subscription available", &P::shared_subscription_available),
};
static_assert(kRows.size() == 27);

using Index = std::array<std::uint8_t, kIdentifierMax + 1>;
constexpr std::uint8_t kNoRow = 0xFF;

constexpr Index index_rows() {
  Index index{};
  index.fill(kNoRow);
  for (std::size_t i = 0; i < kRows.size(); ++i)
    index[kRows[i].identifier] = static_cast<std::uint8_t>(i);
  return index;
}
constexpr Index kIndex = index_rows();

}  // namespace

const PropertyRow* property_row(std::uint8_t identifier) {
  if (identifier > kIdentifierMax || kIndex[identifier] == kNoRow) return nullptr;
  return &kRows[kIndex[identifier]];
}

}  // namespace mobilake::ingest::mqtt

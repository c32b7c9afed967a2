// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "ingest/mqtt/inside/body_reader.h"

namespace mobilake::ingest::mqtt {
namespace {

bool is_one_of(ReasonCode reason, std::initializer_list<std::uint8_t> codes) {
  return std::find(codes.begin(), codes.end(), static_cast<std::uint8_t>(reason)) != codes.end();
}

bool is_connack_reason(ReasonCode reason) {
  return is_one_of(reason, {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                            0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F});
}

bool is_disconnect_reason(Sender sender, ReasonCode reason) {
  if (sender == Sender::kClient)
    return is_one_of(reason, {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96,
                              0x97, 0x98, 0x99});
  // 0x8C is not in table 3-13 but in the text of section 4.12: the server closes with it.
  return is_one_of(reason, {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D,
                            0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
                            0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2});
}

}  // namespace

bool is_reason_allowed(PacketType type, Sender sender, ReasonCode reason) {
  switch (type) {
    case PacketType::kConnack:
      return is_connack_reason(reason);
    case PacketType::kPuback:
    case PacketType::kPubrec:
      return is_one_of(reason, {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99});
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      return is_one_of(reason, {0x00, 0x92});
    case PacketType::kSuback:
      return is_one_of(reason,
                       {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2});
    case PacketType::kUnsuback:
      return is_one_of(reason, {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91});
    case PacketType::kDisconnect:
      return is_disconnect_reason(sender, reason);
    case PacketType::kAuth:
      if (sender == Sender::kClient) return is_one_of(reason, {0x18, 0x19});
      return is_one_of(reason, {0x00, 0x18});
    default:
      return false;
  }
}

}  // namespace mobilake::ingest::mqtt

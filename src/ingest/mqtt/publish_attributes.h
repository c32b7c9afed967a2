// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/mqtt/connection_host.h"
#include "ingest/mqtt/packets.h"

/// The `attributes` of a log record that came by MQTT: docs/formats/mqtt-attributes.md.
namespace mobilake::ingest::mqtt {

/// What MQTT said beside topic and payload.
struct PublishAttributes {
  Qos qos = Qos::kAtLeastOnce;
  bool retain = false;
  bool duplicate = false;
  std::string_view sender;  ///< device id of a gateway or application; empty: the vehicle itself
  std::string_view properties;  ///< MQTT 5 properties in wire form, without the topic alias
};

/// Appends the attributes of a publish to `out`; nothing at all for the plain case: QoS 1 by the
/// vehicle itself, no flag, no property.
void append_attributes(const PublishView& publish, std::string_view sender_id, std::string& out);

/// Reads them back. Fails with: corrupt.
Result<PublishAttributes> read_attributes(std::string_view bytes);

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/inside/property_writer.h"

#include "ingest/mqtt/inside/wire_encoding.h"

namespace mobilake::ingest::mqtt {

void append_user_property(std::string& encoded, std::string_view name, std::string_view value) {
  put_u8(encoded, kUserProperty);
  put_binary(encoded, name);
  put_binary(encoded, value);
}

void append_subscription_identifier(std::string& encoded, std::uint32_t identifier) {
  put_u8(encoded, kSubscriptionIdentifier);
  put_varint(encoded, identifier);
}

void put_property(const PropertyRow& row, const Properties& properties, std::string& out) {
  if (row.u8 != nullptr && (properties.*row.u8)) {
    put_u8(out, row.identifier);
    put_u8(out, *(properties.*row.u8));
  }
  if (row.u16 != nullptr && (properties.*row.u16)) {
    put_u8(out, row.identifier);
    put_u16(out, *(properties.*row.u16));
  }
  if (row.u32 != nullptr && (properties.*row.u32)) {
    put_u8(out, row.identifier);
    put_u32(out, *(properties.*row.u32));
  }
  if (row.text != nullptr && (properties.*row.text)) {
    put_u8(out, row.identifier);
    put_binary(out, *(properties.*row.text));
  }
}

void put_user_properties(std::string_view encoded, std::string& out) {
  UserPropertyCursor cursor(encoded);
  for (UserProperty property; cursor.next(property);)
    append_user_property(out, property.name, property.value);
}

}  // namespace mobilake::ingest::mqtt

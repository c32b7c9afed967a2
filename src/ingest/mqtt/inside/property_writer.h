// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ingest/mqtt/inside/property_table.h"

namespace mobilake::ingest::mqtt {

/// Appends identifier and value of one property in wire form, if `properties` has it. The two that
/// may repeat are not meant: they are copied from their encoded form.
void put_property(const PropertyRow& row, const Properties& properties, std::string& out);

/// Appends the user properties that stand in `encoded`, without what else stands there.
void put_user_properties(std::string_view encoded, std::string& out);

}  // namespace mobilake::ingest::mqtt

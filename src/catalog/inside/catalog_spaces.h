// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "log/log_types.h"

namespace mobilake::catalog {

/// What the catalog keeps in the meta store.
/// "tables": account.namespace.table -> key of the table's current metadata file.
inline constexpr std::string_view kTableSpace = "tables";
/// "positions": consumer/family/partition -> the next offset, in decimal.
inline constexpr std::string_view kPositionSpace = "positions";
/// "garbage": key of an object that nobody refers to any more -> "file TABLE", or key of a dropped
/// table's metadata file -> "table TABLE".
inline constexpr std::string_view kGarbageSpace = "garbage";

/// Returns "consumer/family/", before the partition's number.
std::string position_prefix(std::string_view consumer, log::Family family);

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace mobilake::store {

/// Checks an object key: 1 to 1,024 bytes of UTF-8, segments joined by '/', none empty, "." or
/// "..", none longer than 255 bytes or with control characters, none ending in ".partial" (files
/// being written). Fails with: invalid.
Result<> check_object_key(std::string_view key);

}  // namespace mobilake::store

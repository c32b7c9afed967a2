// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace mobilake::catalog {

/// Returns a random UUID (RFC 9562, version 4) in its text form.
std::string new_uuid(Random& random);

/// Returns a random positive number of 63 bits.
std::int64_t new_snapshot_id(Random& random);

}  // namespace mobilake::catalog

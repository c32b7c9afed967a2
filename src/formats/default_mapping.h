// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "formats/decoder_mapping.h"

namespace mobilake::formats {

/// Returns the built-in mapping "vehicle-default": the VSS form, and the sample fleet's flat form,
/// whose resolutions hold every value of examples/data/mqtt-telemetry without rounding.
const DecoderMapping& default_mapping();

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/ingest_counters.h"

namespace mobilake::ingest::mqtt {

std::string_view refusal_cause_name(RefusalCause cause) {
  constexpr std::array<std::string_view, kRefusalCauseCount> kNames{
      "topic_denied",      "topic_too_long",    "topic_alias",
      "payload_too_large", "qos_not_supported", "retain_not_supported",
      "receive_maximum",   "message_rate",      "log"};
  return kNames[static_cast<std::size_t>(cause)];
}

}  // namespace mobilake::ingest::mqtt

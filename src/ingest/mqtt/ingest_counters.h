// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mobilake::ingest::mqtt {

/// A number that one thread counts up and any thread may read.
class Counter {
 public:
  void add(std::uint64_t count = 1) {
    // One writer, so no locked instruction is needed.
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Why a publish that was received is not in the log.
enum class RefusalCause : std::uint8_t {
  kTopicDenied,         ///< the sender may not publish there
  kTopicTooLong,        ///< more bytes or levels than the door takes
  kTopicAlias,          ///< alias above the maximum, or without a topic
  kPayloadTooLarge,     ///< above the profile
  kQosNotSupported,     ///< QoS 2
  kRetainNotSupported,  ///< retain in MQTT 5
  kReceiveMaximum,      ///< more unacknowledged than announced
  kMessageRate,         ///< above the profile's rate for longer than the door's patience
  kLog,                 ///< the log did not take it
};
inline constexpr std::size_t kRefusalCauseCount = 9;

/// Returns the cause as it stands in metric labels, e.g. "topic_denied".
std::string_view refusal_cause_name(RefusalCause cause);

/// What the connections of one event loop did in this process run. The conservation law:
/// publishes_received = publishes_logged + sum(publishes_refused) + what is in flight to the log.
/// Thread safety: the loop's thread counts, any thread reads.
struct IngestCounters {
  Counter connects_accepted;
  Counter connects_refused;
  Counter disconnects_by_refusal;  ///< connections that the server ended for a broken rule or limit
  Counter publishes_received;      ///< well-formed PUBLISH packets of signed-in senders
  Counter publishes_logged;        ///< durable records; counted by the PublishGatherer
  Counter publishes_acked;         ///< PUBACKs with success
  Counter publishes_denied_by_puback;  ///< PUBACKs that end an exchange without a record
  Counter retain_flags_ignored;        ///< of 3.1.1, taken as ordinary messages
  Counter read_pauses;                 ///< times that a connection was held back
  std::array<Counter, kRefusalCauseCount> publishes_refused;

  Counter& refused(RefusalCause cause) {
    return publishes_refused[static_cast<std::size_t>(cause)];
  }
  std::uint64_t refused_total() const {
    std::uint64_t total = 0;
    for (const Counter& counter : publishes_refused)
      total += counter.value();
    return total;
  }
};

}  // namespace mobilake::ingest::mqtt

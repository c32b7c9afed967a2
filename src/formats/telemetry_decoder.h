// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "formats/column_batch.h"
#include "formats/decoder_mapping.h"

namespace mobilake::formats {

/// Why a message is quarantined as a whole. The names are stable: they stand in
/// system.dead_letters.
enum class RefusalCause : std::uint8_t {
  kBadTimestamp,     ///< bad-timestamp: none, or neither RFC 3339 nor epoch milliseconds
  kEmptyPayload,     ///< empty-payload
  kOutOfRange,       ///< out-of-range: a signal beyond the mapping's bounds or its type's digits
  kNoVehicle,        ///< no-vehicle: the flat form without its vehicle
  kTruncatedJson,    ///< truncated-json: ends before the outer object does
  kBadJson,          ///< bad-json: ends well and is not JSON, or not an object
  kUnknownVehicle,   ///< unknown-vehicle: not in the registry when it arrived
  kVehicleNotTopic,  ///< vehicle-not-topic: the payload names another vehicle than the topic
  kWrongType,        ///< wrong-type: a member of another type than the mapping says
  kRepeatedMember,   ///< repeated-member: the same column twice, so neither is taken
  kClockAhead,       ///< clock-ahead: device time after arrival by more than allowed
  kClockBehind,      ///< clock-behind: device time before arrival by more than allowed
};
constexpr int kRefusalCauseCount = 12;

std::string_view cause_name(RefusalCause cause);
std::optional<RefusalCause> cause_of_name(std::string_view name);

/// A refused message: the cause, and the column or member where it shows (empty: the whole).
struct Refusal {
  RefusalCause cause;
  std::string_view column;                 ///< lives as long as the decoder
  std::optional<Timestamp> device_time{};  ///< where it had been read before the refusal
};

struct DecoderConfig {
  /// How far a device's clock may be ahead of the arrival. Unit: seconds, bounds 1 s to 366 days.
  std::chrono::seconds clock_ahead_max{600};
  /// How far it may be behind. Default: two decades; bounds 1 hour to 100 years.
  std::chrono::seconds clock_behind_max{20LL * 365 * 24 * 3600};
  /// How deep objects and arrays may be nested. Bounds 2 to 64.
  int depth_max = 16;
};

/// What is known of a message beside its payload.
struct MessageContext {
  std::string_view vehicle;  ///< of the topic
  Timestamp received_at;
  bool vehicle_known = true;  ///< whether the registry had it on arrival
};

/// Places of the fixed columns in every signal batch; signals follow, `extra` is the last.
struct SignalColumns {
  static constexpr std::size_t kVehicle = 0;
  static constexpr std::size_t kTimestamp = 1;
  static constexpr std::size_t kSequence = 2;
  static constexpr std::size_t kReceivedAt = 3;
  static constexpr std::size_t kFirstSignal = 4;
};

/// Turns telemetry JSON into typed columns, exactly: numbers are read as text, never through double
/// where the column is a decimal; what does not fit is refused with a cause, never guessed.
///
/// One per thread, kept for many messages: parser and buffers are reused.
/// Thread safety: one thread at a time.
class PayloadDecoder {
 public:
  virtual ~PayloadDecoder() = default;

  /// Returns an empty batch of the mapping's columns.
  virtual ColumnBatch new_batch() const = 0;

  /// Appends one row to `batch`, or leaves it as it was and says why.
  /// Requires: `batch` came from new_batch() of a decoder of the same mapping.
  virtual std::optional<Refusal> decode(std::string_view payload, const MessageContext& context,
                                        ColumnBatch& batch) = 0;

  /// Returns how many values were finer than their column and rounded half-even, since opening.
  virtual std::uint64_t rounded_values() const = 0;
};

/// Fails with: invalid (the mapping).
Result<std::unique_ptr<PayloadDecoder>> open_payload_decoder(const DecoderMapping& mapping,
                                                             const DecoderConfig& config = {});

}  // namespace mobilake::formats

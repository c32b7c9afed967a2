// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace mobilake::cli {

/// One line of a recording: {"topic", "ts", "arrival_offset_ms"?, "payload"}.
struct RecordedMessage {
  std::string topic;
  std::chrono::milliseconds arrival{
      0};                       ///< after the recording's begin; of "ts" where no offset stands
  std::string payload;          ///< the bytes to publish: JSON as it stands, or a string's bytes
  bool is_json = false;         ///< payload is a JSON object, so its "ts" can be shifted
  std::optional<Timestamp> at;  ///< the line's "ts"
};

/// Returns the message of a line. Fails with: invalid.
Result<RecordedMessage> parse_recorded_line(std::string_view line);

/// Returns `payload` with its top-level "ts" later by `shift`, every other byte as it was. A ts is
/// RFC 3339 text in UTC, kept in its own precision, or epoch milliseconds; anything else stays.
std::string shift_event_time(const std::string& payload, std::chrono::seconds shift);

/// Returns the time of RFC 3339 text that ends with Z, or nothing.
std::optional<Timestamp> parse_utc(std::string_view text);

/// Reads a recording, plain or gzip, from its begin. Thread safety: one thread.
class RecordingReader {
 public:
  static Result<std::unique_ptr<RecordingReader>> open(const std::string& path);
  virtual ~RecordingReader() = default;
  /// Returns the next message, or nothing at the end. Fails with: invalid (with the line), corrupt
  /// (gzip).
  virtual Result<std::optional<RecordedMessage>> next() = 0;
};

/// What a first pass over a recording finds.
struct RecordingSummary {
  std::uint64_t messages = 0;
  std::chrono::milliseconds first_arrival{0};
  std::chrono::milliseconds last_arrival{0};
  Timestamp begin;  ///< the time that arrivals count from, as near as event times tell
};

Result<RecordingSummary> summarize_recording(const std::string& path);

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "log/log_types.h"

namespace mobilake::log {

/// One record as a view into a batch: who keeps it, copies it. The log does not know what a payload
/// means.
struct RecordView {
  /// What stands in the record: a message, or session state that belongs to it (control).
  enum class Kind : std::uint8_t { kMessage = 0, kControl = 1 };

  /// Bits of `flags`.
  static constexpr std::uint8_t kUnknownVehicle = 1;  ///< the vehicle was not registered on arrival

  Kind kind = Kind::kMessage;
  std::uint8_t flags = 0;
  Timestamp received_at;
  std::string_view topic;  ///< at most 65,535 bytes
  std::string_view
      attributes;  ///< what the source's protocol said beside the payload, in its own form
  std::string_view payload;
};

/// Records of one stream and one partition in the form in which they lie on disk, made once by the
/// source.
///
/// Made by a source, moved to LogWriter::append(). Layout: docs/formats/log-segment.md.
/// Thread safety: a value.
class RecordBatch {
 public:
  RecordBatch(Family family, std::string stream, PartitionId partition)
      : family_(family), stream_(std::move(stream)), partition_(partition) {}

  /// Makes room for records of that many bytes in all.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  /// Appends a copy of `record`.
  void add(const RecordView& record);

  Family family() const { return family_; }
  const std::string& stream() const { return stream_; }
  PartitionId partition() const { return partition_; }
  std::uint32_t record_count() const { return record_count_; }
  bool empty() const { return record_count_ == 0; }
  /// Returns the encoded records.
  std::string_view bytes() const { return bytes_; }

 private:
  Family family_;
  std::string stream_;
  PartitionId partition_;
  std::uint32_t record_count_ = 0;
  std::string bytes_;
};

/// Walks the encoded records of a batch.
class RecordCursor {
 public:
  explicit RecordCursor(std::string_view bytes) : left_(bytes) {}

  /// Reads the next record into `record`; returns false at the end or where the bytes are not a
  /// record.
  bool next(RecordView& record);
  /// Returns whether the bytes ended where a record ended.
  bool at_end() const { return left_.empty(); }
  /// Returns the bytes of the records to come.
  std::string_view left() const { return left_; }

 private:
  std::string_view left_;
};

/// Returns the partition of a key: the same on every machine and for all time.
PartitionId partition_of(std::string_view key, std::uint16_t partition_count);

}  // namespace mobilake::log

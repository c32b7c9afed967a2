// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/avro_file.h"
#include "formats/inside/avro_schema.h"

namespace mobilake::formats {

/// Appends a zigzag variable-length integer (Avro 1.11, "Binary Encoding").
void append_avro_long(std::string& out, std::int64_t value);
/// Appends the length and the bytes.
void append_avro_text(std::string& out, std::string_view text);

/// Appends a value as its schema says. Fails with: invalid (it does not fit).
Result<> append_avro_value(std::string& out, const AvroType& type, const AvroValue& value);

/// How much a reader may still decode. Thread safety: a value.
struct AvroBudget {
  std::size_t bytes_left;
  int depth_max;

  /// Fails with: exhausted.
  Result<> take(std::size_t bytes);
};

/// Reads Avro's binary encoding from foreign bytes. Thread safety: one thread at a time.
class AvroDecoder {
 public:
  AvroDecoder(std::string_view bytes, AvroBudget& budget) : bytes_(bytes), budget_(budget) {}

  bool at_end() const { return at_ == bytes_.size(); }
  /// Fail with: corrupt, exhausted.
  Result<std::int64_t> read_long();
  Result<std::string_view> read_bytes(std::size_t size);
  Result<std::string_view> read_text();
  Result<AvroValue> read_value(const AvroType& type, int depth = 0);

 private:
  Result<AvroValue> read_record(const AvroType& type, int depth);
  Result<AvroValue> read_array(const AvroType& type, int depth);
  Result<AvroValue> read_map(const AvroType& type, int depth);
  Result<AvroValue> read_integer(bool is_int);
  Result<AvroValue> read_copy(std::string_view text);
  /// Reads the head of a block of items: how many follow, 0 at the end.
  Result<std::uint64_t> read_block_count();
  /// Reads a number from 0 to below `bound`.
  Result<std::size_t> read_index(std::size_t bound, std::string_view what);

  std::string_view bytes_;
  std::size_t at_ = 0;
  AvroBudget& budget_;
};

}  // namespace mobilake::formats

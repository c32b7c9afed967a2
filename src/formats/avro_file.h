// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace mobilake::formats {

class AvroValue;
/// Values in the order of the record's fields, or of the array's items.
using AvroList = std::vector<AvroValue>;
/// A map's entries in file order.
using AvroMap = std::vector<std::pair<std::string, AvroValue>>;

/// One Avro value without its schema. int and long share std::int64_t; string, bytes and fixed
/// share std::string; a union holds the value of its branch. Thread safety: a value.
class AvroValue {
 public:
  AvroValue() = default;
  AvroValue(bool value) : state_(value) {}                      // NOLINT: a value converts
  AvroValue(std::int64_t value) : state_(value) {}              // NOLINT
  AvroValue(int value) : state_(std::int64_t{value}) {}         // NOLINT
  AvroValue(double value) : state_(value) {}                    // NOLINT
  AvroValue(std::string value) : state_(std::move(value)) {}    // NOLINT
  AvroValue(const char* value) : state_(std::string(value)) {}  // NOLINT
  AvroValue(AvroList value) : state_(std::move(value)) {}       // NOLINT
  AvroValue(AvroMap value) : state_(std::move(value)) {}        // NOLINT

  bool is_null() const { return std::holds_alternative<std::monostate>(state_); }
  /// Return the value, or nothing where it is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&state_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&state_); }
  const double* number() const { return std::get_if<double>(&state_); }
  const std::string* text() const { return std::get_if<std::string>(&state_); }
  const AvroList* list() const { return std::get_if<AvroList>(&state_); }
  const AvroMap* map() const { return std::get_if<AvroMap>(&state_); }

  bool operator==(const AvroValue&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, AvroList, AvroMap> state_;
};

/// How the blocks of an Avro file are compressed (Avro 1.11, "Required Codecs").
enum class AvroCodec { kNull, kDeflate };

/// An Avro object container file as a whole.
struct AvroFile {
  std::map<std::string, std::string>
      metadata;  ///< header entries other than avro.schema and avro.codec
  std::string schema_json;
  AvroList records;
};

/// Writes the container; the records must fit `schema_json`. The sync marker is made from the
/// contents, so the same input gives the same bytes. Fails with: invalid (schema or a record that
/// does not fit it).
Result<std::string> write_avro(const AvroFile& file, AvroCodec codec);

/// What a reader of foreign bytes puts up with.
struct AvroLimits {
  std::size_t value_bytes_max = 256u << 20;  ///< decoded bytes and items in all
  int depth_max = 32;
};

/// Reads a container by the schema in its own header. Memory stays within the limits whatever the
/// bytes say. Fails with: corrupt, unsupported (a codec), exhausted (beyond the limits).
Result<AvroFile> read_avro(std::string_view bytes, const AvroLimits& limits = {});

/// Returns the field names of the record at the top of `schema_json`, in the order of its values.
/// Fails with: corrupt.
Result<std::vector<std::string>> avro_record_fields(std::string_view schema_json);

}  // namespace mobilake::formats

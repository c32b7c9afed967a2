// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mobilake::formats {

/// One type of an Avro schema; refers to others of the same schema, also to itself by name.
struct AvroType {
  enum class Kind {
    kNull,
    kBoolean,
    kInt,
    kLong,
    kFloat,
    kDouble,
    kBytes,
    kString,
    kRecord,
    kEnum,
    kArray,
    kMap,
    kUnion,
    kFixed,
  };

  Kind kind = Kind::kNull;
  std::vector<std::string> names{};      ///< of a record's fields or an enum's symbols
  std::vector<const AvroType*> parts{};  ///< fields, branches, or the one type of items or values
  std::size_t fixed_size = 0;
};

/// A schema taken apart (Avro 1.11, "Schema Declaration"). Attributes that are not Avro's own, such
/// as Iceberg's field-id, are ignored. Thread safety: a value that is moved, not copied.
class AvroSchema {
 public:
  /// Fails with: invalid (not a schema, or nested deeper than `depth_max`).
  static Result<AvroSchema> parse(std::string_view json, int depth_max);

  const AvroType& root() const { return *root_; }

 private:
  friend class AvroSchemaParser;
  AvroSchema() = default;

  std::unique_ptr<std::deque<AvroType>> types_ = std::make_unique<std::deque<AvroType>>();
  const AvroType* root_ = nullptr;
};

}  // namespace mobilake::formats

// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <fmt/format.h>

#include "serve/http/results/inside/cell_text.h"

namespace mobilake::serve {
namespace {

using arrow::Type;

std::string quoted_if_needed(const std::string& name) {
  const bool plain =
      !name.empty() &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos;
  return plain ? name : fmt::format("\"{}\"", name);
}

std::string fields_text(const arrow::DataType& type) {
  std::string text;
  for (const auto& field : type.fields())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", quoted_if_needed(field->name()),
                        sql_type_name(*field->type()));
  return text;
}

std::string nested_type_name(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
      return sql_type_name(*type.field(0)->type()) + "[]";
    case Type::FIXED_SIZE_LIST:
      return fmt::format("{}[{}]", sql_type_name(*type.field(0)->type()),
                         static_cast<const arrow::FixedSizeListType&>(type).list_size());
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return fmt::format("MAP({}, {})", sql_type_name(*map.key_type()),
                         sql_type_name(*map.item_type()));
    }
    case Type::STRUCT:
      return fmt::format("STRUCT({})", fields_text(type));
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      return fmt::format("UNION({})", fields_text(type));
    case Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryType&>(type);
      return arrow::is_string(coded.value_type()->id()) ? "ENUM"
                                                        : sql_type_name(*coded.value_type());
    }
    case Type::EXTENSION: {
      const auto& extension = static_cast<const arrow::ExtensionType&>(type);
      return extension.extension_name() == "arrow.uuid" ? "UUID"
                                                        : sql_type_name(*extension.storage_type());
    }
    default:
      return type.ToString();
  }
}

std::string_view plain_type_name(Type::type id) {
  switch (id) {
    case Type::NA:
      return "NULL";
    case Type::BOOL:
      return "BOOLEAN";
    case Type::INT8:
      return "TINYINT";
    case Type::INT16:
      return "SMALLINT";
    case Type::INT32:
      return "INTEGER";
    case Type::INT64:
      return "BIGINT";
    case Type::UINT8:
      return "UTINYINT";
    case Type::UINT16:
      return "USMALLINT";
    case Type::UINT32:
      return "UINTEGER";
    case Type::UINT64:
      return "UBIGINT";
    case Type::FLOAT:
      return "FLOAT";
    case Type::DOUBLE:
      return "DOUBLE";
    case Type::DATE32:
    case Type::DATE64:
      return "DATE";
    case Type::TIME32:
    case Type::TIME64:
      return "TIME";
    case Type::DURATION:
    case Type::INTERVAL_MONTHS:
    case Type::INTERVAL_DAY_TIME:
    case Type::INTERVAL_MONTH_DAY_NANO:
      return "INTERVAL";
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return "VARCHAR";
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return "BLOB";
    default:
      return "";
  }
}

}  // namespace

std::string sql_type_name(const arrow::DataType& type) {
  if (const std::string_view plain = plain_type_name(type.id()); !plain.empty())
    return std::string(plain);
  if (arrow::is_decimal(type.id())) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    return fmt::format("DECIMAL({},{})", decimal.precision(), decimal.scale());
  }
  if (type.id() == Type::TIMESTAMP)
    return static_cast<const arrow::TimestampType&>(type).timezone().empty()
               ? "TIMESTAMP"
               : "TIMESTAMP WITH TIME ZONE";
  return nested_type_name(type);
}

}  // namespace mobilake::serve

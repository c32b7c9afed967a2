// SPDX-License-Identifier: Apache-2.0
#include "query/inside/sql_text.h"

#include <fmt/format.h>

namespace mobilake::query {
namespace {

std::string quoted_with(char quote, std::string_view text) {
  std::string out(1, quote);
  for (const char c : text) {
    out.push_back(c);
    if (c == quote) out.push_back(quote);
  }
  return out + quote;
}

}  // namespace

std::string literal(std::string_view text) {
  return quoted_with('\'', text);
}
std::string identifier(std::string_view name) {
  return quoted_with('"', name);
}

std::string engine_type(const formats::ColumnType& type) {
  using Kind = formats::ColumnType::Kind;
  switch (type.kind) {
    case Kind::kBoolean:
      return "BOOLEAN";
    case Kind::kInt:
      return "INTEGER";
    case Kind::kLong:
      return "BIGINT";
    case Kind::kDouble:
      return "DOUBLE";
    case Kind::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case Kind::kDecimal:
      return fmt::format("DECIMAL({},{})", type.precision, type.scale);
    case Kind::kString:
      return "VARCHAR";
    case Kind::kBinary:
      return "BLOB";
    case Kind::kTextList:
      return "VARCHAR[]";
    case Kind::kTextMap:
      return "MAP(VARCHAR, VARCHAR)";
  }
  return "VARCHAR";
}

}  // namespace mobilake::query

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/bound_bytes.h"

#include <cstring>

#include "base/byte_order.h"
#include "base/check.h"

namespace mobilake::catalog {
namespace {

using Kind = formats::ColumnType::Kind;
using formats::BoundValue;

/// Returns the fewest bytes of two's complement that hold the number, most significant first.
std::string big_endian(std::int64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>((value >> shift) & 0xff));
  const char filler = value < 0 ? '\xff' : '\0';
  std::size_t first = 0;
  while (first + 1 < bytes.size() && bytes[first] == filler &&
         ((bytes[first + 1] & 0x80) != 0) == (value < 0))
    ++first;
  return bytes.substr(first);
}

std::optional<BoundValue> from_big_endian(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > sizeof(std::int64_t)) return std::nullopt;
  std::uint64_t value = (bytes.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes)
    value = (value << 8) | static_cast<unsigned char>(byte);
  return BoundValue(static_cast<std::int64_t>(value));
}

template <typename Number>
std::string little_endian(Number value) {
  std::string bytes;
  base::append_little(bytes, value);
  return bytes;
}

template <typename Number>
std::optional<BoundValue> from_little_endian(std::string_view bytes) {
  if (bytes.size() != sizeof(Number)) return std::nullopt;
  return BoundValue(static_cast<std::int64_t>(base::load_little<Number>(bytes.data())));
}

std::string integer_bytes(Kind kind, std::int64_t value) {
  switch (kind) {
    case Kind::kBoolean:
      return std::string(1, value != 0 ? '\1' : '\0');
    case Kind::kInt:
      return little_endian(static_cast<std::int32_t>(value));
    case Kind::kDecimal:
      return big_endian(value);
    default:
      return little_endian(value);
  }
}

std::string double_bytes(double value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

}  // namespace

std::string bound_bytes(const formats::ColumnType& type, const BoundValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return integer_bytes(type.kind, *integer);
  if (const auto* number = std::get_if<double>(&value)) return double_bytes(*number);
  return std::get<std::string>(value);
}

std::optional<BoundValue> bound_of(const formats::ColumnType& type, std::string_view bytes) {
  switch (type.kind) {
    case Kind::kBoolean:
      if (bytes.size() != 1) return std::nullopt;
      return BoundValue(std::int64_t{bytes.front() != '\0'});
    case Kind::kInt:
      return from_little_endian<std::int32_t>(bytes);
    case Kind::kLong:
    case Kind::kTimestamp:
      return from_little_endian<std::int64_t>(bytes);
    case Kind::kDecimal:
      return from_big_endian(bytes);
    case Kind::kDouble: {
      double value = 0;
      if (bytes.size() != sizeof value) return std::nullopt;
      std::memcpy(&value, bytes.data(), sizeof value);
      return BoundValue(value);
    }
    default:
      return BoundValue(std::string(bytes));
  }
}

std::string day_bytes(std::int32_t day) {
  return little_endian(day);
}

}  // namespace mobilake::catalog

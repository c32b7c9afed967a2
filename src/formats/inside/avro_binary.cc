// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/avro_binary.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/byte_order.h"

namespace mobilake::formats {
namespace {

using Kind = AvroType::Kind;

constexpr int kVarintBytesMax = 10;

bool fits_int(std::int64_t value) {
  return value >= std::numeric_limits<std::int32_t>::min() &&
         value <= std::numeric_limits<std::int32_t>::max();
}

std::size_t symbol_of(const AvroType& type, const std::string& text) {
  const auto found = std::find(type.names.begin(), type.names.end(), text);
  return static_cast<std::size_t>(found - type.names.begin());
}

/// Returns whether a value can be meant for a type; parts of containers are not looked at.
bool fits(const AvroType& type, const AvroValue& value) {
  switch (type.kind) {
    case Kind::kNull:
      return value.is_null();
    case Kind::kBoolean:
      return value.boolean() != nullptr;
    case Kind::kInt:
      return value.integer() != nullptr && fits_int(*value.integer());
    case Kind::kLong:
      return value.integer() != nullptr;
    case Kind::kFloat:
    case Kind::kDouble:
      return value.number() != nullptr;
    case Kind::kBytes:
    case Kind::kString:
      return value.text() != nullptr;
    case Kind::kFixed:
      return value.text() != nullptr && value.text()->size() == type.fixed_size;
    case Kind::kEnum:
      return value.text() != nullptr && symbol_of(type, *value.text()) < type.names.size();
    case Kind::kRecord:
      return value.list() != nullptr && value.list()->size() == type.parts.size();
    case Kind::kArray:
      return value.list() != nullptr;
    case Kind::kMap:
      return value.map() != nullptr;
    case Kind::kUnion:
      return std::any_of(type.parts.begin(), type.parts.end(),
                         [&](const AvroType* part) { return fits(*part, value); });
  }
  return false;
}

template <typename Number>
void append_number(std::string& out, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof bytes);
}

Result<> append_union(std::string& out, const AvroType& type, const AvroValue& value) {
  const auto branch = std::find_if(type.parts.begin(), type.parts.end(),
                                   [&](const AvroType* part) { return fits(*part, value); });
  append_avro_long(out, branch - type.parts.begin());
  return append_avro_value(out, **branch, value);
}

Result<> append_record(std::string& out, const AvroType& type, const AvroList& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    MOBILAKE_TRY(append_avro_value(out, *type.parts[i], values[i]).within(type.names[i]));
  return {};
}

Result<> append_array(std::string& out, const AvroType& type, const AvroList& values) {
  if (!values.empty()) append_avro_long(out, static_cast<std::int64_t>(values.size()));
  for (const AvroValue& value : values)
    MOBILAKE_TRY(append_avro_value(out, *type.parts.front(), value));
  append_avro_long(out, 0);
  return {};
}

Result<> append_map(std::string& out, const AvroType& type, const AvroMap& values) {
  if (!values.empty()) append_avro_long(out, static_cast<std::int64_t>(values.size()));
  for (const auto& [key, value] : values) {
    append_avro_text(out, key);
    MOBILAKE_TRY(append_avro_value(out, *type.parts.front(), value).within(key));
  }
  append_avro_long(out, 0);
  return {};
}

}  // namespace

void append_avro_long(std::string& out, std::int64_t value) {
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (rest >= 0x80) {
    out.push_back(static_cast<char>((rest & 0x7f) | 0x80));
    rest >>= 7;
  }
  out.push_back(static_cast<char>(rest));
}

void append_avro_text(std::string& out, std::string_view text) {
  append_avro_long(out, static_cast<std::int64_t>(text.size()));
  out.append(text);
}

Result<> append_avro_value(std::string& out, const AvroType& type, const AvroValue& value) {
  if (!fits(type, value)) return invalid("a value does not fit its Avro type");
  switch (type.kind) {
    case Kind::kNull:
      break;
    case Kind::kBoolean:
      out.push_back(*value.boolean() ? '\1' : '\0');
      break;
    case Kind::kInt:
    case Kind::kLong:
      append_avro_long(out, *value.integer());
      break;
    case Kind::kFloat:
      append_number(out, static_cast<float>(*value.number()));
      break;
    case Kind::kDouble:
      append_number(out, *value.number());
      break;
    case Kind::kBytes:
    case Kind::kString:
      append_avro_text(out, *value.text());
      break;
    case Kind::kFixed:
      out.append(*value.text());
      break;
    case Kind::kEnum:
      append_avro_long(out, static_cast<std::int64_t>(symbol_of(type, *value.text())));
      break;
    case Kind::kRecord:
      return append_record(out, type, *value.list());
    case Kind::kArray:
      return append_array(out, type, *value.list());
    case Kind::kMap:
      return append_map(out, type, *value.map());
    case Kind::kUnion:
      return append_union(out, type, value);
  }
  return {};
}

Result<> AvroBudget::take(std::size_t bytes) {
  if (bytes > bytes_left) return exhausted("an Avro file decodes to more than its reader allows");
  bytes_left -= bytes;
  return {};
}

Result<std::int64_t> AvroDecoder::read_long() {
  std::uint64_t value = 0;
  for (int i = 0; i < kVarintBytesMax; ++i) {
    if (at_end()) return corrupt("an Avro number ends early at byte {}", at_);
    const auto byte = static_cast<unsigned char>(bytes_[at_++]);
    // The tenth byte has room for one bit.
    if (i == kVarintBytesMax - 1 && byte > 1) break;
    value |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80)
      return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  return corrupt("an Avro number is longer than 64 bits at byte {}", at_);
}

Result<std::string_view> AvroDecoder::read_bytes(std::size_t size) {
  if (size > bytes_.size() - at_)
    return corrupt("{} Avro bytes end early at byte {} of {}", size, at_, bytes_.size());
  const std::string_view found = bytes_.substr(at_, size);
  at_ += size;
  return found;
}

Result<std::string_view> AvroDecoder::read_text() {
  MOBILAKE_ASSIGN(const std::int64_t size, read_long());
  if (size < 0) return corrupt("an Avro text has the length {}", size);
  return read_bytes(static_cast<std::size_t>(size));
}

Result<std::size_t> AvroDecoder::read_index(std::size_t bound, std::string_view what) {
  MOBILAKE_ASSIGN(const std::int64_t index, read_long());
  if (index < 0 || static_cast<std::uint64_t>(index) >= bound)
    return corrupt("Avro {} {} of {}", what, index, bound);
  return static_cast<std::size_t>(index);
}

Result<std::uint64_t> AvroDecoder::read_block_count() {
  MOBILAKE_ASSIGN(const std::int64_t count, read_long());
  if (count >= 0) return static_cast<std::uint64_t>(count);
  if (count == std::numeric_limits<std::int64_t>::min())
    return corrupt("an Avro block has the count {}", count);
  // A negative count is followed by the block's size, which only skipping needs.
  MOBILAKE_TRY(read_long());
  return static_cast<std::uint64_t>(-count);
}

Result<AvroValue> AvroDecoder::read_copy(std::string_view text) {
  MOBILAKE_TRY(budget_.take(text.size()));
  return AvroValue(std::string(text));
}

Result<AvroValue> AvroDecoder::read_integer(bool is_int) {
  MOBILAKE_ASSIGN(const std::int64_t value, read_long());
  if (is_int && !fits_int(value)) return corrupt("the Avro int {} is beyond 32 bits", value);
  return AvroValue(value);
}

Result<AvroValue> AvroDecoder::read_record(const AvroType& type, int depth) {
  MOBILAKE_TRY(budget_.take(type.parts.size() * sizeof(AvroValue)));
  AvroList values;
  values.reserve(type.parts.size());
  for (const AvroType* part : type.parts) {
    MOBILAKE_ASSIGN(AvroValue value, read_value(*part, depth + 1));
    values.push_back(std::move(value));
  }
  return AvroValue(std::move(values));
}

Result<AvroValue> AvroDecoder::read_array(const AvroType& type, int depth) {
  AvroList values;
  while (true) {
    MOBILAKE_ASSIGN(const std::uint64_t count, read_block_count());
    if (count == 0) return AvroValue(std::move(values));
    for (std::uint64_t i = 0; i < count; ++i) {
      MOBILAKE_TRY(budget_.take(sizeof(AvroValue)));
      MOBILAKE_ASSIGN(AvroValue value, read_value(*type.parts.front(), depth + 1));
      values.push_back(std::move(value));
    }
  }
}

Result<AvroValue> AvroDecoder::read_map(const AvroType& type, int depth) {
  AvroMap values;
  while (true) {
    MOBILAKE_ASSIGN(const std::uint64_t count, read_block_count());
    if (count == 0) return AvroValue(std::move(values));
    for (std::uint64_t i = 0; i < count; ++i) {
      MOBILAKE_ASSIGN(const std::string_view key, read_text());
      MOBILAKE_TRY(budget_.take(key.size() + sizeof(AvroMap::value_type)));
      MOBILAKE_ASSIGN(AvroValue value, read_value(*type.parts.front(), depth + 1));
      values.emplace_back(std::string(key), std::move(value));
    }
  }
}

Result<AvroValue> AvroDecoder::read_value(const AvroType& type, int depth) {
  if (depth > budget_.depth_max)
    return exhausted("Avro values are nested deeper than {}", budget_.depth_max);
  switch (type.kind) {
    case Kind::kNull:
      return AvroValue();
    case Kind::kBoolean: {
      MOBILAKE_ASSIGN(const std::string_view byte, read_bytes(1));
      if (byte.front() != '\0' && byte.front() != '\1')
        return corrupt("an Avro boolean is neither 0 nor 1");
      return AvroValue(byte.front() == '\1');
    }
    case Kind::kInt:
    case Kind::kLong:
      return read_integer(type.kind == Kind::kInt);
    case Kind::kFloat: {
      MOBILAKE_ASSIGN(const std::string_view bytes, read_bytes(sizeof(float)));
      float value = 0;
      std::memcpy(&value, bytes.data(), sizeof value);
      return AvroValue(static_cast<double>(value));
    }
    case Kind::kDouble: {
      MOBILAKE_ASSIGN(const std::string_view bytes, read_bytes(sizeof(double)));
      double value = 0;
      std::memcpy(&value, bytes.data(), sizeof value);
      return AvroValue(value);
    }
    case Kind::kBytes:
    case Kind::kString: {
      MOBILAKE_ASSIGN(const std::string_view text, read_text());
      return read_copy(text);
    }
    case Kind::kFixed: {
      MOBILAKE_ASSIGN(const std::string_view bytes, read_bytes(type.fixed_size));
      return read_copy(bytes);
    }
    case Kind::kEnum: {
      MOBILAKE_ASSIGN(const std::size_t symbol, read_index(type.names.size(), "symbol"));
      return read_copy(type.names[symbol]);
    }
    case Kind::kRecord:
      return read_record(type, depth);
    case Kind::kArray:
      return read_array(type, depth);
    case Kind::kMap:
      return read_map(type, depth);
    case Kind::kUnion: {
      MOBILAKE_ASSIGN(const std::size_t branch, read_index(type.parts.size(), "branch"));
      return read_value(*type.parts[branch], depth + 1);
    }
  }
  return internal("an Avro type of no kind");
}

}  // namespace mobilake::formats

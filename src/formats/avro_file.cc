// SPDX-License-Identifier: Apache-2.0
#include "formats/avro_file.h"

#include <utility>

#include "base/byte_order.h"
#include "base/crc32c.h"
#include "formats/inside/avro_binary.h"
#include "formats/inside/avro_schema.h"
#include "formats/inside/deflate.h"

namespace mobilake::formats {
namespace {

// Avro 1.11, "Object Container Files".
constexpr std::string_view kMagic("Obj\1", 4);
constexpr std::string_view kSchemaKey = "avro.schema";
constexpr std::string_view kCodecKey = "avro.codec";
constexpr std::size_t kSyncBytes = 16;
constexpr std::size_t kBlockBytes = 256u << 10;
constexpr int kSchemaDepthMax = 64;

/// Records of a file as they stand between two sync markers.
struct Block {
  std::int64_t count = 0;
  std::string bytes;
};

std::string_view codec_name(AvroCodec codec) {
  return codec == AvroCodec::kDeflate ? "deflate" : "null";
}

Result<AvroCodec> codec_of(std::string_view name) {
  if (name.empty() || name == "null") return AvroCodec::kNull;
  if (name == "deflate") return AvroCodec::kDeflate;
  return unsupported("the Avro codec {}", name);
}

Result<> end_block(std::vector<Block>& blocks, Block& block, AvroCodec codec) {
  if (block.count == 0) return {};
  if (codec == AvroCodec::kDeflate) {
    MOBILAKE_ASSIGN(block.bytes, deflate_bytes(block.bytes));
  }
  blocks.push_back(std::exchange(block, Block()));
  return {};
}

Result<std::vector<Block>> blocks_of(const AvroFile& file, AvroCodec codec) {
  MOBILAKE_ASSIGN(const AvroSchema schema, AvroSchema::parse(file.schema_json, kSchemaDepthMax));
  std::vector<Block> blocks;
  Block block;
  for (const AvroValue& record : file.records) {
    MOBILAKE_TRY(append_avro_value(block.bytes, schema.root(), record));
    ++block.count;
    if (block.bytes.size() >= kBlockBytes) MOBILAKE_TRY(end_block(blocks, block, codec));
  }
  MOBILAKE_TRY(end_block(blocks, block, codec));
  return blocks;
}

std::string sync_marker(const std::string& head, const std::vector<Block>& blocks) {
  std::uint32_t sum = 0;
  std::uint64_t size = 0;
  for (const Block& block : blocks) {
    sum = base::crc32c(block.bytes, sum);
    size += block.bytes.size();
  }
  std::string marker;
  base::append_little(marker, base::crc32c(head));
  base::append_little(marker, sum);
  base::append_little(marker, size);
  return marker;
}

/// What stands before the first block.
struct Header {
  std::map<std::string, std::string> entries;
  std::string_view sync;
};

Result<Header> read_header(AvroDecoder& decoder, AvroBudget& budget) {
  MOBILAKE_ASSIGN(const std::string_view magic, decoder.read_bytes(kMagic.size()));
  if (magic != kMagic) return corrupt("not an Avro file");
  AvroType bytes{.kind = AvroType::Kind::kBytes};
  const AvroType map{.kind = AvroType::Kind::kMap, .parts = {&bytes}};
  MOBILAKE_ASSIGN(const AvroValue entries, decoder.read_value(map));
  Header header;
  for (const auto& [key, value] : *entries.map()) {
    MOBILAKE_TRY(budget.take(key.size() + value.text()->size()));
    header.entries[key] = *value.text();
  }
  MOBILAKE_ASSIGN(header.sync, decoder.read_bytes(kSyncBytes));
  return header;
}

Result<> read_records(std::string_view bytes, std::int64_t count, const AvroType& type,
                      AvroBudget& budget, AvroList& records) {
  AvroDecoder decoder(bytes, budget);
  for (std::int64_t i = 0; i < count; ++i) {
    MOBILAKE_TRY(budget.take(sizeof(AvroValue)));
    MOBILAKE_ASSIGN(AvroValue record, decoder.read_value(type));
    records.push_back(std::move(record));
  }
  if (!decoder.at_end()) return corrupt("an Avro block holds more than its {} records", count);
  return {};
}

Result<> read_blocks(AvroDecoder& decoder, const AvroType& type, AvroCodec codec,
                     std::string_view sync, AvroBudget& budget, AvroList& records) {
  while (!decoder.at_end()) {
    MOBILAKE_ASSIGN(const std::int64_t count, decoder.read_long());
    if (count < 0) return corrupt("an Avro block of {} records", count);
    MOBILAKE_ASSIGN(std::string_view bytes, decoder.read_text());
    std::string inflated;
    if (codec == AvroCodec::kDeflate) {
      MOBILAKE_ASSIGN(inflated, inflate_bytes(bytes, budget.bytes_left));
      bytes = inflated;
    }
    MOBILAKE_TRY(read_records(bytes, count, type, budget, records));
    MOBILAKE_ASSIGN(const std::string_view marker, decoder.read_bytes(kSyncBytes));
    if (marker != sync) return corrupt("an Avro block ends without the file's sync marker");
  }
  return {};
}

std::string taken(std::map<std::string, std::string>& entries, std::string_view key) {
  auto node = entries.extract(std::string(key));
  return node.empty() ? std::string() : std::move(node.mapped());
}

Error as_corrupt(Error error) {
  if (error.code == Code::kInvalid) error.code = Code::kCorrupt;
  return error;
}

}  // namespace

Result<std::string> write_avro(const AvroFile& file, AvroCodec codec) {
  MOBILAKE_ASSIGN(const std::vector<Block> blocks, blocks_of(file, codec));
  std::string out(kMagic);
  append_avro_long(out, static_cast<std::int64_t>(file.metadata.size()) + 2);
  append_avro_text(out, kSchemaKey);
  append_avro_text(out, file.schema_json);
  append_avro_text(out, kCodecKey);
  append_avro_text(out, codec_name(codec));
  for (const auto& [key, value] : file.metadata) {
    if (key == kSchemaKey || key == kCodecKey)
      return invalid("the Avro header entry {} is the writer's own", key);
    append_avro_text(out, key);
    append_avro_text(out, value);
  }
  append_avro_long(out, 0);
  const std::string sync = sync_marker(out, blocks);
  out += sync;
  for (const Block& block : blocks) {
    append_avro_long(out, block.count);
    append_avro_text(out, block.bytes);
    out += sync;
  }
  return out;
}

Result<AvroFile> read_avro(std::string_view bytes, const AvroLimits& limits) {
  AvroBudget budget{limits.value_bytes_max, limits.depth_max};
  AvroDecoder decoder(bytes, budget);
  MOBILAKE_ASSIGN(Header header, read_header(decoder, budget));
  AvroFile file;
  file.schema_json = taken(header.entries, kSchemaKey);
  MOBILAKE_ASSIGN(const AvroCodec codec, codec_of(taken(header.entries, kCodecKey)));
  file.metadata = std::move(header.entries);
  auto schema = AvroSchema::parse(file.schema_json, limits.depth_max);
  if (!schema.ok()) return as_corrupt(std::move(schema).error());
  MOBILAKE_TRY(read_blocks(decoder, schema->root(), codec, header.sync, budget, file.records));
  return file;
}

Result<std::vector<std::string>> avro_record_fields(std::string_view schema_json) {
  auto schema = AvroSchema::parse(schema_json, kSchemaDepthMax);
  if (!schema.ok()) return as_corrupt(std::move(schema).error());
  if (schema->root().kind != AvroType::Kind::kRecord)
    return corrupt("the Avro schema is of no record");
  return schema->root().names;
}

}  // namespace mobilake::formats

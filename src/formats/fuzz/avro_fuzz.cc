// SPDX-License-Identifier: Apache-2.0
// Reads the input as an Avro container within narrow limits. What is read can be written and read
// again, in both codecs.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "formats/avro_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mobilake::formats;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const AvroLimits limits{.value_bytes_max = 1u << 20, .depth_max = 16};
  const auto file = read_avro(bytes, limits);
  if (!file.ok()) return 0;
  for (const AvroCodec codec : {AvroCodec::kNull, AvroCodec::kDeflate}) {
    const auto written = write_avro(*file, codec);
    // A union of two records may have read one that the first branch takes for its own.
    if (!written.ok()) continue;
    const auto again = read_avro(*written);
    MOBILAKE_CHECK(again.ok());
    MOBILAKE_CHECK(again->records.size() == file->records.size());
    MOBILAKE_CHECK(again->schema_json == file->schema_json);
    MOBILAKE_CHECK(again->metadata == file->metadata);
  }
  return 0;
}

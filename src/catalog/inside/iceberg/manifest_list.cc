// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/byte_order.h"
#include "catalog/inside/iceberg/avro_reading.h"
#include "catalog/inside/iceberg/bound_bytes.h"
#include "catalog/inside/iceberg/manifest.h"
#include "catalog/inside/iceberg/manifest_schema.h"
#include "formats/avro_file.h"

namespace mobilake::catalog {
namespace {

using formats::AvroList;
using formats::AvroValue;

constexpr int kDataContent = 0;
constexpr std::size_t kManifestFields = 14;
constexpr std::size_t kSummaryFields = 4;

/// Returns the one partition field's summary, or null where there is no partition value.
AvroValue partitions_of(const ManifestFile& manifest) {
  if (!manifest.first_day || !manifest.last_day) return {};
  return AvroValue(AvroList{AvroValue(AvroList{AvroValue(false), AvroValue(false),
                                               AvroValue(day_bytes(*manifest.first_day)),
                                               AvroValue(day_bytes(*manifest.last_day))})});
}

AvroValue manifest_value(const ManifestFile& manifest, const store::ObjectStore& objects) {
  return AvroValue(AvroList{AvroValue(objects.location(manifest.key)),
                            AvroValue(manifest.size_bytes), AvroValue(manifest.spec_id),
                            AvroValue(kDataContent), AvroValue(manifest.sequence_number),
                            AvroValue(manifest.min_sequence_number),
                            AvroValue(manifest.added_snapshot_id), AvroValue(manifest.added.files),
                            AvroValue(manifest.existing.files), AvroValue(manifest.deleted.files),
                            AvroValue(manifest.added.rows), AvroValue(manifest.existing.rows),
                            AvroValue(manifest.deleted.rows), partitions_of(manifest)});
}

std::optional<std::int32_t> day_from(const std::string& bytes) {
  if (bytes.size() != sizeof(std::int32_t)) return std::nullopt;
  return base::load_little<std::int32_t>(bytes.data());
}

EntryCount count_at(RecordValues& values, std::size_t files, std::size_t rows) {
  return {static_cast<std::int32_t>(values.integer(files)), values.integer(rows)};
}

Result<ManifestFile> manifest_from(const AvroValue& record, const store::ObjectStore& objects) {
  RecordValues values(record, kManifestFields);
  ManifestFile manifest;
  const std::string path = values.text(0);
  manifest.size_bytes = values.integer(1);
  manifest.spec_id = static_cast<int>(values.integer(2));
  const std::int64_t content = values.integer(3);
  manifest.sequence_number = values.integer(4);
  manifest.min_sequence_number = values.integer(5);
  manifest.added_snapshot_id = values.integer(6);
  manifest.added = count_at(values, 7, 10);
  manifest.existing = count_at(values, 8, 11);
  manifest.deleted = count_at(values, 9, 12);
  const AvroList& partitions = values.list(13);
  if (!values.sound()) return corrupt("a manifest list's entry is of another form");
  if (content != kDataContent) return unsupported("a manifest list names delete manifests");
  if (!partitions.empty()) {
    RecordValues summary(partitions.front(), kSummaryFields);
    if (summary.has(2)) manifest.first_day = day_from(summary.text(2));
    if (summary.has(3)) manifest.last_day = day_from(summary.text(3));
    if (!summary.sound()) return corrupt("a manifest list's partition is of another form");
  }
  MOBILAKE_ASSIGN(manifest.key, objects.key_of(path));
  return manifest;
}

}  // namespace

Result<std::string> write_manifest_list(const std::vector<ManifestFile>& manifests,
                                        const Snapshot& snapshot,
                                        const store::ObjectStore& objects) {
  formats::AvroFile file;
  file.schema_json = manifest_file_schema();
  file.metadata = {
      {"snapshot-id", std::to_string(snapshot.snapshot_id)},
      {"parent-snapshot-id", snapshot.parent_id ? std::to_string(*snapshot.parent_id) : "null"},
      {"sequence-number", std::to_string(snapshot.sequence_number)},
      {"format-version", "2"}};
  file.records.reserve(manifests.size());
  for (const ManifestFile& manifest : manifests)
    file.records.push_back(manifest_value(manifest, objects));
  return formats::write_avro(file, formats::AvroCodec::kDeflate);
}

Result<std::vector<ManifestFile>> read_manifest_list(std::string_view bytes,
                                                     const store::ObjectStore& objects) {
  MOBILAKE_ASSIGN(const formats::AvroFile file, formats::read_avro(bytes));
  std::vector<ManifestFile> manifests;
  manifests.reserve(file.records.size());
  for (const AvroValue& record : file.records) {
    MOBILAKE_ASSIGN(ManifestFile manifest, manifest_from(record, objects));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/iceberg/table_metadata.h"

#include <fmt/format.h>

#include <charconv>

#include "catalog/inside/iceberg/snapshot_summary.h"

namespace mobilake::catalog {
namespace {

/// Returns the number in ".../metadata/00042-<unique>.metadata.json"; 0 where there is none.
std::int64_t version_of(std::string_view key) {
  const std::string_view name = key.substr(key.rfind('/') + 1);
  std::int64_t version = 0;
  std::from_chars(name.data(), name.data() + name.size(), version);
  return version;
}

}  // namespace

std::string next_metadata_key(const TableMetadata& metadata, std::string_view unique) {
  const std::int64_t version =
      metadata.metadata_key.empty() ? 0 : version_of(metadata.metadata_key) + 1;
  return fmt::format("{}/metadata/{:05}-{}.metadata.json", metadata.folder, version, unique);
}

TableState state_of(const TableMetadata& metadata, const store::ObjectStore& objects) {
  TableState state;
  state.name = metadata.name;
  state.uuid = metadata.uuid;
  state.metadata_key = metadata.metadata_key;
  state.metadata_location = objects.location(metadata.metadata_key);
  state.schema = metadata.schema;
  state.partition_spec = metadata.partition_spec;
  state.sort_order = metadata.sort_order;
  state.properties = metadata.properties;
  if (const Snapshot* current = metadata.current()) {
    state.snapshot = *current;
    state.row_count = summary_number(*current, "total-records");
    state.file_count = summary_number(*current, "total-data-files");
    state.size_bytes = summary_number(*current, "total-files-size");
  }
  return state;
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/table.h"

namespace mobilake::catalog {

/// Returns the Avro schema of a manifest's entries, with Iceberg's field ids (table specification,
/// "Manifests"; bytes and members: docs/formats/table-files.md).
std::string manifest_entry_schema(const PartitionSpec& spec);

/// Returns the Avro schema of a manifest list's entries.
const std::string& manifest_file_schema();

}  // namespace mobilake::catalog

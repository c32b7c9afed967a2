// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/table.h"

namespace mobilake::catalog {

/// Print a schema, the fields of a partition spec and a sort order as Iceberg's JSON (table
/// specification, appendix C).
std::string schema_json(const TableSchema& schema);
std::string partition_fields_json(const PartitionSpec& spec);
std::string partition_spec_json(const PartitionSpec& spec);
std::string sort_order_json(const SortOrder& order);

/// Read what those print. What people say of a column beside its doc comes from the table's
/// properties. Fails with: corrupt, unsupported (types and transforms that we do not write).
Result<TableSchema> parse_schema(std::string_view json,
                                 const std::map<std::string, std::string>& properties);
Result<PartitionSpec> parse_partition_spec(std::string_view json);
Result<SortOrder> parse_sort_order(std::string_view json);

/// Returns the properties that keep units and VSS paths: "mobilake.column.<id>.unit".
std::map<std::string, std::string> column_properties(const TableSchema& schema);

}  // namespace mobilake::catalog

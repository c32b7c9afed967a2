// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "catalog/table.h"
#include "formats/column_batch.h"
#include "store/objects/object_store.h"

namespace mobilake::prepare {

/// By which columns the rows of a table's files are sorted and divided, as places in the batch.
struct FileLayout {
  std::size_t sort_first = 0;
  std::size_t sort_second = 0;
  std::size_t day_column = 0;
};

/// Returns the layout that a table's sort order and partition spec ask for.
/// Fails with: unsupported (anything but two sort columns and a day).
Result<FileLayout> layout_of(const catalog::TableState& table);

/// Sorts the rows, divides them by day and stores a Parquet file a day. `level` says how often the
/// rows were merged; it stands in the files' names. What it stored is removed again when it fails.
/// Fails with: exhausted, unavailable (the store), internal (Arrow).
Result<std::vector<catalog::DataFile>> store_table_files(const catalog::TableState& table,
                                                         const formats::ColumnBatch& rows,
                                                         int level, store::ObjectStore& objects,
                                                         Random& random);

/// Returns the level in a data file's name; 0 for a name that has none.
int merge_level(std::string_view key);

/// Removes files that no table refers to and none ever will.
void remove_files(const std::vector<catalog::DataFile>& files, store::ObjectStore& objects);

}  // namespace mobilake::prepare

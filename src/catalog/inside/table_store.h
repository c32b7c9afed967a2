// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/guarded.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/inside/iceberg/table_metadata.h"
#include "catalog/inside/manifest_cache.h"
#include "store/meta/meta_store.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// The states of all tables: pointers in the meta store, metadata files beside the data.
///
/// The pointer is read each time, the metadata behind it is kept in memory. Thread safety: any
/// thread.
class TableStore {
 public:
  // Shared: plans and commits read a state while the next one takes its place.
  using State = std::shared_ptr<const TableMetadata>;

  TableStore(Doors doors, store::MetaStore& meta, store::ObjectStore& objects, ManifestCache& cache)
      : doors_(doors), meta_(meta), objects_(objects), cache_(cache) {}

  /// Fails with: not_found.
  Result<State> load(const model::TableName& name);
  /// Returns all names, in order.
  Result<std::vector<model::TableName>> list();
  /// Writes the first metadata file and the pointer. Fails with: already_exists, invalid.
  Result<State> create(const NewTable& table);
  /// Returns the current snapshot's files; the lease is the caller's.
  Result<std::vector<PlannedFile>> live_files(const TableMetadata& table);

  /// Keeps the state that a transaction has just put in place.
  void put(State state);
  void forget(const model::TableName& name);

 private:
  Result<std::string> pointer(const model::TableName& name);
  Result<> put_pointer(const TableMetadata& table);

  Doors doors_;
  store::MetaStore& meta_;
  store::ObjectStore& objects_;
  ManifestCache& cache_;
  Guarded<std::map<model::TableName, State>> states_;
};

/// Returns the error of a table that is not there, as every room words it.
Error no_table(const model::TableName& name);

}  // namespace mobilake::catalog

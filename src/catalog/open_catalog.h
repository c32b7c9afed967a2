// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/doors.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/catalog_config.h"
#include "catalog/commit.h"
#include "store/meta/meta_store.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// The catalog's two faces over one state.
class OpenCatalog {
 public:
  virtual ~OpenCatalog() = default;
  virtual Catalog& catalog() = 0;
  virtual TableCommitter& committer() = 0;
};

/// Opens the catalog over its two stores and deletes files that an earlier run could not delete
/// yet. Requires: doors, stores outlive it; one catalog a data folder.
Result<std::unique_ptr<OpenCatalog>> open_catalog(const CatalogConfig& config, Doors doors,
                                                  store::MetaStore& meta,
                                                  store::ObjectStore& objects);

}  // namespace mobilake::catalog

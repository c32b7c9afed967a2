// SPDX-License-Identifier: Apache-2.0
#include "store/meta/open_meta_store.h"

#include "store/meta/inside/sqlite_meta_store.h"

namespace mobilake::store {

Result<std::unique_ptr<MetaStore>> open_meta_store(const MetaStoreOptions& options, Doors doors) {
  MOBILAKE_ASSIGN(std::unique_ptr<MetaStore> store, SqliteMetaStore::open(options, doors));
  return store;
}

}  // namespace mobilake::store

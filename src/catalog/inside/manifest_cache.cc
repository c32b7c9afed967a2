// SPDX-License-Identifier: Apache-2.0
#include "catalog/inside/manifest_cache.h"

namespace mobilake::catalog {

Result<ManifestCache::Entries> ManifestCache::entries(const std::string& key,
                                                      const ManifestContext& context) {
  if (auto found = entries_.lock()->find(key)) return found;
  MOBILAKE_ASSIGN(const std::string bytes, objects_.get(key));
  auto read = read_manifest(bytes, context);
  if (!read.ok()) return std::move(read).within(key).error();
  auto entries = std::make_shared<const ManifestEntries>(*std::move(read));
  put_entries(key, entries);
  return entries;
}

Result<ManifestCache::List> ManifestCache::list(const std::string& key) {
  if (auto found = lists_.lock()->find(key)) return found;
  MOBILAKE_ASSIGN(const std::string bytes, objects_.get(key));
  auto read = read_manifest_list(bytes, objects_);
  if (!read.ok()) return std::move(read).within(key).error();
  auto list = std::make_shared<const std::vector<ManifestFile>>(*std::move(read));
  put_list(key, list);
  return list;
}

void ManifestCache::put_entries(const std::string& key, Entries entries) {
  entries_.lock()->put(key, std::move(entries), entries_max_);
}

void ManifestCache::put_list(const std::string& key, List list) {
  lists_.lock()->put(key, std::move(list), entries_max_);
}

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "catalog/inside/iceberg/manifest.h"
#include "store/objects/object_store.h"

namespace mobilake::catalog {

/// Parsed manifests and manifest lists by key, so that planning reads only what is new. A key's
/// bytes never change, so nothing here grows stale. Bounded by entries; the least recently used go
/// first. Thread safety: any thread.
class ManifestCache {
 public:
  // Shared: a plan reads entries while the cache lets them go.
  using Entries = std::shared_ptr<const ManifestEntries>;
  using List = std::shared_ptr<const std::vector<ManifestFile>>;

  ManifestCache(store::ObjectStore& objects, std::size_t entries_max)
      : objects_(objects), entries_max_(entries_max) {}

  /// Fails with: not_found, corrupt, unavailable.
  Result<Entries> entries(const std::string& key, const ManifestContext& context);
  Result<List> list(const std::string& key);

  /// Keeps what was just written, which need not be read again.
  void put_entries(const std::string& key, Entries entries);
  void put_list(const std::string& key, List list);

 private:
  /// Values by key, at most so many elements in all.
  template <typename Value>
  class RecentlyUsed {
   public:
    Value find(const std::string& key) {
      const auto found = places_.find(key);
      if (found == places_.end()) return nullptr;
      values_.splice(values_.begin(), values_, found->second);
      return found->second->second;
    }

    void put(const std::string& key, Value value, std::size_t elements_max) {
      if (places_.contains(key)) return;
      elements_ += value->size();
      values_.emplace_front(key, std::move(value));
      places_[key] = values_.begin();
      while (elements_ > elements_max && values_.size() > 1) {
        elements_ -= values_.back().second->size();
        places_.erase(values_.back().first);
        values_.pop_back();
      }
    }

   private:
    using Values = std::list<std::pair<std::string, Value>>;

    std::size_t elements_ = 0;
    Values values_;
    std::unordered_map<std::string, typename Values::iterator> places_;
  };

  store::ObjectStore& objects_;
  const std::size_t entries_max_;
  Guarded<RecentlyUsed<Entries>> entries_;
  Guarded<RecentlyUsed<List>> lists_;
};

}  // namespace mobilake::catalog

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "govern/identity.h"
#include "govern/inside/identity_rows.h"

namespace mobilake::govern {

/// The mirror of the stored identities in memory.
struct Identity::State {
  template <typename T>
  using ByName = std::map<std::string, T, std::less<>>;

  struct Entries {
    ByName<Account> accounts;
    ByName<User> users;
    ByName<StoredToken> tokens;
  };

  /// Runs `work` and the next policy epoch in one transaction. Requires: `changes` is held.
  Result<> change(store::MetaStore& store, const store::MetaStore::Work& work) {
    const std::uint64_t next = policy_epoch.load(std::memory_order_relaxed) + 1;
    MOBILAKE_TRY(store.transact([&](store::MetaTransaction& transaction) -> Result<> {
      MOBILAKE_TRY(work(transaction));
      return put_policy_epoch(transaction, next);
    }));
    policy_epoch.store(next, std::memory_order_release);
    return {};
  }

  bool has_admin() {
    auto held = entries.lock();
    for (const auto& [name, user] : held->users)
      if (user.role == model::Role::kAdmin) return true;
    return false;
  }

  std::optional<std::string> bootstrap_token_id() {
    auto held = entries.lock();
    for (const auto& [id, token] : held->tokens)
      if (token.user == kBootstrapUser) return id;
    return std::nullopt;
  }

  Guarded<Entries> entries;
  /// Held over a check, its transaction and the mirror's update, so that changes run one after the
  /// other.
  std::mutex changes;
  std::atomic<std::uint64_t> policy_epoch{0};
};

}  // namespace mobilake::govern

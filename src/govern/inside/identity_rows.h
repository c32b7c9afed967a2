// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "govern/identity.h"
#include "store/meta/meta_store.h"

namespace mobilake::govern {

/// The user name of the bootstrap administrator, which no user may take.
inline constexpr std::string_view kBootstrapUser = "bootstrap";

/// A token as it is kept: never its text.
struct StoredToken {
  std::string id;
  std::string sha256;  ///< of the whole text, hexadecimal
  std::string user;
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
};

/// All that the meta store keeps of identities.
struct IdentityRows {
  std::vector<Account> accounts;
  std::vector<User> users;
  std::vector<StoredToken> tokens;
  std::uint64_t policy_epoch = 0;
};

/// Reads everything in one transaction. Fails with: corrupt, unavailable.
Result<IdentityRows> read_identity_rows(store::MetaStore& store);

/// Writes within a transaction; spaces "accounts", "users", "tokens" by name or id, values in JSON.
Result<> put_account(store::MetaTransaction& transaction, const Account& account);
Result<> put_user(store::MetaTransaction& transaction, const User& user);
Result<> put_token(store::MetaTransaction& transaction, const StoredToken& token);
Result<> remove_token(store::MetaTransaction& transaction, std::string_view id);
Result<> put_policy_epoch(store::MetaTransaction& transaction, std::uint64_t epoch);

}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/doors.h"
#include "base/result.h"
#include "model/principal.h"
#include "store/meta/meta_store.h"

namespace mobilake::govern {

/// Every bucket, namespace, device and user belongs to one.
struct Account {
  std::string name;
  model::AccountKind kind = model::AccountKind::kProducer;
  std::string template_name;  ///< what the account was made with, e.g. "vehicle"; may be empty
  Timestamp created_at;
};

/// A person or program that signs in with tokens.
struct User {
  std::string name;  ///< unique among all accounts
  std::string account;
  model::Role role = model::Role::kOwner;
  Timestamp created_at;
};

/// A token as it is shown, this once.
struct IssuedToken {
  std::string id;
  std::string token;  ///< "mbl_live_<id>_<secret>_<crc>", see token.h
  std::optional<Timestamp> expires_at;
};

template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_page;  ///< empty at the end
};

struct IdentityOptions {
  /// Where the bootstrap administrator's token stands while it lives, e.g. DIR/admin.token. The
  /// file is written and removed here, so that it and the token end together. Empty: no file.
  std::string admin_token_path;
  /// What a token of a user lives by default; 0 means for ever.
  std::chrono::seconds token_lifetime = std::chrono::hours(24 * 365);
};

/// Knows accounts, users and tokens, and says who a token speaks for.
///
/// Kept in the meta store, mirrored in memory: authenticate() takes no transaction. A fresh store
/// gets the account `system` and the bootstrap administrator, whose token ends with the first user
/// of role admin. Opened by open(), owned by the server, over a MetaStore that outlives it. Thread
/// safety: any thread.
class Identity {
 public:
  /// Fails with: corrupt, exhausted, unavailable.
  static Result<std::unique_ptr<Identity>> open(store::MetaStore& store, Doors doors,
                                                IdentityOptions options);
  ~Identity();

  /// Fails with: invalid, already_exists, exhausted, unavailable.
  Result<Account> add_account(std::string_view name, model::AccountKind kind,
                              std::string_view template_name);
  /// Fails with: not_found.
  Result<Account> find_account(std::string_view name) const;
  /// Returns up to `limit` accounts by name, after `page_token`.
  Page<Account> list_accounts(std::string_view page_token, std::size_t limit) const;

  /// Fails with: invalid, not_found (the account), already_exists, exhausted, unavailable.
  /// The first user of role admin ends the bootstrap administrator. The account `system` has no
  /// owner.
  Result<User> add_user(std::string_view name, std::string_view account, model::Role role);
  /// Fails with: not_found.
  Result<User> find_user(std::string_view name) const;
  /// Returns up to `limit` users by name, after `page_token`; of one account where it is not empty.
  Page<User> list_users(std::string_view account, std::string_view page_token,
                        std::size_t limit) const;

  /// Makes a token for the user; `lifetime` 0 means for ever, nothing means the default.
  /// Fails with: not_found, exhausted, unavailable.
  Result<IssuedToken> issue_token(std::string_view user,
                                  std::optional<std::chrono::seconds> lifetime = std::nullopt);
  /// Ends a token at once. Fails with: not_found, exhausted, unavailable.
  Result<> revoke_token(std::string_view token_id);

  /// Returns who the token speaks for. Fails with: unauthenticated, one message for every cause but
  /// expiry.
  Result<model::Principal> authenticate(std::string_view token) const;

  /// Returns whether the bootstrap administrator still exists.
  bool bootstrap_active() const;

  /// Rises with each change of accounts, users and tokens; a Permit of an older epoch is asked for
  /// again.
  std::uint64_t policy_epoch() const;

 private:
  struct State;
  Identity(store::MetaStore& store, Doors doors, IdentityOptions options);
  Result<> load();
  Result<> found();
  Result<> settle_bootstrap();
  Result<> write_bootstrap_token();

  store::MetaStore& store_;
  Doors doors_;
  IdentityOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace mobilake::govern

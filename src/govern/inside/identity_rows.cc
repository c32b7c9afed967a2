// SPDX-License-Identifier: Apache-2.0
#include "govern/inside/identity_rows.h"

#include <nlohmann/json.hpp>

#include "base/byte_order.h"

namespace mobilake::govern {
namespace {

using nlohmann::json;

constexpr std::string_view kAccounts = "accounts";
constexpr std::string_view kUsers = "users";
constexpr std::string_view kTokens = "tokens";
constexpr std::string_view kPolicy = "policy";
constexpr std::string_view kEpoch = "epoch";
constexpr std::size_t kPageSize = 10'000;

std::int64_t microseconds_of(Timestamp time) {
  return time.time_since_epoch().count();
}

Timestamp time_of(const json& field) {
  return Timestamp(base::microseconds(field.get<std::int64_t>()));
}

Result<Account> account_of(const json& fields) {
  Account account;
  account.name = fields.at("name").get<std::string>();
  const auto kind = fields.at("kind").get<std::string>();
  if (kind == model::account_kind_name(model::AccountKind::kSystem)) {
    account.kind = model::AccountKind::kSystem;
  } else {
    MOBILAKE_ASSIGN(account.kind, model::parse_account_kind(kind));
  }
  account.template_name = fields.at("template").get<std::string>();
  account.created_at = time_of(fields.at("created_at_us"));
  return account;
}

Result<User> user_of(const json& fields) {
  User user;
  user.name = fields.at("name").get<std::string>();
  user.account = fields.at("account").get<std::string>();
  MOBILAKE_ASSIGN(user.role, model::parse_role(fields.at("role").get<std::string>()));
  user.created_at = time_of(fields.at("created_at_us"));
  return user;
}

Result<StoredToken> token_of(const json& fields) {
  StoredToken token;
  token.id = fields.at("id").get<std::string>();
  token.sha256 = fields.at("sha256").get<std::string>();
  token.user = fields.at("user").get<std::string>();
  token.created_at = time_of(fields.at("created_at_us"));
  if (fields.contains("expires_at_us")) token.expires_at = time_of(fields.at("expires_at_us"));
  return token;
}

// Reads every value of a space through `read_one`.
template <typename T>
Result<std::vector<T>> read_space(store::MetaTransaction& transaction, std::string_view space,
                                  Result<T> (*read_one)(const json&)) {
  std::vector<T> things;
  std::string after;
  while (true) {
    MOBILAKE_ASSIGN(const auto rows, transaction.scan(space, "", after, kPageSize));
    for (const auto& [key, value] : rows) {
      try {
        MOBILAKE_ASSIGN(T thing, read_one(json::parse(value)));
        things.push_back(std::move(thing));
      } catch (const json::exception& thrown) {
        return corrupt("\"{}\" in space \"{}\" cannot be read: error {}", key, space, thrown.id);
      }
    }
    if (rows.size() < kPageSize) return things;
    after = rows.back().first;
  }
}

}  // namespace

Result<IdentityRows> read_identity_rows(store::MetaStore& store) {
  IdentityRows rows;
  MOBILAKE_TRY(store.read([&](store::MetaTransaction& transaction) -> Result<> {
    MOBILAKE_ASSIGN(rows.accounts, read_space(transaction, kAccounts, account_of));
    MOBILAKE_ASSIGN(rows.users, read_space(transaction, kUsers, user_of));
    MOBILAKE_ASSIGN(rows.tokens, read_space(transaction, kTokens, token_of));
    MOBILAKE_ASSIGN(const auto epoch, transaction.get(kPolicy, kEpoch));
    if (epoch.has_value()) {
      if (epoch->size() != sizeof(std::uint64_t)) return corrupt("the policy epoch cannot be read");
      rows.policy_epoch = base::load_little<std::uint64_t>(epoch->data());
    }
    return {};
  }));
  return rows;
}

Result<> put_account(store::MetaTransaction& transaction, const Account& account) {
  const json text = {{"name", account.name},
                     {"kind", model::account_kind_name(account.kind)},
                     {"template", account.template_name},
                     {"created_at_us", microseconds_of(account.created_at)}};
  return transaction.put(kAccounts, account.name, text.dump());
}

Result<> put_user(store::MetaTransaction& transaction, const User& user) {
  const json text = {{"name", user.name},
                     {"account", user.account},
                     {"role", model::role_name(user.role)},
                     {"created_at_us", microseconds_of(user.created_at)}};
  return transaction.put(kUsers, user.name, text.dump());
}

Result<> put_token(store::MetaTransaction& transaction, const StoredToken& token) {
  json text = {{"id", token.id},
               {"sha256", token.sha256},
               {"user", token.user},
               {"created_at_us", microseconds_of(token.created_at)}};
  if (token.expires_at.has_value()) text["expires_at_us"] = microseconds_of(*token.expires_at);
  return transaction.put(kTokens, token.id, text.dump());
}

Result<> remove_token(store::MetaTransaction& transaction, std::string_view id) {
  return transaction.remove(kTokens, id);
}

Result<> put_policy_epoch(store::MetaTransaction& transaction, std::uint64_t epoch) {
  std::string bytes;
  base::append_little(bytes, epoch);
  return transaction.put(kPolicy, kEpoch, bytes);
}

}  // namespace mobilake::govern

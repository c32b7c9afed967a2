// SPDX-License-Identifier: Apache-2.0
#include "govern/identity.h"

#include <algorithm>
#include <utility>

#include "govern/inside/identity_rows.h"
#include "govern/inside/identity_state.h"
#include "govern/token.h"
#include "model/names.h"
#include "store/devices/credential.h"

namespace mobilake::govern {
namespace {

constexpr std::string_view kSystemAccount = "system";
constexpr std::size_t kListLimitMax = 1'000;

// Pages through an ordered map of name to thing.
template <typename T, typename Keep>
Page<T> page_of(const std::map<std::string, T, std::less<>>& things, std::string_view after,
                std::size_t limit, Keep keep) {
  limit = std::clamp<std::size_t>(limit, 1, kListLimitMax);
  Page<T> page;
  for (auto entry = things.upper_bound(after); entry != things.end(); ++entry) {
    if (!keep(entry->second)) continue;
    if (page.items.size() == limit) {
      page.next_page = page.items.back().name;
      break;
    }
    page.items.push_back(entry->second);
  }
  return page;
}

Error wrong_token() {
  return unauthenticated("the token is not valid");
}

}  // namespace

Identity::Identity(store::MetaStore& store, Doors doors, IdentityOptions options)
    : store_(store),
      doors_(doors),
      options_(std::move(options)),
      state_(std::make_unique<State>()) {}

Identity::~Identity() = default;

Result<std::unique_ptr<Identity>> Identity::open(store::MetaStore& store, Doors doors,
                                                 IdentityOptions options) {
  std::unique_ptr<Identity> identity(new Identity(store, doors, std::move(options)));
  MOBILAKE_TRY(identity->load().within("reading accounts and users"));
  MOBILAKE_TRY(identity->found());
  MOBILAKE_TRY(identity->settle_bootstrap().within("settling the bootstrap administrator"));
  return identity;
}

Result<> Identity::load() {
  MOBILAKE_ASSIGN(IdentityRows rows, read_identity_rows(store_));
  auto entries = state_->entries.lock();
  for (Account& account : rows.accounts)
    entries->accounts[account.name] = std::move(account);
  for (User& user : rows.users)
    entries->users[user.name] = std::move(user);
  for (StoredToken& token : rows.tokens)
    entries->tokens[token.id] = std::move(token);
  state_->policy_epoch.store(rows.policy_epoch, std::memory_order_release);
  return {};
}

// Makes what a fresh store has: the account `system`.
Result<> Identity::found() {
  const std::lock_guard changing(state_->changes);
  if (state_->entries.lock()->accounts.contains(kSystemAccount)) return {};
  const Account account{std::string(kSystemAccount), model::AccountKind::kSystem, "",
                        doors_.clock.now()};
  MOBILAKE_TRY(state_->change(store_, [&](store::MetaTransaction& transaction) {
    return put_account(transaction, account);
  }));
  state_->entries.lock()->accounts[account.name] = account;
  return {};
}

// Brings the bootstrap administrator's token and its file in step with whether an administrator
// exists, whatever a crash left in between.
Result<> Identity::settle_bootstrap() {
  const bool has_file = !options_.admin_token_path.empty();
  bool file_exists = false;
  if (has_file) {
    MOBILAKE_ASSIGN(file_exists, doors_.disk.exists(options_.admin_token_path));
  }
  if (state_->has_admin()) {
    if (!file_exists) return {};
    MOBILAKE_TRY(doors_.disk.remove(options_.admin_token_path));
    return doors_.disk.sync_directory(base::parent_directory(options_.admin_token_path));
  }
  const bool token_exists = state_->bootstrap_token_id().has_value();
  if (token_exists && (file_exists || !has_file)) return {};
  return write_bootstrap_token();
}

// The token before its file: a crash in between leaves a token that nobody knows, and the next
// start makes another.
Result<> Identity::write_bootstrap_token() {
  const std::lock_guard changing(state_->changes);
  const TokenText text = make_token(doors_.random);
  const std::optional<std::string> old = state_->bootstrap_token_id();
  const StoredToken token{text.id, store::sha256_hex(text.text), std::string(kBootstrapUser),
                          doors_.clock.now(), std::nullopt};
  MOBILAKE_TRY(state_->change(store_, [&](store::MetaTransaction& transaction) -> Result<> {
    if (old.has_value()) MOBILAKE_TRY(remove_token(transaction, *old));
    return put_token(transaction, token);
  }));
  {
    auto entries = state_->entries.lock();
    if (old.has_value()) entries->tokens.erase(*old);
    entries->tokens[token.id] = token;
  }
  if (options_.admin_token_path.empty()) return {};
  return doors_.disk.replace_file(options_.admin_token_path, text.text + "\n");
}

Result<Account> Identity::add_account(std::string_view name, model::AccountKind kind,
                                      std::string_view template_name) {
  MOBILAKE_TRY(model::check_name("an account", name));
  if (kind == model::AccountKind::kSystem) return invalid("the account system exists once");
  if (!template_name.empty() && template_name != "vehicle")
    return invalid("there is no account template \"{}\"; there is: vehicle", template_name);
  const std::lock_guard changing(state_->changes);
  if (state_->entries.lock()->accounts.contains(name))
    return already_exists("there is an account \"{}\"", name);
  const Account account{std::string(name), kind, std::string(template_name), doors_.clock.now()};
  MOBILAKE_TRY(state_->change(store_, [&](store::MetaTransaction& transaction) {
    return put_account(transaction, account);
  }));
  state_->entries.lock()->accounts[account.name] = account;
  return account;
}

Result<Account> Identity::find_account(std::string_view name) const {
  auto entries = state_->entries.lock();
  const auto entry = entries->accounts.find(name);
  if (entry == entries->accounts.end()) return not_found("there is no account \"{}\"", name);
  return entry->second;
}

Page<Account> Identity::list_accounts(std::string_view page_token, std::size_t limit) const {
  auto entries = state_->entries.lock();
  return page_of(entries->accounts, page_token, limit, [](const Account&) { return true; });
}

Result<User> Identity::add_user(std::string_view name, std::string_view account, model::Role role) {
  MOBILAKE_TRY(model::check_name("a user", name));
  if (name == kBootstrapUser || name == kSystemAccount)
    return invalid("the name \"{}\" is kept for the system", name);
  if (account == kSystemAccount && role == model::Role::kOwner)
    return invalid("the account system has no owner: its tables show each account its own rows");
  const std::lock_guard changing(state_->changes);
  MOBILAKE_TRY(find_account(account));
  if (state_->entries.lock()->users.contains(name))
    return already_exists("there is a user \"{}\"", name);
  const User user{std::string(name), std::string(account), role, doors_.clock.now()};
  const std::optional<std::string> bootstrap =
      role == model::Role::kAdmin ? state_->bootstrap_token_id() : std::nullopt;
  MOBILAKE_TRY(state_->change(store_, [&](store::MetaTransaction& transaction) -> Result<> {
    if (bootstrap.has_value()) MOBILAKE_TRY(remove_token(transaction, *bootstrap));
    return put_user(transaction, user);
  }));
  {
    auto entries = state_->entries.lock();
    if (bootstrap.has_value()) entries->tokens.erase(*bootstrap);
    entries->users[user.name] = user;
  }
  // The token has ended with the transaction; a file that cannot be removed now goes at the next
  // start.
  if (bootstrap.has_value()) static_cast<void>(settle_bootstrap().ok());
  return user;
}

Result<User> Identity::find_user(std::string_view name) const {
  auto entries = state_->entries.lock();
  const auto entry = entries->users.find(name);
  if (entry == entries->users.end()) return not_found("there is no user \"{}\"", name);
  return entry->second;
}

Page<User> Identity::list_users(std::string_view account, std::string_view page_token,
                                std::size_t limit) const {
  auto entries = state_->entries.lock();
  return page_of(entries->users, page_token, limit,
                 [&](const User& user) { return account.empty() || user.account == account; });
}

Result<IssuedToken> Identity::issue_token(std::string_view user,
                                          std::optional<std::chrono::seconds> lifetime) {
  const std::lock_guard changing(state_->changes);
  MOBILAKE_ASSIGN(const User owner, find_user(user));
  const std::chrono::seconds lives = lifetime.value_or(options_.token_lifetime);
  if (lives.count() < 0) return invalid("a token cannot live {} seconds", lives.count());
  const TokenText text = make_token(doors_.random);
  const Timestamp now = doors_.clock.now();
  StoredToken token{text.id, store::sha256_hex(text.text), owner.name, now, std::nullopt};
  if (lives.count() > 0) token.expires_at = now + lives;
  MOBILAKE_TRY(state_->change(
      store_, [&](store::MetaTransaction& transaction) { return put_token(transaction, token); }));
  state_->entries.lock()->tokens[token.id] = token;
  return IssuedToken{text.id, text.text, token.expires_at};
}

Result<> Identity::revoke_token(std::string_view token_id) {
  const std::lock_guard changing(state_->changes);
  if (!state_->entries.lock()->tokens.contains(token_id))
    return not_found("there is no such token");
  MOBILAKE_TRY(state_->change(store_, [&](store::MetaTransaction& transaction) {
    return remove_token(transaction, token_id);
  }));
  auto entries = state_->entries.lock();
  entries->tokens.erase(entries->tokens.find(token_id));
  return {};
}

Result<model::Principal> Identity::authenticate(std::string_view token) const {
  const std::optional<std::string> id = parse_token(token);
  if (!id.has_value()) return wrong_token();
  const std::string hash = store::sha256_hex(token);
  auto entries = state_->entries.lock();
  const auto entry = entries->tokens.find(*id);
  if (entry == entries->tokens.end()) return wrong_token();
  const StoredToken& stored = entry->second;
  if (!store::equal_in_constant_time(hash, stored.sha256)) return wrong_token();
  if (stored.expires_at.has_value() && doors_.clock.now() >= *stored.expires_at)
    return unauthenticated("the token has expired");
  if (stored.user == kBootstrapUser)
    return model::Principal{model::Principal::Kind::kUser, stored.user, std::string(kSystemAccount),
                            model::Role::kAdmin};
  const auto user = entries->users.find(stored.user);
  if (user == entries->users.end()) return wrong_token();
  return model::Principal{model::Principal::Kind::kUser, user->second.name, user->second.account,
                          user->second.role};
}

bool Identity::bootstrap_active() const {
  return state_->bootstrap_token_id().has_value();
}

std::uint64_t Identity::policy_epoch() const {
  return state_->policy_epoch.load(std::memory_order_acquire);
}

}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#include "govern/identity.h"

#include <gtest/gtest.h>

#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "govern/token.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::govern {
namespace {

using model::AccountKind;
using model::Role;

constexpr const char* kTokenPath = "/data/admin.token";

class IdentityTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(disk_.make_directories("/data").ok());
    reopen();
  }

  // As at a start of the server.
  void reopen() {
    identity_.reset();
    IdentityOptions options;
    options.admin_token_path = kTokenPath;
    auto opened = Identity::open(store_, {clock_, disk_, *random_}, options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    identity_ = std::move(opened).value();
  }

  std::string bootstrap_token() {
    auto text = disk_.read_file(kTokenPath);
    if (!text.ok()) return "";
    return text->substr(0, text->find('\n'));
  }

  bool token_file_exists() { return disk_.exists(kTokenPath).value_or(true); }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(11);
  base::PowerCutDisk disk_;
  store::FakeMetaStore store_;
  std::unique_ptr<Identity> identity_;
};

TEST_F(IdentityTest, AFreshStoreHasTheSystemAndTheBootstrapAdministratorOnly) {
  EXPECT_EQ(identity_->list_accounts("", 10).items.size(), 1u);
  EXPECT_EQ(identity_->find_account("system")->kind, AccountKind::kSystem);
  EXPECT_TRUE(identity_->list_users("", "", 10).items.empty());
  const auto admin = identity_->authenticate(bootstrap_token());
  ASSERT_TRUE(admin.ok()) << admin.error().message;
  EXPECT_EQ(admin->name, "bootstrap");
  EXPECT_EQ(admin->role, Role::kAdmin);
}

TEST_F(IdentityTest, TheBootstrapTokenStaysOverARestartAndIsMadeAnewWhenItsFileIsLost) {
  const std::string first = bootstrap_token();
  reopen();
  EXPECT_EQ(bootstrap_token(), first);
  EXPECT_TRUE(identity_->authenticate(first).ok());
  ASSERT_TRUE(disk_.remove(kTokenPath).ok());
  reopen();
  EXPECT_NE(bootstrap_token(), first);
  EXPECT_TRUE(identity_->authenticate(bootstrap_token()).ok());
  EXPECT_FALSE(identity_->authenticate(first).ok());
}

TEST_F(IdentityTest, TheBootstrapAdministratorEndsWithTheFirstAdministratorAndNotBefore) {
  const std::string token = bootstrap_token();
  ASSERT_TRUE(identity_->add_account("vehicle", AccountKind::kProducer, "vehicle").ok());
  ASSERT_TRUE(identity_->add_user("ada", "vehicle", Role::kOwner).ok());
  EXPECT_TRUE(identity_->bootstrap_active());
  EXPECT_TRUE(identity_->authenticate(token).ok());
  ASSERT_TRUE(identity_->add_user("root", "system", Role::kAdmin).ok());
  EXPECT_FALSE(identity_->bootstrap_active());
  EXPECT_FALSE(identity_->authenticate(token).ok());
  EXPECT_FALSE(token_file_exists());
  reopen();
  EXPECT_FALSE(identity_->bootstrap_active());
  EXPECT_FALSE(token_file_exists());
}

TEST_F(IdentityTest, ATokenFileLeftBehindByACrashGoesAtTheNextStart) {
  ASSERT_TRUE(identity_->add_user("root", "system", Role::kAdmin).ok());
  ASSERT_TRUE(disk_.replace_file(kTokenPath, "left behind\n").ok());
  reopen();
  EXPECT_FALSE(token_file_exists());
}

TEST_F(IdentityTest, KeepsAccountsAndUsersOverARestart) {
  ASSERT_TRUE(identity_->add_account("vehicle", AccountKind::kProducer, "vehicle").ok());
  ASSERT_TRUE(identity_->add_account("partner", AccountKind::kConsumer, "").ok());
  ASSERT_TRUE(identity_->add_user("ada", "vehicle", Role::kOwner).ok());
  ASSERT_TRUE(identity_->add_user("bob", "partner", Role::kOwner).ok());
  const std::uint64_t epoch = identity_->policy_epoch();
  reopen();
  EXPECT_EQ(identity_->policy_epoch(), epoch);
  EXPECT_EQ(identity_->find_account("vehicle")->template_name, "vehicle");
  EXPECT_EQ(identity_->find_account("partner")->kind, AccountKind::kConsumer);
  EXPECT_EQ(identity_->find_user("ada")->account, "vehicle");
  const Page<User> own = identity_->list_users("partner", "", 10);
  ASSERT_EQ(own.items.size(), 1u);
  EXPECT_EQ(own.items[0].name, "bob");
}

TEST_F(IdentityTest, ListsInPages) {
  for (const char* name : {"c", "a", "b"})
    ASSERT_TRUE(identity_->add_account(name, AccountKind::kConsumer, "").ok());
  const Page<Account> first = identity_->list_accounts("", 2);
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].name, "a");
  EXPECT_EQ(first.next_page, "b");
  const Page<Account> second = identity_->list_accounts(first.next_page, 2);
  ASSERT_EQ(second.items.size(), 2u);
  EXPECT_EQ(second.items[1].name, "system");
  EXPECT_EQ(second.next_page, "");
}

TEST_F(IdentityTest, RefusesWrongAndDoubleNames) {
  ASSERT_TRUE(identity_->add_account("vehicle", AccountKind::kProducer, "").ok());
  ASSERT_TRUE(identity_->add_user("ada", "vehicle", Role::kOwner).ok());
  const auto code = [](const auto& result) {
    return result.ok() ? std::string("ok") : std::string(base::code_name(result.error().code));
  };
  using Kind = AccountKind;
  EXPECT_EQ(code(identity_->add_account("vehicle", Kind::kConsumer, "")), "already_exists");
  EXPECT_EQ(code(identity_->add_account("Vehicle", Kind::kConsumer, "")), "invalid");
  EXPECT_EQ(code(identity_->add_account("other", Kind::kSystem, "")), "invalid");
  EXPECT_EQ(code(identity_->add_account("other", Kind::kConsumer, "boat")), "invalid");
  EXPECT_EQ(code(identity_->add_user("ada", "vehicle", Role::kOwner)), "already_exists");
  EXPECT_EQ(code(identity_->add_user("bob", "nowhere", Role::kOwner)), "not_found");
  EXPECT_EQ(code(identity_->add_user("bob", "system", Role::kOwner)), "invalid");
  EXPECT_EQ(code(identity_->add_user("bootstrap", "vehicle", Role::kOwner)), "invalid");
  EXPECT_EQ(code(identity_->find_user("bob")), "not_found");
  EXPECT_EQ(code(identity_->issue_token("bob")), "not_found");
}

TEST_F(IdentityTest, ATokenSpeaksForItsUserUntilItExpiresOrIsRevoked) {
  ASSERT_TRUE(identity_->add_account("vehicle", AccountKind::kProducer, "").ok());
  ASSERT_TRUE(identity_->add_user("ada", "vehicle", Role::kOwner).ok());
  const auto short_lived = identity_->issue_token("ada", std::chrono::hours(1));
  const auto lasting = identity_->issue_token("ada", std::chrono::seconds(0));
  ASSERT_TRUE(short_lived.ok() && lasting.ok());
  EXPECT_FALSE(lasting->expires_at.has_value());
  reopen();
  const auto ada = identity_->authenticate(short_lived->token);
  ASSERT_TRUE(ada.ok()) << ada.error().message;
  EXPECT_EQ(ada->account, "vehicle");
  EXPECT_EQ(ada->role, Role::kOwner);
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(identity_->authenticate(short_lived->token).error().message, "the token has expired");
  EXPECT_TRUE(identity_->authenticate(lasting->token).ok());
  ASSERT_TRUE(identity_->revoke_token(lasting->id).ok());
  EXPECT_EQ(identity_->authenticate(lasting->token).error().code, Code::kUnauthenticated);
  EXPECT_EQ(identity_->revoke_token(lasting->id).error().code, Code::kNotFound);
}

TEST_F(IdentityTest, RefusesATokenWithAnotherSecretAndKeepsNoTokensText) {
  ASSERT_TRUE(identity_->add_account("vehicle", AccountKind::kProducer, "").ok());
  ASSERT_TRUE(identity_->add_user("ada", "vehicle", Role::kOwner).ok());
  const auto issued = identity_->issue_token("ada");
  ASSERT_TRUE(issued.ok());
  const TokenText other = make_token(*random_);
  EXPECT_EQ(identity_->authenticate(other.text).error().code, Code::kUnauthenticated);
  EXPECT_EQ(identity_->authenticate("").error().code, Code::kUnauthenticated);
  EXPECT_EQ(identity_->authenticate(issued->token + "0").error().code, Code::kUnauthenticated);
  const std::string secret = issued->token.substr(26, 32);
  for (const auto& [space, rows] : store_.snapshot())
    for (const auto& [key, value] : rows)
      EXPECT_EQ(value.find(secret), std::string::npos);
}

TEST_F(IdentityTest, ChangesNothingWhenTheStoreFails) {
  store_.lose_next(store::FakeMetaStore::Lost::kBefore);
  const std::uint64_t epoch = identity_->policy_epoch();
  EXPECT_FALSE(identity_->add_user("root", "system", Role::kAdmin).ok());
  EXPECT_TRUE(identity_->bootstrap_active());
  EXPECT_EQ(identity_->policy_epoch(), epoch);
  EXPECT_EQ(identity_->find_user("root").error().code, Code::kNotFound);
}

TEST(TokenTest, HasTheDocumentedFormAndAChecksum) {
  const auto random = base::seeded_random(1);
  const TokenText token = make_token(*random);
  EXPECT_TRUE(token.text.starts_with("mbl_live_" + token.id + "_"));
  EXPECT_EQ(parse_token(token.text), token.id);
  for (std::size_t at = 0; at < token.text.size(); ++at) {
    std::string wrong = token.text;
    wrong[at] = wrong[at] == 'a' ? 'b' : 'a';
    EXPECT_EQ(parse_token(wrong), std::nullopt) << at;
    EXPECT_EQ(parse_token(token.text.substr(0, at)), std::nullopt) << at;
  }
}

}  // namespace
}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#include "govern/gatekeeper.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/testkit/simulated_clock.h"
#include "govern/resource.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::govern {
namespace {

using model::Action;
using model::Principal;
using model::Role;

constexpr std::array<Action, 4> kActions{Action::kDescribe, Action::kSelect, Action::kAppend,
                                         Action::kManage};

class GatekeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Identity::open(store_, {clock_, base::system_disk(), *random_}, {});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    identity_ = std::move(opened).value();
    gatekeeper_ = std::make_unique<Gatekeeper>(*identity_);
  }

  // One letter per action in the order of kActions: y(es), d(enied), or - (not found).
  std::string row(const Principal& principal, const std::string& resource) {
    std::string letters;
    for (const Action action : kActions) {
      const auto decision = gatekeeper_->decide(principal, action, resource);
      if (decision.ok()) {
        EXPECT_TRUE(decision->covers(action, resource));
        EXPECT_EQ(decision->principal(), principal);
        letters += 'y';
      } else {
        letters += decision.error().code == Code::kDenied     ? 'd'
                   : decision.error().code == Code::kNotFound ? '-'
                                                              : '?';
      }
    }
    return letters;
  }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(5);
  store::FakeMetaStore store_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<Gatekeeper> gatekeeper_;
};

const Principal kAdmin{Principal::Kind::kUser, "root", "system", Role::kAdmin};
const Principal kAdminElsewhere{Principal::Kind::kUser, "boss", "vehicle", Role::kAdmin};
const Principal kOwner{Principal::Kind::kUser, "ada", "vehicle", Role::kOwner};
const Principal kDevice{Principal::Kind::kDevice, "VIN1", "vehicle", Role::kOwner};

// Describe, select, append, manage.
struct Cell {
  const char* resource;
  const char* admin;
  const char* owner;
  const char* device;
};

constexpr Cell kTable[] = {
    {"account/vehicle", "yddy", "yddd", "----"},
    {"account/factory", "yddy", "----", "----"},
    {"account/system", "yddy", "----", "----"},
    {"account/", "yddy", "----", "----"},
    {"user/vehicle", "yddy", "yddd", "----"},
    {"user/factory", "yddy", "----", "----"},
    {"device/vehicle", "yddy", "yyyy", "----"},
    {"device/factory", "yddy", "----", "----"},
    {"table/vehicle.telemetry.signals", "----", "yyyy", "----"},
    {"table/factory.line.machines", "----", "----", "----"},
    {"table/vehicle2.telemetry.signals", "----", "----", "----"},
    {"table/system.main.conservation", "----", "yydd", "----"},
    {"table/system.main.dead_letters", "----", "yydd", "----"},
    {"table/system.main.ingest", "----", "yydd", "----"},
    {"table/system.main.audit", "----", "----", "----"},
    {"table/system.main.conservation2", "----", "----", "----"},
    {"stream/vehicle", "----", "yyyy", "ddyd"},
    {"stream/vehicle/raw", "----", "yyyy", "ddyd"},
    {"stream/vehicles", "----", "----", "----"},
    {"stream/factory", "----", "----", "----"},
    {"stream/system", "----", "----", "----"},
    {"objects/vehicle/raw/1", "----", "yyyy", "----"},
    {"objects/factory/raw/1", "----", "----", "----"},
    {"server/status", "yddy", "yddd", "----"},
    {"server/log", "yddy", "dddd", "----"},
    {"server/backup", "yddy", "dddd", "----"},
};

TEST_F(GatekeeperTest, DecidesEveryCellOfTheTable) {
  for (const Cell& cell : kTable) {
    SCOPED_TRACE(cell.resource);
    EXPECT_EQ(row(kAdmin, cell.resource), cell.admin);
    EXPECT_EQ(row(kAdminElsewhere, cell.resource), cell.admin);
    EXPECT_EQ(row(kOwner, cell.resource), cell.owner);
    EXPECT_EQ(row(kDevice, cell.resource), cell.device);
    EXPECT_EQ(row(model::system_principal(), cell.resource), "yyyy");
  }
}

TEST_F(GatekeeperTest, GivesAHiddenTableTheErrorOfAMissingOne) {
  const std::string hidden = "table/factory.line.machines";
  const auto decision = gatekeeper_->decide(kOwner, Action::kSelect, hidden);
  ASSERT_FALSE(decision.ok());
  EXPECT_EQ(decision.error().to_string(), missing(hidden).to_string());
  EXPECT_EQ(missing(hidden).message, "there is no table \"factory.line.machines\"");
}

TEST_F(GatekeeperTest, RefusesWhatNamesNoResource) {
  for (const char* resource :
       {"", "vehicle", "table/", "table/a.b", "table/system.audit", "secret/vehicle", "user/"}) {
    const auto decision = gatekeeper_->decide(model::system_principal(), Action::kSelect, resource);
    ASSERT_FALSE(decision.ok()) << resource;
    EXPECT_EQ(decision.error().code, Code::kInvalid) << resource;
  }
}

TEST_F(GatekeeperTest, ScopesTheRowsOfSharedSystemTablesToTheAccount) {
  const auto scope = [&](const Principal& principal, const std::string& resource) {
    const auto decision = gatekeeper_->decide(principal, Action::kSelect, resource);
    EXPECT_TRUE(decision.ok());
    return decision.ok() ? row_scope(*decision) : std::optional<std::string>("no decision");
  };
  EXPECT_EQ(scope(kOwner, "table/system.main.dead_letters"), "vehicle");
  EXPECT_EQ(scope(kOwner, "table/system.main.conservation"), "vehicle");
  EXPECT_EQ(scope(kOwner, "table/vehicle.telemetry.signals"), std::nullopt);
  EXPECT_EQ(scope(model::system_principal(), "table/system.main.dead_letters"), std::nullopt);
}

TEST_F(GatekeeperTest, OutdatesAPermitWithEachChangeOfAccountsAndUsers) {
  const auto decision = gatekeeper_->decide(kAdmin, Action::kManage, account_resource("vehicle"));
  ASSERT_TRUE(decision.ok());
  EXPECT_TRUE(gatekeeper_->is_current(*decision));
  ASSERT_TRUE(identity_->add_account("vehicle", model::AccountKind::kProducer, "").ok());
  EXPECT_FALSE(gatekeeper_->is_current(*decision));
}

}  // namespace
}  // namespace mobilake::govern

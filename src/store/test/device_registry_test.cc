// SPDX-License-Identifier: Apache-2.0
#include "store/devices/device_registry.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/testkit/simulated_clock.h"
#include "store/devices/credential.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::store {
namespace {

class DeviceRegistryTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  // As at a start of the server: what the meta store has is all there is.
  void reopen() {
    registry_.reset();
    auto opened = DeviceRegistry::open(store_, {clock_, base::system_disk(), *random_}, options_);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    registry_ = std::move(opened).value();
  }

  NewDevice vehicle(std::string id) {
    NewDevice device;
    device.id = model::DeviceId(std::move(id));
    device.account = "vehicle";
    return device;
  }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(3);
  FakeMetaStore store_;
  DeviceRegistryOptions options_;
  std::unique_ptr<DeviceRegistry> registry_;
};

TEST_F(DeviceRegistryTest, FindsADeviceAlsoAfterARestart) {
  NewDevice gateway = vehicle("uplink");
  gateway.kind = DeviceKind::kGateway;
  gateway.registers_unknown = true;
  const auto added = registry_->add(gateway);
  ASSERT_TRUE(added.ok()) << added.error().message;
  const Device before = *added->device;
  EXPECT_EQ(before.gateway_filter, "+");
  EXPECT_EQ(before.profile, "gateway");
  EXPECT_EQ(before.created_at, clock_.now());
  reopen();
  const DevicePointer found = registry_->find("uplink");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(*found, before);
  EXPECT_EQ(registry_->find("other"), nullptr);
}

TEST_F(DeviceRegistryTest, ProvesThePasswordAndKeepsOnlyItsHash) {
  const auto added = registry_->add(vehicle("VIN1"));
  ASSERT_TRUE(added.ok());
  reopen();
  const auto right = registry_->verify_password("VIN1", added->password);
  ASSERT_TRUE(right.ok());
  EXPECT_EQ((*right)->id.value(), "VIN1");
  const auto wrong = registry_->verify_password("VIN1", added->password + "x");
  const auto unknown = registry_->verify_password("VIN2", added->password);
  ASSERT_FALSE(wrong.ok());
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(wrong.error().code, Code::kUnauthenticated);
  EXPECT_EQ(wrong.error().message, unknown.error().message);
  for (const auto& [space, rows] : store_.snapshot())
    for (const auto& [key, value] : rows)
      EXPECT_EQ(value.find(added->password), std::string::npos);
}

TEST_F(DeviceRegistryTest, RefusesASecondDeviceOfAnId) {
  ASSERT_TRUE(registry_->add(vehicle("VIN1")).ok());
  NewDevice other = vehicle("VIN1");
  other.account = "factory";
  const auto second = registry_->add(other);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kAlreadyExists);
  EXPECT_EQ(registry_->find("VIN1")->account, "vehicle");
}

TEST_F(DeviceRegistryTest, RefusesWhatIsNoDevice) {
  std::vector<NewDevice> wrong(9, vehicle("VIN1"));
  wrong[0].id = model::DeviceId("a/b");
  wrong[1].account = "No Account";
  wrong[2].gateway_filter = "+";
  wrong[3].registers_unknown = true;
  wrong[4].topic_filters = {"#"};
  wrong[5].kind = DeviceKind::kApplication;
  wrong[6].kind = DeviceKind::kApplication;
  wrong[6].topic_filters = {"a/#/b"};
  wrong[7].kind = DeviceKind::kGateway;
  wrong[7].gateway_filter = "#";
  wrong[8].kind = DeviceKind::kApplication;
  wrong[8].topic_filters = {"a+/b"};
  for (const NewDevice& device : wrong) {
    const auto added = registry_->add(device);
    ASSERT_FALSE(added.ok());
    EXPECT_EQ(added.error().code, Code::kInvalid);
  }
  NewDevice right = vehicle("app");
  right.kind = DeviceKind::kApplication;
  right.topic_filters = {"#", "a/+/b/#"};
  EXPECT_TRUE(registry_->add(right).ok());
}

TEST_F(DeviceRegistryTest, ListsADevicesAccountInPages) {
  for (const char* id : {"c", "a", "b"})
    ASSERT_TRUE(registry_->add(vehicle(id)).ok());
  NewDevice foreign = vehicle("b2");
  foreign.account = "vehicle2";
  ASSERT_TRUE(registry_->add(foreign).ok());
  const auto first = registry_->list("vehicle", "", 2);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->devices.size(), 2u);
  EXPECT_EQ(first->devices[0]->id.value(), "a");
  EXPECT_EQ(first->next_page, "b");
  const auto second = registry_->list("vehicle", first->next_page, 2);
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->devices.size(), 1u);
  EXPECT_EQ(second->devices[0]->id.value(), "c");
  EXPECT_EQ(second->next_page, "");
}

TEST_F(DeviceRegistryTest, RemovesADeviceForGood) {
  const auto added = registry_->add(vehicle("VIN1"));
  ASSERT_TRUE(added.ok());
  const std::uint64_t before = registry_->removal_epoch();
  ASSERT_TRUE(registry_->remove("VIN1").ok());
  EXPECT_GT(registry_->removal_epoch(), before);
  EXPECT_EQ(registry_->find("VIN1"), nullptr);
  EXPECT_FALSE(registry_->verify_password("VIN1", added->password).ok());
  reopen();
  EXPECT_EQ(registry_->count(), 0u);
  const Result<> again = registry_->remove("VIN1");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kNotFound);
}

TEST_F(DeviceRegistryTest, RegistersAVehicleOnceAndKeepsItsPseudonym) {
  const auto first = registry_->register_vehicle("vehicle", "VIN1");
  const auto second = registry_->register_vehicle("vehicle", "VIN1");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ((*first)->pseudonym.size(), 32u);
  const std::string pseudonym = (*first)->pseudonym;
  ASSERT_TRUE(registry_->flush().ok());
  reopen();
  ASSERT_NE(registry_->find("VIN1"), nullptr);
  EXPECT_EQ(registry_->find("VIN1")->pseudonym, pseudonym);
  // It has no password, so nobody signs in as it.
  EXPECT_FALSE(registry_->verify_password("VIN1", "").ok());
  EXPECT_FALSE(registry_->verify_password("", "").ok());
}

TEST_F(DeviceRegistryTest, RegistersNoVehicleOfAnotherAccountAndNoOtherDevice) {
  ASSERT_TRUE(registry_->add(vehicle("VIN1")).ok());
  NewDevice gateway = vehicle("uplink");
  gateway.kind = DeviceKind::kGateway;
  ASSERT_TRUE(registry_->add(gateway).ok());
  EXPECT_TRUE(registry_->register_vehicle("vehicle", "VIN1").ok());
  EXPECT_EQ(registry_->register_vehicle("factory", "VIN1").error().code, Code::kDenied);
  EXPECT_EQ(registry_->register_vehicle("vehicle", "uplink").error().code, Code::kDenied);
  EXPECT_EQ(registry_->register_vehicle("vehicle", "a/b").error().code, Code::kInvalid);
}

TEST_F(DeviceRegistryTest, GivesManyThreadsOneEntryPerVehicle) {
  constexpr int kVehicles = 500;
  std::vector<std::vector<std::string>> seen(4);
  std::vector<std::thread> threads;
  for (auto& pseudonyms : seen)
    threads.emplace_back([&] {
      for (int number = 0; number < kVehicles; ++number) {
        const auto vehicle = registry_->register_vehicle("vehicle", "VIN" + std::to_string(number));
        pseudonyms.push_back(vehicle.ok() ? (*vehicle)->pseudonym : "refused");
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  for (const auto& pseudonyms : seen)
    EXPECT_EQ(pseudonyms, seen[0]);
  EXPECT_EQ(std::set<std::string>(seen[0].begin(), seen[0].end()).size(), 500u);
  EXPECT_EQ(registry_->count(), 500u);
  ASSERT_TRUE(registry_->flush().ok());
  reopen();
  EXPECT_EQ(registry_->count(), 500u);
}

TEST_F(DeviceRegistryTest, WritesWhatWaitsWhenItCloses) {
  ASSERT_TRUE(registry_->register_vehicle("vehicle", "VIN1").ok());
  reopen();
  EXPECT_NE(registry_->find("VIN1"), nullptr);
}

TEST_F(DeviceRegistryTest, TriesAgainAfterAFailedTransaction) {
  store_.lose_next(FakeMetaStore::Lost::kBefore);
  ASSERT_TRUE(registry_->register_vehicle("vehicle", "VIN1").ok());
  // The first try may be over, or be this flush's own; the second one finds the store well.
  static_cast<void>(registry_->flush().ok());
  ASSERT_TRUE(registry_->flush().ok());
  EXPECT_TRUE(store_.snapshot()["devices"].contains("VIN1"));
}

TEST(DeviceTest, ReadsBackWhatItWrites) {
  Device device;
  device.id = model::DeviceId("dash\"board");
  device.account = "partner";
  device.kind = DeviceKind::kApplication;
  device.pseudonym = std::string(32, 'a');
  device.credential = {"dash", sha256_hex("secret")};
  device.topic_filters = {"#"};
  device.profile = "gateway";
  device.created_at = Timestamp(base::microseconds(1'767'225'600'000'001));
  const auto read = device_from_json(device_to_json(device));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, device);
  EXPECT_EQ(device_from_json("{").error().code, Code::kCorrupt);
  EXPECT_EQ(device_from_json("{\"id\":1}").error().code, Code::kCorrupt);
}

TEST(DeviceTest, MatchesAGatewaysFilter) {
  Device gateway;
  gateway.kind = DeviceKind::kGateway;
  const auto matches = [&](const char* filter, const char* id) {
    gateway.gateway_filter = filter;
    return filter_matches(gateway, id);
  };
  EXPECT_TRUE(matches("+", "WVW1"));
  EXPECT_TRUE(matches("WVW*", "WVW1"));
  EXPECT_TRUE(matches("W*1*9", "WVW1119"));
  EXPECT_TRUE(matches("WVW1", "WVW1"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("WVW*", "VF31"));
  EXPECT_FALSE(matches("W*1*9", "WVW1118"));
  EXPECT_FALSE(matches("WVW1", "WVW11"));
  EXPECT_FALSE(matches("", "WVW1"));
  gateway.kind = DeviceKind::kVehicle;
  EXPECT_FALSE(matches("+", "WVW1"));
}

TEST(CredentialTest, HashesAndEncodesAsTheStandardsSay) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base32("foobar"), "mzxw6ytboi");  // RFC 4648 section 10, without padding
  EXPECT_EQ(base32("f"), "my");
  EXPECT_EQ(make_secret(base::system_random()).size(), 32u);
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sane"));
  EXPECT_FALSE(equal_in_constant_time("same", "sam"));
}

}  // namespace
}  // namespace mobilake::store

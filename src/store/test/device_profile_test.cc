// SPDX-License-Identifier: Apache-2.0
#include "store/devices/device_profile.h"

#include <gtest/gtest.h>

namespace mobilake::store {
namespace {

TEST(DeviceProfilesTest, BuiltInOnesHaveTheContractsLimits) {
  const DeviceProfiles profiles;
  const DeviceProfile* vehicle = profiles.find("vehicle");
  ASSERT_NE(vehicle, nullptr);
  EXPECT_EQ(vehicle->message_size_bytes_max, 131'072u);
  EXPECT_EQ(vehicle->messages_per_second_max, 100u);
  EXPECT_EQ(vehicle->subscriptions_max, 50u);
  const DeviceProfile* gateway = profiles.find("gateway");
  ASSERT_NE(gateway, nullptr);
  EXPECT_EQ(gateway->message_size_bytes_max, 1'048'576u);
  EXPECT_EQ(gateway->messages_per_second_max, 0u);
  EXPECT_EQ(profiles.find("other"), nullptr);
}

TEST(DeviceProfilesTest, ConfigurationAddsAndReplaces) {
  const DeviceProfiles profiles({{"vehicle", 1'000, 5, 1}, {"truck", 2'000, 10, 2}});
  EXPECT_EQ(profiles.find("vehicle")->messages_per_second_max, 5u);
  EXPECT_EQ(profiles.find("truck")->message_size_bytes_max, 2'000u);
  EXPECT_EQ(profiles.all().size(), 3u);
}

TEST(DeviceProfilesTest, AnUnknownNameGetsTheNarrowest) {
  const DeviceProfiles profiles;
  Device device;
  device.profile = "gone";
  EXPECT_EQ(profiles.of(device).name, "vehicle");
  device.profile = default_profile(DeviceKind::kGateway);
  EXPECT_EQ(profiles.of(device).name, "gateway");
}

}  // namespace
}  // namespace mobilake::store

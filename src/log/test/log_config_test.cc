// SPDX-License-Identifier: Apache-2.0
#include "log/log_config.h"

#include <gtest/gtest.h>

namespace mobilake::log {
namespace {

TEST(LogConfigTest, DefaultsAreValid) {
  EXPECT_TRUE(LogConfig().check().ok());
  EXPECT_GE(LogConfig().writer_count(), 1);
}

TEST(LogConfigTest, RefusesPartitionsOutOfBounds) {
  LogConfig config;
  for (const std::uint64_t partitions : {0u, 16385u, 70000u}) {
    config.partitions = partitions;
    EXPECT_EQ(config.check().error().code, Code::kInvalid) << partitions;
  }
  config.partitions = 1;
  EXPECT_TRUE(config.check().ok());
  EXPECT_EQ(config.writer_count(), 1) << "never more writers than partitions";
}

TEST(LogConfigTest, RefusesSegmentsThatHoldNoFrames) {
  LogConfig config;
  config.data.segment_size = {(64u << 10) + 1};
  EXPECT_EQ(config.check().error().code, Code::kInvalid);
  config.data.segment_size = {64u << 10};
  config.partitions = 16384;
  EXPECT_EQ(config.check().error().code, Code::kInvalid) << "headers of 16,384 partitions fit not";
  config.partitions = 64;
  EXPECT_TRUE(config.check().ok());
}

TEST(LogConfigTest, RefusesABudgetBelowWhatRetentionKeeps) {
  LogConfig config;
  config.disk_budget = {config.data.retain_size.value};
  const auto checked = config.check();
  ASSERT_EQ(checked.error().code, Code::kInvalid);
  EXPECT_NE(checked.error().message.find("disk_budget"), std::string::npos);
}

TEST(LogConfigTest, EveryKeyHasALineOfText) {
  LogConfig config;
  for (const auto& key : config.section().keys)
    EXPECT_FALSE(key.text.empty()) << key.name;
  EXPECT_GE(config.section().keys.size(), 12u);
}

}  // namespace
}  // namespace mobilake::log

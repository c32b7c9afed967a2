// SPDX-License-Identifier: Apache-2.0
#include "server/inside/ingest_table.h"

#include <gtest/gtest.h>

namespace mobilake::server {
namespace {

TEST(IngestTableTest, GivesARowPerAccountThatAddsUp) {
  ingest::mqtt::MqttStatus status;
  ingest::mqtt::MqttCounts& counts = status.accounts["vehicle"];
  counts.received = 10;
  counts.logged = 6;
  counts.acknowledged = 5;
  counts.refused[static_cast<std::size_t>(ingest::mqtt::RefusalCause::kLog)] = 3;
  IngestTable table([&] { return status; });
  const auto rows = table.rows();
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u);
  const query::SystemTable::Row expected{"vehicle", "mqtt", "10", "6",
                                         "3",       "1",    "5",  "{\"log\": 3}"};
  EXPECT_EQ(rows->front(), expected);
  EXPECT_EQ(rows->front().size(), table.columns().size());
}

TEST(IngestTableTest, HasNoRowsBeforeAnybodySent) {
  IngestTable table([] { return ingest::mqtt::MqttStatus(); });
  const auto rows = table.rows();
  ASSERT_TRUE(rows.ok());
  EXPECT_TRUE(rows->empty());
}

}  // namespace
}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "prepare/test/recorded_fleet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace mobilake::prepare {
namespace {

using Signals = formats::SignalColumns;

constexpr std::uint64_t kLines = 30'880;
constexpr std::uint64_t kDistinct = 30'240;
constexpr std::uint64_t kDuplicates = 500;

class RecordedFleetTest : public testing::Test {
 protected:
  void replay() {
    lake_.append(fleet_);
    const Result<> drained = lake_.drain();
    ASSERT_TRUE(drained.ok()) << drained.error().to_string();
  }

  static const formats::Column& column(const formats::ColumnBatch& rows, std::string_view name) {
    return rows.column(static_cast<std::size_t>(formats::find_field(rows.fields(), name)));
  }

  /// Returns how many dead letters there are of each cause.
  std::map<std::string, int> causes() {
    const auto letters = lake_.rows(dead_letters_table());
    std::map<std::string, int> causes;
    for (std::size_t row = 0; row < letters.row_count(); ++row)
      ++causes[std::string(letters.column(DeadLetterColumns::kCause).text(row))];
    return causes;
  }

  const std::vector<Sent> fleet_ = recorded_fleet();
  StreamLake lake_;
};

std::map<std::string, int> expected_causes(int replays) {
  std::map<std::string, int> causes;
  for (const char* cause : {"bad-timestamp", "empty-payload", "out-of-range", "no-vehicle",
                            "truncated-json", "unknown-vehicle", "vehicle-not-topic", "wrong-type"})
    causes[cause] = 15 * replays;
  causes["clock-ahead"] = 20 * replays;
  return causes;
}

TEST_F(RecordedFleetTest, BecomesTheRowsThatItsReadmePromises) {
  ASSERT_EQ(fleet_.size(), kLines);
  replay();
  const auto rows = lake_.signals();
  ASSERT_EQ(rows.row_count(), kDistinct);
  std::int64_t hundredths = 0;
  std::set<std::pair<std::string, std::int64_t>> messages;
  for (std::size_t row = 0; row < rows.row_count(); ++row) {
    hundredths += column(rows, "speed").integers[row];
    messages.emplace(rows.column(Signals::kVehicle).text(row),
                     rows.column(Signals::kSequence).integers[row]);
  }
  EXPECT_EQ(hundredths, 78'149'884);
  EXPECT_EQ(messages.size(), kDistinct);
  EXPECT_EQ(causes(), expected_causes(1));
}

TEST_F(RecordedFleetTest, TakesAtMostElevenBytesARowForItsSignals) {
  replay();
  std::map<int, std::int64_t> bytes;
  const auto plan = lake_.committer.plan(signals_table("vehicle").name);
  ASSERT_EQ(plan->files.size(), 1u);
  for (const formats::ColumnFacts& facts : plan->files.front().file.columns)
    bytes[facts.field_id] += facts.size_bytes;
  const int received_at = signals_table("vehicle").schema.columns[Signals::kReceivedAt].field.id;
  double signals = 0;
  for (const auto& [id, size] : bytes)
    if (id > received_at) signals += static_cast<double>(size);
  RecordProperty("signal_bytes_per_row", std::to_string(signals / kDistinct));
  RecordProperty("received_at_bytes_per_row",
                 std::to_string(static_cast<double>(bytes[received_at]) / kDistinct));
  EXPECT_LE(signals / kDistinct, 11.0);
}

TEST_F(RecordedFleetTest, IsAccountedForLineByLine) {
  replay();
  const ConservationCounts counts = lake_.counts();
  EXPECT_EQ(counts.stored, kDistinct);
  EXPECT_EQ(counts.duplicate, kDuplicates);
  EXPECT_EQ(counts.quarantined_total(), 140u);
  EXPECT_EQ(counts.sequence_reused, 0u);
  EXPECT_EQ(counts.taken(), kLines);
}

TEST_F(RecordedFleetTest, ReplayedTwiceAddsDuplicatesAndNoRow) {
  replay();
  replay();
  EXPECT_EQ(lake_.signals().row_count(), kDistinct);
  const ConservationCounts counts = lake_.counts();
  EXPECT_EQ(counts.stored, kDistinct);
  EXPECT_EQ(counts.duplicate, 2 * kDuplicates + kDistinct);
  EXPECT_EQ(causes(), expected_causes(2));
}

TEST_F(RecordedFleetTest, ReplayedAgainAfterARestartAddsNoRow) {
  replay();
  lake_.open();
  replay();
  EXPECT_EQ(lake_.signals().row_count(), kDistinct);
  EXPECT_EQ(lake_.counts().duplicate, 2 * kDuplicates + kDistinct);
}

TEST_F(RecordedFleetTest, LeavesTheLastStateOfEachVehicleByEventTime) {
  replay();
  const auto rows = lake_.signals();
  std::map<std::string, std::pair<std::int64_t, std::size_t>> last;
  for (std::size_t row = 0; row < rows.row_count(); ++row) {
    auto& newest = last[std::string(rows.column(Signals::kVehicle).text(row))];
    newest = std::max(newest, {rows.column(Signals::kTimestamp).integers[row], row});
  }
  const auto expected = expected_vehicles();
  ASSERT_EQ(expected.size(), 24u);
  for (CsvRow vehicle : expected) {
    const std::size_t row = last[vehicle["vin"]].second;
    const auto scaled = [&](const char* name, double scale) {
      return std::llround(std::stod(vehicle[name]) * scale);
    };
    EXPECT_EQ(column(rows, "latitude").integers[row], scaled("last_lat", 1e6));
    EXPECT_EQ(column(rows, "longitude").integers[row], scaled("last_lon", 1e6));
    EXPECT_EQ(column(rows, "speed").integers[row], scaled("last_speed_kmh", 100));
  }
}

}  // namespace
}  // namespace mobilake::prepare

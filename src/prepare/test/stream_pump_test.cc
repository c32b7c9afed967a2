// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/stream_pump.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "prepare/inside/tables/table_files.h"
#include "prepare/test/stream_lake.h"
#include "prepare/test/temporary_folder.h"

namespace mobilake::prepare {
namespace {

using Signals = formats::SignalColumns;
using Letters = DeadLetterColumns;
using store::FakeMetaStore;

class StreamPumpTest : public testing::Test {
 protected:
  void take_all() {
    while (*lake_.pump->take_in(std::chrono::milliseconds(0))) {
    }
  }

  StreamLake lake_;
};

TEST_F(StreamPumpTest, SortsTheRowsOfAFileByVehicleAndTime) {
  lake_.append({vss("B", 1, 1, 5), vss("A", 1, 2, 9), vss("A", 2, 3, 3)});
  ASSERT_TRUE(lake_.drain().ok());
  const auto rows = lake_.signals();
  ASSERT_EQ(rows.row_count(), 3u);
  EXPECT_EQ(rows.column(Signals::kVehicle).text(0), "A");
  EXPECT_EQ(rows.column(Signals::kSequence).integers, (std::vector<std::int64_t>{2, 1, 1}));
}

TEST_F(StreamPumpTest, WritesAFileForEachDay) {
  lake_.append({vss("A", 1, 1, 0), vss("A", 2, 2, 24 * 3600)});
  ASSERT_TRUE(lake_.drain().ok());
  const auto plan = lake_.committer.plan(signals_table("vehicle").name);
  ASSERT_EQ(plan->files.size(), 2u);
  EXPECT_NE(plan->files[0].file.key.find("ts_day=2026-03-02/"), std::string::npos);
  EXPECT_NE(plan->files[1].file.key.find("ts_day=2026-03-03/"), std::string::npos);
}

TEST_F(StreamPumpTest, VehiclesKnownFromEarlierCommitsDoNotFillTheRoomForRows) {
  lake_.config.commit_memory = {64 << 10};
  lake_.open();
  for (int round = 0; round < 10; ++round) {
    std::vector<Sent> sent;
    for (int i = 0; i < 300; ++i)
      sent.push_back(vss(fmt::format("a-vehicle-with-a-long-name-{}-{}", round, i), 1));
    lake_.append(sent);
    ASSERT_TRUE(lake_.drain().ok());
  }
  lake_.append({vss("A", 1)});
  take_all();
  EXPECT_GT(*lake_.pump->commit_due_in(), std::chrono::milliseconds(0));
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 3001u);
}

TEST_F(StreamPumpTest, KeepsAMessageOfAUsedSequenceAndCountsIt) {
  lake_.append({vss("A", 1, 1), vss("A", 1, 2), vss("A", 1, 1), vss("A", 1, 2)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 2u);
  EXPECT_EQ(lake_.counts().sequence_reused, 1u);
  EXPECT_EQ(lake_.counts().duplicate, 2u);
}

TEST_F(StreamPumpTest, TellsMessagesWithoutASequenceApartByTimeAndBytes) {
  Sent first = vss("A", 0);
  first.payload = R"({"ts":"2026-03-02T08:00:00Z","signals":{"Vehicle.Speed":1}})";
  Sent other = first;
  other.payload = R"({"ts":"2026-03-02T08:00:00Z","signals":{"Vehicle.Speed":2}})";
  lake_.append({first, other, first});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 2u);
  EXPECT_EQ(lake_.counts().duplicate, 1u);
  EXPECT_EQ(lake_.counts().sequence_reused, 0u);
}

TEST_F(StreamPumpTest, DoesNotTakeTheSameMessageOfAnotherAccountForADuplicate) {
  lake_.append({vss("A", 1)}, "north");
  lake_.append({vss("A", 1)}, "south");
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals("north").row_count(), 1u);
  EXPECT_EQ(lake_.signals("south").row_count(), 1u);
}

TEST_F(StreamPumpTest, SetsABadMessageAsideWithItsBytesAndItsPlace) {
  Sent bad = vss("A", 1);
  bad.payload = R"({"ts":"2026-03-02T08:00:00Z","signals":{"Vehicle.Speed":900}})";
  lake_.append({vss("A", 0), bad});
  ASSERT_TRUE(lake_.drain().ok());
  const auto letters = lake_.rows(dead_letters_table());
  ASSERT_EQ(letters.row_count(), 1u);
  EXPECT_EQ(letters.column(Letters::kAccount).text(0), "vehicle");
  EXPECT_EQ(letters.column(Letters::kVehicle).text(0), "A");
  EXPECT_EQ(letters.column(Letters::kCause).text(0), "out-of-range");
  EXPECT_EQ(letters.column(Letters::kColumn).text(0), "speed");
  EXPECT_EQ(letters.column(Letters::kTopic).text(0), bad.topic);
  EXPECT_EQ(letters.column(Letters::kOffset).integers[0], 1);
  EXPECT_EQ(letters.column(Letters::kPayload).text(0), bad.payload);
  EXPECT_EQ(letters.column(Letters::kDecoder).text(0), "vehicle-default");
  ASSERT_EQ(letters.column(Letters::kDeviceTime).valid[0], 1);
  EXPECT_EQ(letters.column(Letters::kDeviceTime).integers[0],
            day_start().time_since_epoch().count());
}

TEST_F(StreamPumpTest, CountsWhatIsNoTelemetryAsOther) {
  Sent event = vss("A", 1);
  event.topic = "vehicles/A/event";
  Sent deeper = vss("A", 1);
  deeper.topic = "vehicles/A/b/telemetry";
  Sent session = vss("A", 1);
  session.kind = log::RecordView::Kind::kControl;
  lake_.append({event, deeper, session, vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.counts().other, 3u);
  EXPECT_EQ(lake_.counts().stored, 1u);
}

TEST_F(StreamPumpTest, CommitsWhenTheIntervalIsOverAndNotBefore) {
  EXPECT_EQ(lake_.pump->commit_due_in(), std::nullopt);
  lake_.append({vss("A", 1)});
  take_all();
  EXPECT_EQ(lake_.pump->commit_due_in(), lake_.config.commit_interval);
  lake_.clock.advance(std::chrono::milliseconds(999));
  EXPECT_EQ(lake_.pump->commit_due_in(), std::chrono::milliseconds(1));
  lake_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(lake_.pump->commit_due_in(), std::chrono::milliseconds(0));
  ASSERT_TRUE(lake_.pump->commit().ok());
  EXPECT_EQ(lake_.pump->commit_due_in(), std::nullopt);
}

TEST_F(StreamPumpTest, TriesAFailedCommitAgainWithoutLossOrDoubling) {
  lake_.append({vss("A", 1), vss("A", 2), vss("A", 2)});
  take_all();
  for (const Code code : {Code::kUnavailable, Code::kExhausted, Code::kConflict}) {
    lake_.committer.fail_commits(1, {code, "staged"});
    const Result<> failed = lake_.pump->commit();
    ASSERT_FALSE(failed.ok());
    EXPECT_NE(failed.error().code, Code::kConflict);
  }
  ASSERT_TRUE(lake_.pump->commit().ok());
  EXPECT_EQ(lake_.signals().row_count(), 2u);
  EXPECT_EQ(lake_.counts().taken(), 3u);
  // Later messages find a state in which nothing happened twice.
  lake_.append({vss("A", 2), vss("A", 3)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 3u);
  EXPECT_EQ(lake_.counts().duplicate, 2u);
}

TEST_F(StreamPumpTest, LooksUpWhetherACommitTookPlaceWhenItsAnswerIsLost) {
  for (const auto lost : {FakeMetaStore::Lost::kBefore, FakeMetaStore::Lost::kAfter}) {
    const int seq = lost == FakeMetaStore::Lost::kBefore ? 1 : 2;
    lake_.append({vss("A", seq)});
    take_all();
    lake_.meta.lose_next(lost);
    const Result<> first = lake_.pump->commit();
    EXPECT_EQ(first.ok(), lost == FakeMetaStore::Lost::kAfter);
    ASSERT_TRUE(lake_.pump->commit().ok());
    EXPECT_EQ(lake_.signals().row_count(), static_cast<std::size_t>(seq));
    EXPECT_EQ(lake_.counts().stored, static_cast<std::uint64_t>(seq));
  }
}

TEST_F(StreamPumpTest, LeavesNoFilesBehindWhenStoringFails) {
  lake_.append({vss("A", 1), vss("A", 2, 1, 24 * 3600)});
  take_all();
  lake_.objects.fail_puts(1);
  ASSERT_FALSE(lake_.pump->commit().ok());
  EXPECT_TRUE(lake_.objects.keys().empty());
  ASSERT_TRUE(lake_.pump->commit().ok());
  EXPECT_EQ(lake_.signals().row_count(), 2u);
}

TEST_F(StreamPumpTest, EndsWhereAnotherInstanceCommits) {
  lake_.append({vss("A", 1)});
  take_all();
  ConservationLedger ledger;
  auto other =
      std::move(StreamPump::open(lake_.config, lake_.parts(), lake_.doors(), ledger)).value();
  while (*other->take_in(std::chrono::milliseconds(0))) {
  }
  ASSERT_TRUE(other->commit().ok());
  lake_.append({vss("A", 2)});
  take_all();
  const Result<> lost = lake_.pump->commit();
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Code::kConflict);
  EXPECT_EQ(lake_.signals().row_count(), 1u);
}

TEST_F(StreamPumpTest, AMissingObjectIsNoDroppedTable) {
  lake_.append({vss("A", 1)});
  lake_.committer.fail_commits(1, not_found("no object tables/a/metadata/1.json"));
  EXPECT_EQ(lake_.drain().error().code, Code::kNotFound);
  const auto stored = lake_.objects.keys();
  EXPECT_FALSE(stored.empty());
  ASSERT_TRUE(lake_.pump->commit().ok());
  EXPECT_EQ(lake_.objects.keys(), stored) << "the next try commits the files that were there";
  EXPECT_EQ(lake_.signals().row_count(), 1u);
}

TEST_F(StreamPumpTest, MakesADroppedTableAnew) {
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  lake_.committer.drop_table(signals_table("vehicle").name);
  lake_.append({vss("A", 2)});
  take_all();
  EXPECT_FALSE(lake_.pump->commit().ok());
  ASSERT_TRUE(lake_.pump->commit().ok());
  EXPECT_EQ(lake_.signals().row_count(), 1u);
}

TEST_F(StreamPumpTest, GoesOnAfterARestartWithAnotherNumberOfWriters) {
  for (int seq = 0; seq < 10; ++seq) {
    lake_.append({vss("A", seq), vss("B", seq), vss("C", seq), vss("A", seq)});
    // What was taken and not committed is lost with the process, and read again.
    if (seq % 3 == 1) take_all();
    if (seq % 3 == 2) {
      ASSERT_TRUE(lake_.drain().ok());
    }
    lake_.log_config.writers = static_cast<std::uint64_t>(1 + seq % 4);
    lake_.open();
  }
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 30u);
  EXPECT_EQ(lake_.counts().duplicate, 10u);
  EXPECT_EQ(lake_.counts().taken(), 40u);
}

TEST_F(StreamPumpTest, RefusesALogThatEndsBeforeTheTables) {
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  auto empty = std::move(log::open_log("/other", lake_.log_config, lake_.doors())).value();
  const auto opened =
      StreamPump::open(lake_.config, {*empty, lake_.committer, lake_.objects, lake_.meta},
                       lake_.doors(), lake_.ledger);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

class StreamPumpCheckpointTest : public StreamPumpTest {
 protected:
  StreamPumpCheckpointTest() {
    lake_.seen_folder = folder_.path();
    lake_.reopen_pump();
  }
  ~StreamPumpCheckpointTest() override { lake_.pump.reset(); }

  bool takes_something() { return *lake_.pump->take_in(std::chrono::milliseconds(0)); }

  const TemporaryFolder folder_;
};

TEST_F(StreamPumpCheckpointTest, AStartReadsTheLogFromTheCheckpointAndKnowsWhatWasSeen) {
  lake_.append({vss("A", 1), vss("B", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  lake_.open();
  EXPECT_FALSE(takes_something());
  lake_.append({vss("A", 1), vss("A", 2)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 3u);
  EXPECT_EQ(lake_.counts().duplicate, 1u);
}

TEST_F(StreamPumpCheckpointTest, WhatCameAfterTheCheckpointIsReadAgainWithoutMakingRows) {
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  lake_.append({vss("A", 2)});
  ASSERT_TRUE(lake_.drain().ok());
  lake_.open();
  EXPECT_TRUE(takes_something());
  EXPECT_EQ(lake_.pump->commit_due_in(), std::nullopt);
  lake_.append({vss("A", 1), vss("A", 2), vss("A", 3)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 3u);
  EXPECT_EQ(lake_.counts().duplicate, 2u);
}

TEST_F(StreamPumpCheckpointTest, IsNotWrittenWhileRowsWait) {
  lake_.config.checkpoint_records = 1;
  lake_.reopen_pump();
  lake_.append({vss("A", 1)});
  take_all();
  EXPECT_FALSE(lake_.pump->checkpoint_due());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  lake_.open();
  // Had the uncommitted row been remembered, it would be its own duplicate now.
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 1u);
  EXPECT_TRUE(lake_.pump->checkpoint_due());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  EXPECT_FALSE(lake_.pump->checkpoint_due());
}

TEST_F(StreamPumpCheckpointTest, IsDroppedWhereTheTablesWentBack) {
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  store::FakeMetaStore meta;
  FakeCommitter committer(meta);
  ConservationLedger ledger;
  lake_.pump.reset();
  auto pump =
      std::move(StreamPump::open(lake_.config,
                                 {*lake_.log, committer, lake_.objects, meta, folder_.path()},
                                 lake_.doors(), ledger))
          .value();
  ASSERT_TRUE(*pump->take_in(std::chrono::milliseconds(0)));
  ASSERT_TRUE(pump->commit().ok());
  EXPECT_EQ((*load_counts(meta))["vehicle"].stored, 1u);
  EXPECT_EQ((*load_counts(meta))["vehicle"].duplicate, 0u);
}

TEST_F(StreamPumpCheckpointTest, ALostFolderCostsAReadOfTheLogAndNoRow) {
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(lake_.drain().ok());
  ASSERT_TRUE(lake_.pump->checkpoint().ok());
  lake_.pump.reset();
  folder_.damage();
  lake_.open();
  lake_.append({vss("A", 1), vss("A", 2)});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.signals().row_count(), 2u);
  EXPECT_EQ(lake_.counts().duplicate, 1u);
}

TEST_F(StreamPumpTest, CountsRowsThatAreTooOldToBeToldApart) {
  Sent old = vss("A", 1);
  old.received_at = day_start() + lake_.config.seen_horizon + std::chrono::seconds(1);
  Sent just = vss("A", 2);
  just.received_at = day_start() + lake_.config.seen_horizon;
  lake_.append({old, just});
  ASSERT_TRUE(lake_.drain().ok());
  EXPECT_EQ(lake_.counts().stored, 2u);
  EXPECT_EQ(lake_.counts().beyond_horizon, 1u);
}

}  // namespace
}  // namespace mobilake::prepare

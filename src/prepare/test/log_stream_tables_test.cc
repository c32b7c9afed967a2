// SPDX-License-Identifier: Apache-2.0
#include "prepare/stream_tables.h"

#include <gtest/gtest.h>

#include <thread>

#include "prepare/open_prepare.h"
#include "prepare/test/stream_lake.h"

namespace mobilake::prepare {
namespace {

using std::chrono::milliseconds;

class LogStreamTablesTest : public testing::Test {
 protected:
  LogStreamTablesTest() {
    lake_.pump.reset();
    lake_.config.commit_interval = milliseconds(20);
    lake_.config.merge_interval = milliseconds(10);
    lake_.config.retry_max = milliseconds(20);
  }

  void start() {
    const Doors doors{base::system_clock(), lake_.disk, *lake_.random};
    tables_ = std::move(open_stream_tables(lake_.config, lake_.parts(), doors, metrics_)).value();
    ASSERT_TRUE(tables_->start().ok());
  }

  /// Waits for what the threads bring about, with a limit.
  template <typename Condition>
  bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool eventually_stored(std::uint64_t rows) {
    return eventually([&] { return lake_.counts().stored == rows; });
  }

  StreamLake lake_;
  Metrics metrics_;
  std::unique_ptr<StreamTables> tables_;
};

TEST_F(LogStreamTablesTest, MakesTheTablesBeforeTheFirstMessage) {
  start();
  ASSERT_TRUE(tables_->ensure_account("vehicle").ok());
  EXPECT_TRUE(lake_.committer.load({"vehicle", "telemetry", "signals"}).ok());
  EXPECT_TRUE(lake_.committer.load({"system", "main", "dead_letters"}).ok());
  EXPECT_EQ(tables_->ensure_account("Not A Name").error().code, Code::kInvalid);
}

TEST_F(LogStreamTablesTest, CommitsWhatIsAppendedWithoutBeingAsked) {
  start();
  lake_.append({vss("A", 1), vss("A", 2), vss("A", 1)});
  EXPECT_TRUE(eventually_stored(2));
  EXPECT_EQ(lake_.signals().row_count(), 2u);
  EXPECT_TRUE(eventually([&] { return tables_->unread_records() == 0; }));
  EXPECT_EQ(tables_->health(), std::nullopt);
}

TEST_F(LogStreamTablesTest, CommitsWhatItHasReadWhenItStops) {
  lake_.config.commit_interval = std::chrono::hours(1);
  start();
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(eventually([&] {
    const auto lags = tables_->lags();
    return !lags.empty() && lags.front().rows == 1;
  }));
  EXPECT_EQ(lake_.counts().stored, 0u);
  tables_->stop();
  EXPECT_EQ(lake_.signals().row_count(), 1u);
  // A new instance goes on where this one ended.
  lake_.append({vss("A", 1), vss("A", 2)});
  lake_.config.commit_interval = milliseconds(10);
  start();
  EXPECT_TRUE(eventually_stored(2));
}

TEST_F(LogStreamTablesTest, ShowsTheLawOfConservation) {
  start();
  Sent bad = vss("A", 1);
  bad.payload = "";
  Sent event = vss("A", 1);
  event.topic = "vehicles/A/event";
  lake_.append({vss("A", 1), vss("A", 1), bad, event});
  ASSERT_TRUE(eventually([&] { return lake_.counts().taken() == 4; }));
  tables_->stop();
  query::SystemTable& table = *tables_->system_tables().front();
  EXPECT_EQ(table.name(), "conservation");
  const auto rows = std::move(table.rows()).value();
  ASSERT_EQ(rows.size(), 2u);
  const auto cell = [&](const query::SystemTable::Row& row, std::string_view column) {
    return row[static_cast<std::size_t>(formats::find_field(table.columns(), column))];
  };
  const auto& vehicle = rows[0];
  ASSERT_EQ(vehicle.size(), table.columns().size());
  EXPECT_EQ(cell(vehicle, "account"), "vehicle");
  EXPECT_EQ(cell(vehicle, "stage"), "stream_table");
  EXPECT_EQ(cell(vehicle, "logged"), "4");
  for (const char* column : {"stored", "duplicate", "quarantined", "other"})
    EXPECT_EQ(cell(vehicle, column), "1") << column;
  for (const char* column : {"skipped", "in_flight", "sequence_reused"})
    EXPECT_EQ(cell(vehicle, column), "0") << column;
  EXPECT_EQ(cell(vehicle, "causes"), R"({"empty-payload": 1})");
  const std::string text = metrics_.to_text();
  EXPECT_NE(text.find("mobilake_prepare_conservation_records{account=\"vehicle\","
                      "outcome=\"duplicate\"} 1"),
            std::string::npos)
      << text;
  EXPECT_EQ(cell(rows[1], "account"), "system");
  EXPECT_EQ(cell(rows[1], "stage"), "unread");
  // What nobody reads any more is in flight.
  lake_.append({vss("A", 2), vss("A", 3)});
  EXPECT_EQ(cell(table.rows()->at(1), "in_flight"), "2");
}

TEST_F(LogStreamTablesTest, GoesOnAfterFailedCommits) {
  start();
  lake_.committer.fail_commits(4, unavailable("staged"));
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(eventually([&] { return tables_->health().has_value(); }));
  ASSERT_TRUE(eventually_stored(1));
  EXPECT_TRUE(eventually([&] { return !tables_->health(); }));
  EXPECT_EQ(lake_.signals().row_count(), 1u);
}

TEST_F(LogStreamTablesTest, StopsWhileACommitCannotBeMade) {
  start();
  lake_.committer.fail_commits(1'000'000, exhausted("staged"));
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(eventually([&] { return tables_->health().has_value(); }));
  tables_->stop();
  lake_.committer.fail_commits(0, exhausted("staged"));
  start();
  EXPECT_TRUE(eventually_stored(1));
}

TEST_F(LogStreamTablesTest, EndsWithAnErrorWhereAnotherInstanceCommits) {
  start();
  lake_.append({vss("A", 1)});
  ASSERT_TRUE(eventually_stored(1));
  ConservationLedger ledger;
  auto other =
      std::move(StreamPump::open(lake_.config, lake_.parts(), lake_.doors(), ledger)).value();
  // Whoever is first, the other one loses; the test goes on until this instance does.
  int seq = 1;
  ASSERT_TRUE(eventually([&] {
    lake_.append({vss("A", ++seq)});
    (void)other->take_in(milliseconds(1000)).ok();
    if (!other->commit().ok())
      other =
          std::move(StreamPump::open(lake_.config, lake_.parts(), lake_.doors(), ledger)).value();
    const auto health = tables_->health();
    return health && health->code == Code::kConflict;
  }));
  tables_->stop();
  EXPECT_EQ(tables_->health()->code, Code::kConflict);
}

TEST_F(LogStreamTablesTest, MergesSmallFilesBesideTheCommits) {
  lake_.config.merge_files = 3;
  start();
  for (int seq = 1; seq <= 9; ++seq) {
    lake_.append({vss("A", seq)});
    ASSERT_TRUE(eventually_stored(static_cast<std::uint64_t>(seq)));
  }
  EXPECT_TRUE(eventually([&] {
    return lake_.committer.plan({"vehicle", "telemetry", "signals"})->files.size() == 1;
  }));
  EXPECT_EQ(lake_.signals().row_count(), 9u);
}

TEST_F(LogStreamTablesTest, ItsThreadsRunBesideAppendersAndThoseWhoAsk) {
  lake_.config.merge_files = 2;
  start();
  constexpr int kMessages = 200;
  std::thread appender([&] {
    for (int seq = 0; seq < kMessages; ++seq)
      lake_.append({vss("A", seq), vss("B", seq)});
  });
  EXPECT_TRUE(eventually([&] {
    (void)tables_->lags();
    (void)tables_->health();
    (void)tables_->unread_records();
    EXPECT_TRUE(tables_->ensure_account("vehicle").ok());
    EXPECT_TRUE(tables_->system_tables().front()->rows().ok());
    return lake_.counts().stored == 2 * kMessages;
  }));
  appender.join();
  tables_->stop();
  EXPECT_EQ(lake_.signals().row_count(), static_cast<std::size_t>(2 * kMessages));
}

}  // namespace
}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#include "query/query_service.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/testkit/simulated_clock.h"
#include "engine/sql/open_sql_engine.h"
#include "formats/parquet_file.h"
#include "govern/identity.h"
#include "govern/resource.h"
#include "query/open_query.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::query {
namespace {

using formats::ColumnType;
using formats::Field;
using std::chrono::milliseconds;

const model::Principal kOwner{model::Principal::Kind::kUser, "ada", "vehicle", model::Role::kOwner};
const model::Principal kOther{model::Principal::Kind::kUser, "bob", "factory", model::Role::kOwner};

// Makes audit records durable at once and keeps them; fails on demand.
class RecordingLogWriter final : public log::LogWriter {
 public:
  void append(log::RecordBatch batch, log::OnDurable on_durable) override {
    if (failure.has_value()) return on_durable(*failure);
    log::RecordView record;
    log::RecordCursor cursor(batch.bytes());
    {
      const std::lock_guard lock(mutex_);
      while (cursor.next(record))
        lines.push_back(nlohmann::json::parse(record.payload));
    }
    on_durable(log::Offset(0));
  }

  std::vector<nlohmann::json> lines;  // looked at when nothing runs
  std::optional<Error> failure;

 private:
  std::mutex mutex_;
};

// Tables that are files of one folder.
class FolderCatalog final : public catalog::Catalog {
 public:
  struct CountedLease final : catalog::SnapshotLease {
    explicit CountedLease(std::atomic<int>& count) : count_(count) { ++count_; }
    ~CountedLease() override { --count_; }
    std::atomic<int>& count_;
  };

  Result<catalog::TablePlan> plan(const model::Permit& permit,
                                  const model::TableName& name) override {
    if (!permit.covers(model::Action::kSelect, govern::table_resource(name)))
      return denied("another permit");
    const auto found = tables.find(name.to_string());
    if (found == tables.end()) return not_found("no such table");
    catalog::TablePlan plan;
    plan.table.name = name;
    for (const Field& field : found->second.first)
      plan.table.schema.columns.push_back({field, "", "", ""});
    for (const std::string& path : found->second.second)
      plan.files.push_back({"file://" + path, {}});
    plan.lease = std::make_unique<CountedLease>(leases);
    return plan;
  }
  Result<catalog::TableState> create_table(const model::Permit&,
                                           const catalog::NewTable&) override {
    return unsupported("not here");
  }
  Result<> drop_table(const model::Permit&, const model::TableName&) override {
    return unsupported("not here");
  }
  Result<catalog::TableState> describe(const model::Permit&, const model::TableName&) override {
    return unsupported("not here");
  }
  Result<std::vector<model::TableName>> list() override { return std::vector<model::TableName>(); }

  std::map<std::string, std::pair<std::vector<Field>, std::vector<std::string>>> tables;
  std::atomic<int> leases{0};
};

class CountsTable final : public SystemTable {
 public:
  const std::string& name() const override { return name_; }
  const std::vector<Field>& columns() const override { return columns_; }
  Result<std::vector<Row>> rows() override {
    return std::vector<Row>{{"vehicle", "it's 1", "5"}, {"factory", std::nullopt, "7"}};
  }

 private:
  std::string name_ = "conservation";
  std::vector<Field> columns_{{1, "account", {ColumnType::Kind::kString}, false, 0, 0},
                              {2, "stage", {ColumnType::Kind::kString}, false, 0, 0},
                              {3, "stored", {ColumnType::Kind::kLong}, false, 0, 0}};
};

class QueryServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/query_service_test_XXXXXX";
    folder_ = ::mkdtemp(path);
    identity_ = *govern::Identity::open(store_, {clock_, base::system_disk(), *random_}, {});
    gatekeeper_ = std::make_unique<govern::Gatekeeper>(*identity_);
    engine::SqlEngineConfig engine_config;
    engine_config.memory.value = 256u << 20;
    engine_ = *engine::open_sql_engine(engine_config, {});
    open();
  }
  void TearDown() override {
    service_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    service_ =
        open_query_service(config_, {*gatekeeper_, audit_, catalog_, *engine_, {&counts_}},
                           {base::system_clock(), base::system_disk(), *random_}, metrics_, {});
  }

  // Writes a file of vehicles and speeds and adds it to the table.
  void add_file(const std::string& table, const std::vector<std::pair<std::string, int>>& rows) {
    formats::ColumnBatch batch({{1, "old_name", {ColumnType::Kind::kString}, true, 0, 0},
                                {2, "speed", {ColumnType::Kind::kDecimal, 5, 1}, false, 0, 0}});
    for (const auto& [vehicle, speed] : rows) {
      batch.column(0).append_text(vehicle);
      batch.column(1).append_integer(speed);
    }
    auto file = formats::write_parquet(batch, {});
    ASSERT_TRUE(file.ok()) << file.error().to_string();
    const std::string path = fmt::format("{}/{}.parquet", folder_, ++files_);
    std::ofstream(path, std::ios::binary) << file->bytes;
    auto& [fields, paths] = catalog_.tables[table];
    fields = {{1, "vehicle_id", {ColumnType::Kind::kString}, true, 0, 0},
              {2, "speed", {ColumnType::Kind::kDecimal, 5, 1}, false, 0, 0},
              {3, "extra", {ColumnType::Kind::kTextMap}, false, 4, 5}};
    paths.push_back(path);
  }

  QueryRequest request(const std::string& sql, const model::Principal& principal = kOwner) {
    QueryRequest made;
    made.principal = principal;
    made.sql = sql;
    made.request_id = "r-1";
    return made;
  }

  // Runs to the end and returns how it ended, with the row count.
  QueryStatus run(const std::string& sql, const model::Principal& principal = kOwner) {
    auto started = service_->start(request(sql, principal));
    if (!started.ok()) {
      QueryStatus refused;
      refused.state = QueryState::kFailed;
      refused.error = started.error();
      return refused;
    }
    return (*started)->wait(milliseconds(60'000));
  }

  // Returns whether a condition holds for all rows, told by SQL itself.
  bool holds(const std::string& condition_sql, const model::Principal& principal = kOwner) {
    const QueryStatus status = run("SELECT 1 WHERE (" + condition_sql + ")", principal);
    EXPECT_EQ(status.state, QueryState::kSucceeded) << status.error.to_string();
    return status.facts.rows == 1;
  }

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(7);
  store::FakeMetaStore store_;
  RecordingLogWriter writer_;
  govern::AuditTrail audit_{writer_, 64, clock_};
  std::unique_ptr<govern::Identity> identity_;
  std::unique_ptr<govern::Gatekeeper> gatekeeper_;
  FolderCatalog catalog_;
  CountsTable counts_;
  std::unique_ptr<engine::SqlEngine> engine_;
  Metrics metrics_;
  QueryConfig config_;
  std::unique_ptr<QueryService> service_;
  std::string folder_;
  int files_ = 0;
};

TEST_F(QueryServiceTest, ReadsTheFilesOfATableByTheIdsOfItsColumns) {
  add_file("vehicle.telemetry.signals", {{"a", 100}, {"b", 205}});
  add_file("vehicle.telemetry.signals", {{"b", 5}});
  const QueryStatus all = run("SELECT * FROM vehicle.telemetry.signals");
  EXPECT_EQ(all.state, QueryState::kSucceeded) << all.error.to_string();
  EXPECT_EQ(all.facts.rows, 3u);
  EXPECT_EQ(all.facts.files, 2u);
  EXPECT_TRUE(
      holds("(SELECT sum(speed) FROM vehicle.telemetry.signals WHERE vehicle_id = 'b') = "
            "21.0 AND (SELECT count(extra) FROM vehicle.telemetry.signals) = 0"));
}

TEST_F(QueryServiceTest, ATableWithoutFilesHasItsColumns) {
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  catalog_.tables["vehicle.telemetry.signals"].second.clear();
  EXPECT_TRUE(holds("(SELECT count(speed) + count(extra) FROM vehicle.telemetry.signals) = 0"));
}

TEST_F(QueryServiceTest, AHiddenTableAndAMissingOneGiveTheSameErrorAndLeaveAuditLines) {
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  const auto hidden = run("SELECT * FROM vehicle.telemetry.signals", kOther);
  const auto missing = run("SELECT * FROM factory.telemetry.signals", kOther);
  EXPECT_EQ(hidden.error.to_string(), "not_found: there is no table \"vehicle.telemetry.signals\"");
  EXPECT_EQ(missing.error.to_string(),
            "not_found: there is no table \"factory.telemetry.signals\"");
  ASSERT_EQ(writer_.lines.size(), 2u);
  EXPECT_EQ(writer_.lines[0]["decision"], "refused");
  EXPECT_EQ(writer_.lines[1]["decision"], "allowed");
  EXPECT_EQ(writer_.lines[0]["request_id"], "r-1");
}

TEST_F(QueryServiceTest, ATableNamedTwiceIsDecidedOnce) {
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  EXPECT_TRUE(
      holds("(SELECT count(*) FROM vehicle.telemetry.signals x, "
            "vehicle.telemetry.signals y) = 1"));
  EXPECT_EQ(writer_.lines.size(), 1u);
}

TEST_F(QueryServiceTest, WithoutAnAuditRecordNothingIsRead) {
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  writer_.failure = exhausted("disk full");
  EXPECT_EQ(run("SELECT * FROM vehicle.telemetry.signals").error.code, Code::kExhausted);
  writer_.failure.reset();
  EXPECT_EQ(run("SELECT * FROM vehicle.telemetry.signals").state, QueryState::kSucceeded);
}

TEST_F(QueryServiceTest, AnOwnerSeesTheOwnRowsOfASystemTable) {
  EXPECT_TRUE(
      holds("(SELECT stored FROM system.conservation) = 5 AND "
            "(SELECT stage FROM system.conservation) = 'it''s 1'"));
  EXPECT_TRUE(
      holds("(SELECT stored FROM system.conservation) = 7 AND "
            "(SELECT stage FROM system.conservation) IS NULL",
            kOther));
  EXPECT_TRUE(
      holds("(SELECT count(*) FROM system.conservation WHERE account = 'vehicle') = 0", kOther));
}

TEST_F(QueryServiceTest, AQueryIsFoundByItsOwnPrincipalOnly) {
  auto started = service_->start(request("SELECT 1"));
  ASSERT_TRUE(started.ok()) << started.error().to_string();
  const std::string id = (*started)->wait(milliseconds(60'000)).id;
  EXPECT_TRUE(service_->find(kOwner, id).ok());
  EXPECT_EQ(service_->find(kOther, id).error().code, Code::kNotFound);
  EXPECT_EQ(service_->find(kOwner, "nothing").error().code, Code::kNotFound);
}

TEST_F(QueryServiceTest, ConcurrentStatementsLooksAndCancelsEachEndAsTheirOwn) {
  add_file("vehicle.telemetry.signals", {{"a", 100}, {"b", 205}});
  std::vector<std::thread> askers;
  for (int t = 0; t < 3; ++t)
    askers.emplace_back([this, t] {
      for (int i = 0; i < 4; ++i) {
        auto started =
            service_->start(request(t == 0 ? "SELECT i FROM range(100000000) t(i)"
                                           : "SELECT vehicle_id FROM vehicle.telemetry.signals"));
        // Too many at once is an answer too.
        if (!started.ok()) {
          ASSERT_EQ(started.error().code, Code::kExhausted) << started.error().to_string();
          continue;
        }
        std::thread looker([&] {
          const std::string id = (*started)->status().id;
          for (int look = 0; look < 50; ++look)
            (void)service_->find(look % 2 == 0 ? kOwner : kOther, id);
          if (t == 0) (*started)->cancel();
        });
        const QueryStatus status = (*started)->wait(milliseconds(t == 0 ? 0 : 60'000));
        looker.join();
        if (t == 0) {
          EXPECT_EQ((*started)->wait(milliseconds(60'000)).state, QueryState::kCancelled);
        } else {
          EXPECT_EQ(status.state, QueryState::kSucceeded) << status.error.to_string();
          EXPECT_EQ(status.facts.rows, 2u);
        }
      }
    });
  for (std::thread& asker : askers)
    asker.join();
  service_->drain();
}

TEST_F(QueryServiceTest, AResultLargerThanItsBufferWaitsForItsReader) {
  config_.result_buffer.value = 1 << 20;
  open();
  auto started = service_->start(request("SELECT i FROM range(1000000) t(i)"));
  ASSERT_TRUE(started.ok()) << started.error().to_string();
  EXPECT_EQ((*started)->wait(milliseconds(60'000)).state, QueryState::kRunning);
  std::size_t bytes = 0;
  for (;;) {
    const auto piece = (*started)->next_piece();
    ASSERT_TRUE(piece.ok()) << piece.error().to_string();
    if (piece->empty()) break;
    bytes += piece->size();
  }
  EXPECT_GT(bytes, 8'000'000u);
  EXPECT_EQ((*started)->status().state, QueryState::kSucceeded);
  EXPECT_EQ((*started)->status().facts.rows, 1'000'000u);
}

TEST_F(QueryServiceTest, GivesUpOnAResultThatNobodyFetches) {
  config_.result_buffer.value = 1 << 20;
  config_.kept_for = milliseconds(50);
  open();
  auto started = service_->start(request("SELECT i FROM range(1000000) t(i)"));
  ASSERT_TRUE(started.ok());
  // The counter tells the end; asking the query itself would count as interest in it.
  const auto& ended =
      metrics_.counter("mobilake_query_statements_total", "", {{"state", "CANCELLED"}});
  while (ended.value() == 0)
    std::this_thread::yield();
  EXPECT_EQ((*started)->status().state, QueryState::kCancelled);
}

TEST_F(QueryServiceTest, CancelEndsAStatementAndFreesItsTables) {
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  auto started = service_->start(
      request("SELECT count(*) FROM range(1000000000000) t(i), vehicle.telemetry.signals WHERE "
              "i % 7 = 3"));
  ASSERT_TRUE(started.ok()) << started.error().to_string();
  EXPECT_EQ(catalog_.leases.load(), 1);
  (*started)->cancel();
  EXPECT_EQ((*started)->wait(milliseconds(60'000)).state, QueryState::kCancelled);
  EXPECT_EQ((*started)->next_piece().error().code, Code::kCancelled);
  started = internal("");
  service_.reset();
  EXPECT_EQ(catalog_.leases.load(), 0);
}

TEST_F(QueryServiceTest, ForgetsAResultAfterItsTime) {
  config_.kept_for = milliseconds(0);
  open();
  auto started = service_->start(request("SELECT 1"));
  ASSERT_TRUE(started.ok());
  const std::string id = (*started)->wait(milliseconds(60'000)).id;
  EXPECT_EQ(service_->find(kOwner, id).error().code, Code::kNotFound);
}

TEST_F(QueryServiceTest, DropsTheResultThatRestedLongestWhenThereAreTooMany) {
  config_.kept_max = 2;
  open();
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    auto started = service_->start(request("SELECT 1"));
    ASSERT_TRUE(started.ok()) << started.error().to_string();
    ids.push_back((*started)->wait(milliseconds(60'000)).id);
  }
  EXPECT_FALSE(service_->find(kOwner, ids[0]).ok());
  EXPECT_TRUE(service_->find(kOwner, ids[2]).ok());
}

TEST_F(QueryServiceTest, DropsResultsBeyondTheMemoryOfAll) {
  config_.results_memory.value = 4 << 20;
  open();
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    auto started = service_->start(request("SELECT i FROM range(400000) t(i)"));
    ASSERT_TRUE(started.ok()) << started.error().to_string();
    ids.push_back((*started)->wait(milliseconds(60'000)).id);
  }
  EXPECT_FALSE(service_->find(kOwner, ids[0]).ok());
  EXPECT_TRUE(service_->find(kOwner, ids[1]).ok());
}

TEST_F(QueryServiceTest, AStatementThatFailsWhileItRunsSaysWhy) {
  const auto wrong = run("SELECT CAST(x AS INTEGER) FROM (VALUES ('1'), ('b')) v(x)");
  EXPECT_EQ(wrong.state, QueryState::kFailed);
  EXPECT_EQ(wrong.error.code, Code::kInvalid);
  EXPECT_NE(wrong.error.message.find("'b'"), std::string::npos) << wrong.error.message;
  add_file("vehicle.telemetry.signals", {{"a", 1}});
  const auto unknown = run("SELECT speeed FROM vehicle.telemetry.signals");
  EXPECT_EQ(unknown.error.message.find(folder_), std::string::npos) << unknown.error.message;
  EXPECT_NE(unknown.error.message.find("speeed"), std::string::npos) << unknown.error.message;
}

TEST_F(QueryServiceTest, DrainingCancelsWhatRunsAndLeavesItToItsAsker) {
  auto started =
      service_->start(request("SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3"));
  ASSERT_TRUE(started.ok()) << started.error().to_string();
  service_->drain();
  // Not forgotten, as its thread would have to be waited for.
  const auto found = service_->find(kOwner, (*started)->status().id);
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ((*found)->wait(milliseconds(60'000)).state, QueryState::kCancelled);
}

TEST_F(QueryServiceTest, TakesNoStatementWhenItIsDrained) {
  EXPECT_TRUE(service_->start(request("SELECT 1")).ok());
  service_->drain();
  EXPECT_EQ(service_->start(request("SELECT 1")).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace mobilake::query

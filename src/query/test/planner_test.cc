// SPDX-License-Identifier: Apache-2.0
#include "query/inside/planner.h"

#include <gtest/gtest.h>

#include "engine/sql/open_sql_engine.h"
#include "query/inside/sql_text.h"
#include "query/offered.h"

namespace mobilake::query {
namespace {

using std::chrono::milliseconds;

/// Plans and runs statements over one table, vehicle.telemetry.signals, of three rows.
class PlannerTest : public testing::Test {
 protected:
  void SetUp() override {
    engine::SqlEngineConfig config;
    config.memory.value = 256u << 20;
    engine_ = *engine::open_sql_engine(config, {});
  }

  Result<> run(const std::string& sql) {
    asked_.clear();
    MOBILAKE_ASSIGN(auto session, engine_->open_session(milliseconds(60'000)));
    const auto scan_of = [this](const model::TableName& name) -> Result<TableScan> {
      asked_.push_back(name.to_string());
      if (name.to_string() != "vehicle.telemetry.signals")
        return not_found("no table {}", name.to_string());
      return TableScan{
          "SELECT * FROM (VALUES ('a', 1), ('b', 2), ('b', 3)) AS v(vehicle_id, speed)",
          {},
          7,
          nullptr};
    };
    MOBILAKE_ASSIGN(const GovernedPlan governed, plan_statement(sql, *session, scan_of));
    MOBILAKE_ASSIGN(auto stream, session->run(governed.plan));
    for (;;) {
      MOBILAKE_ASSIGN(const std::string piece, stream->next());
      if (piece.empty()) return {};
    }
  }

  Error error_of(const std::string& sql) {
    const auto result = run(sql);
    EXPECT_FALSE(result.ok()) << sql;
    return result.ok() ? Error{Code::kInternal, "ran"} : result.error();
  }

  std::unique_ptr<engine::SqlEngine> engine_;
  std::vector<std::string> asked_;
};

TEST_F(PlannerTest, RunsStatementsOfManyShapesOverTheScan) {
  for (const char* sql :
       {"SELECT * FROM vehicle.telemetry.signals",
        "SELECT signals.speed FROM Vehicle.Telemetry.SIGNALS WHERE speed BETWEEN 1 AND 2",
        "SELECT s.vehicle_id, count(*), avg(speed) FROM vehicle.telemetry.signals AS s GROUP BY "
        "ALL ORDER BY 1",
        "WITH t AS (SELECT * FROM vehicle.telemetry.signals) SELECT max(speed) FROM t JOIN t AS u "
        "USING (speed)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) "
        "FROM n",
        "SELECT speed, lag(speed) OVER (PARTITION BY vehicle_id ORDER BY speed) FROM "
        "vehicle.telemetry.signals",
        "SELECT * FROM vehicle.telemetry.signals WHERE speed = (SELECT max(speed) FROM "
        "vehicle.telemetry.signals)",
        "SELECT 1 UNION SELECT speed FROM vehicle.telemetry.signals EXCEPT SELECT 2 LIMIT 1",
        "SELECT CASE WHEN speed > 1 THEN 'fast' ELSE 'slow' END, coalesce(NULL, "
        "speed)::DECIMAL(9,2) "
        "FROM vehicle.telemetry.signals",
        "SELECT i FROM range(3) t(i) WHERE i IN (0, 2)", "VALUES (1, 'a'), (2, 'b')",
        "SELECT date_trunc('hour', TIMESTAMPTZ '2026-03-02 08:10:00Z') + INTERVAL 1 DAY",
        "SELECT list_transform([1, 2], lambda x: x + 1), unnest([1, 2])"}) {
    const auto result = run(sql);
    EXPECT_TRUE(result.ok()) << sql << "\n" << (result.ok() ? "" : result.error().to_string());
  }
}

TEST_F(PlannerTest, AsksForEachTableByItsFullName) {
  ASSERT_TRUE(run("SELECT * FROM vehicle.telemetry.signals a, vehicle.telemetry.signals b").ok());
  EXPECT_EQ(asked_,
            (std::vector<std::string>{"vehicle.telemetry.signals", "vehicle.telemetry.signals"}));
  EXPECT_EQ(error_of("SELECT * FROM other.telemetry.signals").code, Code::kNotFound);
  EXPECT_EQ(error_of("SELECT * FROM system.audit").code, Code::kNotFound);
  EXPECT_EQ(asked_.back(), "system.main.audit");
}

TEST_F(PlannerTest, ANameOfOnePartIsACommonTableExpressionOrNothing) {
  for (const char* sql :
       {"SELECT * FROM signals", "SELECT * FROM duckdb_settings", "SELECT * FROM sqlite_master",
        "SELECT * FROM '/etc/passwd'", "SELECT * FROM pg_catalog.pg_class",
        "SELECT * FROM information_schema.tables",
        "WITH sqlite_master AS (SELECT * FROM sqlite_master) SELECT * FROM sqlite_master"})
    EXPECT_EQ(error_of(sql).code, Code::kInvalid) << sql;
}

TEST_F(PlannerTest, RefusesByNameWhatOnlyLooksLikeAQuery) {
  EXPECT_EQ(error_of("SELECT * FROM read_csv('/etc/passwd')").message,
            "function read_csv is not offered in queries");
  EXPECT_EQ(error_of("SELECT * FROM \"read_text\"('/etc/hostname')").code, Code::kUnsupported);
  EXPECT_EQ(error_of("SELECT * FROM query('SELECT 1')").code, Code::kUnsupported);
  EXPECT_EQ(error_of("SELECT current_setting('threads')").code, Code::kUnsupported);
  EXPECT_EQ(error_of("SELECT getvariable('x')").code, Code::kUnsupported);
  EXPECT_EQ(error_of("SELECT write_log('x')").code, Code::kUnsupported);
  EXPECT_EQ(error_of("SELECT * FROM abs(1)").code, Code::kUnsupported);
  EXPECT_EQ(error_of("DESCRIBE vehicle.telemetry.signals").message,
            "DESCRIBE, SHOW and SUMMARIZE is not offered in queries");
  EXPECT_EQ(error_of("FROM vehicle.telemetry.signals AT (VERSION => 1)").code, Code::kUnsupported);
  EXPECT_EQ(error_of("DELETE FROM vehicle.telemetry.signals").message,
            "DELETE is not offered: queries read with SELECT");
}

TEST_F(PlannerTest, TakesOneStatement) {
  EXPECT_EQ(error_of("SELECT 1; SELECT 2").message, "expected one statement, found 2");
  EXPECT_EQ(error_of("").code, Code::kInvalid);
  EXPECT_TRUE(run("SELECT 1;").ok());
}

TEST_F(PlannerTest, RefusesAStatementThatIsNestedTooDeep) {
  std::string sql = "1";
  for (int i = 0; i < 300; ++i)
    sql = "(SELECT " + sql + ")";
  EXPECT_FALSE(run("SELECT " + sql).ok());
}

TEST(SqlTextTest, QuotesSoThatNoNameEndsItsQuotes) {
  EXPECT_EQ(literal("a'b"), "'a''b'");
  EXPECT_EQ(identifier("a\"b"), "\"a\"\"b\"");
}

TEST(OfferedTest, ListsAreSortedForTheirSearch) {
  for (const auto& name : offered_functions())
    EXPECT_TRUE(offers_function(name)) << name;
  EXPECT_FALSE(offers_function("read_csv"));
  EXPECT_FALSE(offers_node("SHOW_REF"));
}

}  // namespace
}  // namespace mobilake::query

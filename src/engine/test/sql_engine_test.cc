// SPDX-License-Identifier: Apache-2.0
#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/sql/open_sql_engine.h"

namespace mobilake::engine {
namespace {

using std::chrono::milliseconds;

class SqlEngineTest : public testing::Test {
 protected:
  void SetUp() override {
    SqlEngineConfig config;
    config.workers_max = 2;
    config.memory.value = 256u << 20;
    engine_ = *open_sql_engine(config, {});
  }

  Result<std::shared_ptr<arrow::Table>> query(const std::string& sql,
                                              std::vector<SqlParameter> parameters = {},
                                              milliseconds deadline = milliseconds(60'000)) {
    MOBILAKE_ASSIGN(auto session, engine_->open_session(deadline));
    MOBILAKE_ASSIGN(auto trees, session->parse(std::vector<std::string>{sql}));
    MOBILAKE_ASSIGN(auto stream, session->run({trees[0], {}, std::move(parameters)}));
    std::string bytes;
    for (;;) {
      MOBILAKE_ASSIGN(const std::string piece, stream->next());
      if (piece.empty()) break;
      bytes += piece;
    }
    row_count_ = stream->row_count();
    auto input =
        std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)));
    auto reader = arrow::ipc::RecordBatchStreamReader::Open(input);
    if (!reader.ok()) return internal("{}", reader.status().ToString());
    return (*reader)->ToTable().ValueOrDie();
  }

  std::unique_ptr<SqlEngine> engine_;
  std::uint64_t row_count_ = 0;
};

TEST_F(SqlEngineTest, GivesRowsAsAnArrowStream) {
  const auto table = query("SELECT i, 'v' || i AS name FROM range(100000) t(i)");
  ASSERT_TRUE(table.ok()) << table.error().to_string();
  EXPECT_EQ((*table)->num_rows(), 100'000);
  EXPECT_EQ(row_count_, 100'000u);
  EXPECT_EQ((*table)->schema()->field(1)->name(), "name");
}

TEST_F(SqlEngineTest, GivesTheSchemaOfAnEmptyResult) {
  const auto table = query("SELECT 1::DECIMAL(9,2) AS price WHERE false");
  ASSERT_TRUE(table.ok()) << table.error().to_string();
  EXPECT_EQ((*table)->num_rows(), 0);
  EXPECT_EQ((*table)->schema()->field(0)->type()->ToString(), "decimal128(9, 2)");
}

TEST_F(SqlEngineTest, BindsParametersByNumberAndName) {
  const auto named = query("SELECT $word || '!' AS b", {{"word", "\"x\""}});
  ASSERT_TRUE(named.ok()) << named.error().to_string();
  EXPECT_EQ((*named)->column(0)->GetScalar(0).ValueOrDie()->ToString(), "x!");
  const auto numbered = query("SELECT CAST(? AS BIGINT) + 1 AS a", {{"1", "41"}});
  ASSERT_TRUE(numbered.ok()) << numbered.error().to_string();
  EXPECT_EQ((*numbered)->column(0)->GetScalar(0).ValueOrDie()->ToString(), "42");
  EXPECT_EQ(query("SELECT ?").error().code, Code::kInvalid);
  EXPECT_EQ(query("SELECT 1", {{"1", "41"}}).error().code, Code::kInvalid);
}

TEST_F(SqlEngineTest, RefusesWhatIsNoSelectByName) {
  EXPECT_EQ(query("INSERT INTO t VALUES (1)").error().message,
            "INSERT is not offered: queries read with SELECT");
  EXPECT_EQ(query("COPY t TO '/tmp/x'").error().code, Code::kUnsupported);
  EXPECT_EQ(query("ATTACH 'x.db'").error().code, Code::kUnsupported);
  EXPECT_EQ(query("SET threads = 1").error().code, Code::kUnsupported);
}

TEST_F(SqlEngineTest, SaysWhereASyntaxErrorIs) {
  const auto wrong = query("SELECT 1 FORM t x y");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, Code::kInvalid);
  EXPECT_NE(wrong.error().message.find("(at character "), std::string::npos)
      << wrong.error().message;
}

TEST_F(SqlEngineTest, AnErrorQuotesNothingOfTheStatementThatWasRun) {
  const auto wrong = query("SELECT speeed FROM (SELECT 1 AS speed, 'secret' AS path)");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, Code::kInvalid);
  EXPECT_EQ(wrong.error().message,
            "Referenced column \"speeed\" not found in FROM clause! Candidate bindings: \"speed\"");
}

TEST_F(SqlEngineTest, AWorkerReadsNoFileThatItWasNotHanded) {
  for (const char* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/*')", "SELECT * FROM '/etc/passwd'"}) {
    const auto read = query(sql);
    EXPECT_FALSE(read.ok()) << sql;
  }
}

TEST_F(SqlEngineTest, StopsAStatementAtItsDeadline) {
  const auto slow = query("SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3", {},
                          milliseconds(300));
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, Code::kTimedOut);
  EXPECT_TRUE(query("SELECT 1").ok());
}

TEST_F(SqlEngineTest, StopsAStatementThatNeedsTooMuchMemory) {
  const auto greedy =
      query("SELECT max(len(l)) FROM (SELECT list(i) l FROM range(200000000) t(i))");
  ASSERT_FALSE(greedy.ok());
  EXPECT_EQ(greedy.error().code, Code::kExhausted) << greedy.error().to_string();
}

TEST_F(SqlEngineTest, CancelReachesARunningStatementOfAnotherThread) {
  auto session = engine_->open_session(milliseconds(60'000));
  ASSERT_TRUE(session.ok());
  auto trees = (*session)->parse(
      std::vector<std::string>{"SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3"});
  auto stream = (*session)->run({(*trees)[0], {}, {}});
  std::thread canceller([&] { (*session)->cancel(); });
  const auto piece = (*stream)->next();
  canceller.join();
  ASSERT_FALSE(piece.ok());
  EXPECT_EQ(piece.error().code, Code::kCancelled);
}

TEST_F(SqlEngineTest, RefusesAStatementWhenAllWorkersStayBusy) {
  auto first = engine_->open_session(milliseconds(1000));
  auto second = engine_->open_session(milliseconds(1000));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(engine_->open_session(milliseconds(50)).error().code, Code::kExhausted);
  first->reset();
  EXPECT_TRUE(engine_->open_session(milliseconds(1000)).ok());
}

TEST_F(SqlEngineTest, AStatementWaitsForOneThatEnds) {
  auto first = engine_->open_session(milliseconds(60'000));
  auto second = engine_->open_session(milliseconds(60'000));
  ASSERT_TRUE(first.ok() && second.ok());
  std::thread waiting([&] { EXPECT_TRUE(query("SELECT 1").ok()); });
  first->reset();
  waiting.join();
}

}  // namespace
}  // namespace mobilake::engine

// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/sql/open_sql_engine.h"
#include "serve/http/results/result_stream.h"
#include "serve/test/arrow_stream.h"

namespace mobilake::serve {
namespace {

/// What the real engine gives, in the forms that people get.
class EngineTypesTest : public testing::Test {
 protected:
  void SetUp() override {
    engine::SqlEngineConfig config;
    config.memory.value = 256u << 20;
    auto opened = engine::open_sql_engine(config, {});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    engine_ = *std::move(opened);
  }

  std::string rendered(const std::string& sql, ResultForm form) {
    auto session = engine_->open_session(std::chrono::milliseconds(60'000));
    if (!session.ok()) return session.error().message;
    auto trees = (*session)->parse(std::vector<std::string>{sql});
    if (!trees.ok()) return trees.error().message;
    auto stream = (*session)->run({(*trees)[0], {}, {}});
    if (!stream.ok()) return stream.error().message;
    auto source = open_result_stream(
        form, std::nullopt, [&] { return (*stream)->next(); },
        [](const ResultEnd&) { return std::string("{}"); });
    return source.ok() ? whole(*source) : source.error().message;
  }

  // Returns the type and the one value of an expression.
  std::string told(const std::string& expression) {
    const std::string text = rendered("SELECT " + expression + " AS c", ResultForm::kJson);
    const std::string type_mark = R"("type":")";
    const std::string rows_mark = R"("}],"rows":[[)";
    const std::size_t type = text.find(type_mark);
    const std::size_t rows = text.find(rows_mark);
    if (type == std::string::npos || rows == std::string::npos) return text;
    const std::size_t value = rows + rows_mark.size();
    return text.substr(type + type_mark.size(), rows - type - type_mark.size()) + " " +
           text.substr(value, text.rfind(R"(]],"facts")") - value);
  }

  std::unique_ptr<engine::SqlEngine> engine_;
};

TEST_F(EngineTypesTest, EveryTypeHasItsForm) {
  EXPECT_EQ(told("42::TINYINT"), "TINYINT 42");
  EXPECT_EQ(told("9007199254740993"), R"(BIGINT "9007199254740993")");
  EXPECT_EQ(told("18446744073709551615::UBIGINT"), R"(UBIGINT "18446744073709551615")");
  EXPECT_EQ(told("12345678901234567890123::HUGEINT"), R"(DECIMAL(38,0) "12345678901234567890123")");
  EXPECT_EQ(told("41.30::DECIMAL(9,2)"), R"(DECIMAL(9,2) "41.30")");
  EXPECT_EQ(told("'NaN'::DOUBLE"), R"(DOUBLE "NaN")");
  EXPECT_EQ(told("1.5::FLOAT"), "FLOAT 1.5");
  EXPECT_EQ(told("true"), "BOOLEAN true");
  EXPECT_EQ(told("'a\"b'"), R"(VARCHAR "a\"b")");
  EXPECT_EQ(told("'\\x00\\xFF'::BLOB"), R"(BLOB "AP8=")");
  EXPECT_EQ(told("DATE '2026-03-02'"), R"(DATE "2026-03-02")");
  EXPECT_EQ(told("TIME '08:00:00.5'"), R"(TIME "08:00:00.500")");
  EXPECT_EQ(told("TIMESTAMP '2026-03-02 08:00:00'"), R"(TIMESTAMP "2026-03-02T08:00:00.000Z")");
  EXPECT_EQ(told("TIMESTAMPTZ '2026-03-02 08:00:00.000001+00'"),
            R"(TIMESTAMP WITH TIME ZONE "2026-03-02T08:00:00.000001Z")");
  EXPECT_EQ(told("INTERVAL '14 months 3 days'"), R"(INTERVAL "P1Y2M3D")");
  EXPECT_EQ(told("'6f9619ff-8b86-d011-b42d-00c04fc964ff'::UUID"),
            R"(VARCHAR "6f9619ff-8b86-d011-b42d-00c04fc964ff")");
  EXPECT_EQ(told("'on'::ENUM('off', 'on')"), R"(ENUM "on")");
}

TEST_F(EngineTypesTest, NestedTypesHaveTheirForm) {
  EXPECT_EQ(told("[1, NULL]"), "INTEGER[] [1,null]");
  EXPECT_EQ(told("{'x': 1, 'y': ['a']}"), R"(STRUCT(x INTEGER, y VARCHAR[]) {"x":1,"y":["a"]})");
  EXPECT_EQ(told("MAP {'k': 'v'}"), R"(MAP(VARCHAR, VARCHAR) {"k":"v"})");
  EXPECT_EQ(told("NULL::INTEGER"), "INTEGER null");
}

TEST_F(EngineTypesTest, ParquetTakesThemAll) {
  const std::string sql =
      "SELECT 1 AS i, 1.5::DECIMAL(9,2) AS d, INTERVAL '1 month' AS v, {'x': [1]} AS s, "
      "MAP {'k': 'v'} AS m, 'on'::ENUM('off', 'on') AS e, TIME '08:00:00' AS t FROM range(3)";
  const std::string file = rendered(sql, ResultForm::kParquet);
  EXPECT_EQ(file.substr(0, 4), "PAR1") << file;
  EXPECT_EQ(rendered(sql, ResultForm::kCsv).substr(0, 15), "i,d,v,s,m,e,t\r\n");
}

}  // namespace
}  // namespace mobilake::serve

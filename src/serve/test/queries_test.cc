// SPDX-License-Identifier: Apache-2.0
#include "serve/test/arrow_stream.h"
#include "serve/test/door_fixture.h"

namespace mobilake::serve {
namespace {

using query::QueryState;
using std::chrono::milliseconds;

class QueriesTest : public DoorTest {
 protected:
  FakeQuery& query() { return *queries_.next; }

  // The query is over, with `rows` counted numbers as its result.
  void finish(std::int64_t rows) {
    query().now.state = QueryState::kSucceeded;
    query().now.facts = {static_cast<std::uint64_t>(rows), 500, 3, 1, false, milliseconds(17)};
    for (const std::string& piece : pieces_of(counting_stream(rows, 1000), 512))
      query().pieces.push_back(piece);
  }

  void start(const std::string& body = R"({"sql":"SELECT 1"})") {
    const Told told = post("/api/v1/queries", ada_, body);
    ASSERT_LT(told.status, 300) << told.body;
  }
};

TEST_F(QueriesTest, AFinishedStatementIsAnsweredInOneCall) {
  finish(2);
  const Told told = post("/api/v1/queries?wait=1000", ada_, R"({"sql":"SELECT n"})");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.headers.at("location"), "/api/v1/queries/q1");
  EXPECT_EQ(told.json(), (nlohmann::json{{"id", "q1"},
                                         {"state", "finished"},
                                         {"readable", true},
                                         {"rows", 2},
                                         {"elapsed_ms", 17}}));
  EXPECT_EQ(query().waits, std::vector<milliseconds>{milliseconds(1000)});
  const Told result = get("/api/v1/queries/q1/result", ada_);
  EXPECT_EQ(result.headers.at("content-type"), "application/json");
  EXPECT_EQ(result.body,
            R"({"columns":[{"name":"n","type":"BIGINT"}],"rows":[[0],[1]],"facts":{"rows":2,)"
            R"("bytes_scanned":500,"files":3,"files_pruned":1,"elapsed_ms":17}})");
}

TEST_F(QueriesTest, WhatIsAskedReachesTheService) {
  finish(1);
  const std::string body =
      R"({"sql":"SELECT ?","parameters":[1,"a",null,true,1.5],"limits":{"time_ms":250}})";
  send("POST", "/api/v1/queries", ada_, body, {{"x-request-id", "r5"}});
  ASSERT_EQ(queries_.requests.size(), 1u);
  const query::QueryRequest& asked = queries_.requests[0];
  EXPECT_EQ(asked.sql, "SELECT ?");
  EXPECT_EQ(asked.principal.name, "ada");
  EXPECT_EQ(asked.request_id, "r5");
  EXPECT_EQ(asked.time_max, milliseconds(250));
  std::string parameters;
  for (const auto& parameter : asked.parameters)
    parameters += parameter.name + "=" + parameter.json + " ";
  EXPECT_EQ(parameters, R"(1=1 2="a" 3=null 4=true 5=1.5 )");
  EXPECT_EQ(post("/api/v1/queries", ada_, R"({"sql":"x","parameters":[[1]]})").status, 400);
  EXPECT_EQ(post("/api/v1/queries", ada_, R"({"sql":""})").status, 400);
}

TEST_F(QueriesTest, AStatementThatCannotBePlannedIsAProblemWithItsPlace) {
  queries_.failure = invalid("syntax error at end of input (at character 8)");
  const auto problem = post("/api/v1/queries", ada_, R"({"sql":"SELECT "})").json();
  EXPECT_EQ(problem["status"], 400);
  EXPECT_EQ(problem["position"], 8);
  queries_.failure = not_found("there is no table \"partner.a.b\"");
  EXPECT_EQ(post("/api/v1/queries", ada_, R"({"sql":"SELECT"})").status, 404);
}

TEST_F(QueriesTest, ARunningStatementIs202AndTellsItsStateUntilItFails) {
  query().now.started_at = clock_.now();
  clock_.advance(std::chrono::milliseconds(40));
  const Told told = post("/api/v1/queries", ada_, R"({"sql":"SELECT 1"})");
  EXPECT_EQ(told.status, 202);
  EXPECT_EQ(told.json(), (nlohmann::json{{"id", "q1"}, {"state", "running"}, {"elapsed_ms", 40}}));
  query().now.result_waits = true;
  EXPECT_EQ(get("/api/v1/queries/q1", ada_).json()["readable"], true);
  query().now.result_waits = false;
  query().now.state = QueryState::kFailed;
  query().now.error = invalid("cannot cast \"x\" (at character 3)");
  const auto failed = get("/api/v1/queries/q1?wait=5", ada_).json();
  EXPECT_EQ(failed["state"], "failed");
  EXPECT_EQ(failed["error"], (nlohmann::json{{"code", "invalid"},
                                             {"detail", "cannot cast \"x\" (at character 3)"},
                                             {"position", 3}}));
  EXPECT_EQ(get("/api/v1/queries/q1/result", ada_).status, 400);
}

TEST_F(QueriesTest, WaitingIsBoundedInTimeAndInNumber) {
  config_.wait_max = milliseconds(100);
  config_.waiters_max = 1;
  open_door();
  start();
  query().on_wait = [&] {
    query().on_wait = nullptr;
    EXPECT_EQ(get("/api/v1/queries/q1?wait=50", ada_).status, 200);
  };
  get("/api/v1/queries/q1?wait=60000", ada_);
  EXPECT_EQ(query().waits, std::vector<milliseconds>{milliseconds(100)});
  get("/api/v1/queries/q1?wait=50", ada_);
  EXPECT_EQ(query().waits.size(), 2u);
}

TEST_F(QueriesTest, SoManyStatementsAreStartedAtOnceAndMoreLater) {
  config_.starts_max = 1;
  open_door();
  int refused = 0;
  queries_.on_start = [&] {
    queries_.on_start = nullptr;
    refused = post("/api/v1/queries", ada_, R"({"sql":"SELECT 2"})").status;
  };
  start();
  EXPECT_EQ(refused, 503);
  start();
  EXPECT_EQ(queries_.requests.size(), 2u);
}

TEST_F(QueriesTest, AQueryIsItsAskersAlone) {
  finish(1);
  start();
  EXPECT_EQ(get("/api/v1/queries/q1", bob_).status, 404);
  EXPECT_EQ(get("/api/v1/queries/q1/result", bob_).status, 404);
  EXPECT_EQ(send("DELETE", "/api/v1/queries/q1", bob_).status, 404);
  EXPECT_FALSE(query().was_cancelled);
  EXPECT_EQ(send("DELETE", "/api/v1/queries/q1", ada_).status, 204);
  EXPECT_TRUE(query().was_cancelled);
}

TEST_F(QueriesTest, ALimitCutsTheResultAndIsToldInFactsAndState) {
  finish(5000);
  start(R"({"sql":"SELECT n","limits":{"rows":1}})");
  EXPECT_EQ(get("/api/v1/queries/q1", ada_).json()["rows"], 1);
  const auto result = get("/api/v1/queries/q1/result", ada_).json();
  EXPECT_EQ(result["rows"], nlohmann::json::array({nlohmann::json::array({0})}));
  EXPECT_EQ(result["facts"]["truncated"], true);
  EXPECT_EQ(result["facts"]["rows"], 1);
  EXPECT_EQ(get("/api/v1/queries/q1", ada_).json()["truncated"], true);
}

TEST_F(QueriesTest, FactsThatWouldTellWhatIsHiddenAreLeftOut) {
  finish(1);
  query().now.facts.scan_is_hidden = true;
  start();
  const auto facts = get("/api/v1/queries/q1/result", ada_).json()["facts"];
  EXPECT_EQ(facts, (nlohmann::json{{"rows", 1}, {"elapsed_ms", 17}}));
}

TEST_F(QueriesTest, TheFormFollowsAccept) {
  for (const auto& [accept, begin] :
       std::map<std::string, std::string>{{"text/csv", "n\r\n0\r\n"},
                                          {"application/x-ndjson", "{\"n\":0}\n"},
                                          {"application/vnd.apache.parquet", "PAR1"},
                                          {"*/*", "{\"columns\""}}) {
    queries_.next = std::make_shared<FakeQuery>();
    queries_.next->now.id = "q-" + std::to_string(begin.size());
    finish(1);
    start();
    const Told told = send("GET", "/api/v1/queries/" + query().now.id + "/result", ada_, "",
                           {{"accept", accept}});
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(told.body.substr(0, begin.size()), begin);
  }
  EXPECT_EQ(send("GET", "/api/v1/queries/q1/result", ada_, "", {{"accept", "image/png"}}).status,
            406);
}

TEST_F(QueriesTest, AnArrowResultIsTheEnginesOwnBytes) {
  finish(3000);
  start();
  const Told told = send("GET", "/api/v1/queries/q1/result", ada_, "",
                         {{"accept", "application/vnd.apache.arrow.stream"}});
  EXPECT_EQ(told.body, counting_stream(3000, 1000));
  EXPECT_FALSE(query().was_cancelled);
}

TEST_F(QueriesTest, AResultIsGivenOnceAndAHeadDoesNotTakeIt) {
  finish(1);
  start();
  EXPECT_EQ(send("HEAD", "/api/v1/queries/q1/result", ada_).status, 200);
  EXPECT_EQ(get("/api/v1/queries/q1/result", ada_).status, 200);
  const Told again = get("/api/v1/queries/q1/result", ada_);
  EXPECT_EQ(again.status, 409);
  EXPECT_FALSE(get("/api/v1/queries/q1", ada_).json().contains("readable"));
}

TEST_F(QueriesTest, AClientThatGoesCancelsItsQuery) {
  finish(50'000);
  start();
  {
    const net::Answer answer = raw("GET", "/api/v1/queries/q1/result", ada_);
    ASSERT_TRUE(answer.source);
    EXPECT_FALSE(query().was_cancelled);
  }
  EXPECT_TRUE(query().was_cancelled);
}

TEST_F(QueriesTest, OneThatReadsToTheEndCancelsNothing) {
  finish(50'000);
  start();
  EXPECT_EQ(get("/api/v1/queries/q1/result", ada_).status, 200);
  EXPECT_FALSE(query().was_cancelled);
}

TEST_F(QueriesTest, EventsTellTheStateUntilTheEnd) {
  start();
  query().on_wait = [&] { finish(4); };
  const Told events =
      send("GET", "/api/v1/queries/q1/events", ada_, "", {{"accept", "text/event-stream"}});
  EXPECT_EQ(events.headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(events.body.find("event: progress\ndata: {\"id\":\"q1\",\"state\":\"running\""), 0u);
  EXPECT_NE(events.body.find("event: end\ndata: {\"id\":\"q1\",\"state\":\"finished\""),
            std::string::npos);
}

TEST_F(QueriesTest, UnfinishedResultsHaveALimitOfTheirOwn) {
  config_.streams_max = 1;
  open_door();
  start();
  for (const std::string& piece : pieces_of(counting_stream(10, 10), 64))
    query().pieces.push_back(piece);
  const net::Answer events =
      raw("GET", "/api/v1/queries/q1/events", ada_, "", {{"accept", "text/event-stream"}});
  ASSERT_EQ(events.status, 200);
  EXPECT_EQ(get("/api/v1/queries/q1/result", ada_).status, 503);
}

}  // namespace
}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "serve/http/http_door.h"

#include "serve/test/door_fixture.h"

namespace mobilake::serve {
namespace {

class HttpDoorTest : public DoorTest {};

TEST_F(HttpDoorTest, AsksForATokenAndSaysHow) {
  const Told none = get("/api/v1/accounts", "");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(none.headers.at("www-authenticate"), "Bearer realm=\"mobilake\"");
  EXPECT_EQ(none.json()["code"], "unauthenticated");
  EXPECT_EQ(get("/api/v1/accounts", "mbl_live_wrong").status, 401);
  EXPECT_EQ(send("GET", "/api/v1/accounts", "", "", {{"authorization", "Basic YTpi"}}).status, 401);
  EXPECT_EQ(send("GET", "/api/v1/accounts", "", "", {{"authorization", "bearer " + ada_}}).status,
            200);
  EXPECT_EQ(get("/api/v1/accounts", ada_).status, 200);
}

TEST_F(HttpDoorTest, AProblemHasAllItsMembersAndTheRequestId) {
  const Told told = send("GET", "/api/v1/accounts/none", ada_, "", {{"x-request-id", "my-id.1"}});
  EXPECT_EQ(told.headers.at("x-request-id"), "my-id.1");
  const auto problem = told.json();
  EXPECT_EQ(problem["request_id"], "my-id.1");
  EXPECT_EQ(problem["status"], 404);
  EXPECT_EQ(problem["title"], "Not Found");
  EXPECT_EQ(problem["code"], "not_found");
  EXPECT_EQ(problem["type"], "urn:mobilake:problem:not_found");
  EXPECT_FALSE(problem["detail"].get<std::string>().empty());
}

TEST_F(HttpDoorTest, ACauseInsideIsForTheLogAndItsIdForTheCaller) {
  const Error inner[] = {internal("a pointer to nowhere"), corrupt("block 7 is damaged"),
                         unavailable("opening /srv/lake/objects/a.parquet: Permission denied")};
  for (const Error& failure : inner) {
    lines_.lines.clear();
    queries_.failure = failure;
    const Told told = send("POST", "/api/v1/queries", ada_, R"({"sql":"SELECT 1"})",
                           {{"x-request-id", "find-me"}});
    EXPECT_EQ(told.json()["code"], base::code_name(failure.code));
    EXPECT_EQ(told.json()["detail"], "internal error, see the server's log for request find-me");
    const auto is_cause = [&](const std::string& line) {
      return line.find(failure.message) != line.npos && line.find("find-me") != line.npos;
    };
    EXPECT_TRUE(std::any_of(lines_.lines.begin(), lines_.lines.end(), is_cause));
  }
  queries_.next->now.state = query::QueryState::kFailed;
  queries_.next->now.error = inner[2];
  queries_.failure.reset();
  const Told failed = post("/api/v1/queries", ada_, R"({"sql":"SELECT 1"})");
  EXPECT_EQ(failed.body.find("/srv"), failed.body.npos) << failed.body;
}

TEST_F(HttpDoorTest, WhatTheEngineProposesIsAHint) {
  queries_.failure = invalid(
      "Referenced column \"spede\" not found in FROM clause! Candidate bindings: \"speed\"");
  auto told = post("/api/v1/queries", ada_, R"({"sql":"SELECT spede"})").json();
  EXPECT_EQ(told["detail"], "Referenced column \"spede\" not found in FROM clause!");
  EXPECT_EQ(told["hint"], "Candidate bindings: \"speed\"");
  queries_.next->now.state = query::QueryState::kFailed;
  queries_.next->now.error = *queries_.failure;
  queries_.failure.reset();
  told = post("/api/v1/queries", ada_, R"({"sql":"SELECT spede"})").json();
  EXPECT_EQ(told["error"]["hint"], "Candidate bindings: \"speed\"");
}

TEST_F(HttpDoorTest, WhatTheCallerCanMendIsToldInFull) {
  for (const Error& failure :
       {invalid("Could not convert string '/a/b' to INT32"),
        unavailable("too many statements (http.starts_max); see /api/v1/status"),
        exhausted("1/2 of the budget is used")}) {
    queries_.failure = failure;
    const Told told = post("/api/v1/queries", ada_, R"({"sql":"SELECT 1"})");
    EXPECT_EQ(told.json()["detail"], failure.message);
  }
}

TEST_F(HttpDoorTest, MakesARequestIdWhereTheGivenOneIsNotSane) {
  for (const std::string& given : {std::string("a b"), std::string("x\ny"), std::string(65, 'a')}) {
    const std::string id =
        send("GET", "/healthz", "", "", {{"x-request-id", given}}).headers.at("x-request-id");
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST_F(HttpDoorTest, TellsAnUnknownPathFromAWrongMethod) {
  EXPECT_EQ(get("/api/v1/nothing", ada_).status, 404);
  const Told wrong = send("PUT", "/api/v1/accounts", ada_);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, POST");
  EXPECT_EQ(send("HEAD", "/api/v1/accounts", ada_).status, 200);
}

TEST_F(HttpDoorTest, AnswersInWhatTheCallerTakesOrSaysWhatThereIs) {
  EXPECT_EQ(send("GET", "/api/v1/accounts", ada_, "", {{"accept", "text/csv"}}).status, 406);
  EXPECT_EQ(send("GET", "/api/v1/accounts", ada_, "", {{"accept", "text/csv, */*;q=0.1"}}).status,
            200);
}

TEST_F(HttpDoorTest, BodiesAreStrict) {
  const auto detail = [&](const std::string& body, net::HttpHeaders headers = {}) {
    const Told told = send("POST", "/api/v1/accounts", admin_, body, std::move(headers));
    return fmt::format("{} {}", told.status, told.json()["detail"].get<std::string>());
  };
  EXPECT_EQ(detail(R"({"name":"a1","knid":"producer"})"),
            R"(400 the body lacks the member "kind")");
  EXPECT_EQ(detail(R"({"name":"a1","kind":"producer","templat":"vehicle"})"),
            R"(400 the body has an unknown member "templat"; did you mean "template"?)");
  EXPECT_EQ(detail(R"({"name":7,"kind":"producer"})"),
            R"(400 "name" is of type string, this is an integer)");
  EXPECT_EQ(detail("{}", {{"content-type", "text/plain"}}).substr(0, 3), "415");
  config_.body_size.value = 1024;
  open_door();
  EXPECT_EQ(detail(R"({"name":")" + std::string(2000, 'a') + "\"}").substr(0, 3), "413");
  EXPECT_EQ(send("GET", "/api/v1/accounts", ada_, "{}").status, 400);
}

TEST_F(HttpDoorTest, ParametersAreStrict) {
  const auto detail = [&](const std::string& target) {
    return get(target, ada_).json()["detail"].get<std::string>();
  };
  EXPECT_EQ(detail("/api/v1/accounts?limt=3"),
            R"(the query has an unknown parameter "limt"; did you mean "limit"?)");
  EXPECT_EQ(detail("/api/v1/accounts?limit=many"),
            R"(the parameter limit is a whole number, this is "many")");
  EXPECT_EQ(detail("/api/v1/accounts?limit=0"), "the parameter limit is at least 1");
  EXPECT_EQ(detail("/api/v1/accounts?limit=1001"), "the parameter limit is at most 1000");
  EXPECT_NE(detail("/api/v1/accounts?page_token=abc").find("no token of this list"),
            std::string::npos);
}

TEST_F(HttpDoorTest, AKeyMakesAChangeHappenOnce) {
  const std::string body = R"({"name":"fresh","kind":"consumer"})";
  const net::HttpHeaders key{{"idempotency-key", "k1"}};
  const Told first = send("POST", "/api/v1/accounts", admin_, body, key);
  EXPECT_EQ(first.status, 201);
  const Told again = send("POST", "/api/v1/accounts", admin_, body, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.at("idempotent-replayed"), "true");
  EXPECT_NE(again.headers.at("x-request-id"), first.headers.at("x-request-id"));
  const Told other =
      send("POST", "/api/v1/accounts", admin_, R"({"name":"other","kind":"consumer"})", key);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.json()["code"], "conflict");
  EXPECT_EQ(post("/api/v1/accounts", admin_, body).json()["code"], "already_exists");
}

TEST_F(HttpDoorTest, ARefusedChangeMayBeTriedAgainWithItsKey) {
  const net::HttpHeaders key{{"idempotency-key", "k2"}};
  const std::string body = R"({"name":"late","kind":"consumer"})";
  log_.refuse_with(exhausted("disk full"));
  EXPECT_EQ(send("POST", "/api/v1/accounts", admin_, body, key).status, 507);
  log_.refuse_with(std::nullopt);
  EXPECT_EQ(send("POST", "/api/v1/accounts", admin_, body, key).status, 201);
}

TEST_F(HttpDoorTest, AConditionThatIsNotOfferedIsRefusedByName) {
  const Told told = send("POST", "/api/v1/accounts", admin_, R"({"name":"x","kind":"consumer"})",
                         {{"if-match", "\"1\""}});
  EXPECT_EQ(told.status, 501);
  EXPECT_FALSE(identity_->find_account("x").ok());
}

TEST_F(HttpDoorTest, ALogLineHasTheRouteAndNoIds) {
  lines_.lines.clear();
  send("GET", "/api/v1/devices/WVWZZZ1KZAW000001", ada_, "", {{"x-request-id", "r7"}});
  ASSERT_EQ(lines_.lines.size(), 1u);
  EXPECT_EQ(lines_.lines[0], "GET /api/v1/devices/{id} 404 0.0 ms request r7");
}

TEST_F(HttpDoorTest, ProbesNeedNoTokenAndSayLittle) {
  EXPECT_EQ(get("/healthz", "").json()["state"], "alive");
  EXPECT_EQ(get("/readyz", "").json()["state"], "ready");
  ready_ = []() -> Result<> { return exhausted("no space in /srv/secret"); };
  open_door();
  const Told told = get("/readyz", "");
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.headers.at("retry-after"), "1");
  EXPECT_EQ(told.body.find("secret"), std::string::npos);
  EXPECT_NE(told.body.find("exhausted"), std::string::npos);
  EXPECT_EQ(get("/healthz", "").status, 200);
}

TEST_F(HttpDoorTest, MetricsAreForWhoRunsTheServer) {
  EXPECT_EQ(get("/metrics", "").status, 401);
  EXPECT_EQ(get("/metrics", ada_).status, 403);
  const Told told = get("/metrics", admin_);
  EXPECT_EQ(told.status, 200);
  EXPECT_NE(told.body.find("mobilake_serve_requests_total"), std::string::npos);
  EXPECT_EQ(send("GET", "/metrics", admin_, "",
                 {{"accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}})
                .status,
            200);
}

TEST_F(HttpDoorTest, StatusShowsEachCallerItsPart) {
  status_.data_dir = "/srv/data";
  status_.endpoints = {{"http", "http://127.0.0.1:8400"}};
  status_.log = ServerStatus::LogFacts{exhausted("disk full"), 5, 500};
  status_.mqtt = ServerStatus::MqttFacts{1, 2, 3, 4};
  status_.tables = {{{"vehicle", "telemetry", "signals"}, 7, std::chrono::milliseconds(12)},
                    {{"partner", "telemetry", "signals"}, 8, std::nullopt},
                    {{"system", "main", "dead_letters"}, 9, std::nullopt}};
  const auto owner = get("/api/v1/status", ada_).json();
  EXPECT_EQ(owner["version"], "0.1.0");
  EXPECT_EQ(owner["endpoints"]["http"], "http://127.0.0.1:8400");
  EXPECT_FALSE(owner.contains("data_dir") || owner.contains("log") || owner.contains("mqtt"));
  ASSERT_EQ(owner["tables"].size(), 2u);
  EXPECT_EQ(owner["tables"][0],
            (nlohmann::json{{"name", "vehicle.telemetry.signals"}, {"rows", 7}, {"lag_ms", 12}}));
  EXPECT_EQ(owner["tables"][1], (nlohmann::json{{"name", "system.main.dead_letters"}}));
  const auto admin = get("/api/v1/status", admin_).json();
  EXPECT_EQ(admin["data_dir"], "/srv/data");
  EXPECT_EQ(admin["log"]["refusal"]["code"], "exhausted");
  EXPECT_EQ(admin["mqtt"]["acknowledged"], 3);
  EXPECT_TRUE(admin["tables"].empty());
}

TEST_F(HttpDoorTest, ABackupIsTheAdministratorsAndNeedsItsHook) {
  const std::string body = R"({"target":"/backup/1"})";
  EXPECT_EQ(post("/api/v1/backup", ada_, body).status, 403);
  EXPECT_EQ(post("/api/v1/backup", admin_, body).status, 501);
  std::vector<std::string> targets;
  backup_ = [&](const std::string& target) -> Result<BackupFacts> {
    targets.push_back(target);
    return BackupFacts{target, 10, 2};
  };
  open_door();
  EXPECT_EQ(post("/api/v1/backup", ada_, body).status, 403);
  EXPECT_TRUE(targets.empty());
  const Told told = post("/api/v1/backup", admin_, body);
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.json(), (nlohmann::json{{"target", "/backup/1"}, {"bytes", 10}, {"files", 2}}));
  EXPECT_EQ(post("/api/v1/backup", admin_, R"({"target":"relative"})").status, 400);
}

}  // namespace
}  // namespace mobilake::serve

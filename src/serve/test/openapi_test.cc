// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "serve/test/arrow_stream.h"
#include "serve/test/door_fixture.h"

namespace mobilake::serve {
namespace {

using nlohmann::json;

// Returns what of `value` does not fit the schema, or "". Unlike the door's own check of requests
// it wants every member described.
std::string misfit(const json& schema, const json& value, const std::string& place) {
  if (schema.contains("type")) {
    const json types = schema["type"].is_array() ? schema["type"] : json::array({schema["type"]});
    const bool fits = std::any_of(types.begin(), types.end(), [&](const json& type) {
      return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
             (type == "string" && value.is_string()) || (type == "null" && value.is_null()) ||
             (type == "boolean" && value.is_boolean()) ||
             (type == "integer" && value.is_number_integer());
    });
    if (!fits) return place + " is no " + types.dump();
  }
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return place + " is not one of " + schema["enum"].dump();
  for (const json& name : schema.value("required", json::array()))
    if (!value.contains(name.get<std::string>())) return place + " lacks " + name.dump();
  if (value.is_object() && schema.contains("properties"))
    for (const auto& [name, member] : value.items()) {
      if (!schema["properties"].contains(name)) return place + "." + name + " is not described";
      const auto inner = misfit(schema["properties"][name], member, place + "." + name);
      if (!inner.empty()) return inner;
    }
  if (value.is_array() && schema.contains("items"))
    for (const json& item : value) {
      const auto inner = misfit(schema["items"], item, place + "[]");
      if (!inner.empty()) return inner;
    }
  return "";
}

class OpenApiTest : public DoorTest {
 protected:
  void SetUp() override {
    DoorTest::SetUp();
    document_ = json::parse(door_->openapi());
  }

  // Asks, and holds the answer to what the document says of the operation.
  json fits(const std::string& method, const std::string& path, const std::string& target,
            const std::string& token, const std::string& body = "") {
    const Told told = send(method == "get"    ? "GET"
                           : method == "post" ? "POST"
                                              : "DELETE",
                           target, token, body);
    const json& operation = document_["paths"][path][method];
    const std::string status = std::to_string(told.status);
    EXPECT_TRUE(operation["responses"].contains(status)) << target << " " << told.body;
    if (told.status == 204 || !operation["responses"].contains(status)) return {};
    const json& content = operation["responses"][status]["content"];
    const std::string type = told.headers.at("content-type");
    EXPECT_TRUE(content.contains(type)) << target << " " << type;
    const json answer = told.json();
    EXPECT_EQ(misfit(content.value(type, json::object())["schema"], answer, target), "");
    tried_.push_back(method + " " + path);
    return answer;
  }

  json document_;
  std::vector<std::string> tried_;
};

TEST_F(OpenApiTest, IsServedToAnybody) {
  const Told told = get("/api/v1/openapi.json", "");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.json(), document_);
  EXPECT_EQ(document_["info"]["version"], "0.1.0");
}

TEST_F(OpenApiTest, DescribesEveryRouteOfTheContract) {
  std::vector<std::string> routes;
  for (const auto& [path, methods] : document_["paths"].items())
    for (const auto& [method, operation] : methods.items()) {
      routes.push_back(method + " " + path);
      EXPECT_FALSE(operation["operationId"].get<std::string>().empty()) << path;
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
    }
  std::sort(routes.begin(), routes.end());
  EXPECT_EQ(routes, (std::vector<std::string>{"delete /api/v1/devices/{id}",
                                              "delete /api/v1/queries/{id}",
                                              "get /api/v1/accounts",
                                              "get /api/v1/accounts/{name}",
                                              "get /api/v1/devices",
                                              "get /api/v1/devices/{id}",
                                              "get /api/v1/log/records",
                                              "get /api/v1/log/segments",
                                              "get /api/v1/openapi.json",
                                              "get /api/v1/queries/{id}",
                                              "get /api/v1/queries/{id}/events",
                                              "get /api/v1/queries/{id}/result",
                                              "get /api/v1/status",
                                              "get /api/v1/tables",
                                              "get /api/v1/tables/{table}",
                                              "get /api/v1/users",
                                              "get /api/v1/users/{name}",
                                              "get /healthz",
                                              "get /metrics",
                                              "get /readyz",
                                              "post /api/v1/accounts",
                                              "post /api/v1/backup",
                                              "post /api/v1/devices",
                                              "post /api/v1/log/verify",
                                              "post /api/v1/queries",
                                              "post /api/v1/users",
                                              "post /api/v1/users/{name}/token"}));
}

TEST_F(OpenApiTest, OnlyTheContractsRoutesNeedNoToken) {
  std::vector<std::string> open;
  for (const auto& [path, methods] : document_["paths"].items())
    for (const auto& [method, operation] : methods.items())
      if (operation.contains("security")) open.push_back(path);
  std::sort(open.begin(), open.end());
  EXPECT_EQ(open, (std::vector<std::string>{"/api/v1/openapi.json", "/healthz", "/readyz"}));
}

TEST_F(OpenApiTest, RealAnswersFitIt) {
  backup_ = [](const std::string& target) -> Result<BackupFacts> {
    return BackupFacts{target, 1, 1};
  };
  open_door();
  status_.log = ServerStatus::LogFacts{exhausted("disk full"), 5, 500};
  status_.mqtt = ServerStatus::MqttFacts{1, 2, 3, 4};
  status_.tables = {{{"vehicle", "telemetry", "signals"}, 7, std::chrono::milliseconds(12)}};
  catalog::TableState table;
  table.name = {"vehicle", "telemetry", "signals"};
  table.schema.columns.push_back({{1, "ts", {}, true, 0, 0}, "when", "s", ""});
  catalog_.put(table);
  const std::string accounts = "/api/v1/accounts";
  fits("post", accounts, accounts, admin_, R"({"name":"new","kind":"consumer"})");
  fits("get", accounts, accounts, admin_);
  fits("get", accounts + "/{name}", accounts + "/new", admin_);
  const std::string users = "/api/v1/users";
  fits("post", users, users, admin_, R"({"name":"eve","account":"new","role":"owner"})");
  fits("get", users, users, admin_);
  fits("get", users + "/{name}", users + "/eve", admin_);
  fits("post", users + "/{name}/token", users + "/eve/token", admin_, "{}");
  const std::string devices = "/api/v1/devices";
  fits("post", devices, devices, admin_,
       R"({"id":"G","account":"vehicle","kind":"gateway","gateway_filter":"+"})");
  fits("get", devices, devices, admin_);
  fits("get", devices + "/{id}", devices + "/G", admin_);
  fits("delete", devices + "/{id}", devices + "/G", admin_);
  const json tables = fits("get", "/api/v1/tables", "/api/v1/tables", ada_);
  EXPECT_EQ(tables["items"].size(), 2u);
  fits("get", "/api/v1/tables/{table}", "/api/v1/tables/vehicle.telemetry.signals", ada_);
  fits("get", "/api/v1/log/segments", "/api/v1/log/segments", admin_);
  fits("get", "/api/v1/log/records", "/api/v1/log/records?family=system", admin_);
  fits("post", "/api/v1/log/verify", "/api/v1/log/verify", admin_, "{}");
  fits("get", "/api/v1/status", "/api/v1/status", admin_);
  fits("get", "/api/v1/status", "/api/v1/status", ada_);
  fits("post", "/api/v1/backup", "/api/v1/backup", admin_, R"({"target":"/b"})");
  fits("get", "/healthz", "/healthz", "");
  fits("get", "/readyz", "/readyz", "");
  EXPECT_EQ(tried_.size(), 20u);
}

TEST_F(OpenApiTest, RealAnswersAboutQueriesFitIt) {
  const std::string queries = "/api/v1/queries";
  fits("post", queries, queries, ada_, R"({"sql":"SELECT 1"})");
  queries_.next->now.state = query::QueryState::kFailed;
  queries_.next->now.error = invalid("no (at character 2)");
  fits("get", queries + "/{id}", queries + "/q1", ada_);
  queries_.next->now.state = query::QueryState::kSucceeded;
  queries_.next->pieces.push_back(counting_stream(2, 2));
  fits("post", queries, queries + "?wait=1", ada_, R"({"sql":"SELECT 1"})");
  fits("get", queries + "/{id}/result", queries + "/q1/result", ada_);
  fits("delete", queries + "/{id}", queries + "/q1", ada_);
  EXPECT_EQ(tried_.size(), 4u);
}

TEST_F(OpenApiTest, AProblemFitsIt) {
  const json& schema = document_["components"]["schemas"]["Problem"];
  EXPECT_EQ(misfit(schema, get("/api/v1/accounts", "").json(), "problem"), "");
  EXPECT_EQ(misfit(schema, get("/nowhere", "").json(), "problem"), "");
}

}  // namespace
}  // namespace mobilake::serve

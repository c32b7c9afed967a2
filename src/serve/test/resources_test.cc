// SPDX-License-Identifier: Apache-2.0
#include "serve/test/door_fixture.h"

namespace mobilake::serve {
namespace {

class ResourcesTest : public DoorTest {
 protected:
  // Returns the names of all items of a list, read in pages of two.
  std::vector<std::string> all_of(const std::string& target, const std::string& token,
                                  const char* member) {
    std::vector<std::string> names;
    std::string page;
    const std::string mark = target.find('?') == std::string::npos ? "?" : "&";
    do {
      const Told told =
          get(target + mark + "limit=2" + (page.empty() ? "" : "&page_token=" + page), token);
      EXPECT_EQ(told.status, 200) << told.body;
      if (told.status != 200) break;
      EXPECT_LE(told.json()["items"].size(), 2u);
      const auto answer = told.json();
      for (const auto& item : answer["items"])
        names.push_back(item[member]);
      page = answer["next_page_token"];
    } while (!page.empty() && names.size() < 100);
    return names;
  }

  void make_vehicle(const std::string& id, const std::string& account) {
    const Told told =
        post("/api/v1/devices", admin_,
             nlohmann::json{{"id", id}, {"account", account}, {"kind", "vehicle"}}.dump());
    ASSERT_EQ(told.status, 201) << told.body;
  }
};

TEST_F(ResourcesTest, AnAccountIsMadeShownAndListed) {
  std::vector<std::string> made;
  on_account_created_ = [&](const govern::Account& account) -> Result<> {
    made.push_back(account.name + ":" + account.template_name);
    return {};
  };
  open_door();
  const Told told = post("/api/v1/accounts", admin_,
                         R"({"name":"plant","kind":"producer","template":"vehicle"})");
  ASSERT_EQ(told.status, 201) << told.body;
  EXPECT_EQ(told.headers.at("location"), "/api/v1/accounts/plant");
  EXPECT_EQ(told.json(), (nlohmann::json{{"name", "plant"},
                                         {"kind", "producer"},
                                         {"template", "vehicle"},
                                         {"created_at", "2026-01-01T00:00:00.000Z"}}));
  EXPECT_EQ(made, std::vector<std::string>{"plant:vehicle"});
  EXPECT_EQ(get("/api/v1/accounts/plant", admin_).json(), told.json());
  EXPECT_EQ(all_of("/api/v1/accounts", admin_, "name"),
            (std::vector<std::string>{"partner", "plant", "system", "vehicle"}));
  EXPECT_EQ(all_of("/api/v1/accounts", ada_, "name"), std::vector<std::string>{"vehicle"});
}

TEST_F(ResourcesTest, AFailedTemplateIsTold) {
  on_account_created_ = [](const govern::Account&) -> Result<> { return unavailable("no disk"); };
  open_door();
  const Told told = post("/api/v1/accounts", admin_, R"({"name":"plant","kind":"producer"})");
  EXPECT_EQ(told.status, 503);
  EXPECT_NE(told.body.find("the account stands"), std::string::npos);
}

TEST_F(ResourcesTest, AnOwnerMakesNoAccountsAndTheRefusalIsOnRecord) {
  const Told told = send("POST", "/api/v1/accounts", ada_, R"({"name":"mine","kind":"producer"})",
                         {{"x-request-id", "r-9"}});
  EXPECT_EQ(told.status, 403);
  EXPECT_FALSE(identity_->find_account("mine").ok());
  const auto records = audited();
  ASSERT_FALSE(records.empty());
  EXPECT_EQ(records.back()["resource"], "account/mine");
  EXPECT_EQ(records.back()["decision"], "refused");
  EXPECT_EQ(records.back()["request_id"], "r-9");
  EXPECT_EQ(records.back()["principal"], "ada");
}

TEST_F(ResourcesTest, AHiddenAndAMissingThingGiveTheSameAnswer) {
  make_vehicle("HIDDEN1", "partner");
  const auto same = [&](const std::string& hidden, const std::string& missing) {
    auto left = send("GET", hidden, ada_, "", {{"x-request-id", "r"}});
    auto right = send("GET", missing, ada_, "", {{"x-request-id", "r"}});
    EXPECT_EQ(left.status, 404) << hidden;
    const std::size_t at = hidden.rfind('/') + 1;
    const std::string name = hidden.substr(at);
    const std::string other = missing.substr(at);
    if (const std::size_t found = left.body.find(name); found != std::string::npos)
      left.body.replace(found, name.size(), other);
    EXPECT_EQ(left.body, right.body);
  };
  same("/api/v1/accounts/partner", "/api/v1/accounts/nothing");
  same("/api/v1/users/bob", "/api/v1/users/bib");
  same("/api/v1/devices/HIDDEN1", "/api/v1/devices/MISSING");
  same("/api/v1/tables/partner.a.b", "/api/v1/tables/nothing.a.b");
}

TEST_F(ResourcesTest, NoChangeIsMadeThatCannotBeAudited) {
  log_.refuse_with(exhausted("disk full"));
  EXPECT_EQ(post("/api/v1/accounts", admin_, R"({"name":"plant","kind":"producer"})").status, 507);
  EXPECT_EQ(post("/api/v1/users/ada/token", admin_, "{}").status, 507);
  EXPECT_EQ(get("/api/v1/accounts", admin_).status, 200);
  log_.refuse_with(std::nullopt);
  EXPECT_FALSE(identity_->find_account("plant").ok());
}

TEST_F(ResourcesTest, AUserIsMadeAndItsTokenSpeaksForIt) {
  const Told told =
      post("/api/v1/users", admin_, R"({"name":"carl","account":"vehicle","role":"owner"})");
  ASSERT_EQ(told.status, 201) << told.body;
  EXPECT_EQ(told.json()["account"], "vehicle");
  const Told token = post("/api/v1/users/carl/token", admin_, R"({"lifetime_seconds":60})");
  ASSERT_EQ(token.status, 201) << token.body;
  EXPECT_EQ(token.json()["expires_at"], "2026-01-01T00:01:00.000Z");
  const std::string carl = token.json()["token"];
  EXPECT_EQ(get("/api/v1/users/carl", carl).json()["role"], "owner");
  clock_.advance(std::chrono::seconds(61));
  EXPECT_EQ(get("/api/v1/users/carl", carl).status, 401);
  const Told lasting = post("/api/v1/users/carl/token", admin_, R"({"lifetime_seconds":0})");
  EXPECT_FALSE(lasting.json().contains("expires_at"));
}

TEST_F(ResourcesTest, UsersAreListedByAccountAndOnlyOnesOwn) {
  EXPECT_EQ(all_of("/api/v1/users", admin_, "name"), (std::vector<std::string>{"ada", "bob"}));
  EXPECT_EQ(all_of("/api/v1/users?account=partner", admin_, "name"),
            std::vector<std::string>{"bob"});
  EXPECT_EQ(all_of("/api/v1/users", ada_, "name"), std::vector<std::string>{"ada"});
  EXPECT_TRUE(all_of("/api/v1/users?account=partner", ada_, "name").empty());
  EXPECT_TRUE(all_of("/api/v1/users?account=nothing", ada_, "name").empty());
}

TEST_F(ResourcesTest, AnOwnerMakesNoUsersAndNoTokens) {
  const std::string own = R"({"name":"eve","account":"vehicle","role":"owner"})";
  const std::string foreign = R"({"name":"eve","account":"partner","role":"owner"})";
  EXPECT_EQ(post("/api/v1/users", ada_, own).status, 403);
  EXPECT_EQ(post("/api/v1/users", ada_, foreign).status, 404);
  EXPECT_EQ(post("/api/v1/users/ada/token", ada_, "{}").status, 403);
  EXPECT_EQ(post("/api/v1/users/bob/token", ada_, "{}").status, 404);
  EXPECT_EQ(post("/api/v1/users", admin_, own).status, 201);
}

TEST_F(ResourcesTest, ADeviceIsRegisteredShownAndRemoved) {
  const Told told =
      post("/api/v1/devices", ada_, R"({"id":"V1","account":"vehicle","kind":"vehicle"})");
  ASSERT_EQ(told.status, 201) << told.body;
  EXPECT_FALSE(told.json()["password"].get<std::string>().empty());
  EXPECT_EQ(told.json()["topics"], nlohmann::json::array({"vehicles/V1/#"}));
  auto shown = get("/api/v1/devices/V1", ada_).json();
  EXPECT_FALSE(shown.contains("password"));
  EXPECT_EQ(shown["username"], told.json()["username"]);
  EXPECT_EQ(send("DELETE", "/api/v1/devices/V1", bob_).status, 404);
  const Told removed = send("DELETE", "/api/v1/devices/V1", ada_);
  EXPECT_EQ(removed.status, 204);
  EXPECT_TRUE(removed.body.empty());
  EXPECT_EQ(get("/api/v1/devices/V1", ada_).status, 404);
  for (const auto& record : audited())
    EXPECT_EQ(record.dump().find("V1"), std::string::npos);
}

TEST_F(ResourcesTest, GatewaysAndApplicationsKeepWhatTheyWereGiven) {
  const auto gateway =
      post("/api/v1/devices", admin_,
           R"({"id":"uplink","account":"vehicle","kind":"gateway","gateway_filter":"WV*",)"
           R"("registers_unknown":true})");
  ASSERT_EQ(gateway.status, 201) << gateway.body;
  EXPECT_EQ(gateway.json()["gateway_filter"], "WV*");
  EXPECT_EQ(gateway.json()["registers_unknown"], true);
  const auto application =
      post("/api/v1/devices", admin_,
           R"({"id":"board","account":"vehicle","kind":"application","topics":["status/#"]})");
  ASSERT_EQ(application.status, 201) << application.body;
  EXPECT_EQ(application.json()["topics"], nlohmann::json::array({"status/#"}));
  EXPECT_EQ(post("/api/v1/devices", admin_,
                 R"({"id":"bad","account":"vehicle","kind":"vehicle","topics":["a"]})")
                .status,
            400);
  EXPECT_EQ(
      post("/api/v1/devices", admin_, R"({"id":"x","account":"nothing","kind":"vehicle"})").status,
      404);
}

TEST_F(ResourcesTest, DevicesAreListedAcrossAccountsInPages) {
  for (const char* id : {"P1", "P2", "P3"})
    make_vehicle(id, "partner");
  for (const char* id : {"V1", "V2"})
    make_vehicle(id, "vehicle");
  EXPECT_EQ(all_of("/api/v1/devices", admin_, "id"),
            (std::vector<std::string>{"P1", "P2", "P3", "V1", "V2"}));
  EXPECT_EQ(all_of("/api/v1/devices", ada_, "id"), (std::vector<std::string>{"V1", "V2"}));
  EXPECT_EQ(all_of("/api/v1/devices?account=partner", admin_, "id"),
            (std::vector<std::string>{"P1", "P2", "P3"}));
  EXPECT_TRUE(all_of("/api/v1/devices?account=partner", ada_, "id").empty());
}

TEST_F(ResourcesTest, TablesAreShownToWhoOwnsThem) {
  catalog::TableState table;
  table.name = {"vehicle", "telemetry", "signals"};
  table.metadata_location = "file:///data/v1.metadata.json";
  table.row_count = 42;
  table.file_count = 2;
  table.size_bytes = 1000;
  table.snapshot.emplace();
  table.snapshot->snapshot_id = 9007199254740993;
  formats::Field field{1, "ts", {formats::ColumnType::Kind::kTimestamp, 0, 0}, true, 0, 0};
  table.schema.columns.push_back({field, "when", "s", ""});
  table.partition_spec.day_source_id = 1;
  table.sort_order.source_ids = {1};
  catalog_.put(table);
  table.name = {"system", "main", "dead_letters"};
  catalog_.put(table);
  const auto shown = get("/api/v1/tables/vehicle.telemetry.signals", ada_).json();
  EXPECT_EQ(shown["rows"], 42);
  EXPECT_EQ(shown["snapshot_id"], "9007199254740993");
  EXPECT_EQ(shown["metadata_location"], "file:///data/v1.metadata.json");
  EXPECT_EQ(shown["partitioned_by"], nlohmann::json::array({"day(ts)"}));
  EXPECT_EQ(shown["sorted_by"], nlohmann::json::array({"ts"}));
  EXPECT_EQ(shown["schema"][0], (nlohmann::json{{"id", 1},
                                                {"name", "ts"},
                                                {"type", "timestamptz"},
                                                {"required", true},
                                                {"unit", "s"},
                                                {"doc", "when"}}));
  EXPECT_EQ(get("/api/v1/tables/vehicle.telemetry.signals", admin_).status, 404);
  EXPECT_EQ(all_of("/api/v1/tables", ada_, "name"),
            (std::vector<std::string>{"system.main.conservation", "system.main.dead_letters",
                                      "vehicle.telemetry.signals"}));
  EXPECT_TRUE(all_of("/api/v1/tables", admin_, "name").empty());
  const auto filtered = get("/api/v1/tables/system.dead_letters", bob_).json();
  EXPECT_EQ(filtered["name"], "system.main.dead_letters");
  EXPECT_FALSE(filtered.contains("rows") || filtered.contains("metadata_location"));
  EXPECT_EQ(get("/api/v1/tables/system.conservation", bob_).json()["schema"][0]["name"], "account");
  EXPECT_EQ(get("/api/v1/tables/signals", ada_).status, 400);
}

}  // namespace
}  // namespace mobilake::serve

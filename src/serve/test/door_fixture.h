// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/testkit/power_cut_disk.h"
#include "base/testkit/simulated_clock.h"
#include "govern/resource.h"
#include "log/testkit/fake_log.h"
#include "serve/http/http_door.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::serve {

/// A catalog of tables that the test puts in.
class FakeCatalog final : public catalog::Catalog {
 public:
  void put(catalog::TableState table) { tables_[table.name] = std::move(table); }

  Result<catalog::TableState> create_table(const model::Permit&,
                                           const catalog::NewTable&) override {
    return unsupported("the door makes no tables");
  }
  Result<> drop_table(const model::Permit&, const model::TableName&) override {
    return unsupported("the door drops no tables");
  }
  Result<catalog::TableState> describe(const model::Permit& permit,
                                       const model::TableName& name) override {
    if (!permit.covers(model::Action::kDescribe, govern::table_resource(name)))
      return denied("another permit");
    const auto found = tables_.find(name);
    if (found == tables_.end()) return not_found("no table {}", name.to_string());
    return found->second;
  }
  Result<catalog::TablePlan> plan(const model::Permit&, const model::TableName&) override {
    return unsupported("the door plans nothing");
  }
  Result<std::vector<model::TableName>> list() override {
    std::vector<model::TableName> names;
    for (const auto& [name, table] : tables_)
      names.push_back(name);
    return names;
  }

 private:
  std::map<model::TableName, catalog::TableState> tables_;
};

/// A computed table without rows.
class FakeSystemTable final : public query::SystemTable {
 public:
  FakeSystemTable() { columns_ = {{1, "account", {}, true, 0, 0}}; }

  const std::string& name() const override { return name_; }
  const std::vector<formats::Field>& columns() const override { return columns_; }
  Result<std::vector<Row>> rows() override { return std::vector<Row>(); }

 private:
  std::string name_ = "conservation";
  std::vector<formats::Field> columns_;
};

/// A query whose pieces and states the test sets.
class FakeQuery final : public query::RunningQuery {
 public:
  query::QueryStatus status() override { return now; }
  query::QueryStatus wait(std::chrono::milliseconds span) override {
    waits.push_back(span);
    if (const auto hook = on_wait) hook();  // a copy: it may unset itself
    return now;
  }
  Result<std::string> next_piece() override {
    if (pieces.empty() && now.state == query::QueryState::kFailed) return now.error;
    if (pieces.empty()) return std::string();
    std::string piece = std::move(pieces.front());
    pieces.pop_front();
    return piece;
  }
  void cancel() override { was_cancelled = true; }

  query::QueryStatus now;
  std::deque<std::string> pieces;
  std::vector<std::chrono::milliseconds> waits;
  std::function<void()> on_wait;
  bool was_cancelled = false;
};

/// Hands out one query, to its asker alone.
class FakeQueryService final : public query::QueryService {
 public:
  FakeQueryService() : next(std::make_shared<FakeQuery>()) { next->now.id = "q1"; }

  Result<std::shared_ptr<query::RunningQuery>> start(const query::QueryRequest& request) override {
    requests.push_back(request);
    if (const auto hook = on_start) hook();  // a copy: it may unset itself
    if (failure.has_value()) return *failure;
    return std::shared_ptr<query::RunningQuery>(next);
  }
  Result<std::shared_ptr<query::RunningQuery>> find(const model::Principal& principal,
                                                    const std::string& id) override {
    const bool own = !requests.empty() && requests.back().principal == principal;
    if (!own || id != next->now.id) return not_found("there is no query \"{}\"", id);
    return std::shared_ptr<query::RunningQuery>(next);
  }
  void drain() override {}

  std::shared_ptr<FakeQuery> next;
  std::vector<query::QueryRequest> requests;
  std::function<void()> on_start;
  std::optional<Error> failure;
};

/// Keeps the lines that the door logs.
class KeptLines final : public base::LogSink {
 public:
  bool wants(base::LogLevel, std::string_view) const override { return true; }
  void write(base::LogLevel, std::string_view, std::string_view message) override {
    lines.emplace_back(message);
  }

  std::vector<std::string> lines;
};

/// An answer as a client sees it.
struct Told {
  int status = 0;
  net::HttpHeaders headers{};
  std::string body{};

  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// The door over real accounts, users, devices and decisions, and fakes of the rest: ada owns
/// the account "vehicle", bob owns "partner".
class DoorTest : public testing::Test {
 protected:
  void SetUp() override;

  /// Makes the door again, with what `config_` and `hooks_` say now.
  void open_door();

  net::Answer raw(const std::string& method, const std::string& target, const std::string& token,
                  const std::string& body = "", net::HttpHeaders headers = {});
  /// Sends a request and reads the whole answer. `target` may hold a query.
  Told send(const std::string& method, const std::string& target, const std::string& token,
            const std::string& body = "", net::HttpHeaders headers = {});
  Told get(const std::string& target, const std::string& token) {
    return send("GET", target, token);
  }
  Told post(const std::string& target, const std::string& token, const std::string& body) {
    return send("POST", target, token, body);
  }

  /// Returns the audit records so far, as JSON.
  std::vector<nlohmann::json> audited();
  /// Makes a user and returns a token of it.
  std::string person(const std::string& name, const std::string& account, model::Role role);

  base::SimulatedClock clock_;
  std::unique_ptr<Random> random_ = base::seeded_random(5);
  base::PowerCutDisk disk_;
  store::FakeMetaStore meta_;
  log::FakeLog log_{4};
  KeptLines lines_;
  Metrics metrics_;
  std::unique_ptr<govern::Identity> identity_;
  std::unique_ptr<govern::Gatekeeper> gatekeeper_;
  std::unique_ptr<govern::AuditTrail> audit_;
  std::unique_ptr<store::DeviceRegistry> devices_;
  FakeCatalog catalog_;
  FakeQueryService queries_;
  FakeSystemTable conservation_;
  HttpDoorConfig config_;
  ServerStatus status_;
  std::function<Result<BackupFacts>(const std::string&)> backup_;
  std::function<Result<>(const govern::Account&)> on_account_created_;
  std::function<Result<>()> ready_;
  std::unique_ptr<HttpDoor> door_;
  std::string admin_;
  std::string ada_;
  std::string bob_;
};

}  // namespace mobilake::serve

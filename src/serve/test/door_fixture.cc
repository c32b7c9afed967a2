// SPDX-License-Identifier: Apache-2.0
#include "serve/test/door_fixture.h"

namespace mobilake::serve {

void DoorTest::SetUp() {
  ASSERT_TRUE(disk_.make_directories("/data").ok());
  govern::IdentityOptions options;
  options.admin_token_path = "/data/admin.token";
  auto identity = govern::Identity::open(meta_, {clock_, disk_, *random_}, options);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  identity_ = *std::move(identity);
  gatekeeper_ = std::make_unique<govern::Gatekeeper>(*identity_);
  audit_ = std::make_unique<govern::AuditTrail>(log_, log_.partition_count(), clock_);
  auto devices = store::DeviceRegistry::open(meta_, {clock_, disk_, *random_});
  ASSERT_TRUE(devices.ok()) << devices.error().message;
  devices_ = *std::move(devices);
  auto token = disk_.read_file(options.admin_token_path);
  ASSERT_TRUE(token.ok()) << token.error().message;
  admin_ = token->substr(0, token->find('\n'));
  for (const char* name : {"vehicle", "partner"})
    ASSERT_TRUE(identity_->add_account(name, model::AccountKind::kProducer, "").ok());
  ada_ = person("ada", "vehicle", model::Role::kOwner);
  bob_ = person("bob", "partner", model::Role::kOwner);
  open_door();
}

void DoorTest::open_door() {
  HttpDoorParts parts{*identity_, *gatekeeper_, *audit_, *devices_,
                      catalog_,   queries_,     log_,    {&conservation_}};
  parts.version = "0.1.0";
  parts.status = [this] { return status_; };
  parts.backup = backup_;
  parts.on_account_created = on_account_created_;
  parts.ready = ready_;
  door_ = open_http_door(config_, std::move(parts), {clock_, disk_, *random_}, metrics_,
                         Logger(lines_, "http"));
}

std::string DoorTest::person(const std::string& name, const std::string& account,
                             model::Role role) {
  EXPECT_TRUE(identity_->add_user(name, account, role).ok());
  auto token = identity_->issue_token(name);
  EXPECT_TRUE(token.ok());
  return token.ok() ? token->token : "";
}

net::Answer DoorTest::raw(const std::string& method, const std::string& target,
                          const std::string& token, const std::string& body,
                          net::HttpHeaders headers) {
  net::IncomingRequest request;
  request.method = method;
  request.path = target.substr(0, target.find('?'));
  std::string query = target.substr(std::min(request.path.size() + 1, target.size()));
  while (!query.empty()) {
    const std::string pair = query.substr(0, query.find('&'));
    query.erase(0, pair.size() + 1);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query[pair.substr(0, equals)] = pair.substr(std::min(equals + 1, pair.size()));
  }
  request.headers = std::move(headers);
  if (!token.empty()) request.headers["authorization"] = "Bearer " + token;
  if (!body.empty()) request.headers.try_emplace("content-type", "application/json");
  request.body = body;
  return door_->handler()(request);
}

Told DoorTest::send(const std::string& method, const std::string& target, const std::string& token,
                    const std::string& body, net::HttpHeaders headers) {
  net::Answer answer = raw(method, target, token, body, std::move(headers));
  Told told{answer.status, answer.headers, answer.body};
  while (answer.source) {
    auto piece = answer.source();
    if (!piece.ok()) {
      told.body += "<" + piece.error().to_string() + ">";
      break;
    }
    if (piece->empty()) break;
    told.body += *piece;
  }
  return told;
}

std::vector<nlohmann::json> DoorTest::audited() {
  std::vector<nlohmann::json> records;
  auto reader = log_.open_reader(log::Family::kSystem, {});
  if (!reader.ok()) return records;
  for (;;) {
    auto batches = (*reader)->next(1 << 20, std::chrono::milliseconds(0));
    if (!batches.ok() || batches->empty()) return records;
    for (const log::ReadBatch& batch : *batches) {
      log::RecordCursor cursor(batch.bytes);
      log::RecordView record;
      while (cursor.next(record))
        records.push_back(nlohmann::json::parse(record.payload));
    }
  }
}

}  // namespace mobilake::serve

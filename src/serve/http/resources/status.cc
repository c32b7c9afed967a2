// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"
#include "serve/http/inside/problem.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::string_view kStatusSchema = R"({
  "type":"object","required":["state","version","endpoints"],
  "properties":{"state":{"type":"string"},"version":{"type":"string"},
    "started_at":{"type":"string","format":"date-time"},"data_dir":{"type":"string"},
    "endpoints":{"type":"object","additionalProperties":{"type":"string"}},
    "log":{"type":"object","required":["records","bytes"],"properties":{
      "refusal":{"type":"object","required":["code","detail"],
        "properties":{"code":{"type":"string"},"detail":{"type":"string"}}},
      "records":{"type":"integer"},"bytes":{"type":"integer"}}},
    "mqtt":{"type":"object","required":["connections","received","acknowledged","refused"],
      "properties":{"connections":{"type":"integer"},"received":{"type":"integer"},
        "acknowledged":{"type":"integer"},"refused":{"type":"integer"}}},
    "tables":{"type":"array","items":{"type":"object","required":["name"],"properties":{
      "name":{"type":"string"},"rows":{"type":"integer"},"lag_ms":{"type":"integer"}}}}}})";
constexpr std::string_view kTargetSchema = R"({
  "type":"object","required":["target"],"additionalProperties":false,
  "properties":{"target":{"type":"string","minLength":1,"maxLength":4096,
    "description":"a folder on the server's machine that does not exist yet, absolute"}}})";
constexpr std::string_view kBackupSchema = R"({
  "type":"object","required":["target","bytes","files"],
  "properties":{"target":{"type":"string"},"bytes":{"type":"integer"},
    "files":{"type":"integer"}}})";

Json log_json(const ServerStatus::LogFacts& log) {
  Json json = Json::object();
  if (log.refusal.has_value()) json["refusal"] = error_json(*log.refusal);
  json["records"] = log.records;
  json["bytes"] = log.bytes;
  return json;
}

Json mqtt_json(const ServerStatus::MqttFacts& mqtt) {
  return {{"connections", mqtt.connections},
          {"received", mqtt.received},
          {"acknowledged", mqtt.acknowledged},
          {"refused", mqtt.refused}};
}

Json tables_json(DoorState& state, const Call& call, const ServerStatus& status) {
  Json tables = Json::array();
  for (const ServerStatus::TableFacts& table : status.tables) {
    const auto permit =
        state.decisions.decide(call, Action::kDescribe, govern::table_resource(table.name));
    if (!permit.ok()) continue;
    Json entry = {{"name", table.name.to_string()}};
    if (!govern::row_scope(*permit).has_value()) entry["rows"] = table.rows;
    if (table.lag.has_value()) entry["lag_ms"] = table.lag->count();
    tables.push_back(std::move(entry));
  }
  return tables;
}

Result<net::Answer> show_status(DoorState& state, const Call& call) {
  const std::string resource = govern::server_resource("status");
  MOBILAKE_TRY(state.decisions.decide(call, Action::kDescribe, resource));
  if (!state.parts.status) return unsupported("this server cannot tell its status");
  const ServerStatus status = state.parts.status();
  Json json = {{"state", status.state},
               {"version", state.parts.version},
               {"started_at", rfc3339(status.started_at)}};
  // Numbers of all accounts together and paths of the machine are for who runs it.
  const bool runs_it = state.decisions.allows(call, Action::kManage, resource);
  if (runs_it) json["data_dir"] = status.data_dir;
  json["endpoints"] = Json::object();
  for (const auto& [door, url] : status.endpoints)
    json["endpoints"][door] = url;
  if (runs_it && status.log.has_value()) json["log"] = log_json(*status.log);
  if (runs_it && status.mqtt.has_value()) json["mqtt"] = mqtt_json(*status.mqtt);
  json["tables"] = tables_json(state, call, status);
  return json_answer(200, json);
}

Result<net::Answer> back_up(DoorState& state, const Call& call) {
  const std::string target = call.body["target"];
  MOBILAKE_TRY(
      state.decisions.decide_on_record(call, Action::kManage, govern::server_resource("backup")));
  if (!state.parts.backup) return unsupported("this server does not offer backups");
  if (!target.starts_with('/') || target.find('\0') != std::string::npos)
    return invalid("\"target\" is an absolute path on the server's machine, this is \"{}\"",
                   target);
  const auto slot = state.backups.take();
  if (!slot.has_value()) return unavailable("a backup is being made already; ask again later");
  MOBILAKE_ASSIGN(const BackupFacts facts, state.parts.backup(target));
  return json_answer(200,
                     {{"target", facts.target}, {"bytes", facts.bytes}, {"files", facts.files}});
}

}  // namespace

std::vector<Operation> status_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation status = operation("GET", "/api/v1/status", "showStatus",
                               "Shows how the server is doing, as far as the caller may see");
  status.route.response_body = kStatusSchema;
  status.handle = [&state](const Call& call) { return show_status(state, call); };
  operations.push_back(std::move(status));

  Operation backup = operation("POST", "/api/v1/backup", "backUp",
                               "Copies the data folder to a new folder while serving");
  backup.route.request_body = kTargetSchema;
  backup.route.response_body = kBackupSchema;
  backup.handle = [&state](const Call& call) { return back_up(state, call); };
  backup.names_files = true;
  operations.push_back(std::move(backup));
  return operations;
}

}  // namespace mobilake::serve

// SPDX-License-Identifier: Apache-2.0
#include "server/modules.h"

#include <array>

#include "server/backup.h"
#include "server/inside/server_status.h"

namespace mobilake::server {
namespace {

Result<> start_folder(ServerParts& parts) {
  MOBILAKE_ASSIGN(parts.folder,
                  DataFolder::open(parts.options.data_dir, parts.doors.disk, parts.version));
  return {};
}

Result<> start_meta(ServerParts& parts) {
  store::MetaStoreOptions options;
  options.path = parts.folder->meta_path();
  MOBILAKE_ASSIGN(parts.meta, store::open_meta_store(options, parts.doors));
  return {};
}

Result<> start_log(ServerParts& parts) {
  MOBILAKE_ASSIGN(parts.log, log::open_log(parts.folder->log_path(), parts.options.config.log,
                                           parts.doors, parts.logger.for_room("log")));
  end_backup_hold(*parts.log);
  return {};
}

Result<> start_govern(ServerParts& parts) {
  govern::IdentityOptions options;
  options.admin_token_path = parts.folder->admin_token_path();
  MOBILAKE_ASSIGN(parts.identity, govern::Identity::open(*parts.meta, parts.doors, options));
  parts.gatekeeper = std::make_unique<govern::Gatekeeper>(*parts.identity);
  parts.audit = std::make_unique<govern::AuditTrail>(
      parts.log->writer(), parts.log->partition_count(), parts.doors.clock);
  return {};
}

Result<> start_devices(ServerParts& parts) {
  MOBILAKE_ASSIGN(parts.devices, store::DeviceRegistry::open(*parts.meta, parts.doors));
  return {};
}

Result<> start_catalog(ServerParts& parts) {
  std::vector<std::string> former;
  for (const std::string& path : parts.folder->former_paths())
    former.push_back(DataFolder::objects_path_in(path));
  MOBILAKE_ASSIGN(parts.objects,
                  store::open_local_object_store(parts.folder->objects_path(), parts.doors.disk,
                                                 parts.doors.random, std::move(former)));
  MOBILAKE_ASSIGN(parts.catalog, catalog::open_catalog(parts.options.config.catalog, parts.doors,
                                                       *parts.meta, *parts.objects));
  return {};
}

Result<> start_stream_tables(ServerParts& parts) {
  MOBILAKE_ASSIGN(
      parts.stream_tables,
      prepare::open_stream_tables(parts.options.config.prepare,
                                  {*parts.log, parts.catalog->committer(), *parts.objects,
                                   *parts.meta, parts.folder->seen_path()},
                                  parts.doors, parts.metrics, parts.logger.for_room("prepare")));
  return parts.stream_tables->start();
}

std::vector<query::SystemTable*> system_tables(const ServerParts& parts) {
  auto tables = parts.stream_tables->system_tables();
  tables.push_back(parts.ingest_table.get());
  return tables;
}

Result<> start_query(ServerParts& parts) {
  parts.ingest_table = std::make_unique<IngestTable>(
      [&parts] { return parts.mqtt ? parts.mqtt->status() : ingest::mqtt::MqttStatus(); });
  MOBILAKE_ASSIGN(parts.engine, engine::open_sql_engine(parts.options.config.engine,
                                                        parts.logger.for_room("engine")));
  parts.queries =
      query::open_query_service(parts.options.config.query,
                                {*parts.gatekeeper, *parts.audit, parts.catalog->catalog(),
                                 *parts.engine, system_tables(parts)},
                                parts.doors, parts.metrics, parts.logger.for_room("query"));
  return {};
}

// A door that anybody on the network reaches must be encrypted, or meant.
Result<net::Endpoint> plain_endpoint(const ServerParts& parts, std::string_view door,
                                     const std::string& text) {
  MOBILAKE_ASSIGN(net::Endpoint endpoint, net::parse_endpoint(text));
  if (endpoint.is_loopback() || parts.options.config.plain_doors_on_any_address) return endpoint;
  return invalid(
      "the {} door has no TLS, so it does not listen on {}, which other machines reach; use "
      "127.0.0.1, or say that you mean it with -X server.plain_doors_on_any_address=true",
      door, text);
}

Result<> start_http(ServerParts& parts) {
  const ServerConfig& config = parts.options.config;
  net::HttpServerOptions options;
  MOBILAKE_ASSIGN(options.endpoint, plain_endpoint(parts, "http", config.http));
  // Refused from the length that is announced, before a byte of it is held.
  options.body_bytes_max = config.http_door.body_size.value;
  options.large_bodies_bytes_max = 2 * options.body_bytes_max;
  options.request_timeout = config.http_door.request_time_max;
  options.on_refused = [&parts](int status) {
    parts.metrics
        .counter("mobilake_serve_refused_requests_total",
                 "Requests that were refused before they were read, by status.",
                 {{"status", std::to_string(status)}})
        .add();
  };
  MOBILAKE_ASSIGN(parts.loop, net::EventLoop::open(parts.doors.clock));
  serve::HttpDoorParts door{*parts.identity, *parts.gatekeeper,        *parts.audit,
                            *parts.devices,  parts.catalog->catalog(), *parts.queries,
                            *parts.log,      system_tables(parts)};
  door.version = parts.version;
  door.status = [&parts] { return server_status(parts); };
  door.ready = [&parts] { return server_ready(parts); };
  door.backup = [&parts](const std::string& target) -> Result<serve::BackupFacts> {
    // A lease keeps all files that are garbage from now on, so none is gone before it is copied.
    std::vector<catalog::TablePlan> leased;
    MOBILAKE_ASSIGN(const auto names, parts.catalog->catalog().list());
    for (const model::TableName& name : names) {
      auto plan = parts.catalog->committer().plan(name);
      if (plan.ok()) leased.push_back(*std::move(plan));
    }
    MOBILAKE_ASSIGN(const CopyFacts facts,
                    back_up(parts.folder->path(), target, *parts.meta, *parts.log, parts.doors));
    return serve::BackupFacts{facts.target, facts.bytes, facts.files};
  };
  door.on_account_created = [&parts](const govern::Account& account) -> Result<> {
    if (account.template_name != "vehicle") return {};
    return parts.stream_tables->ensure_account(account.name);
  };
  parts.http_door = serve::open_http_door(config.http_door, std::move(door), parts.doors,
                                          parts.metrics, parts.logger.for_room("http"));
  MOBILAKE_ASSIGN(parts.http,
                  net::HttpServer::open(options, *parts.loop, parts.http_door->handler(),
                                        parts.logger.for_room("net")));
  parts.endpoints["http"] = "http://" + parts.http->endpoint().to_string();
  return {};
}

Result<> start_mqtt(ServerParts& parts) {
  const ServerConfig& config = parts.options.config;
  MOBILAKE_ASSIGN(const net::Endpoint endpoint, plain_endpoint(parts, "mqtt", config.mqtt));
  MOBILAKE_ASSIGN(parts.mqtt, ingest::mqtt::open_mqtt_source(
                                  config.ingest, endpoint,
                                  {*parts.log, *parts.devices, *parts.gatekeeper, *parts.audit},
                                  parts.doors, parts.metrics, parts.logger.for_room("ingest")));
  parts.endpoints["mqtt"] = "mqtt://" + parts.mqtt->endpoint().to_string();
  return {};
}

constexpr std::array kModules{
    Module{"folder", "", start_folder},
    Module{"meta", "folder", start_meta},
    Module{"log", "folder", start_log},
    Module{"govern", "meta log", start_govern},
    Module{"devices", "meta", start_devices},
    Module{"catalog", "meta", start_catalog},
    Module{"stream-tables", "log catalog", start_stream_tables},
    Module{"query", "govern catalog stream-tables", start_query},
    Module{"http", "govern devices query", start_http},
    Module{"mqtt", "govern devices log", start_mqtt},
};

}  // namespace

std::span<const Module> all_modules() {
  return kModules;
}

std::string modules_text() {
  std::string text = fmt::format("{:<16}{}\n", "MODULE", "NEEDS");
  for (const Module& module : kModules)
    text += fmt::format("{:<16}{}\n", module.name, module.needs.empty() ? "-" : module.needs);
  return text;
}

}  // namespace mobilake::server

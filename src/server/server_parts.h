// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "catalog/open_catalog.h"
#include "engine/sql/open_sql_engine.h"
#include "govern/audit_trail.h"
#include "govern/gatekeeper.h"
#include "govern/identity.h"
#include "ingest/mqtt/mqtt_source.h"
#include "log/open_log.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "prepare/open_prepare.h"
#include "query/open_query.h"
#include "serve/http/http_door.h"
#include "server/data_folder.h"
#include "server/inside/ingest_table.h"
#include "server/serve_options.h"
#include "store/devices/device_registry.h"
#include "store/meta/open_meta_store.h"
#include "store/objects/open_object_store.h"

namespace mobilake::server {

/// Everything that runs, in the order in which it starts; it ends in the reverse order, so each
/// part may lean on those above it.
struct ServerParts {
  ServerParts(const ServeOptions& serve_options, std::string program_version, Doors used_doors,
              Logger used_logger)
      : options(serve_options),
        version(std::move(program_version)),
        doors(used_doors),
        logger(std::move(used_logger)),
        started_at(used_doors.clock.now()) {}

  const ServeOptions& options;
  std::string version;
  Doors doors;
  Logger logger;
  Timestamp started_at;
  Metrics metrics;
  std::atomic<bool> draining{false};
  int open_doors = 0;  ///< that a drain waits for; of the loop's thread

  std::unique_ptr<DataFolder> folder;
  std::unique_ptr<store::MetaStore> meta;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<govern::Identity> identity;
  std::unique_ptr<govern::Gatekeeper> gatekeeper;
  std::unique_ptr<govern::AuditTrail> audit;
  std::unique_ptr<store::DeviceRegistry> devices;
  std::unique_ptr<store::ObjectStore> objects;
  std::unique_ptr<catalog::OpenCatalog> catalog;
  std::unique_ptr<prepare::StreamTables> stream_tables;
  std::unique_ptr<IngestTable> ingest_table;
  std::unique_ptr<engine::SqlEngine> engine;
  std::unique_ptr<query::QueryService> queries;
  std::unique_ptr<net::EventLoop> loop;  ///< of the HTTP door and the signals
  std::unique_ptr<serve::HttpDoor> http_door;
  std::unique_ptr<ingest::mqtt::MqttSource> mqtt;
  std::unique_ptr<net::HttpServer> http;
  std::map<std::string, std::string> endpoints;
};

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/config.h"
#include "catalog/catalog_config.h"
#include "engine/sql/sql_engine_config.h"
#include "ingest/ingest_config.h"
#include "log/log_config.h"
#include "prepare/prepare_config.h"
#include "query/query_config.h"
#include "serve/http/http_door_config.h"

namespace mobilake::server {

/// The settings of all rooms, with their defaults; one YAML file sets them, a section a room.
struct ServerConfig {
  std::string http = "127.0.0.1:8400";
  std::string mqtt = "127.0.0.1:1883";
  /// Lets doors without TLS listen where other machines reach them.
  bool plain_doors_on_any_address = false;
  std::string log_level = "info";
  std::string log_format = "text";

  log::LogConfig log;
  engine::SqlEngineConfig engine;
  catalog::CatalogConfig catalog;
  query::QueryConfig query;
  ingest::IngestConfig ingest;
  prepare::PrepareConfig prepare;
  serve::HttpDoorConfig http_door;

  /// Returns the keys of this struct, which must outlive them.
  std::vector<base::ConfigSection> sections() {
    return {{"server",
             "Doors and log lines.",
             {{"http", &http, "HOST:PORT of the REST door; port 0 picks a free one"},
              {"mqtt", &mqtt, "HOST:PORT of the MQTT door"},
              {"plain_doors_on_any_address", &plain_doors_on_any_address,
               "whether doors without TLS may listen beyond this machine"},
              {"log_level", &log_level, "debug, info, warning or error"},
              {"log_format", &log_format, "text or json: the form of log lines on stderr"}}},
            log.section(),
            engine.section(),
            query.section(),
            ingest.section(),
            prepare.section(),
            http_door.section()};
  }
};

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/doors.h"
#include "base/logging.h"
#include "base/metrics.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "govern/audit_trail.h"
#include "govern/gatekeeper.h"
#include "govern/identity.h"
#include "log/log.h"
#include "net/http_server.h"
#include "query/query_service.h"
#include "query/system_table.h"
#include "serve/http/http_door_config.h"
#include "store/devices/device_registry.h"

namespace mobilake::serve {

/// How the server is doing, as it tells the door; the door shows each caller its part.
struct ServerStatus {
  struct LogFacts {
    std::optional<Error> refusal;  ///< why appends fail now
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  struct MqttFacts {
    std::uint64_t connections = 0;
    std::uint64_t received = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t refused = 0;
  };
  struct TableFacts {
    model::TableName name;
    std::uint64_t rows = 0;
    std::optional<std::chrono::milliseconds> lag;  ///< behind the log
  };

  std::string state = "serving";  ///< "starting", "serving" or "draining"
  Timestamp started_at;
  std::string data_dir;
  std::map<std::string, std::string> endpoints;  ///< door to URL
  std::optional<LogFacts> log;
  std::optional<MqttFacts> mqtt;
  std::vector<TableFacts> tables;
};

/// What a backup wrote.
struct BackupFacts {
  std::string target;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

/// What the door stands on; all outlive it. A hook may be empty: what needs it answers unsupported.
/// Hooks are called on the HTTP server's worker threads, several at once, and may block.
struct HttpDoorParts {
  govern::Identity& identity;
  govern::Gatekeeper& gatekeeper;
  govern::AuditTrail& audit;
  store::DeviceRegistry& devices;
  catalog::Catalog& catalog;
  query::QueryService& queries;
  log::Log& log;
  std::vector<query::SystemTable*> system_tables{};
  std::string version{};
  std::function<ServerStatus()> status{};
  std::function<Result<BackupFacts>(const std::string& target)> backup{};
  /// Makes what the account's template promises; called after the account is durable.
  std::function<Result<>(const govern::Account&)> on_account_created{};
  /// Says why the server cannot do its work now; for /readyz.
  std::function<Result<>()> ready{};
};

/// The REST API of the server: routes, sign-in, problem documents, results in five forms.
///
/// Made by open_http_door(), owned by the server, which hands handler() to its HttpServer and
/// destroys the door after it. Thread safety: any thread; handlers block.
class HttpDoor {
 public:
  virtual ~HttpDoor() = default;

  /// Returns what answers every request. The door outlives it.
  virtual net::HttpServer::Handler handler() = 0;

  /// Returns the OpenAPI 3.1 document of all routes, as JSON.
  virtual const std::string& openapi() const = 0;
};

std::unique_ptr<HttpDoor> open_http_door(const HttpDoorConfig& config, HttpDoorParts parts,
                                         Doors doors, Metrics& metrics, Logger logger);

}  // namespace mobilake::serve

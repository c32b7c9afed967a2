// SPDX-License-Identifier: Apache-2.0
#include "server/application.h"

#include <sys/prctl.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "base/error_codes.h"
#include "engine/sql/open_sql_engine.h"
#include "server/inside/stop_signals.h"
#include "server/modules.h"
#include "server/serve_options.h"
#include "server/server_parts.h"

namespace mobilake::server {
namespace {

// What is still open after that is cut: a stop takes 10 s at most.
constexpr std::chrono::milliseconds kDrainTime{7'000};

// What is wrong with words, settings or the folder that they name is a matter of usage.
constexpr int kUsage = 2;

int failed(const Error& error) {
  std::cerr << "error: " << error.message << "\n";
  return error.code == Code::kInvalid ? kUsage : base::code_row(error.code).exit_code;
}

/// The parts that run, and the order in which they stop.
class RunningServer {
 public:
  RunningServer(ServerParts& parts, StopSignals& signals) : parts_(parts), signals_(signals) {}

  Result<> start() {
    for (const Module& module : all_modules()) {
      MOBILAKE_TRY(module.start(parts_).within(module.name));
      parts_.logger.debug("module {} stands", module.name);
    }
    MOBILAKE_TRY(signals_.listen(
        *parts_.loop, [this] { drain(); },
        [this] { parts_.logger.warning("nothing to reload: no setting applies live yet"); }));
    return parts_.folder->publish_endpoints(parts_.endpoints);
  }

  /// Serves until a signal, then stops in order.
  Result<> run() {
    std::cout << "ready " << endpoints_json(parts_.endpoints) << std::endl;
    parts_.logger.info("serving {}", parts_.folder->path());
    parts_.loop->run();
    parts_.stream_tables->stop();
    MOBILAKE_TRY(parts_.log->close());
    parts_.logger.info("stopped");
    return {};
  }

 private:
  // No new work; acknowledgements of what was taken still leave.
  void drain() {
    if (parts_.draining.exchange(true)) {
      parts_.loop->stop();  // asked twice: somebody is in a hurry
      return;
    }
    parts_.logger.info("draining");
    parts_.folder->retract_endpoints();
    // The doors may close after this object is gone, when the drain is cut.
    ServerParts& parts = parts_;
    parts.open_doors = 2;
    parts.queries->drain();
    const auto door_closed = [&parts] {
      if (--parts.open_doors == 0) parts.loop->stop();
    };
    parts.mqtt->drain([&parts, door_closed] { parts.loop->post(door_closed); });
    parts.http->drain(door_closed);
    parts_.loop->after(kDrainTime, [this] {
      parts_.logger.warning("not all doors were idle in {} ms; cutting them", kDrainTime.count());
      parts_.loop->stop();
    });
  }

  ServerParts& parts_;
  StopSignals& signals_;
};

Result<> serve(const ServeOptions& options, const std::string& program_version,
               base::LogSink& sink) {
  StopSignals signals;  // before the first thread
  // Secrets live in this process; nobody may look into it.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ServerParts parts(options, program_version, base::system_doors(), Logger(sink, "server"));
  RunningServer server(parts, signals);
  MOBILAKE_TRY(server.start());
  return server.run();
}

Result<std::unique_ptr<base::LogSink>> open_sink(const ServerConfig& config) {
  MOBILAKE_ASSIGN(const base::LogLevel least, base::parse_log_level(config.log_level));
  if (config.log_format != "text" && config.log_format != "json")
    return invalid("server.log_format is text or json, this is \"{}\"", config.log_format);
  return base::open_stderr_sink(
      config.log_format == "json" ? base::LogFormat::kJson : base::LogFormat::kText, least);
}

}  // namespace

int run_server(const std::vector<std::string>& words, const std::string& program_version) {
  const auto options = read_serve_options(words);
  if (!options.ok()) {
    failed(options.error());
    return kUsage;
  }
  ServeOptions& chosen = **options;
  if (chosen.show_help) std::cout << serve_help();
  if (chosen.show_modules) std::cout << modules_text();
  if (chosen.show_config)
    std::cout << base::ConfigBook(chosen.config.sections()).reference_markdown();
  if (chosen.show_help || chosen.show_modules || chosen.show_config) return 0;
  const auto sink = open_sink(chosen.config);
  if (!sink.ok()) return failed(sink.error());
  const auto served = serve(chosen, program_version, **sink);
  return served.ok() ? 0 : failed(served.error());
}

int run_engine_worker() {
  return engine::run_sql_worker();
}

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "base/doors.h"
#include "cli/command_line.h"
#include "server/application.h"
#include "server/backup.h"
#include "server/doctor.h"
#include "server/offline_views.h"

namespace {

using mobilake::Result;
namespace cli = mobilake::cli;
namespace server = mobilake::server;

// What the command line does with a data folder that no server holds.
void add_offline_hooks(cli::CommandHooks& hooks) {
  const mobilake::Doors doors = mobilake::base::system_doors();
  hooks.log_segments = [doors](const std::string& data_dir) {
    return server::offline_log_segments(data_dir, doors.disk);
  };
  hooks.log_records = [doors](const std::string& data_dir, const cli::LogRecordQuery& query) {
    return server::offline_log_records(
        data_dir, {query.family, query.partition, query.from, query.limit}, doors.disk);
  };
  hooks.log_verify = [doors](const std::string& data_dir) {
    return server::offline_log_verify(data_dir, doors.disk);
  };
  hooks.doctor = [doors](const std::string& data_dir) {
    return server::examine_data_folder(data_dir, doors);
  };
  hooks.backup = [doors](const std::string& data_dir,
                         const std::string& target) -> Result<std::string> {
    MOBILAKE_ASSIGN(const auto facts, server::back_up_offline(data_dir, target, doors));
    return server::copy_facts_json(facts, "target");
  };
  hooks.restore = [doors](const std::string& source,
                          const std::string& data_dir) -> Result<std::string> {
    MOBILAKE_ASSIGN(const auto facts, server::restore_backup(source, data_dir, doors));
    return server::copy_facts_json(facts, "data_dir");
  };
}

}  // namespace

int main(int argc, char** argv) {
  // A peer that goes away is an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  cli::CommandHooks hooks;
  add_offline_hooks(hooks);
  hooks.serve = [](const std::vector<std::string>& words) {
    return server::run_server(words, cli::program_version());
  };
  hooks.engine_worker = [](const std::vector<std::string>&) { return server::run_engine_worker(); };
  return cli::run_command_line(argc, argv, hooks);
}

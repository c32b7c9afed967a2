// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include "cli/command_line.h"
#include "server/application.h"

int main(int argc, char** argv) {
  // A peer that goes away is an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  mobilake::cli::CommandHooks hooks;
  hooks.serve = [](const std::vector<std::string>& words) {
    return mobilake::server::run_server(words, mobilake::cli::program_version());
  };
  hooks.engine_worker = [](const std::vector<std::string>&) {
    return mobilake::server::run_engine_worker();
  };
  return mobilake::cli::run_command_line(argc, argv, hooks);
}

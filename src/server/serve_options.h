// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/server_config.h"

namespace mobilake::server {

/// What `mobilake serve` is told.
struct ServeOptions {
  std::string data_dir;
  ServerConfig config;
  bool show_help = false;
  bool show_modules = false;
  bool show_config = false;
};

/// Reads the words behind "serve" and the config file that they name; command line over file over
/// defaults. Fails with: invalid (usage, with what to do), unsupported (a door or target that is
/// not offered yet, by name), not_found (the config file).
Result<std::unique_ptr<ServeOptions>> read_serve_options(const std::vector<std::string>& words);

/// Returns the help of `mobilake serve`, at most 80 columns wide.
std::string serve_help();

}  // namespace mobilake::server

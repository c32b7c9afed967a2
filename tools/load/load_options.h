// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mobilake::load {

/// What the load is to be; see load_help().
struct LoadOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  std::uint32_t connections = 100;
  std::uint32_t window = 50;
  std::uint32_t payload_bytes = 256;
  std::uint32_t vehicles = 0;  ///< 0: one a connection
  std::uint32_t first = 0;
  double seconds = 5;
  double warmup_seconds = 1;
  double rate_per_second = 0;
  double idle_seconds = 0;
  std::string username;
  std::string password;
  std::string client = "load-{n}";
  std::string topic = "vehicles/load-{v}/telemetry";
};

std::string load_help();

/// Reads the command line; prints what is wrong with it to stderr and returns nothing.
std::optional<LoadOptions> read_load_options(int count, char** words);

}  // namespace mobilake::load

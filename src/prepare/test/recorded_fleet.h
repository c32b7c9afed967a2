// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "prepare/test/stream_lake.h"

namespace mobilake::prepare {

/// The lines of examples/data/mqtt-telemetry as a broker hears them, with the unknown vehicle
/// marked as ingest does.
inline std::vector<Sent> recorded_fleet() {
  const std::string folder = std::string(MOBILAKE_SOURCE_DIR) + "/examples/data/mqtt-telemetry/";
  std::vector<Sent> all;
  gzFile file = gzopen((folder + "replay.ndjson.gz").c_str(), "rb");
  std::string buffer(1 << 16, '\0');
  std::map<std::string, int> messages;
  while (file != nullptr &&
         gzgets(file, buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    std::string line(buffer.c_str());
    while (!line.empty() && line.back() == '\n')
      line.pop_back();
    const auto json = nlohmann::json::parse(line);
    // The text itself, not its numbers printed again: a decimal must come out as it was written.
    const std::size_t at = line.find("\"payload\":") + 10;
    const auto& payload = json["payload"];
    all.push_back(
        {json["topic"],
         payload.is_string() ? payload.get<std::string>() : line.substr(at, line.size() - 1 - at),
         day_start() + std::chrono::milliseconds(json["arrival_offset_ms"].get<std::int64_t>())});
    ++messages[all.back().topic];
  }
  if (file != nullptr) gzclose(file);
  // The 24 vehicles sent more than a thousand messages each, the unknown one a handful.
  for (Sent& message : all)
    if (messages[message.topic] < 1000) message.flags = log::RecordView::kUnknownVehicle;
  return all;
}

/// One row of expected/vehicles.csv, by the names in its head.
using CsvRow = std::map<std::string, std::string>;

inline std::vector<CsvRow> expected_vehicles() {
  std::ifstream file(std::string(MOBILAKE_SOURCE_DIR) +
                     "/examples/data/mqtt-telemetry/expected/vehicles.csv");
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ',');)
      cells.push_back(cell.ends_with('\r') ? cell.substr(0, cell.size() - 1) : cell);
    return cells;
  };
  std::string line;
  std::getline(file, line);
  const auto head = split(line);
  std::vector<CsvRow> rows;
  while (std::getline(file, line)) {
    const auto cells = split(line);
    for (std::size_t i = 0; i < cells.size() && i < head.size(); ++i) {
      if (i == 0) rows.emplace_back();
      rows.back()[head[i]] = cells[i];
    }
  }
  return rows;
}

}  // namespace mobilake::prepare

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ingest/mqtt/mqtt_source.h"
#include "query/system_table.h"

namespace mobilake::server {

/// system.ingest: received = logged + refused + in_flight, a row per account, counted in this
/// process run. What became of the logged ones says system.conservation.
class IngestTable final : public query::SystemTable {
 public:
  /// `status` is asked for each look; it gives nothing before the door is open.
  explicit IngestTable(std::function<ingest::mqtt::MqttStatus()> status);

  const std::string& name() const override { return name_; }
  const std::vector<formats::Field>& columns() const override { return columns_; }
  Result<std::vector<Row>> rows() override;

 private:
  std::function<ingest::mqtt::MqttStatus()> status_;
  const std::string name_ = "ingest";
  std::vector<formats::Field> columns_;
};

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#include "server/inside/server_status.h"

namespace mobilake::server {
namespace {

serve::ServerStatus::LogFacts log_facts(log::Log& log) {
  serve::ServerStatus::LogFacts facts;
  facts.refusal = log.refusal();
  for (const log::SegmentInfo& segment : log.segments()) {
    facts.records += segment.record_count;
    facts.bytes += segment.size_bytes;
  }
  return facts;
}

serve::ServerStatus::MqttFacts mqtt_facts(const ingest::mqtt::MqttSource& source) {
  const auto status = source.status();
  return {status.connections, status.total.received, status.total.acknowledged,
          status.total.refused_total()};
}

}  // namespace

serve::ServerStatus server_status(ServerParts& parts) {
  serve::ServerStatus status;
  status.state = parts.draining.load() ? "draining" : "serving";
  status.started_at = parts.started_at;
  status.data_dir = parts.folder->path();
  status.endpoints = parts.endpoints;
  status.log = log_facts(*parts.log);
  if (parts.mqtt) status.mqtt = mqtt_facts(*parts.mqtt);
  for (const prepare::TableLag& lag : parts.stream_tables->lags()) {
    serve::ServerStatus::TableFacts facts;
    facts.name = lag.table;
    facts.lag = lag.time;
    const auto table = parts.catalog->committer().load(lag.table);
    if (table.ok()) facts.rows = static_cast<std::uint64_t>(table->row_count);
    status.tables.push_back(std::move(facts));
  }
  return status;
}

Result<> server_ready(ServerParts& parts) {
  if (parts.draining.load()) return unavailable("the server is stopping");
  if (const auto refusal = parts.log->refusal())
    return unavailable("the log takes no records: {}", refusal->message);
  if (const auto problem = parts.stream_tables->health())
    return unavailable("tables do not follow the log: {}", problem->message);
  return {};
}

}  // namespace mobilake::server

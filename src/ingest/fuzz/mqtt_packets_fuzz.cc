// SPDX-License-Identifier: Apache-2.0
// Reads foreign bytes as MQTT packets in both versions and from both sides, writes what was read
// and reads it again; then feeds the bytes to a signed-in connection in pieces. The first byte
// chooses the way.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "ingest/mqtt/connection.h"
#include "ingest/testkit/fake_connection_host.h"
#include "ingest/testkit/mqtt_bytes.h"

namespace {

using namespace mobilake;
using namespace mobilake::ingest::mqtt;

void read_and_write(std::string_view bytes, const ReaderRules& rules) {
  const PacketReader reader(rules);
  Packet packet;
  while (!bytes.empty()) {
    const ReadResult result = reader.read(bytes, packet);
    if (result.state == ReadResult::State::kMalformed) {
      MOBILAKE_CHECK(!result.refusal.why.empty());
      return;
    }
    if (result.state == ReadResult::State::kNeedMore) return;
    MOBILAKE_CHECK(result.size_bytes > 0 && result.size_bytes <= bytes.size());
    const auto* connect = std::get_if<Connect>(&packet);
    const ProtocolVersion version = connect ? connect->version : *rules.version;
    const std::string written = wire(packet, version);
    Packet again;
    MOBILAKE_CHECK(reader.read(written, again).state == ReadResult::State::kPacket);
    MOBILAKE_CHECK(wire(again, version) == written);
    bytes.remove_prefix(result.size_bytes);
  }
}

void converse(std::string_view bytes, ProtocolVersion version, std::size_t piece) {
  static const ConnectionRules rules{{},
                                     TopicTemplate::parse("vehicles/{vehicle}/{kind...}").value()};
  FakeConnectionHost host;
  IngestCounters counters;
  base::Instant now{std::chrono::hours(1)};
  Connection connection(rules, host, counters, now);
  Connect connect;
  connect.version = version;
  connect.client_id = "c";
  connection.receive(wire(connect, version), now);
  MOBILAKE_CHECK(!connection.is_closed());
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    connection.receive(bytes.substr(at, piece), now);
    now += std::chrono::milliseconds(5);
    connection.on_time(now);
  }
  // By index: an answer may let the connection go on and publish more.
  for (std::size_t i = 0; i < host.published.size(); ++i) {
    const std::uint64_t sequence = host.published[i].sequence;
    if (sequence != 0) connection.publish_durable(sequence, 1, now);
  }
  // Every publish is with the host or refused by name, and the end comes once.
  MOBILAKE_CHECK(counters.publishes_received.value() ==
                 counters.refused_total() + host.published.size());
  MOBILAKE_CHECK(host.close_count == (connection.is_closed() ? 1 : 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr std::uint32_t kSizeMax = 1U << 20U;
  read_and_write(bytes, {std::nullopt, Sender::kClient, kSizeMax});
  for (const ProtocolVersion version : {ProtocolVersion::kV311, ProtocolVersion::kV5}) {
    read_and_write(bytes, {version, Sender::kClient, kSizeMax});
    read_and_write(bytes, {version, Sender::kServer, kSizeMax});
    converse(bytes, version, 1U + choice);
  }
  return 0;
}

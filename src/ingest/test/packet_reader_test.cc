// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/packet_reader.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/testkit/mqtt_bytes.h"

namespace mobilake::ingest::mqtt {
namespace {

using State = ReadResult::State;

// Who reads: before CONNECT, or a signed-in client of either version, or the client's side.
enum class Reading { kFirst, kV311, kV5, kFromServerV5, kFromServerV311 };

ReaderRules rules_of(Reading reading) {
  switch (reading) {
    case Reading::kFirst:
      return {std::nullopt, Sender::kClient, 1024};
    case Reading::kV311:
      return {ProtocolVersion::kV311, Sender::kClient, 1024};
    case Reading::kV5:
      return {ProtocolVersion::kV5, Sender::kClient, 1024};
    case Reading::kFromServerV5:
      return {ProtocolVersion::kV5, Sender::kServer, 1024};
    case Reading::kFromServerV311:
      return {ProtocolVersion::kV311, Sender::kServer, 1024};
  }
  return {};
}

struct MalformedCase {
  std::string_view name;
  Reading reading;
  std::string_view hex;
  int reason;
};

// Each line breaks one rule of the standard and is well formed otherwise.
constexpr MalformedCase kMalformed[] = {
    // Fixed header, section 2.1.
    {"type 0", Reading::kV5, "00 00", 0x81},
    {"AUTH in 3.1.1", Reading::kV311, "f0 00", 0x81},
    {"length of five bytes", Reading::kV5, "30 ff ff ff ff 01", 0x81},
    {"length longer than needed", Reading::kV5, "c0 80 00", 0x81},
    {"packet above the maximum", Reading::kV5, "30 81 08", 0x95},
    {"flags of PUBACK", Reading::kV5, "41 02 00 01", 0x81},
    {"flags of PUBREL", Reading::kV5, "60 02 00 01", 0x81},
    {"flags of SUBSCRIBE", Reading::kV311, "80 06 00 01 00 01 61 00", 0x81},
    {"flags of UNSUBSCRIBE", Reading::kV311, "a0 05 00 01 00 01 61", 0x81},
    {"flags of PINGREQ", Reading::kV311, "c1 00", 0x81},
    {"flags of DISCONNECT", Reading::kV5, "e1 00", 0x81},
    {"flags of CONNECT", Reading::kFirst, "11 00", 0x81},
    {"flags of AUTH", Reading::kV5, "f2 00", 0x81},
    {"CONNACK from a client", Reading::kV5, "20 03 00 00 00", 0x82},
    {"SUBACK from a client", Reading::kV5, "90 04 00 01 00 00", 0x82},
    {"UNSUBACK from a client", Reading::kV311, "b0 02 00 01", 0x82},
    {"PINGRESP from a client", Reading::kV5, "d0 00", 0x82},
    {"CONNECT from a server", Reading::kFromServerV5, "10 00", 0x82},
    {"PINGREQ from a server", Reading::kFromServerV5, "c0 00", 0x82},
    {"SUBSCRIBE from a server", Reading::kFromServerV5, "82 00", 0x82},
    {"DISCONNECT from a 3.1.1 server", Reading::kFromServerV311, "e0 00", 0x82},
    {"trailing byte after PINGREQ", Reading::kV5, "c0 01 00", 0x81},
    {"trailing byte after DISCONNECT", Reading::kV311, "e0 01 00", 0x81},
    // CONNECT, section 3.1.
    {"PUBLISH first", Reading::kFirst, "30 05 00 01 61 00 78", 0x82},
    {"second CONNECT", Reading::kV5, "10 0d 00 04 4d515454 05 02 0000 00 0000", 0x82},
    {"protocol name", Reading::kFirst, "10 0d 00 04 4d515455 05 02 0000 00 0000", 0x84},
    {"protocol name of 3.1", Reading::kFirst, "10 0e 0006 4d5149736470 03 02 0000 0000", 0x84},
    {"protocol level 3", Reading::kFirst, "10 0c 00 04 4d515454 03 02 0000 0000", 0x84},
    {"protocol level 6", Reading::kFirst, "10 0d 00 04 4d515454 06 02 0000 00 0000", 0x84},
    {"length longer than needed in a CONNECT of 5", Reading::kFirst,
     "10 8d 00 00 04 4d515454 05 02 0000 00 0000", 0x81},
    {"reserved connect flag", Reading::kFirst, "10 0d 00 04 4d515454 05 03 0000 00 0000", 0x81},
    {"will QoS without a will", Reading::kFirst, "10 0d 0004 4d515454 05 0a 0000 00 0000", 0x81},
    {"will retain without a will", Reading::kFirst, "10 0d 0004 4d515454 05 22 0000 00 0000", 0x81},
    {"will QoS 3", Reading::kFirst, "10 13 0004 4d515454 05 1e 0000 00 0000 00 0001 61 0000", 0x81},
    {"will topic with a wildcard", Reading::kFirst,
     "10 13 0004 4d515454 05 06 0000 00 0000 00 0001 23 0000", 0x81},
    {"empty will topic", Reading::kFirst, "10 11 0004 4d515454 04 06 0000 0000 0000 00 01 78",
     0x81},
    {"password without user name in 3.1.1", Reading::kFirst,
     "10 0f 0004 4d515454 04 42 0000 0000 0001 70", 0x81},
    {"client id with U+0000", Reading::kFirst, "10 0d 0004 4d515454 04 02 0000 0001 00", 0x81},
    {"client id not UTF-8", Reading::kFirst, "10 0d 0004 4d515454 04 02 0000 0001 ff", 0x81},
    {"client id with a surrogate", Reading::kFirst, "10 0f 0004 4d515454 04 02 0000 0003 eda080",
     0x81},
    {"trailing bytes after CONNECT", Reading::kFirst, "10 0d 0004 4d515454 04 02 0000 0000 00",
     0x81},
    {"receive maximum 0", Reading::kFirst, "10 10 0004 4d515454 05 02 0000 03 210000 0000", 0x82},
    {"maximum packet size 0", Reading::kFirst, "10 12 0004 4d515454 05 02 0000 05 2700000000 0000",
     0x82},
    {"request problem information 2", Reading::kFirst,
     "10 0f 0004 4d515454 05 02 0000 02 1702 0000", 0x82},
    {"request response information 2", Reading::kFirst,
     "10 0f 0004 4d515454 05 02 0000 02 1902 0000", 0x82},
    {"authentication data without a method", Reading::kFirst,
     "10 11 0004 4d515454 05 02 0000 04 16 0001 61 0000", 0x82},
    {"session expiry twice", Reading::kFirst,
     "10 17 0004 4d515454 05 02 0000 0a 1100000001 1100000001 0000", 0x82},
    {"topic alias in CONNECT", Reading::kFirst, "10 10 0004 4d515454 05 02 0000 03 230001 0000",
     0x81},
    {"will delay outside the will", Reading::kFirst,
     "10 12 0004 4d515454 05 02 0000 05 1800000001 0000", 0x81},
    {"session expiry in the will", Reading::kFirst,
     "10 18 0004 4d515454 05 06 0000 00 0000 05 1100000001 0001 61 0000", 0x81},
    // PUBLISH, section 3.3.
    {"QoS 3", Reading::kV311, "36 05 0001 61 0001", 0x81},
    {"DUP with QoS 0", Reading::kV5, "38 04 0001 61 00", 0x81},
    {"topic with +", Reading::kV311, "30 03 0001 2b", 0x81},
    {"topic with #", Reading::kV5, "30 04 0001 23 00", 0x81},
    {"topic with U+0000", Reading::kV311, "30 03 0001 00", 0x81},
    {"topic not UTF-8", Reading::kV311, "30 04 0002 c0af", 0x81},
    {"empty topic in 3.1.1", Reading::kV311, "30 02 0000", 0x82},
    {"neither topic nor alias", Reading::kV5, "30 03 0000 00", 0x82},
    {"topic alias 0", Reading::kV5, "30 07 0001 61 03 230000", 0x94},
    {"topic alias twice", Reading::kV5, "30 0a 0001 61 06 230001 230002", 0x82},
    {"packet id 0", Reading::kV311, "32 05 0001 61 0000", 0x82},
    {"no packet id", Reading::kV311, "32 03 0001 61", 0x81},
    {"topic beyond the packet", Reading::kV311, "30 03 0002 61", 0x81},
    {"properties beyond the packet", Reading::kV5, "30 04 0001 61 05", 0x81},
    {"property length longer than needed", Reading::kV5, "30 05 0001 61 8000", 0x81},
    {"unknown property", Reading::kV5, "30 06 0001 61 02 0400", 0x81},
    {"property identifier above all", Reading::kV5, "30 06 0001 61 02 7f00", 0x81},
    {"reason string in PUBLISH", Reading::kV5, "30 08 0001 61 04 1f 0001 61", 0x81},
    {"value beyond the properties", Reading::kV5, "30 06 0001 61 02 0200", 0x81},
    {"payload format 2", Reading::kV5, "30 06 0001 61 02 0102", 0x82},
    {"response topic with a wildcard", Reading::kV5, "30 08 0001 61 04 08 0001 2b", 0x81},
    {"content type not UTF-8", Reading::kV5, "30 08 0001 61 04 03 0001 ff", 0x81},
    {"user property with U+0000", Reading::kV5, "30 0a 0001 61 06 26 0000 0001 00", 0x81},
    {"subscription identifier from a client", Reading::kV5, "30 06 0001 61 02 0b01", 0x82},
    {"subscription identifier 0", Reading::kFromServerV5, "30 06 0001 61 02 0b00", 0x82},
    // Acknowledgements, sections 3.4 to 3.7.
    {"PUBACK with packet id 0", Reading::kV5, "40 02 0000", 0x82},
    {"short PUBACK", Reading::kV5, "40 01 00", 0x81},
    {"PUBACK of 3.1.1 with a reason", Reading::kV311, "40 03 0001 00", 0x81},
    {"PUBACK with a reason of PUBREL", Reading::kV5, "40 03 0001 92", 0x82},
    {"PUBREC with a reason of SUBACK", Reading::kV5, "50 03 0001 01", 0x82},
    {"PUBREL with a reason of PUBACK", Reading::kV5, "62 03 0001 10", 0x82},
    {"PUBCOMP with an unknown reason", Reading::kV5, "70 03 0001 7f", 0x82},
    {"PUBACK with a foreign property", Reading::kV5, "40 07 0001 00 03 210001", 0x81},
    {"PUBACK with two reason strings", Reading::kV5, "40 0a 0001 00 06 1f0000 1f0000", 0x82},
    // SUBSCRIBE and UNSUBSCRIBE, sections 3.8 and 3.10.
    {"SUBSCRIBE without a filter", Reading::kV5, "82 03 0001 00", 0x82},
    {"SUBSCRIBE without a filter in 3.1.1", Reading::kV311, "82 02 0001", 0x82},
    {"SUBSCRIBE with packet id 0", Reading::kV311, "82 06 0000 0001 61 00", 0x82},
    {"SUBSCRIBE without options", Reading::kV311, "82 05 0001 0001 61", 0x81},
    {"reserved options", Reading::kV5, "82 07 0001 00 0001 61 40", 0x81},
    {"reserved options of 3.1.1", Reading::kV311, "82 06 0001 0001 61 04", 0x81},
    {"subscription QoS 3", Reading::kV5, "82 07 0001 00 0001 61 03", 0x82},
    {"subscription QoS 3 in 3.1.1", Reading::kV311, "82 06 0001 0001 61 03", 0x81},
    {"retain handling 3", Reading::kV5, "82 07 0001 00 0001 61 30", 0x82},
    {"no-local on a shared filter", Reading::kV5, "82 10 0001 00 000a 2473686172652f672f61 04",
     0x82},
    {"filter a/#/b", Reading::kV311, "82 0a 0001 0005 612f232f62 00", 0x81},
    {"empty filter", Reading::kV311, "82 05 0001 0000 00", 0x81},
    {"two subscription identifiers", Reading::kV5, "82 0b 0001 04 0b01 0b02 0001 61 00", 0x82},
    {"UNSUBSCRIBE without a filter", Reading::kV5, "a2 03 0001 00", 0x82},
    {"UNSUBSCRIBE with a broken filter", Reading::kV311, "a2 06 0001 0002 612b", 0x81},
    // DISCONNECT and AUTH, sections 3.14 and 3.15.
    {"DISCONNECT with a server's reason", Reading::kV5, "e0 01 8d", 0x82},
    {"DISCONNECT of a server with 0x04", Reading::kFromServerV5, "e0 01 04", 0x82},
    {"session expiry from a server", Reading::kFromServerV5, "e0 07 00 05 1100000001", 0x82},
    {"server reference from a client", Reading::kV5, "e0 06 00 04 1c 0001 61", 0x82},
    {"AUTH without a method", Reading::kV5, "f0 02 18 00", 0x82},
    {"AUTH with success from a client", Reading::kV5, "f0 06 00 04 15 0001 61", 0x82},
    {"AUTH without properties", Reading::kV5, "f0 01 18", 0x81},
    // What a client hears.
    {"CONNACK flags", Reading::kFromServerV5, "20 03 02 00 00", 0x81},
    {"CONNACK refusal with a session", Reading::kFromServerV5, "20 03 01 87 00", 0x82},
    {"CONNACK return code 6", Reading::kFromServerV311, "20 02 00 06", 0x82},
    {"CONNACK maximum QoS 2", Reading::kFromServerV5, "20 05 00 00 02 2402", 0x82},
    {"SUBACK without reasons", Reading::kFromServerV5, "90 03 0001 00", 0x82},
    {"SUBACK of 3.1.1 with 0x87", Reading::kFromServerV311, "90 03 0001 87", 0x82},
    {"UNSUBACK of 3.1.1 with reasons", Reading::kFromServerV311, "b0 03 0001 00", 0x81},
};

TEST(PacketReaderTest, RefusesEachMalformedPacketWithItsReason) {
  for (const MalformedCase& one : kMalformed) {
    Packet packet;
    const ReadResult result = PacketReader(rules_of(one.reading)).read(from_hex(one.hex), packet);
    EXPECT_EQ(result.state, State::kMalformed) << one.name;
    EXPECT_EQ(static_cast<int>(result.refusal.reason), one.reason)
        << one.name << ": " << result.refusal.why;
    EXPECT_FALSE(result.refusal.why.empty()) << one.name;
  }
}

struct WellFormedCase {
  std::string_view name;
  Reading reading;
  std::string_view hex;
  PacketType type;
};

// The permitted twins of the lines above.
constexpr WellFormedCase kWellFormed[] = {
    {"CONNECT 5", Reading::kFirst, "10 0d 0004 4d515454 05 02 0000 00 0000", PacketType::kConnect},
    {"CONNECT 3.1.1 with a long length", Reading::kFirst, "10 8c 00 0004 4d515454 04 02 0000 0000",
     PacketType::kConnect},
    {"password without user name in 5", Reading::kFirst,
     "10 10 0004 4d515454 05 42 0000 00 0000 0001 70", PacketType::kConnect},
    {"will", Reading::kFirst, "10 13 0004 4d515454 05 16 0000 00 0000 00 0001 61 0000",
     PacketType::kConnect},
    {"PUBLISH by alias", Reading::kV5, "30 06 0000 03 230001", PacketType::kPublish},
    {"DUP with QoS 1", Reading::kV311, "3a 05 0001 61 0001", PacketType::kPublish},
    {"user properties may repeat", Reading::kV5, "30 0e 0001 61 0a 26 0000 0000 26 0000 0000",
     PacketType::kPublish},
    {"subscription identifiers may repeat", Reading::kFromServerV5, "30 08 0001 61 04 0b01 0b02",
     PacketType::kPublish},
    {"PUBACK", Reading::kV5, "40 02 0001", PacketType::kPuback},
    {"PUBACK with a reason", Reading::kV5, "40 03 0001 10", PacketType::kPuback},
    {"PUBACK with a property length", Reading::kV5, "40 04 0001 10 00", PacketType::kPuback},
    {"PUBREL", Reading::kV5, "62 03 0001 92", PacketType::kPubrel},
    {"SUBSCRIBE", Reading::kV5, "82 07 0001 00 0001 61 2e", PacketType::kSubscribe},
    {"shared filter", Reading::kV5, "82 10 0001 00 000a 2473686172652f672f61 01",
     PacketType::kSubscribe},
    {"UNSUBSCRIBE", Reading::kV311, "a2 05 0001 0001 61", PacketType::kUnsubscribe},
    {"PINGREQ", Reading::kV311, "c0 00", PacketType::kPingreq},
    {"DISCONNECT", Reading::kV5, "e0 00", PacketType::kDisconnect},
    {"DISCONNECT with a reason", Reading::kV5, "e0 01 04", PacketType::kDisconnect},
    {"AUTH", Reading::kV5, "f0 06 18 04 15 0001 61", PacketType::kAuth},
    {"CONNACK", Reading::kFromServerV311, "20 02 00 05", PacketType::kConnack},
    {"SUBACK", Reading::kFromServerV311, "90 03 0001 80", PacketType::kSuback},
    {"UNSUBACK", Reading::kFromServerV311, "b0 02 0001", PacketType::kUnsuback},
    {"DISCONNECT by a server", Reading::kFromServerV5, "e0 01 8d", PacketType::kDisconnect},
};

TEST(PacketReaderTest, TakesNoTopicForTheKnownOneThatIsNot) {
  ReaderRules rules = rules_of(Reading::kV5);
  rules.known_topic = "a/b";
  Packet packet;
  const auto state = [&](std::string_view hex) {
    return PacketReader(rules).read(from_hex(hex), packet).state;
  };
  EXPECT_EQ(state("30 06 00 03 61 2f 62 00"), State::kPacket);
  EXPECT_EQ(state("30 06 00 03 61 2f 63 00"), State::kPacket);
  EXPECT_EQ(state("30 06 00 03 61 2f 2b 00"), State::kMalformed);
  EXPECT_EQ(state("30 05 00 02 61 23 00"), State::kMalformed);
  EXPECT_EQ(state("30 07 00 04 61 2f 62 00 00"), State::kMalformed);
  EXPECT_EQ(state("30 03 00 00 00"), State::kMalformed);
}

TEST(PacketReaderTest, ReadsThePermittedTwins) {
  for (const WellFormedCase& one : kWellFormed) {
    Packet packet;
    const std::string bytes = from_hex(one.hex);
    const ReadResult result = PacketReader(rules_of(one.reading)).read(bytes, packet);
    ASSERT_EQ(result.state, State::kPacket) << one.name << ": " << result.refusal.why;
    EXPECT_EQ(type_of(packet), one.type) << one.name;
    EXPECT_EQ(result.size_bytes, bytes.size()) << one.name;
  }
}

TEST(PacketReaderTest, WaitsForMoreAtEveryCutOfAWellFormedPacket) {
  for (const WellFormedCase& one : kWellFormed) {
    const std::string bytes = from_hex(one.hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      Packet packet;
      const ReadResult result =
          PacketReader(rules_of(one.reading)).read(std::string_view(bytes).substr(0, size), packet);
      EXPECT_EQ(result.state, State::kNeedMore) << one.name << " cut at " << size;
    }
  }
}

// Says that the packet is shorter than it is: every field that is cut off must be missed.
TEST(PacketReaderTest, NeverReadsPastTheRemainingLength) {
  for (const WellFormedCase& one : kWellFormed) {
    const std::string bytes = from_hex(one.hex);
    if ((bytes[1] & 0x80) != 0) continue;
    for (int shorter = 0; shorter < bytes[1]; ++shorter) {
      std::string cut = bytes.substr(0, 2 + static_cast<std::size_t>(shorter));
      cut[1] = static_cast<char>(shorter);
      const std::string exact(cut);
      Packet packet;
      const ReadResult result = PacketReader(rules_of(one.reading)).read(exact, packet);
      EXPECT_NE(result.state, State::kNeedMore) << one.name << " said to have " << shorter;
      if (result.state == State::kPacket) {
        EXPECT_EQ(result.size_bytes, exact.size()) << one.name;
      }
    }
  }
}

TEST(PacketReaderTest, RefusesAHugePacketFromItsHeaderAlone) {
  // 100 MB: 0x05f5e100 as a variable byte integer is 80 c2 d7 2f.
  for (const Reading reading : {Reading::kV311, Reading::kV5}) {
    Packet packet;
    const ReadResult result = PacketReader(rules_of(reading)).read(from_hex("30 80c2d72f"), packet);
    EXPECT_EQ(result.state, State::kMalformed);
    EXPECT_EQ(result.refusal.reason, ReasonCode::kPacketTooLarge);
  }
  Packet packet;
  const ReadResult connect =
      PacketReader(rules_of(Reading::kFirst)).read(from_hex("10 80c2d72f"), packet);
  EXPECT_EQ(connect.refusal.reason, ReasonCode::kPacketTooLarge);
}

TEST(PacketReaderTest, NamesTheFormOfTheAnswerToAnUnknownVersion) {
  const PacketReader reader(rules_of(Reading::kFirst));
  Packet packet;
  EXPECT_EQ(reader.read(from_hex("10 0c 0004 4d515454 03 02 0000 0000"), packet).refusal.version,
            ProtocolVersion::kV311);
  EXPECT_EQ(reader.read(from_hex("10 0d 0004 4d515454 06 02 0000 00 0000"), packet).refusal.version,
            ProtocolVersion::kV5);
  EXPECT_EQ(reader.read(from_hex("10 0d 0004 4d515455 05 02 0000 00 0000"), packet).refusal.version,
            std::nullopt);
}

TEST(PacketReaderTest, GivesViewsIntoTheBytes) {
  const std::string bytes = from_hex("32 0d 0003 612f62 0007 00 68656c6c6f");
  Packet packet;
  const ReadResult result = PacketReader(rules_of(Reading::kV5)).read(bytes, packet);
  ASSERT_EQ(result.state, State::kPacket) << result.refusal.why;
  const auto& publish = std::get<Publish>(packet);
  EXPECT_EQ(publish.topic, "a/b");
  EXPECT_EQ(publish.topic.data(), bytes.data() + 4);
  EXPECT_EQ(publish.payload, "hello");
  EXPECT_EQ(publish.payload.data(), bytes.data() + 10);
  EXPECT_EQ(publish.packet_id, 7);
  EXPECT_EQ(publish.qos, Qos::kAtLeastOnce);
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

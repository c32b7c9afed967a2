// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/packet_writer.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/mqtt/inside/property_table.h"
#include "ingest/mqtt/packet_reader.h"
#include "ingest/testkit/mqtt_bytes.h"

namespace mobilake::ingest::mqtt {
namespace {

// Makes packets that the standard allows, from a seed. Texts live as long as the maker.
class PacketMaker {
 public:
  explicit PacketMaker(unsigned seed) : random_(seed) {}

  unsigned below(unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
  }
  bool chance() { return below(2) == 0; }

  std::string_view text(std::string_view alphabet, unsigned longest) {
    std::string& made = texts_.emplace_back();
    for (unsigned left = below(longest + 1); left > 0; --left)
      made.push_back(alphabet[below(static_cast<unsigned>(alphabet.size()))]);
    return made;
  }
  std::string_view any_text() { return text("abc/+# \"", below(20) == 0 ? 300 : 12); }
  std::string_view topic() {
    std::string& made = texts_.emplace_back("t");
    made += text("ab/", 10);
    return made;
  }
  std::uint16_t packet_id() { return static_cast<std::uint16_t>(1 + below(65'535)); }

  // Sets about half of the properties that may stand at `place`.
  Properties properties(Places place, Sender sender) {
    Properties made;
    for (std::uint8_t id = 0; id <= kIdentifierMax; ++id) {
      const PropertyRow* row = property_row(id);
      if (row == nullptr || (row->places & place) == 0 || !chance()) continue;
      if (is_foreign(id, place, sender)) continue;
      set(*row, made);
    }
    if (made.authentication_data && !made.authentication_method) made.authentication_data.reset();
    return made;
  }

  Packet packet(PacketType type, ProtocolVersion version, Sender sender);

 private:
  static bool is_foreign(std::uint8_t id, Places place, Sender sender) {
    const bool client = sender == Sender::kClient;
    if (id == kSubscriptionIdentifier) return client && place == in(PacketType::kPublish);
    if (place != in(PacketType::kDisconnect)) return false;
    return (id == 0x1C && client) || (id == 0x11 && !client);
  }

  void set(const PropertyRow& row, Properties& made) {
    if (row.u8 != nullptr) made.*row.u8 = static_cast<std::uint8_t>(below(2));
    if (row.u16 != nullptr) made.*row.u16 = packet_id();
    if (row.u32 != nullptr) made.*row.u32 = 1 + below(1'000'000);
    if (row.text != nullptr)
      made.*row.text = row.identifier == kResponseTopic ? topic() : any_text();
    if (row.identifier == kUserProperty) {
      std::string& encoded = texts_.emplace_back();
      for (unsigned left = 1 + below(3); left > 0; --left)
        append_user_property(encoded, any_text(), any_text());
      made.user_properties = encoded;
    }
    if (row.identifier == kSubscriptionIdentifier) {
      std::string& encoded = texts_.emplace_back();
      append_subscription_identifier(encoded, 1 + below(kRemainingLengthMax));
      made.subscription_identifiers = encoded;
    }
  }

  Properties properties_of(PacketType type, ProtocolVersion version, Sender sender) {
    return version == ProtocolVersion::kV5 ? properties(in(type), sender) : Properties{};
  }

  Connect connect(ProtocolVersion version);
  Publish publish(ProtocolVersion version, Sender sender);
  Subscribe subscribe(ProtocolVersion version);

  std::mt19937 random_;
  std::deque<std::string> texts_;  // elements stay where they are
};

Connect PacketMaker::connect(ProtocolVersion version) {
  Connect made;
  made.version = version;
  made.clean_start = chance();
  made.keep_alive_seconds = packet_id();
  made.client_id = any_text();
  if (chance()) {
    Will& will = made.will.emplace();
    will.qos = static_cast<Qos>(below(3));
    will.retain = chance();
    will.topic = topic();
    will.payload = any_text();
    if (version == ProtocolVersion::kV5) will.properties = properties(kInWill, Sender::kClient);
  }
  if (chance()) made.user_name = any_text();
  if (made.user_name && chance()) made.password = any_text();
  made.properties = properties_of(PacketType::kConnect, version, Sender::kClient);
  return made;
}

Publish PacketMaker::publish(ProtocolVersion version, Sender sender) {
  Publish made;
  made.qos = static_cast<Qos>(below(3));
  made.retain = chance();
  if (made.qos != Qos::kAtMostOnce) {
    made.duplicate = chance();
    made.packet_id = packet_id();
  }
  made.properties = properties_of(PacketType::kPublish, version, sender);
  if (!made.properties.topic_alias || chance()) made.topic = topic();
  made.payload = any_text();
  return made;
}

Subscribe PacketMaker::subscribe(ProtocolVersion version) {
  Subscribe made;
  made.packet_id = packet_id();
  made.properties = properties_of(PacketType::kSubscribe, version, Sender::kClient);
  for (unsigned left = 1 + below(4); left > 0; --left) {
    Subscription& one = made.subscriptions.emplace_back();
    one.filter = chance() ? topic() : std::string_view("a/+/#");
    one.qos = static_cast<Qos>(below(3));
    if (version == ProtocolVersion::kV311) continue;
    one.no_local = chance();
    one.retain_as_published = chance();
    one.retain_handling = static_cast<std::uint8_t>(below(3));
  }
  return made;
}

Packet PacketMaker::packet(PacketType type, ProtocolVersion version, Sender sender) {
  const bool v5 = version == ProtocolVersion::kV5;
  const Properties common =
      type == PacketType::kConnect ? Properties{} : properties_of(type, version, sender);
  const auto acknowledgement = [&](ReasonCode refusal) {
    return Acknowledgement{packet_id(), v5 && chance() ? refusal : ReasonCode::kSuccess, common};
  };
  switch (type) {
    case PacketType::kConnect:
      return connect(version);
    case PacketType::kConnack:
      return Connack{chance(), 0, common};
    case PacketType::kPublish:
      return publish(version, sender);
    case PacketType::kPuback:
      return Puback{acknowledgement(ReasonCode::kNotAuthorized)};
    case PacketType::kPubrec:
      return Pubrec{acknowledgement(ReasonCode::kQuotaExceeded)};
    case PacketType::kPubrel:
      return Pubrel{acknowledgement(ReasonCode::kPacketIdentifierNotFound)};
    case PacketType::kPubcomp:
      return Pubcomp{acknowledgement(ReasonCode::kPacketIdentifierNotFound)};
    case PacketType::kSubscribe:
      return subscribe(version);
    case PacketType::kSuback:
      return Suback{packet_id(), {ReasonCode::kGrantedQos1, ReasonCode::kUnspecifiedError}, common};
    case PacketType::kUnsubscribe:
      return Unsubscribe{packet_id(), {topic(), topic()}, common};
    case PacketType::kUnsuback:
      return Unsuback{
          packet_id(),
          v5 ? std::vector{ReasonCode::kNoSubscriptionExisted} : std::vector<ReasonCode>{}, common};
    case PacketType::kPingreq:
      return Pingreq{};
    case PacketType::kPingresp:
      return Pingresp{};
    case PacketType::kDisconnect:
      return Disconnect{v5 && chance() ? ReasonCode::kPacketTooLarge : ReasonCode::kSuccess,
                        common};
    case PacketType::kAuth: {
      Auth made{ReasonCode::kContinueAuthentication, common};
      if (!made.properties.authentication_method) made.properties.authentication_method = "x";
      return made;
    }
  }
  return Pingreq{};
}

bool is_from_client_only(PacketType type) {
  return type == PacketType::kConnect || type == PacketType::kSubscribe ||
         type == PacketType::kUnsubscribe || type == PacketType::kPingreq;
}

bool is_from_server_only(PacketType type) {
  return type == PacketType::kConnack || type == PacketType::kSuback ||
         type == PacketType::kUnsuback || type == PacketType::kPingresp;
}

bool may_exist(PacketType type, ProtocolVersion version, Sender sender) {
  const bool client = sender == Sender::kClient;
  if (client ? is_from_server_only(type) : is_from_client_only(type)) return false;
  if (version == ProtocolVersion::kV5) return true;
  return type != PacketType::kAuth && (client || type != PacketType::kDisconnect);
}

ReaderRules rules_for(PacketType type, ProtocolVersion version, Sender sender) {
  if (type == PacketType::kConnect) return {std::nullopt, sender, kRemainingLengthMax};
  return {version, sender, kRemainingLengthMax};
}

// Checks that a packet written, read and written again is the same bytes and that none is left out:
// the sizes of two encodings agree only if every field came through.
void expect_round_trip(PacketMaker& maker, PacketType type, ProtocolVersion version,
                       Sender sender) {
  const Packet made = maker.packet(type, version, sender);
  const std::string bytes = wire(made, version);
  Packet read;
  const ReadResult result = PacketReader(rules_for(type, version, sender)).read(bytes, read);
  ASSERT_EQ(result.state, ReadResult::State::kPacket)
      << packet_name(type) << " " << to_hex(bytes) << ": " << result.refusal.why;
  EXPECT_EQ(result.size_bytes, bytes.size());
  EXPECT_EQ(type_of(read), type);
  EXPECT_EQ(to_hex(wire(read, version)), to_hex(bytes)) << packet_name(type);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Packet cut;
    EXPECT_EQ(PacketReader(rules_for(type, version, sender))
                  .read(std::string_view(bytes).substr(0, size), cut)
                  .state,
              ReadResult::State::kNeedMore)
        << packet_name(type) << " cut at " << size;
  }
}

TEST(PacketWriterTest, ReaderGivesBackWhatWasWritten) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    PacketMaker maker(seed);
    for (unsigned type = 1; type <= 15; ++type)
      for (const ProtocolVersion version : {ProtocolVersion::kV311, ProtocolVersion::kV5})
        for (const Sender sender : {Sender::kClient, Sender::kServer})
          if (may_exist(static_cast<PacketType>(type), version, sender))
            expect_round_trip(maker, static_cast<PacketType>(type), version, sender);
  }
}

TEST(PacketWriterTest, WritesTheBytesOfTheSpecification) {
  Publish publish;
  publish.qos = Qos::kAtLeastOnce;
  publish.packet_id = 10;
  publish.topic = "a/b";
  EXPECT_EQ(to_hex(wire(publish, ProtocolVersion::kV311)), "32070003612f62000a");
  EXPECT_EQ(to_hex(wire(publish, ProtocolVersion::kV5)), "32080003612f62000a00");
  EXPECT_EQ(to_hex(wire(Puback{{7, ReasonCode::kSuccess, {}}}, ProtocolVersion::kV5)), "40020007");
  EXPECT_EQ(to_hex(wire(Puback{{7, ReasonCode::kNotAuthorized, {}}}, ProtocolVersion::kV5)),
            "4003000787");
  EXPECT_EQ(to_hex(wire(Puback{{7, ReasonCode::kNotAuthorized, {}}}, ProtocolVersion::kV311)),
            "40020007");
  EXPECT_EQ(to_hex(wire(Disconnect{}, ProtocolVersion::kV5)), "e000");
  EXPECT_EQ(to_hex(wire(Pingresp{}, ProtocolVersion::kV311)), "d000");
  EXPECT_EQ(to_hex(wire(Connack{false, 5, {}}, ProtocolVersion::kV311)), "20020005");
}

// The reader and the values of properties, independent of the writer.
TEST(PacketWriterTest, KeepsTheValuesOfProperties) {
  std::string users;
  append_user_property(users, "k", "v");
  append_user_property(users, "k", "w");
  Disconnect disconnect;
  disconnect.reason = ReasonCode::kQuotaExceeded;
  disconnect.properties.reason_string = "full";
  disconnect.properties.user_properties = users;
  const std::string bytes = wire(disconnect, ProtocolVersion::kV5);
  EXPECT_EQ(to_hex(bytes), "e01797151f000466756c6c2600016b0001762600016b000177");
  Packet packet;
  const ReaderRules rules{ProtocolVersion::kV5, Sender::kServer, 100};
  ASSERT_EQ(PacketReader(rules).read(bytes, packet).state, ReadResult::State::kPacket);
  const Properties& properties = std::get<Disconnect>(packet).properties;
  EXPECT_EQ(properties.reason_string, "full");
  UserPropertyCursor cursor(properties.user_properties);
  UserProperty property;
  ASSERT_TRUE(cursor.next(property));
  EXPECT_EQ(property, (UserProperty{"k", "v"}));
  ASSERT_TRUE(cursor.next(property));
  EXPECT_EQ(property, (UserProperty{"k", "w"}));
  EXPECT_FALSE(cursor.next(property));
}

TEST(PacketWriterTest, DropsTheReasonStringFirstThenUserPropertiesThenThePacket) {
  std::string users;
  append_user_property(users, "name", "value");
  Puback puback{{7, ReasonCode::kNotAuthorized, {}}};
  puback.properties.reason_string = "because";
  puback.properties.user_properties = users;
  const auto written = [&](std::uint32_t size_max) {
    std::string bytes;
    const bool fits = PacketWriter(ProtocolVersion::kV5, size_max).write(puback, bytes);
    EXPECT_EQ(fits, !bytes.empty());
    EXPECT_LE(bytes.size(), size_max);
    return bytes;
  };
  // 2 bytes of header, 4 of packet id, reason and length; 10 of reason string; 14 of the property.
  EXPECT_EQ(written(30).size(), 30u);
  EXPECT_EQ(written(29).size(), 20u);
  EXPECT_NE(written(29).find("value"), std::string::npos);
  EXPECT_EQ(written(19), from_hex("40 03 0007 87"));
  EXPECT_EQ(written(5), from_hex("40 03 0007 87"));
  EXPECT_EQ(written(4), "");
}

TEST(PacketWriterTest, NeverCutsAPublish) {
  std::string users;
  append_user_property(users, "name", "value");
  Publish publish;
  publish.topic = "a";
  publish.properties.user_properties = users;
  const std::string whole = wire(publish, ProtocolVersion::kV5);
  std::string bytes;
  const auto size = static_cast<std::uint32_t>(whole.size());
  EXPECT_TRUE(PacketWriter(ProtocolVersion::kV5, size).write(publish, bytes));
  EXPECT_EQ(bytes, whole);
  bytes.clear();
  EXPECT_FALSE(PacketWriter(ProtocolVersion::kV5, size - 1).write(publish, bytes));
  EXPECT_EQ(bytes, "");
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

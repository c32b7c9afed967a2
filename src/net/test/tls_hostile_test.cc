// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <random>
#include <set>

#include "net/test/tls_pair.h"

namespace mobilake::net {
namespace {

constexpr std::size_t kWhole = std::size_t{1} << 20;
constexpr std::size_t kHeaderBytes = 5;  // of a record: type, version, length (RFC 8446 5.1)

/// The first messages of a handshake, cut or changed on their way.
class TlsHostileTest : public TlsFixture {
 protected:
  // Brings a fresh pair to where flight `number` is on its way: 0 and 2 from the client, 1 from the
  // server. Returns that flight.
  std::string bring_to(TlsPair& pair, int number) {
    pair = begin(server_, client_);
    std::string flight = pair.client.session->take_output();
    if (number == 0) return flight;
    pair.server.take(flight, kWhole);
    flight = pair.server.session->take_output();
    if (number == 1) return flight;
    pair.client.take(flight, kWhole);
    return pair.client.session->take_output();
  }

  static TlsEnd& receiver(TlsPair& pair, int number) {
    return number == 1 ? pair.client : pair.server;
  }

  void serve(TlsVersion version) {
    server_ = open(only(mutual_config(ClientCertificate::kRequired), version));
    client_ = open(client_config(vehicle_));
  }

  // A record's version is a fossil: the peer that gets another one may take it.
  static std::set<std::size_t> version_places(const std::string& flight) {
    std::set<std::size_t> places;
    for (std::size_t at = 0; at + kHeaderBytes <= flight.size();) {
      places.insert({at + 1, at + 2});
      at += kHeaderBytes + (static_cast<unsigned char>(flight[at + 3]) << 8U) +
            static_cast<unsigned char>(flight[at + 4]);
    }
    return places;
  }

  IssuedCertificate vehicle_ = authority_.issue({.common_name = "vehicle"});
  Context server_;
  Context client_;
};

TEST_F(TlsHostileTest, AHandshakeThatIsCutAnywhereIsRefused) {
  for (const TlsVersion version : kVersions) {
    serve(version);
    for (int number = 0; number < 3; ++number) {
      TlsPair pair;
      const std::size_t size = bring_to(pair, number).size();
      ASSERT_GT(size, 100u);
      // Signatures differ in length by a few bytes from one handshake to the next.
      for (std::size_t kept = 0; kept + 8 < size; ++kept) {
        const std::string flight = bring_to(pair, number);
        TlsEnd& end = receiver(pair, number);
        end.take(std::string_view(flight).substr(0, kept), kWhole);
        ASSERT_TRUE(end.outcome.ok()) << end.outcome.error().message;
        if (end.is_open()) continue;  // what was cut off was no more of the handshake
        ASSERT_EQ(end.session->receive_end().error().code, Code::kUnavailable) << kept;
        ASSERT_EQ(end.got, "");
      }
      const std::string whole = bring_to(pair, number);
      receiver(pair, number).take(whole, kWhole);
      pair.exchange();
      ASSERT_TRUE(pair.is_open());
    }
  }
}

TEST_F(TlsHostileTest, AHandshakeThatIsChangedAnywhereIsRefused) {
  std::mt19937 random(11);
  for (const TlsVersion version : kVersions) {
    serve(version);
    for (int number = 0; number < 3; ++number) {
      TlsPair pair;
      const std::size_t size = bring_to(pair, number).size();
      for (std::size_t at = 0; at < size; ++at) {
        std::string flight = bring_to(pair, number);
        if (at >= flight.size() || version_places(flight).contains(at)) continue;
        flight[at] = static_cast<char>(flight[at] ^ static_cast<char>(1 + random() % 255));
        receiver(pair, number).take(flight, kWhole);
        pair.exchange();
        ASSERT_FALSE(pair.is_open()) << "flight " << number << " byte " << at;
        const bool refused =
            !pair.server.session->receive_end().ok() || !pair.client.session->receive_end().ok();
        ASSERT_TRUE(refused);
        ASSERT_EQ(pair.server.got + pair.client.got, "");
      }
    }
  }
}

TEST_F(TlsHostileTest, DataThatIsCutOrChangedAnywhereIsNotHandedOn) {
  for (const TlsVersion version : kVersions) {
    serve(version);
    TlsPair pair = connect(server_, client_);
    ASSERT_TRUE(pair.client.session->send("forty-two").ok());
    const std::size_t size = pair.client.session->take_output().size();
    for (std::size_t at = 0; at < size; ++at) {
      pair = connect(server_, client_);
      ASSERT_TRUE(pair.client.session->send("forty-two").ok());
      std::string record = pair.client.session->take_output();
      TlsEnd& end = pair.server;
      end.take(std::string_view(record).substr(0, at), kWhole);
      ASSERT_EQ(end.got, "");
      record[at] = static_cast<char>(record[at] ^ 1);
      end.take(std::string_view(record).substr(at), kWhole);
      ASSERT_EQ(end.got, "") << at;
      ASSERT_FALSE(end.outcome.ok() && end.session->receive_end().ok()) << at;
    }
    pair = connect(server_, client_);
    ASSERT_TRUE(pair.client.session->send("forty-two").ok());
    pair.exchange();
    ASSERT_EQ(pair.server.got, "forty-two");
  }
}

TEST_F(TlsHostileTest, RecordsDoNotCountTwiceNorInAnotherOrder) {
  for (const TlsVersion version : kVersions) {
    serve(version);
    TlsPair pair = connect(server_, client_);
    ASSERT_TRUE(pair.client.session->send("one").ok());
    const std::string one = pair.client.session->take_output();
    pair.server.take(one + one, kWhole);
    EXPECT_EQ(pair.server.got, "one");
    EXPECT_EQ(pair.server.outcome.error().code, Code::kInvalid);
    EXPECT_THAT(pair.server.outcome.error().message, testing::HasSubstr("bad_record_mac"));

    pair = connect(server_, client_);
    ASSERT_TRUE(pair.client.session->send("one").ok());
    const std::string first = pair.client.session->take_output();
    ASSERT_TRUE(pair.client.session->send("two").ok());
    pair.server.take(pair.client.session->take_output() + first, kWhole);
    EXPECT_EQ(pair.server.got, "");
    EXPECT_FALSE(pair.server.outcome.ok());
  }
}

TEST_F(TlsHostileTest, GarbageIsRefusedAndTheNextConnectionServed) {
  std::mt19937 random(13);
  serve(TlsVersion::kTls13);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(1 + random() % 600, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random());
    // Every other one begins as a handshake's record does, to get further.
    if (round % 2 == 0 && bytes.size() > 6)
      bytes.replace(0, 6, std::string("\x16\x03\x01\x00\x50\x01", 6));
    TlsEnd end{*server_->open_session("")};
    end.take(bytes, 1 + random() % 64);
    ASSERT_FALSE(end.is_open());
    ASSERT_FALSE(end.session->receive_end().ok());
    ASSERT_EQ(end.got, "");
  }
  EXPECT_TRUE(connect(server_, client_).is_open());
}

}  // namespace
}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <random>

#include "net/test/openssl_peer.h"
#include "net/test/tls_pair.h"

namespace mobilake::net {
namespace {

using std::chrono::sys_days;
using std::chrono::year;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

class TlsSessionTest : public TlsFixture {
 protected:
  // Requires: `end` was refused.
  static void expect_refused(const TlsEnd& end, Code code, const std::string& says) {
    ASSERT_FALSE(end.outcome.ok());
    EXPECT_EQ(end.outcome.error().code, code) << end.outcome.error().message;
    EXPECT_THAT(end.outcome.error().message, HasSubstr(says));
    EXPECT_EQ(end.session->phase(), TlsPhase::kFailed);
  }

  IssuedCertificate vehicle() const {
    return authority_.issue(
        {.common_name = "vehicle 7",
         .alternative_names = {"URI:spiffe://account/vehicle/7", "DNS:seven.example"}});
  }
};

TEST_F(TlsSessionTest, CarriesDataBothWaysInPiecesOfEverySize) {
  const std::string up(700, 'u'), down(900, 'd');
  for (const TlsVersion version : kVersions) {
    const Context server = open(only(server_config(), version));
    const Context client = open(client_config());
    const std::size_t longest = begin(server, client).exchange();
    ASSERT_GT(longest, 500u);
    for (std::size_t piece = 1; piece <= longest; ++piece) {
      TlsPair pair = begin(server, client);
      pair.exchange(piece);
      ASSERT_TRUE(pair.is_open()) << piece;
      ASSERT_TRUE(pair.client.session->send(up).ok());
      ASSERT_TRUE(pair.server.session->send(down).ok());
      pair.exchange(piece);
      ASSERT_EQ(pair.server.got, up) << piece;
      ASSERT_EQ(pair.client.got, down) << piece;
      ASSERT_EQ(pair.server.session->facts().version, version);
      ASSERT_EQ(pair.client.session->facts().version, version);
    }
  }
}

TEST_F(TlsSessionTest, CarriesAMebibyteInRandomPieces) {
  std::mt19937 random(7);
  for (const TlsVersion version : kVersions) {
    TlsPair pair = connect(open(only(server_config(), version)), open(client_config()));
    ASSERT_TRUE(pair.is_open());
    const std::string sent = random_bytes(random, 1 << 20);
    std::string_view left = sent;
    while (!left.empty()) {
      const std::string_view piece = left.substr(0, 1 + random() % 40'000);
      ASSERT_TRUE(pair.client.session->send(piece).ok());
      left.remove_prefix(piece.size());
      pair.exchange(1 + random() % 20'000);
    }
    EXPECT_EQ(pair.server.got, sent);
  }
}

TEST_F(TlsSessionTest, RefusesAnOlderVersionAndTakesTheNext) {
  const Context server = open(server_config());
  TlsEnd refused{*server->open_session("")};
  OpenSslPeer old(TLS1_1_VERSION);
  old.shake_hands();
  refused.take(old.take_output(), 1 << 20);
  expect_refused(refused, Code::kUnsupported, "protocol_version");
  EXPECT_THAT(refused.session->take_output(), testing::EndsWith("\x02\x46"));  // fatal, 70

  TlsEnd taken{*server->open_session("")};
  OpenSslPeer newer(TLS1_2_VERSION);
  EXPECT_TRUE(newer.connect(taken));
}

TEST_F(TlsSessionTest, HoldsThePeerToTheLeastVersionOfItsTerms) {
  TlsServerConfig strict = server_config();
  strict.terms.version_min = TlsVersion::kTls13;
  const Context server = open(strict);
  TlsPair refused = connect(server, open(only(client_config(), TlsVersion::kTls12)));
  expect_refused(refused.server, Code::kUnsupported, "protocol_version");
  expect_refused(refused.client, Code::kUnsupported, "the peer refused TLS: protocol_version");
  EXPECT_TRUE(connect(server, open(client_config())).is_open());
}

TEST_F(TlsSessionTest, RefusesAServerForAnotherHost) {
  const Context server = open(server_config());
  const Context client = open(client_config());
  for (const char* host : {"example.org", "127.0.0.2", "localhost.example", "server", "::1"}) {
    TlsPair pair = connect(server, client, host);
    expect_refused(pair.client, Code::kUnauthenticated, "mismatch");
    EXPECT_FALSE(pair.server.outcome.ok()) << host;
  }
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1"})
    EXPECT_TRUE(connect(server, client, host).is_open()) << host;
}

TEST_F(TlsSessionTest, RefusesAServerOfAnAuthorityThatItDoesNotKnow) {
  const TestAuthority other("authority");  // the name alone does not help
  const Context server = open(server_config());
  TlsClientConfig config;
  config.authorities = {{.text = other.certificate()}};
  TlsPair pair = connect(server, open(config));
  EXPECT_EQ(pair.client.outcome.error().code, Code::kUnauthenticated);
  EXPECT_EQ(pair.server.outcome.error().code, pair.client.outcome.error().code)
      << pair.server.outcome.error().message;
  config.authorities.push_back({.text = authority_.certificate()});
  EXPECT_TRUE(connect(server, open(config)).is_open());
}

TEST_F(TlsSessionTest, TellsWhoTheServerIs) {
  const TlsPair pair = connect(open(server_config()), open(client_config()));
  ASSERT_TRUE(pair.is_open());
  EXPECT_EQ(pair.client.session->facts().peer->common_name, "server");
  EXPECT_THAT(pair.client.session->facts().peer->dns_names, ElementsAre("localhost"));
  EXPECT_EQ(pair.server.session->facts().peer, std::nullopt);
}

TEST_F(TlsSessionTest, LetsInOnlyTheClientsThatItsAuthoritySigned) {
  const TestAuthority foreign("authority");
  const IssuedCertificate own = vehicle();
  for (const TlsVersion version : kVersions) {
    const Context server = open(only(mutual_config(ClientCertificate::kRequired), version));
    const TlsPair nobody = connect(server, open(client_config()));
    expect_refused(nobody.server, Code::kUnauthenticated, "did not return a certificate");
    EXPECT_FALSE(nobody.client.outcome.ok());
    const TlsPair stranger =
        connect(server, open(client_config(foreign.issue({.common_name = "vehicle 7"}))));
    EXPECT_EQ(stranger.server.outcome.error().code, Code::kUnauthenticated);
    EXPECT_FALSE(stranger.client.outcome.ok());

    const TlsPair known = connect(server, open(client_config(own)));
    ASSERT_TRUE(known.is_open()) << known.server.outcome.error().message;
    const PeerCertificate& peer = *known.server.session->facts().peer;
    EXPECT_EQ(peer.common_name, "vehicle 7");
    EXPECT_THAT(peer.uri_names, ElementsAre("spiffe://account/vehicle/7"));
    EXPECT_THAT(peer.dns_names, ElementsAre("seven.example"));
    EXPECT_EQ(peer.not_after, Timestamp(sys_days(year(2060) / 1 / 1)));
    EXPECT_EQ(peer.fingerprint.size(), 64u);
  }
}

TEST_F(TlsSessionTest, TakesClientsWithoutCertificateWhereOneIsOnlyWanted) {
  const TestAuthority foreign("foreign");
  const Context server = open(mutual_config(ClientCertificate::kWanted));
  const TlsPair nobody = connect(server, open(client_config()));
  ASSERT_TRUE(nobody.is_open());
  EXPECT_EQ(nobody.server.session->facts().peer, std::nullopt);
  const TlsPair known = connect(server, open(client_config(vehicle())));
  ASSERT_TRUE(known.is_open());
  EXPECT_EQ(known.server.session->facts().peer->common_name, "vehicle 7");
  const TlsPair stranger =
      connect(server, open(client_config(foreign.issue({.common_name = "vehicle 7"}))));
  EXPECT_EQ(stranger.server.outcome.error().code, Code::kUnauthenticated);
}

TEST_F(TlsSessionTest, JudgesCertificatesByTheTimeItIs) {
  const auto brief_wish = [](std::string name) {
    return CertificateWish{.common_name = std::move(name),
                           .alternative_names = {"DNS:localhost"},
                           .not_before = sys_days(year(2026) / 1 / 1),
                           .not_after = sys_days(year(2026) / 2 / 1)};
  };
  clock_.step_to(sys_days(year(2026) / 1 / 15));
  const Context mutual = open(mutual_config(ClientCertificate::kRequired));
  const Context vehicle = open(client_config(authority_.issue(brief_wish("vehicle"))));
  server_certificate_ = authority_.issue(brief_wish("server"));
  const Context server = open(server_config());
  const Context client = open(client_config());
  EXPECT_TRUE(connect(server, client).is_open());
  EXPECT_TRUE(connect(mutual, vehicle).is_open());
  for (const auto when : {year(2026) / 2 / 2, year(2025) / 12 / 31}) {
    clock_.step_to(sys_days(when));
    const std::string says =
        when == year(2026) / 2 / 2 ? "certificate has expired" : "not yet valid";
    expect_refused(connect(server, client).client, Code::kUnauthenticated, says);
    expect_refused(connect(mutual, vehicle).server, Code::kUnauthenticated, says);
  }
}

TEST_F(TlsSessionTest, RefusesACertificateForAnotherUse) {
  const Context server = open(mutual_config(ClientCertificate::kRequired));
  const auto client = [&](std::string usage) {
    return open(client_config(authority_.issue({.common_name = "v", .usage = std::move(usage)})));
  };
  expect_refused(connect(server, client("serverAuth")).server, Code::kUnauthenticated, "purpose");
  EXPECT_TRUE(connect(server, client("clientAuth")).is_open());
}

TEST_F(TlsSessionTest, RefusesNamesThatAreNotPlain) {
  const Context server = open(mutual_config(ClientCertificate::kRequired));
  const auto client = [&](std::string common_name, std::string alternative_name) {
    return open(client_config(authority_.issue(
        {.common_name = std::move(common_name), .alternative_names = {alternative_name}})));
  };
  for (const char* name : {"URI:spiffe://a b", "DNS:a b", "URI:spiffe://\x01"})
    expect_refused(connect(server, client("v", name)).server, Code::kUnauthenticated,
                   "application verification failure");
  EXPECT_FALSE(connect(server, client("vehicle\n7", "DNS:a")).server.outcome.ok());
  EXPECT_TRUE(connect(server, client("Fahrzeug \xc3\xbc 7", "DNS:a")).is_open());
}

TEST_F(TlsSessionTest, AgreesOnAProtocolAndRequiresNone) {
  TlsServerConfig config = server_config();
  config.terms.application_protocols = {"mqtt", "http/1.1"};
  const Context server = open(config);
  const auto agreed = [&](const Context& with, std::vector<std::string> offered) {
    TlsClientConfig client = client_config();
    client.terms.application_protocols = std::move(offered);
    const TlsPair pair = connect(with, open(client));
    EXPECT_TRUE(pair.is_open());
    if (!pair.is_open()) return std::string("refused");
    EXPECT_EQ(pair.server.session->facts().application_protocol,
              pair.client.session->facts().application_protocol);
    return pair.server.session->facts().application_protocol;
  };
  EXPECT_EQ(agreed(server, {"mqtt"}), "mqtt");
  EXPECT_EQ(agreed(server, {"h2", "http/1.1"}), "http/1.1");
  EXPECT_EQ(agreed(server, {"http/1.1", "mqtt"}), "mqtt");  // the server prefers
  EXPECT_EQ(agreed(server, {"x-amzn-mqtt-ca"}), "");
  EXPECT_EQ(agreed(server, {}), "");
  EXPECT_EQ(agreed(open(server_config()), {"mqtt"}), "");
}

TEST_F(TlsSessionTest, RefusesAHandshakeWithoutEnd) {
  TlsClientConfig wordy = client_config();
  for (char c = 'a'; c <= 'h'; ++c)
    wordy.terms.application_protocols.push_back(std::string(200, c));
  TlsServerConfig config = server_config();
  EXPECT_TRUE(connect(open(config), open(wordy)).is_open());
  config.terms.handshake_bytes_max = 1024;
  const Context server = open(config);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
    TlsPair pair = begin(server, open(wordy));
    pair.exchange(piece);
    expect_refused(pair.server, Code::kExhausted, "more than 1024 bytes");
  }
  // What comes after the handshake has no such limit.
  TlsPair pair = connect(server, open(client_config()));
  ASSERT_TRUE(pair.is_open());
  ASSERT_TRUE(pair.client.session->send(std::string(5000, 'x')).ok());
  pair.exchange();
  EXPECT_EQ(pair.server.got.size(), 5000u);
}

TEST_F(TlsSessionTest, RefusesToNegotiateAnew) {
  const Context server = open(server_config());
  TlsEnd end{*server->open_session("")};
  OpenSslPeer peer(TLS1_2_VERSION);
  ASSERT_TRUE(peer.connect(end));
  ASSERT_TRUE(end.session->send("before").ok());
  EXPECT_EQ(peer.read(end.session->take_output()), "before");
  ASSERT_TRUE(peer.ask_anew());
  end.take(peer.take_output(), 1 << 20);
  EXPECT_FALSE(peer.goes_on(end.session->take_output()));
}

TEST_F(TlsSessionTest, ResumesNoSession) {
  const Context server = open(server_config());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    OpenSslPeer first(version);
    TlsEnd end{*server->open_session("")};
    ASSERT_TRUE(first.connect(end));
    EXPECT_FALSE(first.can_resume());
    OpenSslPeer second(version, &first);
    TlsEnd again{*server->open_session("")};
    ASSERT_TRUE(second.connect(again));
    EXPECT_FALSE(second.was_resumed());
  }
}

TEST_F(TlsSessionTest, TellsAnEndFromACut) {
  const Context server = open(server_config());
  const Context client = open(client_config());
  TlsPair pair = connect(server, client);
  ASSERT_TRUE(pair.client.session->send("last words").ok());
  pair.client.session->close();
  EXPECT_EQ(pair.client.session->send("more").error().code, Code::kUnavailable);
  pair.exchange();
  EXPECT_EQ(pair.server.got, "last words");
  EXPECT_EQ(pair.server.session->phase(), TlsPhase::kPeerClosed);
  EXPECT_TRUE(pair.server.session->receive_end().ok());
  ASSERT_TRUE(pair.server.session->send("answer").ok());
  pair.exchange();
  EXPECT_EQ(pair.client.got, "answer");

  TlsPair cut = connect(server, client);
  EXPECT_EQ(cut.server.session->receive_end().error().message,
            "the connection ended without close_notify");
  EXPECT_EQ(cut.server.session->phase(), TlsPhase::kFailed);
}

TEST_F(TlsSessionTest, SendsNothingBeforeTheHandshakeIsDone) {
  const Context server = open(server_config());
  TlsPair pair = begin(server, open(client_config()));
  EXPECT_EQ(pair.client.session->send("early").error().code, Code::kUnavailable);
  EXPECT_EQ(pair.server.session->send("early").error().code, Code::kUnavailable);
  pair.server.session->close();
  EXPECT_EQ(pair.server.session->take_output(), "");
  pair.exchange();
  ASSERT_TRUE(pair.is_open());
  EXPECT_TRUE(pair.client.session->send("now").ok());
}

TEST_F(TlsSessionTest, AnswersItsFirstErrorAgain) {
  const Context server = open(server_config());
  TlsEnd end{*server->open_session("")};
  end.take("GET / HTTP/1.1\r\nhost: a\r\n\r\n", 1 << 20);
  expect_refused(end, Code::kInvalid, "http request");
  EXPECT_EQ(end.session->receive("x", end.got).error().message, end.outcome.error().message);
  EXPECT_EQ(end.session->send("x").error().message, end.outcome.error().message);
  EXPECT_EQ(end.session->receive_end().error().message, end.outcome.error().message);
  end.session->take_output();
  EXPECT_EQ(end.session->take_output(), "");
}

}  // namespace
}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/testkit/simulated_clock.h"
#include "net/testkit/test_authority.h"
#include "net/tls_context.h"

namespace mobilake::net {

/// One side of a connection in a test: its session, what came, and how it went.
struct TlsEnd {
  std::unique_ptr<TlsSession> session;
  std::string got{};
  Result<> outcome{};

  bool is_open() const { return session->phase() == TlsPhase::kOpen; }

  /// Hands `bytes` over in pieces until an error.
  void take(std::string_view bytes, std::size_t piece) {
    while (!bytes.empty() && outcome.ok()) {
      outcome = session->receive(bytes.substr(0, piece), got);
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
};

/// Both sides of one connection, without a network in between.
struct TlsPair {
  TlsEnd server;
  TlsEnd client;

  /// Carries bytes both ways until neither side says more; returns the longest flight.
  std::size_t exchange(std::size_t piece = 1 << 20) {
    std::size_t longest = 0;
    for (;;) {
      const std::string from_client = client.session->take_output();
      server.take(from_client, piece);
      const std::string from_server = server.session->take_output();
      client.take(from_server, piece);
      longest = std::max({longest, from_client.size(), from_server.size()});
      if (from_client.empty() && from_server.empty()) return longest;
    }
  }

  bool is_open() const { return server.is_open() && client.is_open(); }
};

/// What tests of TLS begin with: an authority and a server that it signed.
class TlsFixture : public testing::Test {
 protected:
  using Context = std::shared_ptr<const TlsContext>;

  TlsServerConfig server_config() const {
    TlsServerConfig config;
    config.certificate_chain.text = server_certificate_.certificate;
    config.private_key.text = server_certificate_.private_key;
    return config;
  }

  TlsServerConfig mutual_config(ClientCertificate asked) const {
    TlsServerConfig config = server_config();
    config.client_certificate = asked;
    config.client_authorities = {{.text = authority_.certificate()}};
    return config;
  }

  TlsClientConfig client_config() const {
    TlsClientConfig config;
    config.authorities = {{.text = authority_.certificate()}};
    return config;
  }

  TlsClientConfig client_config(const IssuedCertificate& own) const {
    TlsClientConfig config = client_config();
    config.certificate_chain.text = own.certificate;
    config.private_key.text = own.private_key;
    return config;
  }

  Context open(const TlsServerConfig& config) {
    auto context = TlsContext::open_server(config, base::system_disk(), clock_);
    EXPECT_TRUE(context.ok()) << context.error().message;
    return *std::move(context);
  }

  Context open(const TlsClientConfig& config) {
    auto context = TlsContext::open_client(config, base::system_disk(), clock_);
    EXPECT_TRUE(context.ok()) << context.error().message;
    return *std::move(context);
  }

  static TlsPair begin(const Context& server, const Context& client,
                       std::string_view host = "localhost") {
    return {{*server->open_session("")}, {*client->open_session(host)}};
  }

  /// Returns a pair after its handshake, whatever came of it.
  static TlsPair connect(const Context& server, const Context& client,
                         std::string_view host = "localhost") {
    TlsPair pair = begin(server, client, host);
    pair.exchange();
    return pair;
  }

  template <typename Config>
  static Config only(Config config, TlsVersion version) {
    config.terms.version_min = config.terms.version_max = version;
    return config;
  }

  static constexpr TlsVersion kVersions[] = {TlsVersion::kTls12, TlsVersion::kTls13};

  base::SimulatedClock clock_;
  TestAuthority authority_{"authority"};
  IssuedCertificate server_certificate_ = authority_.issue(
      {.common_name = "server", .alternative_names = {"DNS:localhost", "IP:127.0.0.1"}});
};

}  // namespace mobilake::net

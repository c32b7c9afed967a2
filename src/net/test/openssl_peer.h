// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/test/tls_pair.h"

namespace mobilake::net {

/// A client straight on OpenSSL that does what ours never does: speak old versions, resume, ask for
/// another handshake. It trusts everybody.
class OpenSslPeer {
 public:
  /// Speaks `version` alone, and offers to resume `earlier`'s session where one is given.
  explicit OpenSslPeer(int version, const OpenSslPeer* earlier = nullptr)
      : settings_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(settings_.get(), 0);
    SSL_CTX_set_min_proto_version(settings_.get(), version);
    SSL_CTX_set_max_proto_version(settings_.get(), version);
    connection_ = {SSL_new(settings_.get()), SSL_free};
    SSL_set_bio(connection_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(connection_.get()), -1);
    if (earlier != nullptr)
      SSL_set_session(connection_.get(), SSL_get0_session(earlier->connection_.get()));
    SSL_set_connect_state(connection_.get());
  }

  bool shake_hands() { return SSL_do_handshake(connection_.get()) == 1; }

  /// Shakes hands with `server`; returns whether both are done.
  bool connect(TlsEnd& server) {
    bool done = shake_hands();
    for (int turn = 0; turn < 4 && server.outcome.ok(); ++turn) {
      server.take(take_output(), 1 << 20);
      give(server.session->take_output());
      done = shake_hands();
    }
    read({});  // takes the tickets in that a server may send behind its handshake
    return done && server.is_open();
  }

  std::string take_output() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(connection_.get())), '\0');
    BIO_read(SSL_get_wbio(connection_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  std::string read(std::string_view ciphertext) {
    give(ciphertext);
    std::string text(1 << 14, '\0');
    const int got = SSL_read(connection_.get(), text.data(), static_cast<int>(text.size()));
    return text.substr(0, static_cast<std::size_t>(std::max(got, 0)));
  }

  /// Asks for another handshake; returns whether OpenSSL lets us.
  bool ask_anew() {
    const bool asked = SSL_renegotiate(connection_.get()) == 1;
    SSL_do_handshake(connection_.get());
    return asked;
  }

  /// Returns whether the handshake that was begun may go on after `ciphertext`.
  bool goes_on(std::string_view ciphertext) {
    give(ciphertext);
    const int returned = SSL_do_handshake(connection_.get());
    return returned == 1 || SSL_get_error(connection_.get(), returned) == SSL_ERROR_WANT_READ;
  }

  bool can_resume() const {
    return SSL_SESSION_is_resumable(SSL_get0_session(connection_.get())) == 1;
  }
  bool was_resumed() const { return SSL_session_reused(connection_.get()) == 1; }

 private:
  void give(std::string_view bytes) {
    if (!bytes.empty())
      BIO_write(SSL_get_rbio(connection_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> settings_;
  std::unique_ptr<SSL, void (*)(SSL*)> connection_{nullptr, SSL_free};
};

}  // namespace mobilake::net

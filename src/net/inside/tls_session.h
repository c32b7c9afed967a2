// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "net/inside/tls_handles.h"
#include "net/tls_context.h"

namespace mobilake::net {

/// What a context hands to the session of one connection.
struct SessionTerms {
  bool is_server = true;
  std::string host{};  ///< whom a client wants to reach
  Timestamp now{};     ///< what certificates are judged by
  std::size_t handshake_bytes_max = 0;
};

/// Opens a session; a client's output then holds its first message.
/// The session keeps `context` alive, which owns `settings`. Fails with: invalid (the host).
Result<std::unique_ptr<TlsSession>> open_tls_session(std::shared_ptr<const TlsContext> context,
                                                     SSL_CTX* settings, SessionTerms terms);

/// Takes part in judging the peer's certificate: refuses one whose names are not plain.
int judge_certificate(int holds, X509_STORE_CTX* judgement);

}  // namespace mobilake::net

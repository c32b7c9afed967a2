// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/result.h"

namespace mobilake::net {

/// The versions that are spoken; SSL and TLS 1.0 and 1.1 are not (RFC 8996).
enum class TlsVersion : std::uint8_t { kTls12, kTls13 };

/// Returns "1.2" or "1.3".
std::string_view tls_version_name(TlsVersion version);
/// Reads "1.2" or "1.3". Fails with: unsupported (an older version), invalid.
Result<TlsVersion> parse_tls_version(std::string_view text);

/// PEM texts: a file's path, or the text itself.
struct PemSource {
  std::string path{};
  std::string text{};

  bool is_given() const { return !path.empty() || !text.empty(); }
};

/// What either side of a connection settles.
struct TlsTerms {
  TlsVersion version_min = TlsVersion::kTls12;
  TlsVersion version_max = TlsVersion::kTls13;
  /// ALPN (RFC 7301), preferred first, each 1 to 255 bytes. Taken where the peer offers one of
  /// them, never required: a peer without ALPN or with others connects all the same.
  std::vector<std::string> application_protocols{};
  /// What the peer may send until the handshake is done; 1 KiB to 1 MiB.
  std::size_t handshake_bytes_max = 64 * 1024;
};

/// Whether a server asks for the client's certificate (mutual TLS). One that is shown and does not
/// hold is refused in either case.
enum class ClientCertificate : std::uint8_t { kNone, kWanted, kRequired };

struct TlsServerConfig {
  PemSource certificate_chain{};  ///< the server's own first, then those above it
  PemSource private_key{};  ///< without passphrase; a file that only its owner and group may read
  ClientCertificate client_certificate = ClientCertificate::kNone;
  std::vector<PemSource> client_authorities{};  ///< who may sign clients; several while one rotates
  TlsTerms terms{};
};

struct TlsClientConfig {
  std::vector<PemSource> authorities{};  ///< who may sign servers; none given: the machine's list
  PemSource certificate_chain{};         ///< shown to a server that asks; may be left out
  PemSource private_key{};
  TlsTerms terms{};
};

/// What a verified certificate says of the peer. Names are plain: no control characters in any.
struct PeerCertificate {
  std::string common_name{};             ///< empty where there is none, or more than one
  std::vector<std::string> uri_names{};  ///< subject alternative names, RFC 5280 section 4.2.1.6
  std::vector<std::string> dns_names{};
  std::string fingerprint{};  ///< SHA-256 of the DER form, 64 hexadecimal digits
  Timestamp not_after{};
};

/// What a finished handshake settled.
struct TlsFacts {
  TlsVersion version = TlsVersion::kTls13;
  std::string cipher{};                   ///< "TLS_AES_256_GCM_SHA384"
  std::string application_protocol{};     ///< empty where none was agreed on
  std::optional<PeerCertificate> peer{};  ///< none where the peer showed no certificate
};

enum class TlsPhase : std::uint8_t {
  kHandshaking,
  kOpen,
  kPeerClosed,  ///< the peer said that it sends nothing more; sending is still possible
  kFailed,      ///< refused; what take_output() still gives holds the alert for the peer
};

/// One TLS connection between a socket's bytes and plain ones. Does no I/O of its own.
///
/// The owner hands what the socket gave to receive(), and writes to the socket whatever
/// take_output() returns after each call. It keeps nothing but the last incomplete record (at most
/// 17 KiB) and what take_output() was not asked for. The owner limits the time: a handshake that
/// stands still is not seen here. After an error every call answers that error.
/// Opened by TlsContext. Thread safety: one thread at a time; it may move between threads.
class TlsSession {
 public:
  virtual ~TlsSession() = default;

  /// Takes bytes of the socket, all of them, and appends what they say to `plaintext`.
  /// Fails with: unauthenticated (the peer's certificate is missing or does not hold), unsupported
  /// (no version or cipher in common), exhausted (a handshake without end), invalid (not TLS, or
  /// forged), or by the alert that the peer sent. Messages name the alert as RFC 8446 section 6.
  virtual Result<> receive(std::string_view ciphertext, std::string& plaintext) = 0;

  /// Takes note that the socket gives nothing more.
  /// Fails with: unavailable (midway, or without close_notify: what came may be cut short).
  virtual Result<> receive_end() = 0;

  /// Encrypts `plaintext` into the output.
  /// Fails with: unavailable (the handshake is not done, or close() was called).
  virtual Result<> send(std::string_view plaintext) = 0;

  /// Says that nothing more is sent (close_notify); receive() goes on. Before the handshake is done
  /// there is nothing to say.
  virtual void close() = 0;

  /// Returns what is to be written to the socket, each byte once.
  virtual std::string take_output() = 0;

  virtual TlsPhase phase() const = 0;
  /// Requires: the handshake was done, at some time.
  virtual const TlsFacts& facts() const = 0;
};

/// What all TLS connections of a door, or to a service, share: certificate, key, authorities,
/// terms.
///
/// A context never changes. A reload opens another one from the files and puts it in the place of
/// the old; sessions that run keep theirs, which is why contexts are shared.
/// No session is ever resumed, by ticket or by id: a key that opens tickets would undo forward
/// secrecy, and a resumed client is not asked for its certificate again, expired or not. There is
/// no renegotiation, no compression and no early data; TLS 1.2 is spoken with ECDHE and AEAD alone.
/// Thread safety: any thread.
class TlsContext {
 public:
  /// Reads and checks everything now. Messages name the file, what is wrong and what to do.
  /// Fails with: not_found (a file), denied (a file that may not be read, or a key that others may
  /// read), invalid (not PEM, a key that does not belong to the certificate, a certificate that has
  /// expired or is not valid yet, settings that contradict each other), exhausted (a file above
  /// 1 MiB).
  static Result<std::shared_ptr<const TlsContext>> open_server(const TlsServerConfig& config,
                                                               Disk& disk, const Clock& clock);
  /// As open_server(), for the side that connects.
  static Result<std::shared_ptr<const TlsContext>> open_client(const TlsClientConfig& config,
                                                               Disk& disk, const Clock& clock);
  virtual ~TlsContext() = default;

  /// Opens the session of one connection; certificates are judged by the time it is now.
  /// `host`: at a client, the name or numeric address that the server's certificate must be for;
  /// at a server, empty. Fails with: invalid (the host).
  virtual Result<std::unique_ptr<TlsSession>> open_session(std::string_view host) const = 0;
};

}  // namespace mobilake::net

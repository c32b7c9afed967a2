// SPDX-License-Identifier: Apache-2.0
#include "net/inside/tls_session.h"

#include <arpa/inet.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "net/inside/tls_certificates.h"
#include "net/inside/tls_error.h"

namespace mobilake::net {
namespace {

// A record's plain bytes are at most so many (RFC 8446 section 5.1).
constexpr std::size_t kRecordBytes = 16 * 1024;
constexpr int kFatal = 2;
constexpr std::size_t kHostBytesMax = 253;

// Where OpenSSL reads and writes: the bytes at hand, and no buffer of its own for what comes in.
struct Wire {
  std::string_view input;
  std::string output;
  bool in_handshake = true;
  std::size_t handshake_bytes_left = 0;
  bool handshake_too_long = false;
};

int read_wire(BIO* bio, char* buffer, std::size_t size, std::size_t* got) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire.input.empty()) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *got = wire.input.copy(buffer, size);
  if (wire.in_handshake) {
    wire.handshake_too_long = *got > wire.handshake_bytes_left;
    if (wire.handshake_too_long) return 0;
    wire.handshake_bytes_left -= *got;
  }
  wire.input.remove_prefix(*got);
  return 1;
}

int write_wire(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  wire.output.append(bytes, size);
  *written = size;
  return 1;
}

long control_wire(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// One table of functions per process, as OpenSSL has for each of its own kinds.
const BIO_METHOD* wire_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    MOBILAKE_CHECK(made != nullptr);
    BIO_meth_set_read_ex(made, read_wire);
    BIO_meth_set_write_ex(made, write_wire);
    BIO_meth_set_ctrl(made, control_wire);
    return made;
  }();
  return method;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

class OpenSslSession final : public TlsSession {
 public:
  explicit OpenSslSession(std::shared_ptr<const TlsContext> context)
      : context_(std::move(context)) {}

  Result<> start(SSL_CTX* settings, const SessionTerms& terms);

  Result<> receive(std::string_view ciphertext, std::string& plaintext) override;
  Result<> receive_end() override;
  Result<> send(std::string_view plaintext) override;
  void close() override;
  std::string take_output() override { return std::exchange(wire_.output, {}); }
  TlsPhase phase() const override { return phase_; }
  const TlsFacts& facts() const override {
    MOBILAKE_CHECK(facts_.has_value());
    return *facts_;
  }

 private:
  struct Alert {
    int number = -1;
    bool is_ours = false;
  };

  static void note_alert(const SSL* connection, int where, int value);
  Result<> name_peer(const std::string& host);
  Result<> shake_hands();
  Result<> note_facts();
  Result<> read_records(std::string& plaintext);
  Error failed(Error error);
  Error failure();
  Error certificate_failure(const std::string& reason) const;

  // Sessions outlive the context's place in a door when it is replaced.
  std::shared_ptr<const TlsContext> context_;
  Wire wire_;
  ConnectionHandle connection_;
  TlsPhase phase_ = TlsPhase::kHandshaking;
  bool closed_ = false;
  std::size_t handshake_bytes_max_ = 0;
  Alert alert_;
  std::optional<TlsFacts> facts_;
  std::optional<Error> error_;
};

Result<> OpenSslSession::start(SSL_CTX* settings, const SessionTerms& terms) {
  ERR_clear_error();
  connection_.reset(SSL_new(settings));
  BIO* const bio = BIO_new(wire_method());
  if (connection_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return exhausted("no memory for a TLS session: {}", take_openssl_reason());
  }
  BIO_set_data(bio, &wire_);
  BIO_set_init(bio, 1);
  SSL_set_bio(connection_.get(), bio, bio);
  SSL_set_app_data(connection_.get(), this);
  SSL_set_info_callback(connection_.get(), &OpenSslSession::note_alert);
  handshake_bytes_max_ = wire_.handshake_bytes_left = terms.handshake_bytes_max;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(terms.now);
  X509_VERIFY_PARAM_set_time(SSL_get0_param(connection_.get()),
                             static_cast<std::time_t>(seconds.time_since_epoch().count()));
  if (terms.is_server) {
    if (!terms.host.empty()) return invalid("a server's TLS session takes no host");
    SSL_set_accept_state(connection_.get());
    return {};
  }
  MOBILAKE_TRY(name_peer(terms.host));
  SSL_set_connect_state(connection_.get());
  return shake_hands();
}

// Sets whom the server's certificate must be for, and tells the server whom we look for (SNI).
Result<> OpenSslSession::name_peer(const std::string& host) {
  const bool plain =
      std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 127; });
  if (host.empty() || host.size() > kHostBytesMax || !plain)
    return invalid("a TLS client needs the server's host name or address, this is \"{}\"", host);
  X509_VERIFY_PARAM* const judgement = SSL_get0_param(connection_.get());
  X509_VERIFY_PARAM_set_hostflags(judgement, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool set = is_address(host)
                       ? X509_VERIFY_PARAM_set1_ip_asc(judgement, host.c_str()) == 1
                       : X509_VERIFY_PARAM_set1_host(judgement, host.data(), host.size()) == 1 &&
                             SSL_set_tlsext_host_name(connection_.get(), host.c_str()) == 1;
  if (!set) return invalid("\"{}\" is no host: {}", host, take_openssl_reason());
  return {};
}

Result<> OpenSslSession::receive(std::string_view ciphertext, std::string& plaintext) {
  if (error_.has_value()) return *error_;
  if (phase_ == TlsPhase::kPeerClosed) return {};  // what follows close_notify is nobody's
  wire_.input = ciphertext;
  Result<> done;
  if (phase_ == TlsPhase::kHandshaking) done = shake_hands();
  if (done.ok() && phase_ == TlsPhase::kOpen) done = read_records(plaintext);
  wire_.input = {};
  return done;
}

Result<> OpenSslSession::shake_hands() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(connection_.get());
  if (returned == 1) return note_facts();
  const int kind = SSL_get_error(connection_.get(), returned);
  if (kind == SSL_ERROR_WANT_READ) return {};
  if (kind == SSL_ERROR_ZERO_RETURN)
    return failed(unavailable("the peer closed in the middle of the TLS handshake"));
  return failure();
}

Result<> OpenSslSession::note_facts() {
  wire_.in_handshake = false;
  TlsFacts facts;
  facts.version =
      SSL_version(connection_.get()) == TLS1_2_VERSION ? TlsVersion::kTls12 : TlsVersion::kTls13;
  facts.cipher = SSL_get_cipher_name(connection_.get());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(connection_.get(), &chosen, &size);
  if (size > 0) facts.application_protocol.assign(reinterpret_cast<const char*>(chosen), size);
  // It is there only where it was asked for, and then the handshake has judged it.
  if (const X509* const peer = SSL_get0_peer_certificate(connection_.get())) {
    Result<PeerCertificate> read = read_certificate(*peer);
    if (!read.ok()) return failed(std::move(read).error());
    facts.peer = *std::move(read);
  }
  facts_ = std::move(facts);
  phase_ = TlsPhase::kOpen;
  return {};
}

Result<> OpenSslSession::read_records(std::string& plaintext) {
  std::array<char, kRecordBytes> record;
  for (;;) {
    ERR_clear_error();
    std::size_t got = 0;
    const int returned = SSL_read_ex(connection_.get(), record.data(), record.size(), &got);
    if (returned == 1) {
      plaintext.append(record.data(), got);
      continue;
    }
    const int kind = SSL_get_error(connection_.get(), returned);
    if (kind == SSL_ERROR_WANT_READ) return {};
    if (kind != SSL_ERROR_ZERO_RETURN) return failure();
    phase_ = TlsPhase::kPeerClosed;
    return {};
  }
}

Result<> OpenSslSession::receive_end() {
  if (error_.has_value()) return *error_;
  if (phase_ == TlsPhase::kPeerClosed) return {};
  return failed(phase_ == TlsPhase::kHandshaking
                    ? unavailable("the connection ended in the middle of the TLS handshake")
                    : unavailable("the connection ended without close_notify"));
}

Result<> OpenSslSession::send(std::string_view plaintext) {
  if (error_.has_value()) return *error_;
  if (phase_ == TlsPhase::kHandshaking) return unavailable("the TLS handshake is not done");
  if (closed_) return unavailable("this side of the TLS connection is closed");
  if (plaintext.empty()) return {};
  ERR_clear_error();
  std::size_t written = 0;
  const int returned =
      SSL_write_ex(connection_.get(), plaintext.data(), plaintext.size(), &written);
  if (returned != 1) return failure();
  MOBILAKE_CHECK(written == plaintext.size());
  return {};
}

void OpenSslSession::close() {
  if (closed_ || error_.has_value() || phase_ == TlsPhase::kHandshaking) return;
  closed_ = true;
  ERR_clear_error();
  SSL_shutdown(connection_.get());
  ERR_clear_error();
}

void OpenSslSession::note_alert(const SSL* connection, int where, int value) {
  if ((where & SSL_CB_ALERT) == 0 || value >> 8 != kFatal) return;
  auto* const session = static_cast<OpenSslSession*>(SSL_get_app_data(connection));
  session->alert_ = {value & 0xff, (where & SSL_CB_WRITE) != 0};
}

Error OpenSslSession::failed(Error error) {
  phase_ = TlsPhase::kFailed;
  error_ = error;
  return error;
}

// Never says who the peer is: names of persons and vehicles stand in certificates.
Error OpenSslSession::failure() {
  const unsigned long first = ERR_peek_error();
  const bool shows_none = ERR_GET_LIB(first) == ERR_LIB_SSL &&
                          ERR_GET_REASON(first) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
  const std::string reason = take_openssl_reason();
  if (wire_.handshake_too_long)
    return failed(exhausted("a TLS handshake of more than {} bytes", handshake_bytes_max_));
  if (alert_.number < 0) return failed(invalid("what came is no TLS: {}", reason));
  if (!alert_.is_ours)
    return failed({code_of_alert(alert_.number),
                   fmt::format("the peer refused TLS: {}", alert_name(alert_.number))});
  if (shows_none || SSL_get_verify_result(connection_.get()) != X509_V_OK)
    return failed(certificate_failure(reason));
  return failed({code_of_alert(alert_.number),
                 fmt::format("TLS refused: {}: {}", alert_name(alert_.number), reason)});
}

Error OpenSslSession::certificate_failure(const std::string& reason) const {
  const long verdict = SSL_get_verify_result(connection_.get());
  return unauthenticated(
      "the peer's certificate is refused: {}: {}", alert_name(alert_.number),
      verdict == X509_V_OK ? reason.c_str() : X509_verify_cert_error_string(verdict));
}

}  // namespace

Result<std::unique_ptr<TlsSession>> open_tls_session(std::shared_ptr<const TlsContext> context,
                                                     SSL_CTX* settings, SessionTerms terms) {
  auto session = std::make_unique<OpenSslSession>(std::move(context));
  MOBILAKE_TRY(session->start(settings, terms));
  return std::unique_ptr<TlsSession>(std::move(session));
}

int judge_certificate(int holds, X509_STORE_CTX* judgement) {
  if (holds != 1 || X509_STORE_CTX_get_error_depth(judgement) != 0) return holds;
  if (read_certificate(*X509_STORE_CTX_get_current_cert(judgement)).ok()) return 1;
  X509_STORE_CTX_set_error(judgement, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace mobilake::net

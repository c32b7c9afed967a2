// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.h"

#include <openssl/err.h>

#include "base/check.h"
#include "net/inside/tls_certificates.h"
#include "net/inside/tls_error.h"
#include "net/inside/tls_session.h"

namespace mobilake::net {
namespace {

constexpr std::size_t kHandshakeBytesLeast = 1024;
constexpr std::size_t kHandshakeBytesMost = 1024 * 1024;
constexpr std::size_t kProtocolBytesMax = 255;
// Forward secrecy and authenticated encryption; TLS 1.3 has no others.
constexpr const char* kCiphersOf12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
// Keys of 112 bits of security and more, no SHA-1 signatures.
constexpr int kSecurityLevel = 2;

class OpenSslContext final : public TlsContext,
                             public std::enable_shared_from_this<OpenSslContext> {
 public:
  OpenSslContext(const TlsTerms& terms, bool is_server, const Clock& clock)
      : terms_(terms), is_server_(is_server), clock_(clock) {}

  Result<> start();
  Result<> show(const PemSource& chain, const PemSource& key, Disk& disk);
  Result<> trust(const std::vector<PemSource>& authorities, Disk& disk);
  Result<> trust_machine();
  void ask_peer(int mode) { SSL_CTX_set_verify(settings_.get(), mode, judge_certificate); }

  Result<std::unique_ptr<TlsSession>> open_session(std::string_view host) const override {
    return open_tls_session(
        shared_from_this(), settings_.get(),
        {is_server_, std::string(host), clock_.now(), terms_.handshake_bytes_max});
  }

 private:
  Result<> check_terms() const;
  Result<> settle_protocols();
  static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                             const unsigned char* offered, unsigned offered_size, void* context);

  const TlsTerms terms_;
  const bool is_server_;
  const Clock& clock_;
  std::string protocols_;  // each behind a byte with its length, as ALPN has them
  SettingsHandle settings_;
};

int number_of(TlsVersion version) {
  return version == TlsVersion::kTls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

Result<> OpenSslContext::check_terms() const {
  if (terms_.version_min > terms_.version_max)
    return invalid("TLS versions from {} to {}: the least is above the greatest",
                   tls_version_name(terms_.version_min), tls_version_name(terms_.version_max));
  if (terms_.handshake_bytes_max < kHandshakeBytesLeast ||
      terms_.handshake_bytes_max > kHandshakeBytesMost)
    return invalid("a TLS handshake may have {} to {} bytes, not {}", kHandshakeBytesLeast,
                   kHandshakeBytesMost, terms_.handshake_bytes_max);
  for (const std::string& name : terms_.application_protocols)
    if (name.empty() || name.size() > kProtocolBytesMax)
      return invalid("an ALPN protocol has 1 to 255 bytes, not {}", name.size());
  return {};
}

Result<> OpenSslContext::start() {
  MOBILAKE_TRY(check_terms());
  ERR_clear_error();
  settings_.reset(SSL_CTX_new(is_server_ ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* const settings = settings_.get();
  if (settings == nullptr) return exhausted("no TLS context: {}", take_openssl_reason());
  SSL_CTX_set_security_level(settings, kSecurityLevel);
  SSL_CTX_set_options(settings, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(settings, 0);
  // The chain that is sent is the one that was given, not one made up from clients' authorities.
  SSL_CTX_set_mode(settings,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_max_cert_list(settings, static_cast<long>(terms_.handshake_bytes_max));
  const bool set = SSL_CTX_set_min_proto_version(settings, number_of(terms_.version_min)) == 1 &&
                   SSL_CTX_set_max_proto_version(settings, number_of(terms_.version_max)) == 1 &&
                   SSL_CTX_set_cipher_list(settings, kCiphersOf12) == 1 &&
                   SSL_CTX_set1_groups_list(settings, kGroups) == 1;
  if (!set) return internal("OpenSSL lacks what TLS needs here: {}", take_openssl_reason());
  // An authority that the configuration names is trusted itself, whether or not it is a root.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(settings), X509_V_FLAG_PARTIAL_CHAIN);
  return settle_protocols();
}

Result<> OpenSslContext::settle_protocols() {
  for (const std::string& name : terms_.application_protocols) {
    protocols_.push_back(static_cast<char>(name.size()));
    protocols_ += name;
  }
  if (protocols_.empty()) return {};
  if (is_server_) {
    SSL_CTX_set_alpn_select_cb(settings_.get(), &OpenSslContext::choose_protocol, this);
    return {};
  }
  const auto* const list = reinterpret_cast<const unsigned char*>(protocols_.data());
  // Alone among its kin it returns 0 for success.
  if (SSL_CTX_set_alpn_protos(settings_.get(), list, static_cast<unsigned>(protocols_.size())) != 0)
    return exhausted("no memory for {} ALPN protocols", terms_.application_protocols.size());
  return {};
}

// Sessions keep their context alive, so `context` is there whenever this is called.
int OpenSslContext::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                                    const unsigned char* offered, unsigned offered_size,
                                    void* context) {
  const std::string& ours = static_cast<const OpenSslContext*>(context)->protocols_;
  const auto* const list = reinterpret_cast<const unsigned char*>(ours.data());
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(
      &found, chosen_size, list, static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Result<> OpenSslContext::show(const PemSource& chain, const PemSource& key, Disk& disk) {
  MOBILAKE_ASSIGN(const OwnCertificate own, load_own_certificate(chain, key, disk, clock_.now()));
  ERR_clear_error();
  bool used = SSL_CTX_use_certificate(settings_.get(), own.chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(settings_.get(), own.key.get()) == 1;
  for (std::size_t i = 1; used && i < own.chain.size(); ++i)
    used = SSL_CTX_add1_chain_cert(settings_.get(), own.chain[i].get()) == 1;
  if (used) return {};
  return invalid(
      "{}: the certificate cannot be used ({}); take a key of ECDSA P-256 or RSA 2048 "
      "and SHA-256",
      chain.path.empty() ? "the text of the certificate chain" : chain.path, take_openssl_reason());
}

Result<> OpenSslContext::trust(const std::vector<PemSource>& authorities, Disk& disk) {
  MOBILAKE_ASSIGN(const auto certificates, load_authorities(authorities, disk));
  ERR_clear_error();
  for (const CertificateHandle& one : certificates) {
    const bool added =
        X509_STORE_add_cert(SSL_CTX_get_cert_store(settings_.get()), one.get()) == 1 &&
        // Which names the server tells a client that looks for a certificate to show.
        (!is_server_ || SSL_CTX_add_client_CA(settings_.get(), one.get()) == 1);
    if (!added) return invalid("an authority cannot be used: {}", take_openssl_reason());
  }
  return {};
}

Result<> OpenSslContext::trust_machine() {
  ERR_clear_error();
  if (SSL_CTX_set_default_verify_paths(settings_.get()) == 1) return {};
  return unavailable("the machine's list of authorities: {}", take_openssl_reason());
}

Result<> check_clients(const TlsServerConfig& config) {
  const bool asks = config.client_certificate != ClientCertificate::kNone;
  if (asks && config.client_authorities.empty())
    return invalid("client certificates are asked for and no authority is named that signs them");
  if (!asks && !config.client_authorities.empty())
    return invalid(
        "authorities of clients are named and no certificate is asked for; say whether "
        "one is wanted or required");
  return {};
}

int mode_of(ClientCertificate asked) {
  switch (asked) {
    case ClientCertificate::kNone:
      return SSL_VERIFY_NONE;
    case ClientCertificate::kWanted:
      return SSL_VERIFY_PEER;
    case ClientCertificate::kRequired:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

}  // namespace

std::string_view tls_version_name(TlsVersion version) {
  return version == TlsVersion::kTls12 ? "1.2" : "1.3";
}

Result<TlsVersion> parse_tls_version(std::string_view text) {
  if (text == "1.2") return TlsVersion::kTls12;
  if (text == "1.3") return TlsVersion::kTls13;
  if (text == "1.0" || text == "1.1")
    return unsupported("TLS {} is broken and not offered (RFC 8996); choose 1.2 or 1.3", text);
  return invalid("a TLS version is 1.2 or 1.3, this is \"{}\"", text);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::open_server(const TlsServerConfig& config,
                                                                  Disk& disk, const Clock& clock) {
  MOBILAKE_TRY(check_clients(config));
  const auto context = std::make_shared<OpenSslContext>(config.terms, true, clock);
  MOBILAKE_TRY(context->start());
  MOBILAKE_TRY(context->show(config.certificate_chain, config.private_key, disk));
  MOBILAKE_TRY(context->trust(config.client_authorities, disk));
  context->ask_peer(mode_of(config.client_certificate));
  return std::shared_ptr<const TlsContext>(context);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::open_client(const TlsClientConfig& config,
                                                                  Disk& disk, const Clock& clock) {
  const auto context = std::make_shared<OpenSslContext>(config.terms, false, clock);
  MOBILAKE_TRY(context->start());
  if (config.certificate_chain.is_given() || config.private_key.is_given())
    MOBILAKE_TRY(context->show(config.certificate_chain, config.private_key, disk));
  MOBILAKE_TRY(config.authorities.empty() ? context->trust_machine()
                                          : context->trust(config.authorities, disk));
  context->ask_peer(SSL_VERIFY_PEER);
  return std::shared_ptr<const TlsContext>(context);
}

}  // namespace mobilake::net

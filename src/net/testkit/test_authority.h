// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

namespace mobilake::net {

/// What a certificate for a test shall say.
struct CertificateWish {
  std::string common_name{};
  std::vector<std::string>
      alternative_names{};  ///< "DNS:localhost", "IP:127.0.0.1", "URI:spiffe://.."
  /// Wide enough for simulated clocks and the machine's.
  Timestamp not_before = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
  Timestamp not_after = std::chrono::sys_days(std::chrono::year(2060) / 1 / 1);
  std::string usage = "serverAuth,clientAuth";  ///< extended key usage, as OpenSSL writes it
};

/// A certificate and its key, as PEM texts.
struct IssuedCertificate {
  std::string certificate;
  std::string private_key;
};

/// An authority that signs certificates for tests, with a key of its own (ECDSA P-256).
/// Two of the same name are two authorities. Thread safety: one thread at a time.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  ~TestAuthority();

  /// Returns the authority's own certificate, to be trusted.
  const std::string& certificate() const { return certificate_; }
  IssuedCertificate issue(const CertificateWish& wish) const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
  std::string certificate_;
};

/// Returns a private key that no certificate belongs to.
std::string make_private_key();

/// Returns `private_key` under a passphrase.
std::string lock_private_key(const std::string& private_key, const std::string& passphrase);

}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "net/inside/tls_handles.h"
#include "net/tls_context.h"

namespace mobilake::net {

/// A certificate with those above it, and the key that proves it. Each was checked.
struct OwnCertificate {
  std::vector<CertificateHandle> chain;
  KeyHandle key;
};

/// Reads one's own certificate. Fails with: see TlsContext::open_server().
Result<OwnCertificate> load_own_certificate(const PemSource& chain, const PemSource& key,
                                            Disk& disk, Timestamp now);

/// Reads the certificates of authorities, of which there is at least one in each source.
Result<std::vector<CertificateHandle>> load_authorities(const std::vector<PemSource>& sources,
                                                        Disk& disk);

/// Returns what a certificate says of its owner.
/// Fails with: invalid (a name that would read otherwise than it is, as by a NUL within).
Result<PeerCertificate> read_certificate(const X509& certificate);

}  // namespace mobilake::net

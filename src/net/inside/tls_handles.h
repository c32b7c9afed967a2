// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace mobilake::net {

/// Frees what OpenSSL made with the function that it has for that.
template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* made) const {
    kFree(made);
  }
};

using BioHandle = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using CertificateHandle = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using GeneralNamesHandle = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;
using SettingsHandle = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;
using ConnectionHandle = std::unique_ptr<SSL, FreedBy<SSL_free>>;

}  // namespace mobilake::net

// SPDX-License-Identifier: Apache-2.0
#include "net/testkit/test_authority.h"

#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "net/inside/tls_handles.h"

namespace mobilake::net {
namespace {

KeyHandle make_key() {
  KeyHandle key(EVP_EC_gen("P-256"));
  MOBILAKE_CHECK(key != nullptr);
  return key;
}

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  MOBILAKE_CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  MOBILAKE_CHECK(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

KeyHandle key_of(const std::string& pem) {
  const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  MOBILAKE_CHECK(key != nullptr);
  return key;
}

void set_time(ASN1_TIME* time, Timestamp value) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(value);
  MOBILAKE_CHECK(ASN1_TIME_set(time, seconds.time_since_epoch().count()) != nullptr);
}

void set_subject(X509* certificate, const std::string& common_name) {
  if (common_name.empty()) return;
  MOBILAKE_CHECK(
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  MOBILAKE_CHECK(extension != nullptr);
  MOBILAKE_CHECK(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// A certificate of version 3 with a random serial number, not signed yet.
CertificateHandle begin_certificate(EVP_PKEY* key, const CertificateWish& wish) {
  CertificateHandle made(X509_new());
  MOBILAKE_CHECK(X509_set_version(made.get(), X509_VERSION_3) == 1);
  unsigned char serial[8];
  MOBILAKE_CHECK(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] &= 0x7f;
  BIGNUM* const number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.get()));
  BN_free(number);
  set_time(X509_getm_notBefore(made.get()), wish.not_before);
  set_time(X509_getm_notAfter(made.get()), wish.not_after);
  set_subject(made.get(), wish.common_name);
  MOBILAKE_CHECK(X509_set_pubkey(made.get(), key) == 1);
  return made;
}

}  // namespace

struct TestAuthority::Inner {
  KeyHandle key;
  CertificateHandle certificate;
};

TestAuthority::TestAuthority(const std::string& name) : inner_(std::make_unique<Inner>()) {
  inner_->key = make_key();
  CertificateWish wish;
  wish.common_name = name;
  inner_->certificate = begin_certificate(inner_->key.get(), wish);
  X509* const own = inner_->certificate.get();
  MOBILAKE_CHECK(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(own, own, NID_subject_key_identifier, "hash");
  MOBILAKE_CHECK(X509_sign(own, inner_->key.get(), EVP_sha256()) > 0);
  certificate_ = pem_of(own);
}

TestAuthority::~TestAuthority() = default;

IssuedCertificate TestAuthority::issue(const CertificateWish& wish) const {
  const KeyHandle key = make_key();
  const CertificateHandle made = begin_certificate(key.get(), wish);
  X509* const issuer = inner_->certificate.get();
  MOBILAKE_CHECK(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1);
  add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid");
  if (!wish.usage.empty()) add_extension(made.get(), issuer, NID_ext_key_usage, wish.usage);
  std::string names;
  for (const std::string& name : wish.alternative_names)
    names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(made.get(), issuer, NID_subject_alt_name, names);
  MOBILAKE_CHECK(X509_sign(made.get(), inner_->key.get(), EVP_sha256()) > 0);
  return {pem_of(made.get()), pem_of(key.get())};
}

std::string make_private_key() {
  return pem_of(make_key().get());
}

std::string lock_private_key(const std::string& private_key, const std::string& passphrase) {
  const KeyHandle key = key_of(private_key);
  const BioHandle bio(BIO_new(BIO_s_mem()));
  MOBILAKE_CHECK(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                    static_cast<int>(passphrase.size()), nullptr, nullptr) == 1);
  return text_of(bio.get());
}

}  // namespace mobilake::net

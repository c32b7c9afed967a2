// SPDX-License-Identifier: Apache-2.0
#include "net/inside/tls_certificates.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/hexadecimal.h"
#include "base/utf8.h"
#include "net/inside/tls_error.h"

namespace mobilake::net {
namespace {

constexpr std::uint64_t kPemBytesMax = 1024 * 1024;
// Of a key file: writing by the group, anything by others.
constexpr mode_t kOpenToOthers = 0037;

// A PEM text and what to call it in messages.
struct PemText {
  std::string label;
  std::string text;
};

Result<PemText> read_pem(const PemSource& source, std::string_view what, Disk& disk) {
  if (!source.is_given()) return invalid("no {} is given; name a PEM file", what);
  if (!source.path.empty() && !source.text.empty())
    return invalid("the {} is given both as text and as file {}; give one", what, source.path);
  if (source.path.empty()) return PemText{fmt::format("the text of the {}", what), source.text};
  MOBILAKE_ASSIGN(const auto file, disk.open(source.path, OpenMode::kRead).within(what));
  MOBILAKE_ASSIGN(const std::uint64_t size, file->size());
  if (size > kPemBytesMax)
    return exhausted("{} is no {}: {} bytes, above {}", source.path, what, size, kPemBytesMax);
  MOBILAKE_ASSIGN(std::string text, file->read_exactly(0, static_cast<std::size_t>(size)));
  return PemText{source.path, std::move(text)};
}

Result<> check_key_mode(const std::string& path) {
  struct stat facts{};
  if (path.empty() || ::stat(path.c_str(), &facts) != 0)
    return {};  // reading it says what is wrong
  if ((facts.st_mode & kOpenToOthers) == 0) return {};
  return denied("{} is a private key and open to others; run chmod 0600 on it (mode {:04o})", path,
                facts.st_mode & 07777u);
}

BioHandle reader_of(const std::string& text) {
  return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is there to type a passphrase; notes in the caller's flag that one was wanted.
int refuse_passphrase(char*, int, int, void* wanted) {
  if (wanted != nullptr) *static_cast<bool*>(wanted) = true;
  return -1;
}

Result<std::vector<CertificateHandle>> parse_certificates(const PemText& pem) {
  const BioHandle reader = reader_of(pem.text);
  std::vector<CertificateHandle> found;
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(reader.get(), nullptr, refuse_passphrase, nullptr))
    found.emplace_back(one);
  const unsigned long last = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  const std::string reason = take_openssl_reason();
  if (!at_end)
    return invalid("{}: certificate {} in it is damaged ({}); copy the file anew", pem.label,
                   found.size() + 1, reason);
  if (found.empty())
    return invalid(
        "{} holds no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\"); "
        "one in DER form is turned by: openssl x509 -inform DER -in FILE",
        pem.label);
  return found;
}

Result<KeyHandle> parse_key(const PemText& pem) {
  const BioHandle reader = reader_of(pem.text);
  bool wants_passphrase = false;
  ERR_clear_error();
  KeyHandle key(
      PEM_read_bio_PrivateKey(reader.get(), nullptr, refuse_passphrase, &wants_passphrase));
  const std::string reason = take_openssl_reason();
  if (key != nullptr) return key;
  if (wants_passphrase)
    return invalid(
        "{} has a passphrase, which nobody types here; take it off by: openssl pkey "
        "-in FILE -out NEW",
        pem.label);
  return invalid("{} holds no private key in PEM form (\"-----BEGIN PRIVATE KEY-----\"): {}",
                 pem.label, reason);
}

Result<Timestamp> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return invalid("a certificate's time cannot be read");
  return Timestamp(std::chrono::seconds(::timegm(&parts)));
}

std::string day_of(Timestamp time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Result<> check_validity(const X509& own, const std::string& label, Timestamp now) {
  MOBILAKE_ASSIGN(const Timestamp begin, time_of(X509_get0_notBefore(&own)));
  MOBILAKE_ASSIGN(const Timestamp end, time_of(X509_get0_notAfter(&own)));
  if (now > end)
    return invalid("{}: the certificate has expired on {}; have a new one issued", label,
                   day_of(end));
  if (now < begin)
    return invalid("{}: the certificate is not valid before {}; is the clock right? (now {})",
                   label, day_of(begin), day_of(now));
  return {};
}

// Printable ASCII without spaces, which is all that a URI or DNS name may hold.
Result<std::string> plain_name(const ASN1_IA5STRING* name) {
  const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                         static_cast<std::size_t>(ASN1_STRING_length(name)));
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
  if (text.empty() || !plain) return invalid("a certificate's alternative name is not plain");
  return text;
}

Result<> read_alternative_names(const X509& certificate, PeerCertificate& out) {
  int status = 0;
  const GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, &status, nullptr)));
  constexpr int kAbsent = -1;
  if (names == nullptr && status == kAbsent) return {};
  if (names == nullptr) return invalid("a certificate's alternative names cannot be read");
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) {
      MOBILAKE_ASSIGN(std::string uri, plain_name(name->d.uniformResourceIdentifier));
      out.uri_names.push_back(std::move(uri));
    } else if (name->type == GEN_DNS) {
      MOBILAKE_ASSIGN(std::string dns, plain_name(name->d.dNSName));
      out.dns_names.push_back(std::move(dns));
    }
  }
  return {};
}

Result<std::string> common_name_of(const X509& certificate) {
  const X509_NAME* const subject = X509_get_subject_name(&certificate);
  const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0)
    return std::string();
  const ASN1_STRING* const name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first));
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, name);
  if (size < 0) return invalid("a certificate's common name cannot be read");
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  const bool controls = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 127;
  });
  if (controls || !base::is_valid_utf8(text))
    return invalid("a certificate's common name is not plain");
  return text;
}

}  // namespace

Result<OwnCertificate> load_own_certificate(const PemSource& chain, const PemSource& key,
                                            Disk& disk, Timestamp now) {
  OwnCertificate own;
  MOBILAKE_ASSIGN(const PemText chain_pem, read_pem(chain, "certificate chain", disk));
  MOBILAKE_ASSIGN(own.chain, parse_certificates(chain_pem));
  MOBILAKE_TRY(check_validity(*own.chain.front(), chain_pem.label, now));
  MOBILAKE_TRY(check_key_mode(key.path));
  MOBILAKE_ASSIGN(PemText key_pem, read_pem(key, "private key", disk));
  Result<KeyHandle> parsed = parse_key(key_pem);
  OPENSSL_cleanse(key_pem.text.data(), key_pem.text.size());
  MOBILAKE_ASSIGN(own.key, std::move(parsed));
  const bool matches = X509_check_private_key(own.chain.front().get(), own.key.get()) == 1;
  ERR_clear_error();
  if (!matches)
    return invalid(
        "{} is not the key of the first certificate in {}; the server's own certificate "
        "comes first, and the key is the one that it was asked for with",
        key_pem.label, chain_pem.label);
  return own;
}

Result<std::vector<CertificateHandle>> load_authorities(const std::vector<PemSource>& sources,
                                                        Disk& disk) {
  std::vector<CertificateHandle> all;
  for (const PemSource& source : sources) {
    MOBILAKE_ASSIGN(const PemText pem, read_pem(source, "authority's certificate", disk));
    MOBILAKE_ASSIGN(std::vector<CertificateHandle> found, parse_certificates(pem));
    for (CertificateHandle& one : found) {
      if (X509_check_ca(one.get()) == 0)
        return invalid(
            "{} holds a certificate that is no authority's (CA:FALSE); name the file of "
            "the authority that signed it",
            pem.label);
      all.push_back(std::move(one));
    }
  }
  return all;
}

Result<PeerCertificate> read_certificate(const X509& certificate) {
  PeerCertificate out;
  MOBILAKE_ASSIGN(out.common_name, common_name_of(certificate));
  MOBILAKE_TRY(read_alternative_names(certificate, out));
  MOBILAKE_ASSIGN(out.not_after, time_of(X509_get0_notAfter(&certificate)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1)
    return invalid("a certificate cannot be hashed");
  out.fingerprint = base::hexadecimal({reinterpret_cast<const char*>(digest.data()), size});
  return out;
}

}  // namespace mobilake::net

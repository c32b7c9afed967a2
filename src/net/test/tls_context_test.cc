// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "net/test/tls_pair.h"

namespace mobilake::net {
namespace {

using std::chrono::sys_days;
using std::chrono::year;
using testing::HasSubstr;

class TlsContextTest : public TlsFixture {
 protected:
  TlsContextTest() {
    std::string pattern = testing::TempDir() + "tls-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~TlsContextTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  TlsServerConfig files_config(mode_t key_mode = 0600) {
    TlsServerConfig config;
    config.certificate_chain.path = write("server.pem", server_certificate_.certificate);
    config.private_key.path = write("server.key", server_certificate_.private_key, key_mode);
    return config;
  }

  Error refusal(const TlsServerConfig& config) {
    auto context = TlsContext::open_server(config, base::system_disk(), clock_);
    EXPECT_FALSE(context.ok());
    return context.ok() ? Error{Code::kInternal, "accepted"} : context.error();
  }

  void expect_refused(const TlsServerConfig& config, Code code, const std::string& says) {
    const Error error = refusal(config);
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_THAT(error.message, HasSubstr(says));
  }

  std::string folder_;
};

TEST_F(TlsContextTest, OpensFromFilesAndConnects) {
  TlsClientConfig client;
  client.authorities = {{.path = write("authority.pem", authority_.certificate(), 0644)}};
  EXPECT_TRUE(connect(open(files_config()), open(client)).is_open());
}

TEST_F(TlsContextTest, NamesTheFileThatIsMissing) {
  TlsServerConfig config = files_config();
  config.certificate_chain.path = folder_ + "/none.pem";
  expect_refused(config, Code::kNotFound, folder_ + "/none.pem");
  config = files_config();
  config.private_key.path = folder_ + "/none.key";
  expect_refused(config, Code::kNotFound, folder_ + "/none.key");
}

TEST_F(TlsContextTest, SaysWhatAFileHoldsInsteadOfPem) {
  TlsServerConfig config = files_config();
  config.certificate_chain.path = write("other", "\x30\x82 not a text");
  expect_refused(config, Code::kInvalid, "other holds no certificate in PEM form");
  config = files_config();
  config.private_key.path = write("other.key", server_certificate_.certificate);
  expect_refused(config, Code::kInvalid, "other.key holds no private key in PEM form");
  config = files_config();
  const std::string& whole = server_certificate_.certificate;
  config.certificate_chain.path = write("cut", whole + whole.substr(0, whole.size() / 2));
  expect_refused(config, Code::kInvalid, "cut: certificate 2 in it is damaged");
  config.certificate_chain.path = write("twice", whole + authority_.certificate());
  EXPECT_TRUE(connect(open(config), open(client_config())).is_open());
}

TEST_F(TlsContextTest, RefusesAFileThatIsTooLarge) {
  TlsServerConfig config = files_config();
  config.certificate_chain.path = write("large.pem", std::string(1024 * 1024 + 1, '\n'));
  expect_refused(config, Code::kExhausted, "large.pem");
  const std::string& pem = server_certificate_.certificate;
  config.certificate_chain.path =
      write("full.pem", pem + std::string(1024 * 1024 - pem.size(), '\n'));
  open(config);
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
  TlsServerConfig config = files_config();
  config.private_key.path = write("foreign.key", make_private_key());
  expect_refused(config, Code::kInvalid, "foreign.key is not the key of the first certificate");
}

TEST_F(TlsContextTest, RefusesAKeyWithAPassphrase) {
  TlsServerConfig config = files_config();
  config.private_key.path =
      write("locked.key", lock_private_key(server_certificate_.private_key, "secret"));
  expect_refused(config, Code::kInvalid, "locked.key has a passphrase");
}

TEST_F(TlsContextTest, RefusesAKeyFileThatIsOpenToOthers) {
  for (const mode_t mode : {0644u, 0604u, 0602u, 0620u, 0777u})
    expect_refused(files_config(mode), Code::kDenied, "chmod 0600");
  for (const mode_t mode : {0600u, 0400u, 0640u})
    open(files_config(mode));
}

TEST_F(TlsContextTest, RefusesItsOwnCertificateOutsideItsTime) {
  const IssuedCertificate own = authority_.issue({.common_name = "server",
                                                  .not_before = sys_days(year(2026) / 3 / 1),
                                                  .not_after = sys_days(year(2026) / 4 / 1)});
  TlsServerConfig config;
  config.certificate_chain.path = write("short.pem", own.certificate);
  config.private_key.text = own.private_key;
  clock_.step_to(sys_days(year(2026) / 2 / 28));
  expect_refused(config, Code::kInvalid,
                 "short.pem: the certificate is not valid before 2026-03-01");
  clock_.step_to(sys_days(year(2026) / 3 / 15));
  open(config);
  clock_.step_to(sys_days(year(2026) / 4 / 2));
  expect_refused(config, Code::kInvalid, "short.pem: the certificate has expired on 2026-04-01");
}

TEST_F(TlsContextTest, WantsEachSourceOnce) {
  TlsServerConfig config = server_config();
  config.private_key = {};
  expect_refused(config, Code::kInvalid, "no private key is given");
  config = server_config();
  config.certificate_chain.path = "/some.pem";
  expect_refused(config, Code::kInvalid, "both as text and as file /some.pem");
  TlsClientConfig half = client_config();
  half.private_key.text = server_certificate_.private_key;
  EXPECT_FALSE(TlsContext::open_client(half, base::system_disk(), clock_).ok());
}

TEST_F(TlsContextTest, RefusesSettingsThatContradictEachOther) {
  TlsServerConfig config = mutual_config(ClientCertificate::kRequired);
  open(config);
  config.client_authorities.clear();
  expect_refused(config, Code::kInvalid, "no authority is named");
  expect_refused(mutual_config(ClientCertificate::kNone), Code::kInvalid,
                 "no certificate is asked");
  config = mutual_config(ClientCertificate::kRequired);
  config.client_authorities.push_back({.text = server_certificate_.certificate});
  expect_refused(config, Code::kInvalid, "no authority's (CA:FALSE)");
}

TEST_F(TlsContextTest, RefusesTermsOutOfBounds) {
  TlsServerConfig config = server_config();
  config.terms.version_min = TlsVersion::kTls13;
  config.terms.version_max = TlsVersion::kTls12;
  expect_refused(config, Code::kInvalid, "from 1.3 to 1.2");
  for (const std::size_t bytes : {std::size_t{1023}, std::size_t{1024 * 1024 + 1}}) {
    config = server_config();
    config.terms.handshake_bytes_max = bytes;
    expect_refused(config, Code::kInvalid, std::to_string(bytes));
  }
  for (const std::size_t size : {0, 256}) {
    config = server_config();
    config.terms.application_protocols = {std::string(size, 'p')};
    expect_refused(config, Code::kInvalid, "1 to 255 bytes");
  }
  config.terms.application_protocols = {std::string(255, 'p')};
  config.terms.handshake_bytes_max = 1024;
  open(config);
}

TEST_F(TlsContextTest, SpeaksNoVersionBelow12) {
  EXPECT_EQ(*parse_tls_version("1.2"), TlsVersion::kTls12);
  EXPECT_EQ(*parse_tls_version("1.3"), TlsVersion::kTls13);
  EXPECT_EQ(parse_tls_version("1.0").error().code, Code::kUnsupported);
  EXPECT_EQ(parse_tls_version("1.1").error().code, Code::kUnsupported);
  EXPECT_EQ(parse_tls_version("TLSv1.2").error().code, Code::kInvalid);
}

TEST_F(TlsContextTest, WantsAHostOfAClientAndNoneOfAServer) {
  const Context server = open(server_config());
  EXPECT_TRUE(server->open_session("").ok());
  EXPECT_EQ(server->open_session("localhost").error().code, Code::kInvalid);
  const Context client = open(client_config());
  for (const char* host : {"localhost", "a.example", "127.0.0.1", "::1"})
    EXPECT_TRUE(client->open_session(host).ok()) << host;
  for (const std::string& host :
       {std::string(), std::string("a b"), std::string("a\0b", 3), std::string(254, 'a')})
    EXPECT_EQ(client->open_session(host).error().code, Code::kInvalid) << host;
}

TEST_F(TlsContextTest, LeavesRunningSessionsAloneWhenItIsReplaced) {
  TlsServerConfig config = mutual_config(ClientCertificate::kWanted);
  config.terms.application_protocols = {"mqtt"};
  TlsClientConfig client = client_config();
  client.terms.application_protocols = {"mqtt"};
  Context current = open(config);
  TlsPair begun = begin(current, open(client));
  const std::weak_ptr<const TlsContext> old = current;
  server_certificate_ = TestAuthority("new authority").issue({.common_name = "server"});
  current = open(server_config());
  begun.exchange();
  ASSERT_TRUE(begun.is_open());
  EXPECT_EQ(begun.server.session->facts().application_protocol, "mqtt");
  EXPECT_FALSE(old.expired());
  begun = {};
  EXPECT_TRUE(old.expired());
  // The new one is in force: its certificate is of an authority that this client does not trust.
  EXPECT_FALSE(connect(current, open(client)).is_open());
}

}  // namespace
}  // namespace mobilake::net

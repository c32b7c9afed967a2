// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "cli/inside/run_words.h"

namespace mobilake::cli {
namespace {

// Answers with what a test prepared, and keeps what was asked.
class PreparedHttpClient final : public net::HttpClient {
 public:
  PreparedHttpClient(std::vector<net::HttpRequest>& asked,
                     std::deque<Result<net::HttpResponse>>& answers)
      : asked_(asked), answers_(answers) {}

  Result<net::HttpResponse> send(const net::HttpRequest& request, const BodySink& sink) override {
    asked_.push_back(request);
    if (answers_.empty()) return unavailable("no answer was prepared");
    Result<net::HttpResponse> answer = answers_.front();
    answers_.pop_front();
    if (sink && answer.ok() && answer->status < 300) sink(std::exchange(answer->body, ""));
    return answer;
  }

 private:
  std::vector<net::HttpRequest>& asked_;
  std::deque<Result<net::HttpResponse>>& answers_;
};

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("XDG_CONFIG_HOME", (testing::TempDir() + "/no-contexts").c_str(), 1);
  }

  int run(std::vector<std::string> words) {
    out_.str("");
    err_.str("");
    asked_.clear();
    Session session(hooks_, out_, err_, std::make_unique<PreparedHttpClient>(asked_, answers_));
    words.insert(words.end(), {"--server", "here:1", "--token", "secret"});
    return run_words(words, session);
  }

  void prepare(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    answers_.push_back(response);
  }

  CommandHooks hooks_;
  std::vector<net::HttpRequest> asked_;
  std::deque<Result<net::HttpResponse>> answers_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandLineTest, SaysWhatAWrongWordWasMeantToBe) {
  EXPECT_EQ(run({"acount", "ls"}), 2);
  EXPECT_NE(err_.str().find("Did you mean \"account\"?"), std::string::npos) << err_.str();
  EXPECT_EQ(run({"device", "nwe"}), 2);
  EXPECT_NE(err_.str().find("Did you mean \"new\"?"), std::string::npos) << err_.str();
  EXPECT_EQ(run({"account", "ls", "--sever", "x"}), 2);
  EXPECT_NE(err_.str().find("Did you mean \"--server\"?"), std::string::npos) << err_.str();
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLineTest, BeginsHelpWithThreeExamples) {
  EXPECT_EQ(run({"device", "new", "--help"}), 0);
  EXPECT_TRUE(out_.str().starts_with("Examples:\n  mobilake device new")) << out_.str();
}

TEST_F(CommandLineTest, SendsADeviceAndPrintsTheAnswer) {
  prepare(201, R"({"id":"uplink","username":"uplink","password":"p","topics":["vehicles/+/#"]})");
  ASSERT_EQ(run({"device", "new", "uplink", "--account", "vehicle", "--gateway", "+", "--register",
                 "-o", "json"}),
            0)
      << err_.str();
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].method, "POST");
  EXPECT_EQ(asked_[0].url, "http://here:1/api/v1/devices");
  EXPECT_EQ(asked_[0].headers.at("authorization"), "Bearer secret");
  EXPECT_EQ(asked_[0].body, R"({"id":"uplink","account":"vehicle","kind":"gateway",)"
                            R"("gateway_filter":"+","registers_unknown":true})");
  EXPECT_NE(out_.str().find("\"password\": \"p\""), std::string::npos);
}

TEST_F(CommandLineTest, ExitsWithTheProblemsCode) {
  prepare(404, R"({"code":"not_found","detail":"there is no account \"x\"","request_id":"r-1"})");
  EXPECT_EQ(run({"account", "show", "x"}), 4);
  EXPECT_NE(err_.str().find("there is no account \"x\"\n"), std::string::npos) << err_.str();
  prepare(403, R"({"code":"denied","detail":"no"})");
  EXPECT_EQ(run({"account", "ls"}), 3);
  prepare(502, "<html>");
  EXPECT_EQ(run({"account", "ls"}), 6);
  EXPECT_EQ(run({"account", "ls"}), 6);
  EXPECT_NE(err_.str().find("Is the server running?"), std::string::npos);
}

TEST_F(CommandLineTest, FollowsPagesOfAList) {
  prepare(200, R"({"items":[{"name":"a","kind":"consumer"}],"next_page_token":"a"})");
  prepare(200, R"({"items":[{"name":"b","kind":"producer"}],"next_page_token":""})");
  ASSERT_EQ(run({"account", "ls"}), 0) << err_.str();
  ASSERT_EQ(asked_.size(), 2u);
  EXPECT_TRUE(asked_[1].url.ends_with("&page_token=a"));
  EXPECT_EQ(out_.str(), "NAME  KIND      TEMPLATE  CREATED\na     consumer\nb     producer\n");
}

TEST_F(CommandLineTest, WaitsForAQueryAndPrintsItsTable) {
  prepare(202, R"({"id":"q1","state":"running"})");
  prepare(200, R"({"id":"q1","state":"finished"})");
  prepare(200, R"({"columns":[{"name":"n","type":"BIGINT"}],"rows":[[41],[null]],)"
               R"("facts":{"elapsed_ms":3}})");
  ASSERT_EQ(run({"sql", "-c", "SELECT n"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "n\n  41\nNULL\n");
  EXPECT_EQ(err_.str(), "2 rows in 3 ms\n");
}

TEST_F(CommandLineTest, PointsAtThePlaceOfAnError) {
  prepare(400, R"({"code":"invalid","detail":"syntax error","position":8})");
  EXPECT_EQ(run({"sql", "-c", "SELECT FORM t"}), 1);
  EXPECT_NE(err_.str().find("  SELECT FORM t\n         ^"), std::string::npos) << err_.str();
}

TEST_F(CommandLineTest, RunsEachStatementOfACommandAndRefusesNone) {
  for (const char* id : {"1", "2"}) {
    prepare(200, fmt::format(R"({{"id":"q{}","state":"finished"}})", id));
    prepare(200, fmt::format(R"({{"columns":[{{"name":"n"}}],"rows":[[{}]],"facts":{{}}}})", id));
  }
  ASSERT_EQ(run({"sql", "-c", "SELECT 1; SELECT 2"}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "n\n1\nn\n2\n");
  asked_.clear();
  for (const char* blank : {"", " ", "-- nothing"})
    EXPECT_EQ(run({"sql", "-c", blank}), 1);
  EXPECT_EQ(run({"sql", "-o", "parquet", "-c", "SELECT 1; SELECT 2"}), 1);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLineTest, SaysWhatFollowsACommandThatIsNotWhole) {
  EXPECT_EQ(run({"log"}), 2);
  EXPECT_NE(err_.str().find("\"log\" is followed by one of ls, show, verify\n"), std::string::npos);
  EXPECT_EQ(run({}), 2);
  EXPECT_NE(err_.str().find("there is no command\n"), std::string::npos);
  EXPECT_EQ(run({"log", "--help"}), 0);
}

TEST_F(CommandLineTest, RefusesAValueOrAFormThatIsNone) {
  EXPECT_EQ(run({"log", "show", "--partition", "x"}), 2);
  EXPECT_NE(err_.str().find("--partition does not take \"x\""), std::string::npos) << err_.str();
  EXPECT_EQ(run({"status", "-o", "xml"}), 2);
  EXPECT_NE(err_.str().find("-o is one of table, json, this is \"xml\""), std::string::npos);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLineTest, BacksUpTheFolderThatIsNamedAndNoOtherServersData) {
  const std::string folder = testing::TempDir() + "mobilake_no_such_folder";
  EXPECT_EQ(run({"backup", folder, folder + "_copy"}), 4);
  EXPECT_NE(err_.str().find("there is no folder"), std::string::npos) << err_.str();
  // A folder that no server holds is not for the server that --server names either.
  EXPECT_NE(run({"backup", testing::TempDir(), folder + "_copy"}), 0);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CommandLineTest, RemovesOnlyWhenToldTwice) {
  EXPECT_EQ(run({"device", "rm", "uplink"}), 1);
  EXPECT_TRUE(asked_.empty());
  prepare(204, "");
  EXPECT_EQ(run({"device", "rm", "uplink", "--yes"}), 0);
  EXPECT_EQ(asked_[0].method, "DELETE");
}

}  // namespace
}  // namespace mobilake::cli

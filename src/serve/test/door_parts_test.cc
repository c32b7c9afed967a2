// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/testkit/simulated_clock.h"
#include "serve/http/inside/idempotent_answers.h"
#include "serve/http/inside/json.h"
#include "serve/http/inside/media_type.h"
#include "serve/http/inside/paging.h"
#include "serve/http/inside/slots.h"
#include "serve/http/results/base64.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

const Json kSchema = Json::parse(R"({
  "type":"object","required":["name"],"additionalProperties":false,
  "properties":{"name":{"type":"string","minLength":1,"maxLength":8},
    "kind":{"type":"string","enum":["producer","consumer"]},
    "count":{"type":"integer","minimum":1,"maximum":10},
    "tags":{"type":"array","maxItems":2,"items":{"type":"string"}}}})");

std::string complaint(const std::string& body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return parsed.error().message;
  const Result<> checked = check_json(kSchema, *parsed, "the body");
  return checked.ok() ? "" : checked.error().message;
}

TEST(JsonTest, TakesWhatTheSchemaNames) {
  EXPECT_EQ(complaint(R"({"name":"a","kind":"producer","count":10,"tags":["x","y"]})"), "");
}

TEST(JsonTest, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint("{}"), R"(the body lacks the member "name")");
  EXPECT_EQ(complaint(R"({"name":7})"), R"("name" is of type string, this is an integer)");
  EXPECT_EQ(complaint(R"({"name":"a","knid":"producer"})"),
            R"(the body has an unknown member "knid"; did you mean "kind"?)");
  EXPECT_EQ(complaint(R"({"name":"a","kind":"producr"})"),
            R"("kind" is one of producer, consumer; did you mean "producer"?)");
  EXPECT_EQ(complaint(R"({"name":"a","count":11})"), R"("count" is at most 10)");
  EXPECT_EQ(complaint(R"({"name":"a","count":1.5})"),
            R"("count" is of type integer, this is a number)");
  EXPECT_EQ(complaint(R"({"name":""})"), R"("name" is empty)");
  EXPECT_EQ(complaint(R"({"name":"123456789"})"), R"("name" has 9 bytes and at most 8 are taken)");
  EXPECT_EQ(complaint(R"({"name":"a","tags":["x",1]})"),
            R"("tags"[1] is of type string, this is an integer)");
  EXPECT_EQ(complaint("[]"), "the body is of type object, this is an array");
}

TEST(JsonTest, RefusesWhatJsonAloneWouldTake) {
  EXPECT_EQ(complaint(R"({"name":"a","name":"b"})"), R"(the body names the member "name" twice)");
  EXPECT_NE(complaint(std::string(100, '[') + std::string(100, ']')).find("levels deep"),
            std::string::npos);
  EXPECT_NE(complaint(R"({"name":"a")").find("no JSON"), std::string::npos);
  EXPECT_NE(complaint("{\"name\":\"\xff\"}").find("no JSON"), std::string::npos);
}

TEST(PageTokenTest, ComesBackForItsOwnListAlone) {
  const std::string token = page_token("users", "ada");
  EXPECT_EQ(*page_position("users", token), "ada");
  EXPECT_EQ(token.find("ada"), std::string::npos);
  EXPECT_FALSE(page_position("accounts", token).ok());
  EXPECT_FALSE(page_position("users", token + "x").ok());
  EXPECT_FALSE(page_position("users", "%%%").ok());
  EXPECT_EQ(page_token("users", ""), "");
  EXPECT_EQ(*page_position("users", ""), "");
}

TEST(Base64Test, FollowsTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  for (const std::string& text : {std::string("f"), std::string("\xff\xfe\x00", 3)})
    EXPECT_EQ(*read_base64_url(base64_url(text)), text);
  EXPECT_FALSE(read_base64_url("Zh").has_value());
}

TEST(TimeTextTest, KnowsTheCalendar) {
  EXPECT_EQ(date_text(-719'468), "0000-03-01");
  EXPECT_EQ(date_text(19'782), "2024-02-29");
  EXPECT_EQ(date_text(-719'529), "-0001-12-31");
  EXPECT_EQ(date_text(2'932'897), "+10000-01-01");
  EXPECT_EQ(timestamp_text(-1, 1), "1969-12-31T23:59:59.000Z");
  EXPECT_EQ(timestamp_text(std::numeric_limits<std::int64_t>::max(), 1'000'000), "infinity");
  EXPECT_EQ(interval_text(-14, 0, -500'000'000), "P-1Y-2MT-0.5S");
}

TEST(MediaTypeTest, ChoosesTheBestOfWhatIsOffered) {
  const std::vector<std::string> offered{"application/json", "text/csv"};
  EXPECT_EQ(choose_media_type("", offered), "application/json");
  EXPECT_EQ(choose_media_type("*/*", offered), "application/json");
  EXPECT_EQ(choose_media_type("text/*", offered), "text/csv");
  EXPECT_EQ(choose_media_type("application/json;q=0.5, text/csv", offered), "text/csv");
  EXPECT_EQ(choose_media_type("*/*, application/json;q=0", offered), "text/csv");
  EXPECT_EQ(choose_media_type("TEXT/CSV; header=present", offered), "text/csv");
  EXPECT_EQ(choose_media_type("image/png", offered), std::nullopt);
}

TEST(SlotsTest, GivesSoManyAndTakesThemBack) {
  Slots slots(1);
  auto first = slots.take();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(slots.take().has_value());
  first.reset();
  EXPECT_TRUE(slots.take().has_value());
}

class IdempotentAnswersTest : public testing::Test {
 protected:
  net::Answer success(const std::string& body) {
    net::Answer answer;
    answer.status = 201;
    answer.body = body;
    return answer;
  }
  IdempotentAnswers::Key key(const std::string& name) { return {"ada", "POST /x", name}; }

  base::SimulatedClock clock_;
  HttpDoorConfig config_;
};

TEST_F(IdempotentAnswersTest, GivesTheSameAnswerToTheSameRequest) {
  IdempotentAnswers answers(config_, clock_);
  EXPECT_FALSE(answers.begin(key("k"), "body")->has_value());
  answers.finish(key("k"), success("made"));
  auto again = answers.begin(key("k"), "body");
  ASSERT_TRUE(again.ok() && again->has_value());
  EXPECT_EQ((*again)->status, 201);
  EXPECT_EQ((*again)->body, "made");
  EXPECT_FALSE(answers.begin({"bob", "POST /x", "k"}, "body")->has_value());
}

TEST_F(IdempotentAnswersTest, RefusesAnotherBodyAndARequestThatStillRuns) {
  IdempotentAnswers answers(config_, clock_);
  EXPECT_FALSE(answers.begin(key("k"), "body")->has_value());
  EXPECT_EQ(answers.begin(key("k"), "body").error().code, Code::kConflict);
  answers.finish(key("k"), success("made"));
  EXPECT_EQ(answers.begin(key("k"), "other").error().code, Code::kConflict);
}

TEST_F(IdempotentAnswersTest, ForgetsFailuresOldAnswersAndTheOldestBeyondItsSize) {
  config_.idempotency_entries = 2;
  IdempotentAnswers answers(config_, clock_);
  net::Answer failure;
  failure.status = 503;
  EXPECT_FALSE(answers.begin(key("a"), "")->has_value());
  answers.finish(key("a"), failure);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_FALSE(answers.begin(key(name), "")->has_value()) << name;
    answers.finish(key(name), success(name));
  }
  EXPECT_TRUE(answers.begin(key("c"), "")->has_value());
  EXPECT_FALSE(answers.begin(key("a"), "")->has_value());
  clock_.advance(config_.idempotency_time + std::chrono::milliseconds(1));
  EXPECT_FALSE(answers.begin(key("c"), "")->has_value());
}

}  // namespace
}  // namespace mobilake::serve

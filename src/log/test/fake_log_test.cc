// SPDX-License-Identifier: Apache-2.0
#include "log/testkit/fake_log.h"

#include <gtest/gtest.h>

namespace mobilake::log {
namespace {

RecordBatch one_record() {
  RecordBatch batch(Family::kData, "s", PartitionId(0));
  RecordView record;
  record.payload = "a";
  batch.add(record);
  return batch;
}

TEST(FakeLogTest, HeldAppendsAreDurableOnlyWhenTheTestSaysSo) {
  FakeLog log;
  std::vector<Result<Offset>> answers;
  const auto note = [&](Result<Offset> answer) { answers.push_back(std::move(answer)); };
  log.hold_answers();
  log.append(one_record(), note);
  log.append(one_record(), note);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(log.durable_end(Family::kData).at(PartitionId(0)), Offset(0));
  log.answer_held();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(*answers[1], Offset(1));
  log.append(one_record(), note);
  log.fail_held(unavailable("the disk is gone"));
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[2].error().code, Code::kUnavailable);
  EXPECT_EQ(log.durable_end(Family::kData).at(PartitionId(0)), Offset(2));
}

TEST(FakeLogTest, RefusesWhileItIsTold) {
  FakeLog log;
  std::optional<Code> code;
  const auto note = [&](const Result<Offset>& answer) {
    code = answer.ok() ? std::optional<Code>() : answer.error().code;
  };
  log.refuse_with(exhausted("the disk is full"));
  log.append(one_record(), note);
  EXPECT_EQ(code, Code::kExhausted);
  EXPECT_TRUE(log.refusal().has_value());
  log.refuse_with(std::nullopt);
  log.append(one_record(), note);
  EXPECT_EQ(code, std::nullopt);
}

TEST(FakeLogTest, RemembersWhoHolds) {
  FakeLog log;
  log.hold_for("prepare", Family::kData, {{PartitionId(1), Offset(7)}});
  EXPECT_EQ(log.held_by("prepare", Family::kData)->at(PartitionId(1)), Offset(7));
  EXPECT_FALSE(log.held_by("prepare", Family::kSystem).has_value());
  log.release_hold("prepare", Family::kData);
  EXPECT_FALSE(log.held_by("prepare", Family::kData).has_value());
}

}  // namespace
}  // namespace mobilake::log

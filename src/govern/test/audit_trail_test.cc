// SPDX-License-Identifier: Apache-2.0
#include "govern/audit_trail.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/guarded.h"
#include "base/testkit/simulated_clock.h"

namespace mobilake::govern {
namespace {

// Takes batches and answers each from another thread, as a log does.
class AnsweringLogWriter final : public log::LogWriter {
 public:
  ~AnsweringLogWriter() override {
    for (std::thread& thread : threads_)
      thread.join();
  }

  void append(log::RecordBatch batch, log::OnDurable on_durable) override {
    batches.push_back(std::move(batch));
    threads_.emplace_back([this, done = std::move(on_durable)]() mutable {
      if (failure.has_value())
        done(*failure);
      else
        done(log::Offset(0));
    });
  }

  std::vector<log::RecordBatch> batches;
  std::optional<Error> failure;

 private:
  std::vector<std::thread> threads_;
};

class AuditTrailTest : public testing::Test {
 protected:
  AuditRecord record() {
    AuditRecord made;
    made.principal = {model::Principal::Kind::kUser, "ada", "vehicle", model::Role::kOwner};
    made.action = model::Action::kSelect;
    made.resource = "table/vehicle.telemetry.signals";
    made.allowed = true;
    made.policy_epoch = 7;
    made.request_id = "r-1";
    return made;
  }

  base::SimulatedClock clock_;
  AnsweringLogWriter writer_;
  AuditTrail trail_{writer_, 64, clock_};
};

TEST_F(AuditTrailTest, WritesOneRecordToTheSystemFamilyAndWaitsUntilItIsDurable) {
  ASSERT_TRUE(trail_.record(record()).ok());
  ASSERT_EQ(writer_.batches.size(), 1u);
  const log::RecordBatch& batch = writer_.batches[0];
  EXPECT_EQ(batch.family(), log::Family::kSystem);
  EXPECT_EQ(batch.stream(), "audit");
  log::RecordCursor cursor(batch.bytes());
  log::RecordView view;
  ASSERT_TRUE(cursor.next(view));
  EXPECT_EQ(view.received_at, clock_.now());
  const auto json = nlohmann::json::parse(view.payload);
  EXPECT_EQ(json["principal"], "ada");
  EXPECT_EQ(json["account"], "vehicle");
  EXPECT_EQ(json["action"], "select");
  EXPECT_EQ(json["resource"], "table/vehicle.telemetry.signals");
  EXPECT_EQ(json["decision"], "allowed");
  EXPECT_EQ(json["policy_epoch"], 7);
  EXPECT_EQ(json["request_id"], "r-1");
  EXPECT_FALSE(json.contains("code"));
  EXPECT_FALSE(cursor.next(view));
}

TEST_F(AuditTrailTest, KeepsAllRecordsInOnePartition) {
  ASSERT_TRUE(trail_.record(record()).ok());
  AuditRecord other = record();
  other.principal.account = "factory";
  ASSERT_TRUE(trail_.record(other).ok());
  EXPECT_EQ(writer_.batches[0].partition(), writer_.batches[1].partition());
}

TEST_F(AuditTrailTest, SaysWhenTheRecordIsNotDurable) {
  writer_.failure = exhausted("the disk is full");
  const Result<> result = trail_.record(record());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kExhausted);
}

TEST_F(AuditTrailTest, NamesNoDevice) {
  AuditRecord device = record();
  device.principal = {model::Principal::Kind::kDevice, "WVWMLK320RE100018", "vehicle",
                      model::Role::kOwner};
  device.allowed = false;
  device.code = "denied";
  const std::string text = audit_json(device, clock_.now());
  EXPECT_EQ(text.find("WVWMLK320RE100018"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text)["code"], "denied");
}

TEST_F(AuditTrailTest, IsMadeFromADecision) {
  const auto who = record().principal;
  const Result<model::Permit> refused = not_found("there is no table");
  const AuditRecord made =
      audit_record(who, model::Action::kSelect, "table/a.b.c", refused, 9, "r-2");
  EXPECT_FALSE(made.allowed);
  EXPECT_EQ(made.code, "not_found");
  EXPECT_EQ(made.policy_epoch, 9u);
  EXPECT_EQ(made.request_id, "r-2");
}

}  // namespace
}  // namespace mobilake::govern

// SPDX-License-Identifier: Apache-2.0
#include "govern/audit_trail.h"

#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

namespace mobilake::govern {
namespace {

constexpr std::string_view kStream = "audit";

std::string_view principal_kind_name(model::Principal::Kind kind) {
  switch (kind) {
    case model::Principal::Kind::kUser:
      return "user";
    case model::Principal::Kind::kDevice:
      return "device";
    case model::Principal::Kind::kSystem:
      return "system";
  }
  return "";
}

}  // namespace

AuditRecord audit_record(const model::Principal& principal, model::Action action,
                         std::string_view resource, const Result<model::Permit>& decision,
                         std::uint64_t policy_epoch, std::string_view request_id) {
  AuditRecord record;
  record.principal = principal;
  record.action = action;
  record.resource = resource;
  record.allowed = decision.ok();
  if (!decision.ok()) record.code = base::code_name(decision.error().code);
  record.policy_epoch = decision.ok() ? decision->policy_epoch() : policy_epoch;
  record.request_id = request_id;
  return record;
}

std::string audit_json(const AuditRecord& record, Timestamp at) {
  const model::Principal& who = record.principal;
  nlohmann::json text = {{"time_us", at.time_since_epoch().count()},
                         {"principal_kind", principal_kind_name(who.kind)},
                         {"account", who.account},
                         {"action", model::action_name(record.action)},
                         {"resource", record.resource},
                         {"decision", record.allowed ? "allowed" : "refused"},
                         {"policy_epoch", record.policy_epoch},
                         {"request_id", record.request_id}};
  // A device may be named by a VIN: its account stands for it.
  if (who.kind != model::Principal::Kind::kDevice) {
    text["principal"] = who.name;
    text["role"] = model::role_name(who.role);
  }
  if (!record.allowed) text["code"] = record.code;
  // A resource or request id of foreign bytes must not make the record fail.
  return text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<> AuditTrail::record(const AuditRecord& record) {
  // Shared: the callback may still run when a waiting thread has seen the value and left.
  const auto answer = std::make_shared<std::promise<Result<>>>();
  std::future<Result<>> waiting = answer->get_future();
  this->record(record, [answer](Result<> result) { answer->set_value(std::move(result)); });
  return waiting.get();
}

void AuditTrail::record(const AuditRecord& record, OnRecorded on_recorded) {
  const Timestamp now = clock_.now();
  const std::string json = audit_json(record, now);
  log::RecordBatch batch(log::Family::kSystem, std::string(kStream),
                         log::partition_of(kStream, partition_count_));
  log::RecordView view;
  view.received_at = now;
  view.topic = kStream;
  view.payload = json;
  batch.add(view);
  writer_.append(std::move(batch),
                 [done = std::move(on_recorded)](Result<log::Offset> offset) mutable {
                   if (offset.ok())
                     done({});
                   else
                     done(Result<>(std::move(offset).error()).within("writing the audit trail"));
                 });
}

}  // namespace mobilake::govern

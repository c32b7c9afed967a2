// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"
#include "model/permit.h"

namespace mobilake::govern {

/// One line of the audit trail. Holds no literal of a query and no id of a vehicle.
struct AuditRecord {
  model::Principal principal;
  model::Action action = model::Action::kDescribe;
  std::string resource;  ///< in the form of resource.h
  bool allowed = false;
  std::string code;  ///< of the refusal, e.g. "not_found"; empty where allowed
  std::uint64_t policy_epoch = 0;
  std::string request_id;  ///< the same as in the answer and in the log line
};

/// Returns the record of a decision of the Gatekeeper.
AuditRecord audit_record(const model::Principal& principal, model::Action action,
                         std::string_view resource, const Result<model::Permit>& decision,
                         std::uint64_t policy_epoch, std::string_view request_id);

/// Returns the record as the JSON that stands in the log, with `at` as its time.
std::string audit_json(const AuditRecord& record, Timestamp at);

/// Appends audit records to the stream "audit" of the system family, in one partition and one
/// order.
///
/// Decisions are recorded once per connection, query or job, never per message.
/// Owned by the server; the writer and the clock outlive it.
/// Thread safety: any thread.
class AuditTrail {
 public:
  AuditTrail(log::LogWriter& writer, std::uint16_t partition_count, Clock& clock)
      : writer_(writer), partition_count_(partition_count), clock_(clock) {}

  /// Hears once whether the record is durable; on the log's writer thread, so it must only post.
  using OnRecorded = std::move_only_function<void(Result<>)>;

  /// Returns when the record is on stable storage. Never call it on an event loop or a log's
  /// thread. Fails with: exhausted, unavailable. Who cannot be audited is not served.
  Result<> record(const AuditRecord& record);

  /// As record(), without waiting.
  void record(const AuditRecord& record, OnRecorded on_recorded);

 private:
  log::LogWriter& writer_;
  std::uint16_t partition_count_;
  Clock& clock_;
};

}  // namespace mobilake::govern

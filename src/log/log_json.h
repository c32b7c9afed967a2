// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "log/inspect_log.h"

namespace mobilake::log {

/// Whether records are shown with what their senders wrote.
enum class ShowContents : bool { kNo = false, kYes = true };

/// Returns the answer of GET /api/v1/log/segments:
/// {"items":[{"file","family","number","writer","sealed","bytes","frames","records"}],
/// "incidents":[{"file","offset","what"}]}.
std::string segments_json(const std::vector<SegmentInfo>& segments,
                          const std::vector<LogIncident>& incidents);

/// Returns the answer of GET /api/v1/log/records:
/// {"items":[{"partition","offset","stream","received_at","bytes","topic"?,"payload"?}]}; a payload
/// that is no UTF-8 stands as "payload_base64". `bytes` is the payload's size.
std::string records_json(const std::vector<KeptRecord>& records, ShowContents contents);

/// Returns the answer of POST /api/v1/log/verify:
/// {"segments","frames","records","incidents":[...]}.
std::string verdict_json(const LogVerdict& verdict);

}  // namespace mobilake::log

// SPDX-License-Identifier: Apache-2.0
#include "ingest/mqtt/reason_code.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mobilake::ingest::mqtt {
namespace {

using Row = std::pair<ReasonCode, std::string_view>;

constexpr std::array kNames{
    Row{ReasonCode::kSuccess, "success"},
    Row{ReasonCode::kGrantedQos1, "granted QoS 1"},
    Row{ReasonCode::kGrantedQos2, "granted QoS 2"},
    Row{ReasonCode::kDisconnectWithWill, "disconnect with will"},
    Row{ReasonCode::kNoMatchingSubscribers, "no matching subscribers"},
    Row{ReasonCode::kNoSubscriptionExisted, "no subscription existed"},
    Row{ReasonCode::kContinueAuthentication, "continue authentication"},
    Row{ReasonCode::kReAuthenticate, "re-authenticate"},
    Row{ReasonCode::kUnspecifiedError, "unspecified error"},
    Row{ReasonCode::kMalformedPacket, "malformed packet"},
    Row{ReasonCode::kProtocolError, "protocol error"},
    Row{ReasonCode::kImplementationSpecificError, "implementation specific error"},
    Row{ReasonCode::kUnsupportedProtocolVersion, "unsupported protocol version"},
    Row{ReasonCode::kClientIdentifierNotValid, "client identifier not valid"},
    Row{ReasonCode::kBadUserNameOrPassword, "bad user name or password"},
    Row{ReasonCode::kNotAuthorized, "not authorized"},
    Row{ReasonCode::kServerUnavailable, "server unavailable"},
    Row{ReasonCode::kServerBusy, "server busy"},
    Row{ReasonCode::kBanned, "banned"},
    Row{ReasonCode::kServerShuttingDown, "server shutting down"},
    Row{ReasonCode::kBadAuthenticationMethod, "bad authentication method"},
    Row{ReasonCode::kKeepAliveTimeout, "keep alive timeout"},
    Row{ReasonCode::kSessionTakenOver, "session taken over"},
    Row{ReasonCode::kTopicFilterInvalid, "topic filter invalid"},
    Row{ReasonCode::kTopicNameInvalid, "topic name invalid"},
    Row{ReasonCode::kPacketIdentifierInUse, "packet identifier in use"},
    Row{ReasonCode::kPacketIdentifierNotFound, "packet identifier not found"},
    Row{ReasonCode::kReceiveMaximumExceeded, "receive maximum exceeded"},
    Row{ReasonCode::kTopicAliasInvalid, "topic alias invalid"},
    Row{ReasonCode::kPacketTooLarge, "packet too large"},
    Row{ReasonCode::kMessageRateTooHigh, "message rate too high"},
    Row{ReasonCode::kQuotaExceeded, "quota exceeded"},
    Row{ReasonCode::kAdministrativeAction, "administrative action"},
    Row{ReasonCode::kPayloadFormatInvalid, "payload format invalid"},
    Row{ReasonCode::kRetainNotSupported, "retain not supported"},
    Row{ReasonCode::kQosNotSupported, "QoS not supported"},
    Row{ReasonCode::kUseAnotherServer, "use another server"},
    Row{ReasonCode::kServerMoved, "server moved"},
    Row{ReasonCode::kSharedSubscriptionsNotSupported, "shared subscriptions not supported"},
    Row{ReasonCode::kConnectionRateExceeded, "connection rate exceeded"},
    Row{ReasonCode::kMaximumConnectTime, "maximum connect time"},
    Row{ReasonCode::kSubscriptionIdentifiersNotSupported, "subscription identifiers not supported"},
    Row{ReasonCode::kWildcardSubscriptionsNotSupported, "wildcard subscriptions not supported"},
};

}  // namespace

std::string_view reason_name(ReasonCode reason) {
  const auto row = std::find_if(kNames.begin(), kNames.end(), [reason](const Row& candidate) {
    return candidate.first == reason;
  });
  return row == kNames.end() ? "unknown reason" : row->second;
}

ConnectReturnCode return_code_of(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::kSuccess:
      return ConnectReturnCode::kAccepted;
    case ReasonCode::kUnsupportedProtocolVersion:
      return ConnectReturnCode::kUnacceptableProtocolVersion;
    case ReasonCode::kClientIdentifierNotValid:
      return ConnectReturnCode::kIdentifierRejected;
    case ReasonCode::kBadUserNameOrPassword:
      return ConnectReturnCode::kBadUserNameOrPassword;
    case ReasonCode::kServerUnavailable:
    case ReasonCode::kServerBusy:
    case ReasonCode::kServerShuttingDown:
    case ReasonCode::kQuotaExceeded:
    case ReasonCode::kConnectionRateExceeded:
    case ReasonCode::kUnspecifiedError:
      return ConnectReturnCode::kServerUnavailable;
    default:
      // Not a matter of time: the client should not try the same again.
      return ConnectReturnCode::kNotAuthorized;
  }
}

}  // namespace mobilake::ingest::mqtt

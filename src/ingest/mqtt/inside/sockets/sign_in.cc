// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "govern/resource.h"
#include "ingest/mqtt/inside/sockets/mqtt_loop.h"
#include "store/devices/credential.h"

namespace mobilake::ingest::mqtt {
namespace {

constexpr std::size_t kClientIdBytesMax = 256;

model::Principal principal_of(const store::Device& device) {
  return {model::Principal::Kind::kDevice, device.id.value(), device.account, model::Role::kOwner};
}

}  // namespace

ConnectDecision MqttLoop::sign_in(Client& client, const Connect& connect) {
  Result<store::DevicePointer> device = door_.parts.devices.verify_password(
      connect.user_name.value_or(""), connect.password.value_or(""));
  if (!device.ok()) return connect_refusal_of(device.error());
  if (connect.client_id.size() > kClientIdBytesMax)
    return ConnectRefusal{
        ReasonCode::kClientIdentifierNotValid,
        fmt::format("a client identifier has at most {} bytes", kClientIdBytesMax)};
  const Result<model::Permit> permit = decide(**device);
  if (permit.ok()) client.await_admission();
  record(client, **device, permit);
  if (!permit.ok()) return connect_refusal_of(permit.error());
  note_permit(*permit);

  DeviceIdentity identity;
  identity.device = *std::move(device);
  identity.client_id = connect.client_id.empty()
                           ? "auto-" + store::make_pseudonym(door_.doors.random)
                           : std::string(connect.client_id);
  const store::DeviceProfile& profile = door_.profiles.of(*identity.device);
  identity.limits = {profile.message_size_bytes_max, profile.messages_per_second_max};
  identity.counters = &counters_of(identity.device->account);
  enter_book(client, identity);
  return identity;
}

Result<model::Permit> MqttLoop::decide(const store::Device& device) const {
  return door_.parts.gatekeeper.decide(principal_of(device), model::Action::kAppend,
                                       govern::stream_resource(device.account));
}

// Without waiting: the answer comes to the client if it still waits for one.
void MqttLoop::record(const Client& client, const store::Device& device,
                      const Result<model::Permit>& permit) {
  const std::string request_id = "mqtt-" + store::make_pseudonym(door_.doors.random);
  answers_.expect(1);
  door_.parts.audit.record(govern::audit_record(principal_of(device), model::Action::kAppend,
                                                govern::stream_resource(device.account), permit,
                                                policy_epoch_, request_id),
                           [this, key = client.key()](Result<> recorded) {
                             answers_.post(AuditAnswer{key, std::move(recorded)});
                           });
}

// A permit of another epoch than the last one's says that the policy moved on meanwhile.
void MqttLoop::note_permit(const model::Permit& permit) {
  const bool moved = newest_permit_ && newest_permit_->policy_epoch() != permit.policy_epoch();
  newest_permit_ = permit;
  policy_epoch_ = permit.policy_epoch();
  if (moved) for_each_client([this](Client& client) { look_again_at(client); });
}

void MqttLoop::enter_book(Client& client, const DeviceIdentity& identity) {
  std::string name = identity.device->id.value() + '\0' + identity.client_id;
  const auto previous = door_.book.enter(name, {this, client.key()});
  client.set_book_name(std::move(name));
  if (!previous) return;
  if (previous->loop == this) {
    if (Client* old = find(previous->key)) old->take_over();
    return;
  }
  client.await_admission();
  previous->loop->take_over(previous->key, [this, key = client.key()] {
    events_->post([this, key] {
      if (Client* waiting = find(key)) waiting->settle_admission({});
    });
  });
}

void MqttLoop::look_again() {
  const std::uint64_t removals = door_.parts.devices.removal_epoch();
  const bool permits_current =
      !newest_permit_ || door_.parts.gatekeeper.is_current(*newest_permit_);
  if (removals == removal_epoch_ && permits_current) return;
  removal_epoch_ = removals;
  newest_permit_.reset();
  for_each_client([this](Client& client) { look_again_at(client); });
}

void MqttLoop::look_again_at(Client& client) {
  const DeviceIdentity* identity = client.connection().identity();
  if (identity == nullptr || client.connection().is_closed()) return;
  // A copy: ending the connection must not end what is looked at.
  const store::DevicePointer device = identity->device;
  if (door_.parts.devices.find(device->id.value()) != device)
    return client.disconnect(ReasonCode::kAdministrativeAction, "the device was removed");
  Result<model::Permit> permit = decide(*device);
  if (permit.ok()) {
    policy_epoch_ = permit->policy_epoch();
    newest_permit_ = *std::move(permit);
    return;
  }
  record(client, *device, permit);
  client.disconnect(ReasonCode::kNotAuthorized, "the permit to append was withdrawn");
}

}  // namespace mobilake::ingest::mqtt

// SPDX-License-Identifier: Apache-2.0
#include "store/devices/device_registry.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/utf8.h"
#include "store/devices/credential.h"
#include "store/devices/device_profile.h"
#include "store/devices/inside/device_index.h"
#include "store/devices/inside/device_rows.h"
#include "store/devices/inside/vehicle_registrar.h"

namespace mobilake::store {
namespace {

constexpr std::size_t kLoadPage = 10'000;
constexpr std::size_t kListLimitMax = 1'000;
constexpr std::size_t kFiltersMax = 50;
constexpr std::size_t kFilterBytesMax = 512;

// What MQTT says of a topic filter (4.7.1): '+' fills a level, '#' is the last one.
Result<> check_topic_filter(std::string_view filter) {
  const auto wrong = [&] { return invalid("\"{}\" is not an MQTT topic filter", filter); };
  if (filter.empty() || filter.size() > kFilterBytesMax || !base::is_valid_utf8(filter) ||
      filter.find('\0') != std::string_view::npos)
    return wrong();
  for (std::size_t at = 0; at < filter.size(); ++at) {
    if (filter[at] != '+' && filter[at] != '#') continue;
    const bool begins = at == 0 || filter[at - 1] == '/';
    const bool ends = at + 1 == filter.size() || (filter[at] == '+' && filter[at + 1] == '/');
    if (!begins || !ends) return wrong();
  }
  return {};
}

Result<> check_gateway(const NewDevice& device) {
  if (!device.topic_filters.empty())
    return invalid("a gateway has no topic filters; it speaks for vehicles");
  const std::string& filter = device.gateway_filter;
  if (filter.empty() || filter == "+") return {};
  if (filter.size() > kFilterBytesMax || filter.find_first_of("+#/") != std::string::npos ||
      !base::is_valid_utf8(filter))
    return invalid("a gateway's filter is + or a pattern of vehicle ids with *, this is \"{}\"",
                   filter);
  return {};
}

Result<> check_application(const NewDevice& device) {
  if (device.topic_filters.empty() || device.topic_filters.size() > kFiltersMax)
    return invalid("an application has 1 to {} topic filters, this has {}", kFiltersMax,
                   device.topic_filters.size());
  for (const std::string& filter : device.topic_filters)
    MOBILAKE_TRY(check_topic_filter(filter));
  return {};
}

Result<> check_new_device(const NewDevice& device) {
  MOBILAKE_TRY(model::check_device_id(device.id.value()));
  MOBILAKE_TRY(model::check_name("an account", device.account));
  const bool gateway = device.kind == DeviceKind::kGateway;
  if (!gateway && (!device.gateway_filter.empty() || device.registers_unknown))
    return invalid("only a gateway has a filter of vehicles or registers unknown ones");
  if (gateway) return check_gateway(device);
  if (device.kind == DeviceKind::kApplication) return check_application(device);
  if (!device.topic_filters.empty())
    return invalid("a vehicle has no topic filters; it speaks under its own id");
  return {};
}

}  // namespace

class DeviceRegistry::Index {
 public:
  void put(const DevicePointer& device) {
    by_id.put(device->id.value(), device);
    if (!device->credential.username.empty()) by_username.put(device->credential.username, device);
  }
  void remove(const Device& device) {
    by_id.remove(device.id.value());
    if (!device.credential.username.empty()) by_username.remove(device.credential.username);
    removals.fetch_add(1, std::memory_order_release);
  }

  DeviceMap by_id;
  DeviceMap by_username;
  std::atomic<std::uint64_t> removals{0};
  // Held over look-up and entry of a new device, so that an id is given once. Readers never take
  // it.
  std::mutex changes;
};

class DeviceRegistry::Registrar : public VehicleRegistrar {
 public:
  using VehicleRegistrar::VehicleRegistrar;
};

DeviceRegistry::DeviceRegistry(MetaStore& store, Doors doors, DeviceRegistryOptions options)
    : store_(store),
      doors_(doors),
      index_(std::make_unique<Index>()),
      registrar_(std::make_unique<Registrar>(store, options)) {}

DeviceRegistry::~DeviceRegistry() = default;

Result<std::unique_ptr<DeviceRegistry>> DeviceRegistry::open(MetaStore& store, Doors doors,
                                                             DeviceRegistryOptions options) {
  std::unique_ptr<DeviceRegistry> registry(new DeviceRegistry(store, doors, options));
  MOBILAKE_TRY(registry->load().within("reading the device registry"));
  return registry;
}

Result<> DeviceRegistry::load() {
  std::string after;
  while (true) {
    std::vector<std::pair<std::string, std::string>> rows;
    MOBILAKE_TRY(store_.read([&](MetaTransaction& transaction) -> Result<> {
      MOBILAKE_ASSIGN(rows, transaction.scan(kDevicesSpace, "", after, kLoadPage));
      return {};
    }));
    for (const auto& [id, text] : rows) {
      MOBILAKE_ASSIGN(Device device, device_from_json(text));
      index_->put(std::make_shared<const Device>(std::move(device)));
    }
    if (rows.size() < kLoadPage) return {};
    after = rows.back().first;
  }
}

Result<AddedDevice> DeviceRegistry::add(const NewDevice& wanted) {
  MOBILAKE_TRY(check_new_device(wanted));
  AddedDevice added;
  added.password = make_secret(doors_.random);
  Device device;
  device.id = wanted.id;
  device.account = wanted.account;
  device.kind = wanted.kind;
  device.pseudonym = make_pseudonym(doors_.random);
  device.credential = {wanted.id.value(), sha256_hex(added.password)};
  if (wanted.kind == DeviceKind::kGateway)
    device.gateway_filter = wanted.gateway_filter.empty() ? "+" : wanted.gateway_filter;
  device.registers_unknown = wanted.registers_unknown;
  device.topic_filters = wanted.topic_filters;
  device.profile =
      wanted.profile.empty() ? std::string(default_profile(wanted.kind)) : wanted.profile;
  device.created_at = doors_.clock.now();
  added.device = std::make_shared<const Device>(std::move(device));

  const std::lock_guard lock(index_->changes);
  if (index_->by_id.find(wanted.id.value()) != nullptr)
    return already_exists("there is a device of that id");
  MOBILAKE_TRY(store_.transact([&](MetaTransaction& transaction) {
    return put_devices(transaction, std::span(&added.device, 1));
  }));
  index_->put(added.device);
  return added;
}

DevicePointer DeviceRegistry::find(std::string_view id) const {
  return index_->by_id.find(id);
}

Result<DevicePointer> DeviceRegistry::verify_password(std::string_view username,
                                                      std::string_view password) const {
  DevicePointer device = index_->by_username.find(username);
  // An unknown name costs the same hash and comparison, so that time does not tell it.
  static const std::string nothing(64, '0');
  const std::string& expected = device ? device->credential.password_sha256 : nothing;
  const bool equal = equal_in_constant_time(sha256_hex(password), expected);
  if (!equal || device == nullptr) return unauthenticated("wrong user name or password");
  return device;
}

Result<DevicePage> DeviceRegistry::list(std::string_view account, std::string_view page_token,
                                        std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kListLimitMax);
  // New vehicles stand in memory first; a list that leaves them out would surprise.
  MOBILAKE_TRY(flush());
  const std::string prefix = account_prefix(account);
  std::vector<std::pair<std::string, std::string>> rows;
  MOBILAKE_TRY(store_.read([&](MetaTransaction& transaction) -> Result<> {
    const std::string after = page_token.empty() ? "" : prefix + std::string(page_token);
    MOBILAKE_ASSIGN(rows, transaction.scan(kDevicesByAccountSpace, prefix, after, limit));
    return {};
  }));
  DevicePage page;
  for (const auto& [key, nothing] : rows) {
    // A device that was removed since the scan is left out.
    if (DevicePointer device = find(std::string_view(key).substr(prefix.size())))
      page.devices.push_back(std::move(device));
  }
  if (rows.size() == limit) page.next_page = rows.back().first.substr(prefix.size());
  return page;
}

Result<> DeviceRegistry::remove(std::string_view id) {
  const std::lock_guard lock(index_->changes);
  const DevicePointer device = find(id);
  if (device == nullptr) return not_found("there is no such device");
  // What waits would otherwise be written after the removal, and come back at the next start.
  MOBILAKE_TRY(flush());
  MOBILAKE_TRY(store_.transact(
      [&](MetaTransaction& transaction) { return remove_device(transaction, *device); }));
  index_->remove(*device);
  return {};
}

Result<DevicePointer> DeviceRegistry::register_vehicle(std::string_view account,
                                                       std::string_view id) {
  const auto own = [&](DevicePointer device) -> Result<DevicePointer> {
    if (device->account != account || device->kind != DeviceKind::kVehicle)
      return denied("the id does not name a vehicle of account {}", account);
    return device;
  };
  if (DevicePointer known = find(id)) return own(std::move(known));
  MOBILAKE_TRY(model::check_device_id(id));

  const std::lock_guard lock(index_->changes);
  if (DevicePointer known = find(id)) return own(std::move(known));
  Device vehicle;
  vehicle.id = model::DeviceId(std::string(id));
  vehicle.account = account;
  vehicle.pseudonym = make_pseudonym(doors_.random);
  vehicle.profile = default_profile(DeviceKind::kVehicle);
  vehicle.created_at = doors_.clock.now();
  DevicePointer registered = std::make_shared<const Device>(std::move(vehicle));
  MOBILAKE_TRY(registrar_->enqueue(registered));
  index_->put(registered);
  return registered;
}

Result<> DeviceRegistry::flush() {
  return registrar_->flush();
}

std::size_t DeviceRegistry::count() const {
  return index_->by_id.count();
}

std::uint64_t DeviceRegistry::removal_epoch() const {
  return index_->removals.load(std::memory_order_acquire);
}

}  // namespace mobilake::store

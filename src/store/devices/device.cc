// SPDX-License-Identifier: Apache-2.0
#include "store/devices/device.h"

#include <nlohmann/json.hpp>

namespace mobilake::store {
namespace {

using nlohmann::json;

// Matches `text` against a pattern in which '*' stands for any run of characters. Linear in
// practice: on a mismatch only the newest star is tried longer.
bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*')
    ++at;
  return at == pattern.size();
}

}  // namespace

std::string_view device_kind_name(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::kVehicle:
      return "vehicle";
    case DeviceKind::kGateway:
      return "gateway";
    case DeviceKind::kApplication:
      return "application";
  }
  return "";
}

Result<DeviceKind> parse_device_kind(std::string_view name) {
  for (const auto kind : {DeviceKind::kVehicle, DeviceKind::kGateway, DeviceKind::kApplication})
    if (device_kind_name(kind) == name) return kind;
  return invalid("a device is of kind vehicle, gateway or application, this is \"{}\"", name);
}

bool filter_matches(const Device& gateway, std::string_view vehicle_id) {
  if (gateway.kind != DeviceKind::kGateway) return false;
  return gateway.gateway_filter == "+" || matches_pattern(gateway.gateway_filter, vehicle_id);
}

std::vector<std::string> device_topics(const Device& device) {
  switch (device.kind) {
    case DeviceKind::kVehicle:
      return {"vehicles/" + device.id.value() + "/#"};
    case DeviceKind::kGateway:
      return {"vehicles/" + device.gateway_filter + "/#"};
    case DeviceKind::kApplication:
      return device.topic_filters;
  }
  return {};
}

std::string device_to_json(const Device& device) {
  json text = {{"id", device.id.value()},
               {"account", device.account},
               {"kind", device_kind_name(device.kind)},
               {"pseudonym", device.pseudonym},
               {"profile", device.profile},
               {"created_at_us", device.created_at.time_since_epoch().count()}};
  if (!device.credential.username.empty()) {
    text["username"] = device.credential.username;
    text["password_sha256"] = device.credential.password_sha256;
  }
  if (device.kind == DeviceKind::kGateway) {
    text["gateway_filter"] = device.gateway_filter;
    text["registers_unknown"] = device.registers_unknown;
  }
  if (device.kind == DeviceKind::kApplication) text["topic_filters"] = device.topic_filters;
  return text.dump();
}

Result<Device> device_from_json(std::string_view text) {
  try {
    const json fields = json::parse(text);
    Device device;
    device.id = model::DeviceId(fields.at("id").get<std::string>());
    device.account = fields.at("account").get<std::string>();
    MOBILAKE_ASSIGN(device.kind, parse_device_kind(fields.at("kind").get<std::string>()));
    device.pseudonym = fields.at("pseudonym").get<std::string>();
    device.profile = fields.at("profile").get<std::string>();
    device.created_at =
        Timestamp(base::microseconds(fields.at("created_at_us").get<std::int64_t>()));
    device.credential.username = fields.value("username", "");
    device.credential.password_sha256 = fields.value("password_sha256", "");
    device.gateway_filter = fields.value("gateway_filter", "");
    device.registers_unknown = fields.value("registers_unknown", false);
    device.topic_filters = fields.value("topic_filters", std::vector<std::string>{});
    return device;
  } catch (const json::exception& thrown) {
    return corrupt("a device in the meta store cannot be read: error {}", thrown.id);
  }
}

}  // namespace mobilake::store

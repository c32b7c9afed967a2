// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"
#include "serve/http/inside/paging.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::string_view kList = "devices";
constexpr std::string_view kDeviceProperties = R"(
    "id":{"type":"string"},"account":{"type":"string"},
    "kind":{"type":"string","enum":["vehicle","gateway","application"]},
    "username":{"type":"string"},"topics":{"type":"array","items":{"type":"string"}},
    "gateway_filter":{"type":"string"},"registers_unknown":{"type":"boolean"},
    "profile":{"type":"string"},"created_at":{"type":"string","format":"date-time"})";
constexpr std::string_view kNewSchema = R"({
  "type":"object","required":["id","account","kind"],"additionalProperties":false,
  "properties":{"id":{"type":"string","minLength":1,"maxLength":128},
    "account":{"type":"string","minLength":1,"maxLength":63},
    "kind":{"type":"string","enum":["vehicle","gateway","application"]},
    "gateway_filter":{"type":"string","maxLength":256},
    "registers_unknown":{"type":"boolean"},
    "topics":{"type":"array","maxItems":1000,
      "items":{"type":"string","minLength":1,"maxLength":65535}},
    "profile":{"type":"string","maxLength":63}}})";
constexpr std::string_view kAccountParameter = R"(
  {"name":"account","in":"query","description":"of this account alone",
   "schema":{"type":"string","maxLength":63}})";

std::string device_schema() {
  return fmt::format(
      R"({{"type":"object","required":["id","account","kind","topics","profile","created_at"],)"
      R"("properties":{{{}}}}})",
      kDeviceProperties);
}

std::string added_device_schema() {
  return fmt::format(
      R"({{"type":"object",)"
      R"("required":["id","account","kind","username","topics","profile","created_at","password"],)"
      R"("properties":{{{},"password":{{"type":"string"}}}}}})",
      kDeviceProperties);
}

Json device_json(const store::Device& device) {
  Json json = {{"id", device.id.value()},
               {"account", device.account},
               {"kind", store::device_kind_name(device.kind)}};
  if (!device.credential.username.empty()) json["username"] = device.credential.username;
  json["topics"] = store::device_topics(device);
  if (device.kind == store::DeviceKind::kGateway) {
    json["gateway_filter"] = device.gateway_filter;
    json["registers_unknown"] = device.registers_unknown;
  }
  json["profile"] = device.profile;
  json["created_at"] = rfc3339(device.created_at);
  return json;
}

// The id stands in nobody's error: it may be a VIN.
Error no_device() {
  return not_found("there is no such device");
}

// Returns the device if the caller may see it.
Result<store::DevicePointer> visible_device(DoorState& state, const Call& call) {
  const store::DevicePointer device = state.parts.devices.find(call.path_value("id"));
  const bool visible =
      device != nullptr &&
      state.decisions.allows(call, Action::kDescribe, govern::device_resource(device->account));
  if (!visible) return no_device();
  return device;
}

Result<store::NewDevice> new_device(const Json& body) {
  store::NewDevice device;
  device.id = model::DeviceId(body["id"].get<std::string>());
  device.account = body["account"];
  MOBILAKE_ASSIGN(device.kind,
                  store::parse_device_kind(body["kind"].get_ref<const std::string&>()));
  device.gateway_filter = body.value("gateway_filter", "");
  device.registers_unknown = body.value("registers_unknown", false);
  device.topic_filters = body.value("topics", std::vector<std::string>());
  device.profile = body.value("profile", "");
  return device;
}

Result<net::Answer> create_device(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const store::NewDevice device, new_device(call.body));
  MOBILAKE_TRY(model::check_name("an account", device.account));
  const auto permit = state.decisions.decide_on_record(call, Action::kManage,
                                                       govern::device_resource(device.account));
  const bool hidden = !permit.ok() && permit.error().code == Code::kNotFound;
  if (!permit.ok() && !hidden) return permit.error();
  if (hidden || !state.parts.identity.find_account(device.account).ok())
    return govern::missing(govern::account_resource(device.account));
  MOBILAKE_ASSIGN(const store::AddedDevice added, state.parts.devices.add(device));
  Json body = device_json(*added.device);
  body["password"] = added.password;
  return json_answer(201, body);
}

// A position in the list of all accounts: the account, a slash, and the last device shown.
struct Place {
  std::string account;
  std::string device;
};

Place place_of(const std::string& position) {
  const std::size_t slash = std::min(position.find('/'), position.size());
  return {position.substr(0, slash), position.substr(std::min(slash + 1, position.size()))};
}

// Returns the accounts whose devices the caller may see, in order, from `first` on.
std::vector<std::string> visible_accounts(DoorState& state, const Call& call,
                                          const std::string& only, const std::string& first) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (name >= first && (only.empty() || name == only) &&
        state.decisions.allows(call, Action::kDescribe, govern::device_resource(name)))
      names.push_back(name);
  };
  constexpr std::size_t kAccountsAtOnce = 1000;
  std::string after;
  do {
    const auto page = state.parts.identity.list_accounts(after, kAccountsAtOnce);
    for (const govern::Account& account : page.items)
      add(account.name);
    after = page.next_page;
  } while (!after.empty());
  return names;
}

Result<net::Answer> list_devices(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const std::string position, page_position(kList, call.text("page_token")));
  const std::size_t limit = call.number("limit", kPageDefault);
  const Place begin = place_of(position);
  Json items = Json::array();
  std::string next;
  for (const std::string& account :
       visible_accounts(state, call, call.text("account"), begin.account)) {
    if (items.size() == limit) {
      next = account + "/";
      break;
    }
    MOBILAKE_ASSIGN(const store::DevicePage page,
                    state.parts.devices.list(account, account == begin.account ? begin.device : "",
                                             limit - items.size()));
    for (const store::DevicePointer& device : page.devices)
      items.push_back(device_json(*device));
    if (page.next_page.empty()) continue;
    next = account + "/" + page.next_page;
    break;
  }
  return list_answer(std::move(items), page_token(kList, next));
}

Result<net::Answer> remove_device(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const store::DevicePointer device, visible_device(state, call));
  MOBILAKE_TRY(state.decisions.decide_on_record(call, Action::kManage,
                                                govern::device_resource(device->account)));
  MOBILAKE_TRY(state.parts.devices.remove(device->id.value()));
  net::Answer answer;
  answer.status = 204;
  return answer;
}

}  // namespace

std::vector<Operation> device_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation create = operation("POST", "/api/v1/devices", "createDevice",
                               "Registers a device; its password is shown this once");
  create.route.request_body = kNewSchema;
  create.route.success_status = 201;
  create.route.response_body = added_device_schema();
  create.handle = [&state](const Call& call) { return create_device(state, call); };
  operations.push_back(std::move(create));

  Operation list =
      operation("GET", "/api/v1/devices", "listDevices", "Lists the devices that one may see");
  list.route.parameters = fmt::format("[{},{}]", kAccountParameter, kPageParameters);
  list.route.response_body = list_schema(device_schema());
  list.handle = [&state](const Call& call) { return list_devices(state, call); };
  operations.push_back(std::move(list));

  Operation show = operation("GET", "/api/v1/devices/{id}", "showDevice", "Shows one device");
  show.route.response_body = device_schema();
  show.handle = [&state](const Call& call) -> Result<net::Answer> {
    MOBILAKE_ASSIGN(const store::DevicePointer device, visible_device(state, call));
    return json_answer(200, device_json(*device));
  };
  operations.push_back(std::move(show));

  Operation remove = operation("DELETE", "/api/v1/devices/{id}", "removeDevice",
                               "Removes a device and its pseudonym; it cannot be undone");
  remove.route.success_status = 204;
  remove.route.response_type = "";
  remove.handle = [&state](const Call& call) { return remove_device(state, call); };
  operations.push_back(std::move(remove));
  return operations;
}

}  // namespace mobilake::serve

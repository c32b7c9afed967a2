// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

struct DeviceWords {
  std::string id;
  std::string account;
  std::string gateway_filter;
  bool registers_unknown = false;
  bool application = false;
  std::vector<std::string> topics;
  std::string profile;
  bool dry_run = false;
};

Result<nlohmann::ordered_json> new_device_body(const DeviceWords& words) {
  if (words.application && !words.gateway_filter.empty())
    return invalid("a device is a gateway or an application, not both");
  if (words.registers_unknown && words.gateway_filter.empty())
    return invalid("--register is for a gateway: give --gateway FILTER too");
  if (!words.topics.empty() && !words.application)
    return invalid("--topics is for an application: give --application too");
  nlohmann::ordered_json body = {{"id", words.id}, {"account", words.account}, {"kind", "vehicle"}};
  if (!words.gateway_filter.empty()) {
    body["kind"] = "gateway";
    body["gateway_filter"] = words.gateway_filter;
    body["registers_unknown"] = words.registers_unknown;
  }
  if (words.application) {
    body["kind"] = "application";
    body["topics"] = words.topics;
  }
  if (!words.profile.empty()) body["profile"] = words.profile;
  return body;
}

Result<> make_device(Session& session, const DeviceWords& words) {
  MOBILAKE_ASSIGN(const nlohmann::ordered_json body, new_device_body(words));
  if (words.dry_run) {
    session.print_json(body.dump());
    return {};
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->post("/api/v1/devices", body.dump()));
  MOBILAKE_ASSIGN(const auto device, parse_answer(answer));
  print_thing(session, device);
  session.err << "The password is shown once.\n";
  return {};
}

Result<> list_devices(Session& session, const std::string& account) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  const std::string filter = account.empty() ? "" : "?account=" + escape_url(account);
  MOBILAKE_ASSIGN(const auto items, all_items(*api, "/api/v1/devices" + filter));
  print_items(session, items,
              {{"ID", "id"},
               {"ACCOUNT", "account"},
               {"KIND", "kind"},
               {"PROFILE", "profile"},
               {"CREATED", "created_at"}});
  return {};
}

Result<> show_device(Session& session, const std::string& id) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->get("/api/v1/devices/" + escape_url(id)));
  MOBILAKE_ASSIGN(const auto device, parse_answer(answer));
  print_thing(session, device);
  return {};
}

Result<> remove_device(Session& session, const DeviceWords& words) {
  if (!session.assume_yes && !words.dry_run)
    return invalid("removing a device cannot be undone: say --yes to do it");
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  const std::string path = "/api/v1/devices/" + escape_url(words.id);
  if (words.dry_run) {
    MOBILAKE_TRY(api->get(path));
    session.err << "would remove the device " << words.id << "\n";
    return {};
  }
  MOBILAKE_TRY(api->remove(path));
  session.err << "removed the device " << words.id << "\n";
  return {};
}

void add_new(CLI::App& noun, Session& session, const std::shared_ptr<DeviceWords>& words) {
  CLI::App* fresh = add_command(
      noun, "new", "Register a device, with a password that is shown once",
      "mobilake device new WVWZZZ1KZAW000001 --account vehicle -o json\n"
      "mobilake device new uplink --account vehicle --gateway + --register\n"
      "mobilake device new dashboard --account vehicle --application --topics 'status/#'");
  fresh->add_option("ID", words->id, "its id: the level of the topics it speaks under")->required();
  fresh->add_option("--account", words->account, "the account it belongs to")->required();
  fresh->add_option("--gateway", words->gateway_filter,
                    "speaks for the vehicles that match: + for all, or a pattern with *");
  fresh->add_flag("--register", words->registers_unknown,
                  "a gateway that registers unknown vehicles at first sight");
  fresh->add_flag("--application", words->application, "publishes and subscribes on --topics");
  fresh->add_option("--topics", words->topics, "topic filters of an application")->delimiter(',');
  fresh->add_option("--profile", words->profile,
                    "its limits: vehicle, gateway, or one of the config");
  fresh->add_flag("--dry-run", words->dry_run, "print what would be sent");
  fresh->callback([&session, words] {
    session.action = [&session, words] { return make_device(session, *words); };
  });
}

}  // namespace

void add_device_verbs(CLI::App& root, Session& session) {
  const auto words = std::make_shared<DeviceWords>();
  CLI::App* noun = add_command(root, "device", "Devices: vehicles, gateways, applications",
                               "mobilake device new WVWZZZ1KZAW000001 --account vehicle\n"
                               "mobilake device ls --account vehicle\n"
                               "mobilake device rm WVWZZZ1KZAW000001 --yes");
  noun->require_subcommand(1);
  add_new(*noun, session, words);

  CLI::App* list = add_command(*noun, "ls", "List devices",
                               "mobilake device ls --account vehicle\n"
                               "mobilake device ls -o json\n"
                               "mobilake device ls --account vehicle | wc -l");
  list->add_option("--account", words->account, "of this account alone");
  list->callback([&session, words] {
    session.action = [&session, words] { return list_devices(session, words->account); };
  });

  CLI::App* show = add_command(*noun, "show", "Show a device",
                               "mobilake device show WVWZZZ1KZAW000001\n"
                               "mobilake device show uplink -o json\n"
                               "mobilake device show dashboard");
  show->add_option("ID", words->id, "its id")->required();
  show->callback([&session, words] {
    session.action = [&session, words] { return show_device(session, words->id); };
  });

  CLI::App* remove = add_command(*noun, "rm", "Remove a device and its password",
                                 "mobilake device rm uplink --yes\n"
                                 "mobilake device rm uplink --dry-run\n"
                                 "mobilake device rm WVWZZZ1KZAW000001 --yes");
  remove->add_option("ID", words->id, "its id")->required();
  remove->add_flag("--dry-run", words->dry_run, "only look whether it is there");
  remove->callback([&session, words] {
    session.action = [&session, words] { return remove_device(session, *words); };
  });
}

}  // namespace mobilake::cli

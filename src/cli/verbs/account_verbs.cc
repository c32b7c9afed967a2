// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

struct AccountWords {
  std::string name;
  std::string kind;
  std::string template_name;
  bool dry_run = false;
};

Result<> make_account(Session& session, const AccountWords& words) {
  nlohmann::ordered_json body = {{"name", words.name}, {"kind", words.kind}};
  if (!words.template_name.empty()) body["template"] = words.template_name;
  if (words.dry_run) {
    session.print_json(body.dump());
    return {};
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->post("/api/v1/accounts", body.dump()));
  MOBILAKE_ASSIGN(const auto account, parse_answer(answer));
  print_thing(session, account);
  return {};
}

Result<> list_accounts(Session& session) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const auto items, all_items(*api, "/api/v1/accounts"));
  print_items(
      session, items,
      {{"NAME", "name"}, {"KIND", "kind"}, {"TEMPLATE", "template"}, {"CREATED", "created_at"}});
  return {};
}

Result<> show_account(Session& session, const std::string& name) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->get("/api/v1/accounts/" + escape_url(name)));
  MOBILAKE_ASSIGN(const auto account, parse_answer(answer));
  print_thing(session, account);
  return {};
}

}  // namespace

void add_account_verbs(CLI::App& root, Session& session) {
  // Shared with the callbacks, which outlive this call.
  const auto words = std::make_shared<AccountWords>();
  CLI::App* noun = add_command(root, "account", "Accounts: who owns data",
                               "mobilake account new vehicle --kind producer --template vehicle\n"
                               "mobilake account ls -o json\n"
                               "mobilake account show vehicle");
  noun->require_subcommand(1);

  CLI::App* fresh = add_command(*noun, "new", "Make an account",
                                "mobilake account new vehicle --kind producer --template vehicle\n"
                                "mobilake account new workshop --kind consumer\n"
                                "mobilake account new steward --kind governance --dry-run");
  fresh->add_option("NAME", words->name, "its name")->required();
  fresh->add_option("--kind", words->kind, "producer, governance or consumer")
      ->required()
      ->check(CLI::IsMember({"producer", "governance", "consumer"}));
  fresh->add_option("--template", words->template_name,
                    "vehicle: with the table telemetry.signals over vehicles/+/telemetry");
  fresh->add_flag("--dry-run", words->dry_run, "print what would be sent");
  fresh->callback([&session, words] {
    session.action = [&session, words] { return make_account(session, *words); };
  });

  CLI::App* list = add_command(*noun, "ls", "List accounts",
                               "mobilake account ls\n"
                               "mobilake account ls -o json\n"
                               "mobilake --context prod account ls");
  list->callback([&session] { session.action = [&session] { return list_accounts(session); }; });

  CLI::App* show = add_command(*noun, "show", "Show an account",
                               "mobilake account show vehicle\n"
                               "mobilake account show vehicle -o json\n"
                               "mobilake account show system");
  show->add_option("NAME", words->name, "its name")->required();
  show->callback([&session, words] {
    session.action = [&session, words] { return show_account(session, words->name); };
  });
}

}  // namespace mobilake::cli

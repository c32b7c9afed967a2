// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

struct UserWords {
  std::string name;
  std::string account;
  std::string role = "owner";
  std::int64_t days = -1;
  bool dry_run = false;
};

Result<> make_user(Session& session, const UserWords& words) {
  const nlohmann::ordered_json body = {
      {"name", words.name}, {"account", words.account}, {"role", words.role}};
  if (words.dry_run) {
    session.print_json(body.dump());
    return {};
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->post("/api/v1/users", body.dump()));
  MOBILAKE_ASSIGN(const auto user, parse_answer(answer));
  print_thing(session, user);
  return {};
}

Result<> list_users(Session& session, const std::string& account) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  const std::string filter = account.empty() ? "" : "?account=" + escape_url(account);
  MOBILAKE_ASSIGN(const auto items, all_items(*api, "/api/v1/users" + filter));
  print_items(
      session, items,
      {{"NAME", "name"}, {"ACCOUNT", "account"}, {"ROLE", "role"}, {"CREATED", "created_at"}});
  return {};
}

Result<> show_user(Session& session, const std::string& name) {
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->get("/api/v1/users/" + escape_url(name)));
  MOBILAKE_ASSIGN(const auto user, parse_answer(answer));
  print_thing(session, user);
  return {};
}

Result<> make_token(Session& session, const UserWords& words) {
  nlohmann::ordered_json body = nlohmann::ordered_json::object();
  if (words.days >= 0) body["lifetime_seconds"] = words.days * 86'400;
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer,
                  api->post("/api/v1/users/" + escape_url(words.name) + "/token", body.dump()));
  MOBILAKE_ASSIGN(const auto token, parse_answer(answer));
  if (session.json()) {
    print_thing(session, token);
    return {};
  }
  // Bare, so that a shell can keep it: TOKEN=$(mobilake user token ada)
  session.out << cell_text(token.value("token", nlohmann::ordered_json())) << '\n';
  session.err << "This token is shown once. Keep it where only you can read it.\n";
  return {};
}

}  // namespace

void add_user_verbs(CLI::App& root, Session& session) {
  const auto words = std::make_shared<UserWords>();
  CLI::App* noun = add_command(root, "user", "Users: who signs in",
                               "mobilake user new ada --account vehicle --role owner\n"
                               "mobilake user token ada > ada.token\n"
                               "mobilake user ls --account vehicle");
  noun->require_subcommand(1);

  CLI::App* fresh = add_command(*noun, "new", "Make a user",
                                "mobilake user new ada --account vehicle --role owner\n"
                                "mobilake user new root --account system --role admin\n"
                                "mobilake user new bob --account partner --dry-run");
  fresh->add_option("NAME", words->name, "its name")->required();
  fresh->add_option("--account", words->account, "the account it belongs to")->required();
  fresh->add_option("--role", words->role, "owner or admin")
      ->capture_default_str()
      ->check(CLI::IsMember({"owner", "admin"}));
  fresh->add_flag("--dry-run", words->dry_run, "print what would be sent");
  fresh->callback([&session, words] {
    session.action = [&session, words] { return make_user(session, *words); };
  });

  CLI::App* list = add_command(*noun, "ls", "List users",
                               "mobilake user ls\n"
                               "mobilake user ls --account vehicle\n"
                               "mobilake user ls -o json");
  list->add_option("--account", words->account, "of this account alone");
  list->callback([&session, words] {
    session.action = [&session, words] { return list_users(session, words->account); };
  });

  CLI::App* show = add_command(*noun, "show", "Show a user",
                               "mobilake user show ada\n"
                               "mobilake user show ada -o json\n"
                               "mobilake user show root");
  show->add_option("NAME", words->name, "its name")->required();
  show->callback([&session, words] {
    session.action = [&session, words] { return show_user(session, words->name); };
  });

  CLI::App* token = add_command(*noun, "token", "Make a token, shown once",
                                "mobilake user token ada > ada.token\n"
                                "export MOBILAKE_TOKEN=$(mobilake user token ada)\n"
                                "mobilake user token ada --days 30 -o json");
  token->add_option("NAME", words->name, "the user it speaks for")->required();
  token->add_option("--days", words->days, "how long it lives; 0 for ever, by default a year");
  token->callback([&session, words] {
    session.action = [&session, words] { return make_token(session, *words); };
  });
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"
#include "serve/http/inside/paging.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::string_view kList = "accounts";
constexpr std::string_view kAccountSchema = R"({
  "type":"object","required":["name","kind","template","created_at"],
  "properties":{"name":{"type":"string"},
    "kind":{"type":"string","enum":["system","producer","governance","consumer"]},
    "template":{"type":"string"},"created_at":{"type":"string","format":"date-time"}}})";
constexpr std::string_view kNewSchema = R"({
  "type":"object","required":["name","kind"],"additionalProperties":false,
  "properties":{"name":{"type":"string","minLength":1,"maxLength":63},
    "kind":{"type":"string","enum":["producer","governance","consumer"]},
    "template":{"type":"string","enum":["","vehicle"]}}})";

Json account_json(const govern::Account& account) {
  return {{"name", account.name},
          {"kind", model::account_kind_name(account.kind)},
          {"template", account.template_name},
          {"created_at", rfc3339(account.created_at)}};
}

Result<net::Answer> create_account(DoorState& state, const Call& call) {
  const std::string name = call.body["name"];
  MOBILAKE_TRY(model::check_name("an account", name));
  MOBILAKE_ASSIGN(const auto kind,
                  model::parse_account_kind(call.body["kind"].get_ref<const std::string&>()));
  const auto permit =
      state.decisions.decide_on_record(call, Action::kManage, govern::account_resource(name));
  // An account that is not there yet cannot be hidden: it is the making that is refused.
  if (!permit.ok() && permit.error().code == Code::kNotFound)
    return denied("{} may not make accounts; ask an administrator",
                  model::role_name(call.principal.role));
  MOBILAKE_TRY(permit);
  MOBILAKE_ASSIGN(const govern::Account account,
                  state.parts.identity.add_account(name, kind, call.body.value("template", "")));
  if (state.parts.on_account_created)
    MOBILAKE_TRY(state.parts.on_account_created(account).within(
        "the account stands, but not yet what its template makes"));
  net::Answer answer = json_answer(201, account_json(account));
  answer.headers["location"] = "/api/v1/accounts/" + account.name;
  return answer;
}

Result<net::Answer> list_accounts(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(std::string position, page_position(kList, call.text("page_token")));
  const std::size_t limit = call.number("limit", kPageDefault);
  const auto page = fill_page<govern::Account>(
      std::move(position), limit,
      [&](const std::string& after) { return state.parts.identity.list_accounts(after, limit); },
      [&](const govern::Account& account) {
        return state.decisions.allows(call, Action::kDescribe,
                                      govern::account_resource(account.name));
      },
      [](const govern::Account& account) { return account.name; });
  Json items = Json::array();
  for (const govern::Account& account : page.items)
    items.push_back(account_json(account));
  return list_answer(std::move(items), page_token(kList, page.next_page));
}

Result<net::Answer> show_account(DoorState& state, const Call& call) {
  const std::string& name = call.path_value("name");
  MOBILAKE_TRY(model::check_name("an account", name));
  MOBILAKE_TRY(state.decisions.decide(call, Action::kDescribe, govern::account_resource(name)));
  const auto account = state.parts.identity.find_account(name);
  if (account.ok()) return json_answer(200, account_json(*account));
  if (account.error().code != Code::kNotFound) return account.error();
  return govern::missing(govern::account_resource(name));
}

}  // namespace

std::vector<Operation> account_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation create =
      operation("POST", "/api/v1/accounts", "createAccount", "Makes an account that owns data");
  create.route.request_body = kNewSchema;
  create.route.success_status = 201;
  create.route.response_body = kAccountSchema;
  create.handle = [&state](const Call& call) { return create_account(state, call); };
  operations.push_back(std::move(create));

  Operation list =
      operation("GET", "/api/v1/accounts", "listAccounts", "Lists the accounts that one may see");
  list.route.parameters = fmt::format("[{}]", kPageParameters);
  list.route.response_body = list_schema(kAccountSchema);
  list.handle = [&state](const Call& call) { return list_accounts(state, call); };
  operations.push_back(std::move(list));

  Operation show = operation("GET", "/api/v1/accounts/{name}", "showAccount", "Shows one account");
  show.route.response_body = kAccountSchema;
  show.handle = [&state](const Call& call) { return show_account(state, call); };
  operations.push_back(std::move(show));
  return operations;
}

}  // namespace mobilake::serve

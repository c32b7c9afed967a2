// SPDX-License-Identifier: Apache-2.0
#include "govern/resource.h"
#include "serve/http/inside/paging.h"
#include "serve/http/resources/resources.h"
#include "serve/http/results/time_text.h"

namespace mobilake::serve {
namespace {

using model::Action;

constexpr std::string_view kList = "users";
constexpr std::string_view kUserSchema = R"({
  "type":"object","required":["name","account","role","created_at"],
  "properties":{"name":{"type":"string"},"account":{"type":"string"},
    "role":{"type":"string","enum":["owner","admin"]},
    "created_at":{"type":"string","format":"date-time"}}})";
constexpr std::string_view kNewSchema = R"({
  "type":"object","required":["name","account","role"],"additionalProperties":false,
  "properties":{"name":{"type":"string","minLength":1,"maxLength":63},
    "account":{"type":"string","minLength":1,"maxLength":63},
    "role":{"type":"string","enum":["owner","admin"]}}})";
constexpr std::string_view kNewTokenSchema = R"({
  "type":"object","additionalProperties":false,
  "properties":{"lifetime_seconds":{"type":"integer","minimum":0,"maximum":3155760000,
    "description":"0: for ever; by default a year"}}})";
constexpr std::string_view kTokenSchema = R"({
  "type":"object","required":["id","token"],
  "properties":{"id":{"type":"string"},"token":{"type":"string"},
    "expires_at":{"type":"string","format":"date-time"}}})";
constexpr std::string_view kAccountParameter = R"(
  {"name":"account","in":"query","description":"of this account alone",
   "schema":{"type":"string","maxLength":63}})";

Json user_json(const govern::User& user) {
  return {{"name", user.name},
          {"account", user.account},
          {"role", model::role_name(user.role)},
          {"created_at", rfc3339(user.created_at)}};
}

Error no_user(const std::string& name) {
  return not_found("there is no user \"{}\"", name);
}

// Returns the user if the caller may see it; hidden and missing ones are told in the same words.
Result<govern::User> visible_user(DoorState& state, const Call& call, const std::string& name) {
  const auto user = state.parts.identity.find_user(name);
  if (!user.ok() && user.error().code != Code::kNotFound) return user.error();
  if (!user.ok()) return no_user(name);
  if (!state.decisions.allows(call, Action::kDescribe, govern::user_resource(user->account)))
    return no_user(name);
  return *user;
}

Result<net::Answer> create_user(DoorState& state, const Call& call) {
  const std::string name = call.body["name"];
  const std::string account = call.body["account"];
  MOBILAKE_TRY(model::check_name("a user", name));
  MOBILAKE_TRY(model::check_name("an account", account));
  MOBILAKE_ASSIGN(const auto role,
                  model::parse_role(call.body["role"].get_ref<const std::string&>()));
  const auto permit =
      state.decisions.decide_on_record(call, Action::kManage, govern::user_resource(account));
  if (!permit.ok() && permit.error().code == Code::kNotFound)
    return govern::missing(govern::account_resource(account));
  MOBILAKE_TRY(permit);
  MOBILAKE_ASSIGN(const govern::User user, state.parts.identity.add_user(name, account, role));
  net::Answer answer = json_answer(201, user_json(user));
  answer.headers["location"] = "/api/v1/users/" + user.name;
  return answer;
}

Result<net::Answer> list_users(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(std::string position, page_position(kList, call.text("page_token")));
  const std::size_t limit = call.number("limit", kPageDefault);
  const std::string account = call.text("account");
  const auto page = fill_page<govern::User>(
      std::move(position), limit,
      [&](const std::string& after) {
        return state.parts.identity.list_users(account, after, limit);
      },
      [&](const govern::User& user) {
        return state.decisions.allows(call, Action::kDescribe, govern::user_resource(user.account));
      },
      [](const govern::User& user) { return user.name; });
  Json items = Json::array();
  for (const govern::User& user : page.items)
    items.push_back(user_json(user));
  return list_answer(std::move(items), page_token(kList, page.next_page));
}

Result<net::Answer> issue_token(DoorState& state, const Call& call) {
  MOBILAKE_ASSIGN(const govern::User user, visible_user(state, call, call.path_value("name")));
  MOBILAKE_TRY(
      state.decisions.decide_on_record(call, Action::kManage, govern::user_resource(user.account)));
  std::optional<std::chrono::seconds> lifetime;
  if (const auto given = call.body.find("lifetime_seconds"); given != call.body.end())
    lifetime = std::chrono::seconds(given->get<std::int64_t>());
  MOBILAKE_ASSIGN(const govern::IssuedToken token,
                  state.parts.identity.issue_token(user.name, lifetime));
  Json body = {{"id", token.id}, {"token", token.token}};
  if (token.expires_at.has_value()) body["expires_at"] = rfc3339(*token.expires_at);
  return json_answer(201, body);
}

}  // namespace

std::vector<Operation> user_operations(DoorState& state) {
  std::vector<Operation> operations;
  Operation create =
      operation("POST", "/api/v1/users", "createUser", "Makes a user who signs in with tokens");
  create.route.request_body = kNewSchema;
  create.route.success_status = 201;
  create.route.response_body = kUserSchema;
  create.handle = [&state](const Call& call) { return create_user(state, call); };
  operations.push_back(std::move(create));

  Operation list =
      operation("GET", "/api/v1/users", "listUsers", "Lists the users that one may see");
  list.route.parameters = fmt::format("[{},{}]", kAccountParameter, kPageParameters);
  list.route.response_body = list_schema(kUserSchema);
  list.handle = [&state](const Call& call) { return list_users(state, call); };
  operations.push_back(std::move(list));

  Operation show = operation("GET", "/api/v1/users/{name}", "showUser", "Shows one user");
  show.route.response_body = kUserSchema;
  show.handle = [&state](const Call& call) -> Result<net::Answer> {
    MOBILAKE_ASSIGN(const govern::User user, visible_user(state, call, call.path_value("name")));
    return json_answer(200, user_json(user));
  };
  operations.push_back(std::move(show));

  Operation token = operation("POST", "/api/v1/users/{name}/token", "issueToken",
                              "Makes a token for a user; it is shown this once");
  token.route.request_body = kNewTokenSchema;
  token.route.success_status = 201;
  token.route.response_body = kTokenSchema;
  token.handle = [&state](const Call& call) { return issue_token(state, call); };
  operations.push_back(std::move(token));
  return operations;
}

}  // namespace mobilake::serve

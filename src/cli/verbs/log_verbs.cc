// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

constexpr int kPartial = 7;

struct LogWords {
  std::string data_dir;
  LogRecordQuery query;
};

// Without a hook this program was built without its offline part.
Error no_offline() {
  return unsupported("this program cannot look at a data folder by itself");
}

void print_incidents(Session& session, const nlohmann::ordered_json& answer) {
  const auto incidents = answer.find("incidents");
  if (incidents == answer.end() || incidents->empty()) return;
  session.err << incidents->size() << " incident(s):\n";
  for (const auto& incident : *incidents)
    session.err << fmt::format("  {} at {}: {}\n",
                               cell_text(incident.value("file", nlohmann::ordered_json())),
                               cell_text(incident.value("offset", nlohmann::ordered_json())),
                               cell_text(incident.value("what", nlohmann::ordered_json())));
}

Result<nlohmann::ordered_json> ask(Session& session, const LogWords& words,
                                   const std::function<Result<std::string>()>& offline,
                                   const ApiRequest& online) {
  if (!words.data_dir.empty()) {
    MOBILAKE_ASSIGN(const std::string answer, offline());
    return parse_answer(answer);
  }
  MOBILAKE_ASSIGN(ApiClient* const api, session.api());
  MOBILAKE_ASSIGN(const std::string answer, api->send(online));
  return parse_answer(answer);
}

Result<> list_segments(Session& session, const LogWords& words) {
  ApiRequest request;
  request.path = "/api/v1/log/segments";
  MOBILAKE_ASSIGN(const auto answer, ask(
                                         session, words,
                                         [&]() -> Result<std::string> {
                                           if (!session.hooks.log_segments) return no_offline();
                                           return session.hooks.log_segments(words.data_dir);
                                         },
                                         request));
  if (session.json()) {
    session.print_json(answer.dump());
    return {};
  }
  print_items(session, answer.value("items", nlohmann::ordered_json::array()),
              {{"FILE", "file"},
               {"FAMILY", "family"},
               {"WRITER", "writer"},
               {"SEALED", "sealed"},
               {"FRAMES", "frames"},
               {"RECORDS", "records"},
               {"BYTES", "bytes"}});
  print_incidents(session, answer);
  return {};
}

Result<> show_records(Session& session, const LogWords& words) {
  const LogRecordQuery& query = words.query;
  ApiRequest request;
  request.path = fmt::format("/api/v1/log/records?family={}&partition={}&from={}&limit={}",
                             query.family, query.partition, query.from, query.limit);
  MOBILAKE_ASSIGN(const auto answer, ask(
                                         session, words,
                                         [&]() -> Result<std::string> {
                                           if (!session.hooks.log_records) return no_offline();
                                           return session.hooks.log_records(words.data_dir, query);
                                         },
                                         request));
  const auto items = answer.value("items", nlohmann::ordered_json::array());
  if (items.empty() && !session.json())
    session.err << fmt::format("no {} records in partition {} from offset {} on; see --partition\n",
                               query.family, query.partition, query.from);
  print_items(session, items,
              {{"OFFSET", "offset"},
               {"RECEIVED", "received_at"},
               {"STREAM", "stream"},
               {"TOPIC", "topic"},
               {"BYTES", "bytes"},
               {"PAYLOAD", "payload"}});
  return {};
}

Result<> verify_log(Session& session, const LogWords& words) {
  ApiRequest request;
  request.method = "POST";
  request.path = "/api/v1/log/verify";
  request.body = "{}";
  request.timeout = std::chrono::hours(1);
  MOBILAKE_ASSIGN(const auto answer, ask(
                                         session, words,
                                         [&]() -> Result<std::string> {
                                           if (!session.hooks.log_verify) return no_offline();
                                           return session.hooks.log_verify(words.data_dir);
                                         },
                                         request));
  const auto incidents = answer.find("incidents");
  const bool clean = incidents == answer.end() || incidents->empty();
  if (!clean) session.exit_code = kPartial;
  if (session.json()) {
    session.print_json(answer.dump());
    return {};
  }
  nlohmann::ordered_json counts = answer;
  counts.erase("incidents");
  print_thing(session, counts);
  print_incidents(session, answer);
  if (clean) session.err << "every frame is what was written\n";
  return {};
}

}  // namespace

void add_log_verbs(CLI::App& root, Session& session) {
  const auto words = std::make_shared<LogWords>();
  CLI::App* noun = add_command(root, "log", "The log: what came in, in order",
                               "mobilake log ls\n"
                               "mobilake log show --partition 3 --limit 10\n"
                               "mobilake log verify --data-dir /srv/mobilake");
  noun->require_subcommand(1);
  const auto add = [&](const char* name, const char* about, const char* examples, auto run) {
    CLI::App* verb = add_command(*noun, name, about, examples);
    verb->add_option("--data-dir", words->data_dir, "a data folder that no server holds");
    verb->callback([&session, words, run] {
      session.action = [&session, words, run] { return run(session, *words); };
    });
    return verb;
  };
  add("ls", "List segments",
      "mobilake log ls\n"
      "mobilake log ls -o json\n"
      "mobilake log ls --data-dir /srv/mobilake",
      list_segments);
  CLI::App* show = add("show", "Show records of a partition",
                       "mobilake log show --partition 3\n"
                       "mobilake log show --partition 3 --from 1000 --limit 5 -o json\n"
                       "mobilake log show --family system --data-dir /srv/mobilake",
                       show_records);
  show->add_option("--family", words->query.family, "data or system")
      ->check(CLI::IsMember({"data", "system"}))
      ->capture_default_str();
  show->add_option("--partition", words->query.partition, "its number")->capture_default_str();
  show->add_option("--from", words->query.from, "the first offset")->capture_default_str();
  show->add_option("--limit", words->query.limit, "how many")->capture_default_str();
  add("verify", "Read every frame and compare its checksum",
      "mobilake log verify\n"
      "mobilake log verify --data-dir /srv/mobilake\n"
      "mobilake log verify -o json",
      verify_log);
}

}  // namespace mobilake::cli

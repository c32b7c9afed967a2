// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "base/disk.h"
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

struct BackupWords {
  std::string data_dir;
  std::string target;
  bool dry_run = false;
};

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).string();
}

// Returns the HTTP address of the server that wrote its endpoints into the folder, or nothing.
std::string server_of(const std::string& data_dir) {
  const Result<std::string> text = base::system_disk().read_file(data_dir + "/endpoints.json");
  if (!text.ok()) return "";
  const auto endpoints = nlohmann::ordered_json::parse(*text, nullptr, false);
  return endpoints.is_object() ? endpoints.value("http", "") : "";
}

Result<std::string> back_up(Session& session, const std::string& data_dir,
                            const std::string& target) {
  // The server that holds the folder, whichever one a context or the environment names.
  session.server = server_of(data_dir);
  if (!session.server.empty()) {
    // The first administrator's token lies in the folder that is backed up.
    const std::string admin_token = data_dir + "/admin.token";
    if (session.token.empty() && base::system_disk().exists(admin_token).value_or(false))
      session.token = "@" + admin_token;
    MOBILAKE_ASSIGN(ApiClient* const api, session.api());
    ApiRequest request;
    request.method = "POST";
    request.path = "/api/v1/backup";
    request.body = nlohmann::ordered_json({{"target", target}}).dump();
    request.timeout = std::chrono::hours(12);
    Result<std::string> answer = api->send(request);
    const bool nobody = !answer.ok() && answer.error().code == Code::kUnavailable;
    if (!nobody) return answer;
  }
  if (!session.hooks.backup) return unsupported("this program cannot back up a folder by itself");
  return session.hooks.backup(data_dir, target);
}

Result<> run_backup(Session& session, const BackupWords& words) {
  const std::string data_dir = absolute(words.data_dir);
  const std::string target = absolute(words.target);
  MOBILAKE_ASSIGN(const bool is_there, base::system_disk().exists(data_dir));
  if (!is_there) return not_found("there is no folder {}", data_dir);
  if (words.dry_run) {
    const std::string server = server_of(data_dir);
    session.err << fmt::format(
        "would copy {} to {}, {}\n", data_dir, target,
        server.empty() ? "without a server" : "through the server at " + server);
    return {};
  }
  MOBILAKE_ASSIGN(const std::string answer, back_up(session, data_dir, target));
  MOBILAKE_ASSIGN(const auto fields, parse_answer(answer));
  print_thing(session, fields);
  return {};
}

Result<> run_restore(Session& session, const BackupWords& words) {
  if (!session.hooks.restore) return unsupported("this program cannot restore a folder by itself");
  if (words.dry_run) {
    session.err << fmt::format("would check {} and copy it to {}\n", absolute(words.target),
                               absolute(words.data_dir));
    return {};
  }
  MOBILAKE_ASSIGN(const std::string answer,
                  session.hooks.restore(absolute(words.target), absolute(words.data_dir)));
  MOBILAKE_ASSIGN(const auto fields, parse_answer(answer));
  print_thing(session, fields);
  return {};
}

}  // namespace

void add_backup_verbs(CLI::App& root, Session& session) {
  const auto words = std::make_shared<BackupWords>();
  CLI::App* backup = add_command(root, "backup", "Copy a data folder, also while it is served",
                                 "mobilake backup /srv/mobilake /backup/2026-03-02\n"
                                 "mobilake backup ./data ./copy -o json\n"
                                 "mobilake backup ./data ./copy --dry-run");
  backup->add_option("DIR", words->data_dir, "the data folder")->required();
  backup->add_option("TARGET", words->target, "a new folder")->required();
  backup->add_flag("--dry-run", words->dry_run, "only say what would be done");
  backup->callback([&session, words] {
    session.action = [&session, words] { return run_backup(session, *words); };
  });
  CLI::App* restore = add_command(root, "restore", "Make a data folder from a backup",
                                  "mobilake restore /backup/2026-03-02 /srv/mobilake\n"
                                  "mobilake restore ./copy ./data -o json\n"
                                  "mobilake restore ./copy ./data --dry-run");
  restore->add_option("SOURCE", words->target, "the backup")->required();
  restore->add_option("DIR", words->data_dir, "a new data folder")->required();
  restore->add_flag("--dry-run", words->dry_run, "only say what would be done");
  restore->callback([&session, words] {
    session.action = [&session, words] { return run_restore(session, *words); };
  });
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/session.h"

namespace mobilake::cli {

/// Each adds one noun with its verbs to the command and lets them set `session.action`.
/// Options live as long as the command: verbs keep them in a shared_ptr that their callbacks hold.
void add_account_verbs(CLI::App& root, Session& session);
void add_user_verbs(CLI::App& root, Session& session);
void add_device_verbs(CLI::App& root, Session& session);
void add_table_verbs(CLI::App& root, Session& session);
void add_log_verbs(CLI::App& root, Session& session);
void add_sql_verb(CLI::App& root, Session& session);
void add_replay_verb(CLI::App& root, Session& session);
void add_sim_verbs(CLI::App& root, Session& session);
void add_status_verb(CLI::App& root, Session& session);
void add_doctor_verb(CLI::App& root, Session& session);
void add_backup_verbs(CLI::App& root, Session& session);
void add_context_verbs(CLI::App& root, Session& session);
void add_completion_verb(CLI::App& root, Session& session);
void add_version_verb(CLI::App& root, Session& session);

/// Adds a command whose help begins with `examples`, one a line.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& examples);

}  // namespace mobilake::cli

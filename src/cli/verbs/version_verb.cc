// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/listing.h"
#include "cli/inside/verbs.h"

#ifndef MOBILAKE_VERSION
#define MOBILAKE_VERSION "0"
#endif

namespace mobilake::cli {

std::string program_version() {
  return MOBILAKE_VERSION;
}

void add_version_verb(CLI::App& root, Session& session) {
  CLI::App* verb = add_command(root, "version", "Print the version of this program",
                               "mobilake version\n"
                               "mobilake version -o json\n"
                               "mobilake status  # says the server's");
  verb->callback([&session] {
    session.action = [&session]() -> Result<> {
      if (session.json())
        session.print_json(nlohmann::ordered_json({{"version", program_version()}}).dump());
      else
        session.out << "mobilake " << program_version() << '\n';
      return {};
    };
  });
}

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/inside/verbs.h"

namespace mobilake::cli {
namespace {

// One place in the tree of commands: the words that lead there, and those that may follow.
struct Place {
  std::string path;
  std::string words;
};

void walk(const CLI::App& app, const std::string& path, std::vector<Place>& places) {
  Place place{path, ""};
  const auto append = [&](const std::string& word) {
    place.words += (place.words.empty() ? "" : " ") + word;
  };
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    append(sub->get_name());
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames())
      append("--" + name);
  places.push_back(place);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    walk(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), places);
}

std::string bash_script(const std::vector<Place>& places) {
  std::string cases;
  for (const Place& place : places)
    cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", place.path, place.words);
  return "_mobilake() {\n"
         "  local word path=\"\" words=\"\" at\n"
         "  for ((at = 1; at < COMP_CWORD; at++)); do\n"
         "    word=${COMP_WORDS[at]}\n"
         "    [[ $word == -* ]] || path=\"${path:+$path }$word\"\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _mobilake mobilake\n";
}

std::string zsh_script(const std::vector<Place>& places) {
  return "#compdef mobilake\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(places);
}

std::string fish_script(const std::vector<Place>& places) {
  std::string script = "complete -c mobilake -f\n";
  for (const Place& place : places) {
    std::string condition = "__fish_use_subcommand";
    if (!place.path.empty()) {
      condition.clear();
      for (const char c : " " + place.path) {
        if (c == ' ')
          condition += condition.empty() ? "__fish_seen_subcommand_from "
                                         : "; and __fish_seen_subcommand_from ";
        else
          condition.push_back(c);
      }
    }
    script += fmt::format("complete -c mobilake -n '{}' -a '{}'\n", condition, place.words);
  }
  return script;
}

Result<> print_script(Session& session, const CLI::App& root, const std::string& shell) {
  std::vector<Place> places;
  walk(root, "", places);
  session.out << (shell == "bash"  ? bash_script(places)
                  : shell == "zsh" ? zsh_script(places)
                                   : fish_script(places));
  return {};
}

}  // namespace

void add_completion_verb(CLI::App& root, Session& session) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb =
      add_command(root, "completion", "Print a script that completes words in a shell",
                  "source <(mobilake completion bash)\n"
                  "mobilake completion zsh > \"${fpath[1]}/_mobilake\"\n"
                  "mobilake completion fish > ~/.config/fish/completions/mobilake.fish");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([&session, &root, shell] {
    session.action = [&session, &root, shell] { return print_script(session, root, *shell); };
  });
}

}  // namespace mobilake::cli

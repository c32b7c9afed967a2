// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <yaml-cpp/yaml.h>

#include <array>
#include <charconv>

#include "base/suggestion.h"

namespace mobilake::base {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kSizeUnits{
    {{"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}, {"", 1}}};
constexpr std::array<Unit, 5> kDurationUnits{
    {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

template <std::size_t N>
Result<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                                      std::string_view expected) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units)
    // Signed, since durations are: what lies beyond is no size and no time that is meant.
    if (failure == std::errc() && suffix == unit.suffix && number <= INT64_MAX / unit.factor)
      return number * unit.factor;
  return invalid("expected {}, found \"{}\"", expected, text);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid("expected true or false, found \"{}\"", text);
}

template <typename T>
Result<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size())
    return invalid("expected a number, found \"{}\"", text);
  return number;
}

Result<> check_bounds(const ConfigKey& key, double value) {
  // Not a number is within no bounds, and every comparison with it is false.
  if (!(value >= key.min && value <= key.max))
    return invalid("must be between {:.0f} and {:.0f}, found {:.0f}", key.min, key.max, value);
  return {};
}

// Reads one scalar into the key's target.
struct ScalarReader {
  const ConfigKey& key;
  std::string_view text;

  Result<> operator()(bool* target) const {
    MOBILAKE_ASSIGN(*target, parse_bool(text));
    return {};
  }
  Result<> operator()(std::uint64_t* target) const {
    MOBILAKE_ASSIGN(const auto number, parse_number<std::uint64_t>(text));
    MOBILAKE_TRY(check_bounds(key, static_cast<double>(number)));
    *target = number;
    return {};
  }
  Result<> operator()(double* target) const {
    MOBILAKE_ASSIGN(const auto number, parse_number<double>(text));
    MOBILAKE_TRY(check_bounds(key, number));
    *target = number;
    return {};
  }
  Result<> operator()(std::string* target) const {
    *target = text;
    return {};
  }
  Result<> operator()(SizeBytes* target) const {
    MOBILAKE_ASSIGN(const auto bytes, parse_size(text));
    MOBILAKE_TRY(check_bounds(key, static_cast<double>(bytes)));
    target->value = bytes;
    return {};
  }
  Result<> operator()(std::chrono::milliseconds* target) const {
    MOBILAKE_ASSIGN(const auto span, parse_duration(text));
    MOBILAKE_TRY(check_bounds(key, static_cast<double>(span.count())));
    *target = span;
    return {};
  }
  Result<> operator()(std::vector<std::string>* target) const {
    target->clear();
    std::string_view left = text;
    while (!left.empty()) {
      const std::size_t comma = std::min(left.find(','), left.size());
      target->emplace_back(left.substr(0, comma));
      left.remove_prefix(std::min(left.size(), comma + 1));
    }
    return {};
  }
};

struct DefaultPrinter {
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(const std::uint64_t* value) const { return fmt::format("{}", *value); }
  std::string operator()(const double* value) const { return fmt::format("{}", *value); }
  std::string operator()(const std::string* value) const {
    return value->empty() ? "(empty)" : *value;
  }
  std::string operator()(const SizeBytes* size) const {
    for (std::size_t i = kSizeUnits.size() - 1; i-- > 0;)
      if (size->value != 0 && size->value % kSizeUnits[i].factor == 0)
        return fmt::format("{}{}", size->value / kSizeUnits[i].factor, kSizeUnits[i].suffix);
    return fmt::format("{}", size->value);
  }
  std::string operator()(const std::chrono::milliseconds* span) const {
    const auto count = static_cast<std::uint64_t>(span->count());
    for (std::size_t i = kDurationUnits.size(); i-- > 0;)
      if (count % kDurationUnits[i].factor == 0 && (count != 0 || i == 1))
        return fmt::format("{}{}", count / kDurationUnits[i].factor, kDurationUnits[i].suffix);
    return fmt::format("{}ms", count);
  }
  std::string operator()(const std::vector<std::string>* list) const {
    return list->empty() ? "(none)" : fmt::format("{}", fmt::join(*list, ","));
  }
};

Result<std::string> scalar_of(const YAML::Node& node) {
  if (node.IsMap()) return invalid("expected a value, found keys below it");
  if (!node.IsSequence()) return node.Scalar();
  std::vector<std::string> parts;
  for (const auto& element : node) {
    if (!element.IsScalar()) return invalid("expected a list of plain values");
    parts.push_back(element.Scalar());
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto close = suggest(word, known);
  if (close) return fmt::format("; did you mean \"{}\"?", *close);
  return fmt::format("; known are {}", fmt::join(known, ", "));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizeUnits, "a size such as 4096, 64KiB, 1MiB or 2GiB");
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  MOBILAKE_ASSIGN(
      const auto count,
      parse_with_unit(text, kDurationUnits, "a duration such as 250ms, 2s, 5min, 1h or 7d"));
  return std::chrono::milliseconds(count);
}

Result<ConfigKey*> ConfigBook::find(std::string_view section_name, std::string_view key_name) {
  std::vector<std::string> known;
  for (ConfigSection& section : sections_) {
    known.push_back(section.name);
    if (section.name != section_name) continue;
    std::vector<std::string> keys;
    for (ConfigKey& key : section.keys) {
      if (key.name == key_name) return &key;
      keys.push_back(key.name);
    }
    return invalid("unknown key \"{}\" in section \"{}\"{}", key_name, section_name,
                   did_you_mean(key_name, keys));
  }
  return invalid("unknown section \"{}\"{}", section_name, did_you_mean(section_name, known));
}

Result<> ConfigBook::load_yaml(std::string_view yaml) {
  YAML::Node root;
  try {
    root = YAML::Load(std::string(yaml));
  } catch (const YAML::Exception& problem) {
    return invalid("line {}: {}", problem.mark.line + 1, problem.msg);
  }
  if (root.IsNull()) return {};
  if (!root.IsMap())
    return invalid("the file must hold sections with keys, as \"log:\" and below it keys");
  for (const auto& section : root) {
    if (!section.second.IsMap())
      return invalid("line {}: section \"{}\" must hold keys", section.first.Mark().line + 1,
                     section.first.Scalar());
    for (const auto& entry : section.second) {
      const std::string place = fmt::format("line {}", entry.first.Mark().line + 1);
      auto key = find(section.first.Scalar(), entry.first.Scalar()).within(place);
      MOBILAKE_TRY(key);
      const std::string where =
          fmt::format("{}: {}.{}", place, section.first.Scalar(), (*key)->name);
      MOBILAKE_ASSIGN(const std::string text, scalar_of(entry.second).within(where));
      MOBILAKE_TRY(std::visit(ScalarReader{**key, text}, (*key)->target).within(where));
    }
  }
  return {};
}

Result<> ConfigBook::set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::size_t dot = assignment.find('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos || dot > equals)
    return invalid("expected section.key=value, found \"{}\"", assignment);
  const std::string_view key_name = assignment.substr(dot + 1, equals - dot - 1);
  MOBILAKE_ASSIGN(ConfigKey * key, find(assignment.substr(0, dot), key_name));
  return std::visit(ScalarReader{*key, assignment.substr(equals + 1)}, key->target)
      .within(assignment.substr(0, equals));
}

std::string ConfigBook::reference_markdown() const {
  std::string out;
  for (const ConfigSection& section : sections_) {
    out += fmt::format(
        "## {}\n\n{}\n\n| key | default | applies | what it does |\n|---|---|---|---|\n",
        section.name, section.text);
    for (const ConfigKey& key : section.keys)
      out += fmt::format("| `{}` | {} | {} | {} |\n", key.name,
                         std::visit(DefaultPrinter{}, key.target), key.live ? "live" : "restart",
                         key.text);
    out += "\n";
  }
  return out;
}

}  // namespace mobilake::base

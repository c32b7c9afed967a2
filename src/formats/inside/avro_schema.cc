// SPDX-License-Identifier: Apache-2.0
#include "formats/inside/avro_schema.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace mobilake::formats {
namespace {

using Json = nlohmann::json;
using Kind = AvroType::Kind;

constexpr std::size_t kFixedBytesMax = 1u << 20;

std::optional<Kind> primitive_of(std::string_view name) {
  static const std::map<std::string_view, Kind> kinds = {
      {"null", Kind::kNull},   {"boolean", Kind::kBoolean}, {"int", Kind::kInt},
      {"long", Kind::kLong},   {"float", Kind::kFloat},     {"double", Kind::kDouble},
      {"bytes", Kind::kBytes}, {"string", Kind::kString},
  };
  const auto found = kinds.find(name);
  return found == kinds.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

/// Builds the types of one schema. Thread safety: one thread.
class AvroSchemaParser {
 public:
  AvroSchemaParser(std::deque<AvroType>& types, int depth_max)
      : types_(types), depth_max_(depth_max) {}

  Result<const AvroType*> type_of(const Json& json, const std::string& name_space, int depth) {
    if (depth > depth_max_) return invalid("an Avro schema is nested deeper than {}", depth_max_);
    if (json.is_string()) return by_name(json.get<std::string>(), name_space);
    if (json.is_array()) return union_of(json, name_space, depth);
    if (!json.is_object()) return invalid("an Avro type is a name, a list or an object");
    const auto type = json.find("type");
    if (type == json.end()) return invalid("an Avro type lacks its \"type\"");
    if (!type->is_string()) return type_of(*type, name_space, depth + 1);
    const auto word = type->get<std::string>();
    if (word == "record" || word == "error") return record_of(json, name_space, depth);
    if (word == "enum") return enum_of(json, name_space);
    if (word == "fixed") return fixed_of(json, name_space);
    if (word == "array") return container_of(json, "items", Kind::kArray, name_space, depth);
    if (word == "map") return container_of(json, "values", Kind::kMap, name_space, depth);
    return by_name(word, name_space);
  }

 private:
  struct Named {
    AvroType* type;
    std::string name_space;
  };

  AvroType* add(Kind kind) {
    types_.push_back(AvroType{.kind = kind});
    return &types_.back();
  }

  Result<const AvroType*> by_name(const std::string& name, const std::string& name_space) {
    if (const auto kind = primitive_of(name)) return add(*kind);
    auto found = named_.find(name_space.empty() ? name : name_space + "." + name);
    if (found == named_.end() || name.find('.') != name.npos) found = named_.find(name);
    if (found == named_.end()) return invalid("an Avro schema uses the unknown type {}", name);
    return found->second;
  }

  Result<Named> declare(const Json& json, Kind kind, const std::string& outer) {
    const auto name = json.find("name");
    if (name == json.end() || !name->is_string())
      return invalid("a named Avro type lacks its name");
    std::string full = name->get<std::string>();
    std::string name_space = outer;
    if (const auto dot = full.rfind('.'); dot != full.npos) {
      name_space = full.substr(0, dot);
    } else {
      const auto given = json.find("namespace");
      if (given != json.end() && given->is_string()) name_space = given->get<std::string>();
      if (!name_space.empty()) full = name_space + "." + full;
    }
    AvroType* type = add(kind);
    if (!named_.emplace(full, type).second) return invalid("the Avro type {} stands twice", full);
    return Named{type, std::move(name_space)};
  }

  Result<const AvroType*> record_of(const Json& json, const std::string& name_space, int depth) {
    MOBILAKE_ASSIGN(const Named record, declare(json, Kind::kRecord, name_space));
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array())
      return invalid("an Avro record lacks its fields");
    for (const Json& field : *fields) {
      if (!field.is_object() || !field.contains("name") || !field["name"].is_string() ||
          !field.contains("type"))
        return invalid("an Avro field needs a name and a type");
      record.type->names.push_back(field["name"].get<std::string>());
      MOBILAKE_ASSIGN(const AvroType* type, type_of(field["type"], record.name_space, depth + 1));
      record.type->parts.push_back(type);
    }
    return record.type;
  }

  Result<const AvroType*> enum_of(const Json& json, const std::string& name_space) {
    MOBILAKE_ASSIGN(const Named named, declare(json, Kind::kEnum, name_space));
    const auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array() || symbols->empty())
      return invalid("an Avro enum lacks its symbols");
    for (const Json& symbol : *symbols) {
      if (!symbol.is_string()) return invalid("an Avro symbol is text");
      named.type->names.push_back(symbol.get<std::string>());
    }
    return named.type;
  }

  Result<const AvroType*> fixed_of(const Json& json, const std::string& name_space) {
    MOBILAKE_ASSIGN(const Named named, declare(json, Kind::kFixed, name_space));
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned() ||
        size->get<std::uint64_t>() > kFixedBytesMax)
      return invalid("an Avro fixed needs a size of at most {} bytes", kFixedBytesMax);
    named.type->fixed_size = size->get<std::size_t>();
    return named.type;
  }

  Result<const AvroType*> container_of(const Json& json, const char* member, Kind kind,
                                       const std::string& name_space, int depth) {
    const auto part = json.find(member);
    if (part == json.end()) return invalid("an Avro type lacks its {}", member);
    MOBILAKE_ASSIGN(const AvroType* type, type_of(*part, name_space, depth + 1));
    AvroType* container = add(kind);
    container->parts.push_back(type);
    return container;
  }

  Result<const AvroType*> union_of(const Json& json, const std::string& name_space, int depth) {
    AvroType* all = add(Kind::kUnion);
    for (const Json& branch : json) {
      if (branch.is_array()) return invalid("an Avro union stands directly in a union");
      MOBILAKE_ASSIGN(const AvroType* type, type_of(branch, name_space, depth + 1));
      all->parts.push_back(type);
    }
    if (all->parts.empty()) return invalid("an Avro union has no branch");
    return all;
  }

  std::deque<AvroType>& types_;
  const int depth_max_;
  std::map<std::string, const AvroType*> named_;
};

Result<AvroSchema> AvroSchema::parse(std::string_view json, int depth_max) {
  const Json parsed = Json::parse(json, nullptr, false);
  if (parsed.is_discarded()) return invalid("an Avro schema is no JSON");
  AvroSchema schema;
  AvroSchemaParser parser(*schema.types_, depth_max);
  MOBILAKE_ASSIGN(schema.root_, parser.type_of(parsed, "", 0));
  return schema;
}

}  // namespace mobilake::formats

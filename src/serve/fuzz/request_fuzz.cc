// SPDX-License-Identifier: Apache-2.0
// What a stranger may put into a request: a body, Accept, and a page token. The first byte chooses.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "serve/http/inside/json.h"
#include "serve/http/inside/media_type.h"
#include "serve/http/inside/paging.h"

namespace {

using mobilake::serve::Json;

const Json& schema() {
  static const Json kSchema = Json::parse(R"({
    "type":"object","required":["sql"],"additionalProperties":false,
    "properties":{"sql":{"type":"string","minLength":1},
      "parameters":{"type":"array","maxItems":4,"items":{"type":["null","number","string"]}},
      "limits":{"type":"object","properties":{"rows":{"type":"integer","minimum":0}}}}})");
  return kSchema;
}

void read_body(std::string_view text) {
  const auto value = mobilake::serve::parse_json(text);
  if (!value.ok()) return;
  if (!mobilake::serve::check_json(schema(), *value, "the body").ok()) return;
  // What passed has what its handler reads without looking.
  MOBILAKE_CHECK((*value)["sql"].is_string());
  MOBILAKE_CHECK(!mobilake::serve::json_text(*value).empty());
}

void read_page_token(std::string_view text) {
  const auto position = mobilake::serve::page_position("users", text);
  if (position.ok() && !position->empty())
    MOBILAKE_CHECK(mobilake::serve::page_token("users", *position) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      read_body(text);
      break;
    case 1:
      mobilake::serve::choose_media_type(text, {"application/json", "text/csv"});
      break;
    default:
      read_page_token(text);
  }
  return 0;
}

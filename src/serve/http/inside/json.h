// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_server.h"

namespace mobilake::serve {

/// JSON whose members keep their order.
using Json = nlohmann::ordered_json;

/// Returns the text of a value; bytes that are no UTF-8 are replaced.
std::string json_text(const Json& value);

/// Returns an answer with a JSON body.
net::Answer json_answer(int status, const Json& body);

/// Parses a body more strictly than JSON asks: no member twice, at most 32 levels.
/// Fails with: invalid.
Result<Json> parse_json(std::string_view text);

/// Checks a value against the part of JSON Schema that the door's routes use: type, required,
/// properties, additionalProperties, enum, minimum, maximum, minLength, maxLength, items, maxItems.
/// An object has only the members that its schema names, unless it says otherwise. `place` names
/// the value in the message. Fails with: invalid.
Result<> check_json(const Json& schema, const Json& value, const std::string& place);

}  // namespace mobilake::serve

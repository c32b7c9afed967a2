// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mobilake::serve {

/// Returns the type that `accept` (RFC 9110 section 12.5.1) likes best of those offered, the
/// earlier of equals; nothing where it takes none. An empty `accept` takes the first.
std::optional<std::string> choose_media_type(std::string_view accept,
                                             const std::vector<std::string>& offered);

/// Returns the type of a Content-Type field in lower case, without its parameters.
std::string media_type_of(std::string_view content_type);

}  // namespace mobilake::serve

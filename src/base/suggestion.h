// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mobilake::base {

/// Returns the candidate that `word` was probably meant to be (few edits away), or nothing.
std::optional<std::string> suggest(std::string_view word, std::span<const std::string> candidates);

}  // namespace mobilake::base

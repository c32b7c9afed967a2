// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mobilake::cli {

/// Returns how many letters must be put in, taken out, replaced or swapped to turn one word into
/// the other.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// Returns the candidate that `word` was most likely meant to be, or nothing where none is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mobilake::cli

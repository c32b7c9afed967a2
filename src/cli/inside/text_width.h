// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mobilake::cli {

/// Returns how many columns of a terminal UTF-8 text takes: two for a letter of East Asia or an
/// emoji, none for an accent that stands over the letter before it. A byte that is no UTF-8 takes
/// one.
std::size_t display_width(std::string_view text);

/// Returns `text` in at most `width` columns, with "…" where it was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

/// Returns `text` with "·" for whatever would move a terminal's cursor or turn its text around.
std::string without_control_characters(std::string_view text);

/// Returns the byte at which code point `number` (from 0) begins, or the size where there are
/// fewer.
std::size_t byte_of_code_point(std::string_view text, std::size_t number);

}  // namespace mobilake::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace mobilake::base {

/// A value of type T that no other id or offset can be mistaken for.
/// `using Offset = StrongId<struct OffsetTag, std::uint64_t>;`
template <typename Tag, typename T>
class StrongId {
 public:
  StrongId() = default;
  constexpr explicit StrongId(T value) : value_(std::move(value)) {}

  constexpr const T& value() const { return value_; }
  auto operator<=>(const StrongId&) const = default;

 private:
  T value_{};
};

}  // namespace mobilake::base

template <typename Tag, typename T>
struct std::hash<mobilake::base::StrongId<Tag, T>> {
  std::size_t operator()(const mobilake::base::StrongId<Tag, T>& id) const {
    return std::hash<T>{}(id.value());
  }
};

template <typename Tag, typename T>
struct fmt::formatter<mobilake::base::StrongId<Tag, T>> : fmt::formatter<T> {
  template <typename Context>
  auto format(const mobilake::base::StrongId<Tag, T>& id, Context& context) const {
    return fmt::formatter<T>::format(id.value(), context);
  }
};

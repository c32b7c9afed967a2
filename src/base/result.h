// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace mobilake::base {

/// What went wrong, in the thirteen kinds that all rooms share.
/// One table in error_codes.h maps each to an HTTP status, an MQTT reason code and an exit code.
enum class Code {
  kInvalid,          ///< the input is wrong and stays wrong
  kNotFound,         ///< no such thing, or none that the caller may see
  kAlreadyExists,    ///< a thing of that name is there
  kConflict,         ///< somebody else changed it first
  kUnauthenticated,  ///< who are you?
  kDenied,           ///< known, and not allowed
  kExhausted,        ///< a limit or the disk is used up
  kUnavailable,      ///< not now; a retry may help
  kTimedOut,         ///< the time allowed ran out
  kCorrupt,          ///< stored bytes are not what was written
  kUnsupported,      ///< a named part of a standard that is not offered
  kCancelled,        ///< the caller gave up
  kInternal,         ///< our own mistake
};

/// Returns the code's name as it stands in API answers, e.g. "already_exists".
std::string_view code_name(Code code);

/// An error as a value: a kind and a sentence that ends with the values.
struct Error {
  Code code = Code::kInternal;
  std::string message;

  /// Returns "code: message" for logs.
  std::string to_string() const;
};

/// A value of type T or an Error. A class, since an ignored alias of std::expected draws no
/// warning.
template <typename T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}                     // NOLINT: a value is a result
  Result(Error error) : state_(std::unexpect, std::move(error)) {}  // NOLINT: so is an error

  bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }

  /// Requires: ok().
  T& value() & { return *state_; }
  const T& value() const& { return *state_; }
  T&& value() && { return *std::move(state_); }
  T& operator*() & { return *state_; }
  const T& operator*() const& { return *state_; }
  T&& operator*() && { return *std::move(state_); }
  T* operator->() { return &*state_; }
  const T* operator->() const { return &*state_; }
  T value_or(T otherwise) && { return std::move(state_).value_or(std::move(otherwise)); }

  /// Requires: not ok().
  const Error& error() const& { return state_.error(); }
  Error&& error() && { return std::move(state_).error(); }

  /// Returns this with "place: " before an error's message; use once per room border.
  Result within(std::string_view place) && {
    if (!ok()) state_.error().message = fmt::format("{}: {}", place, state_.error().message);
    return std::move(*this);
  }

 private:
  std::expected<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::unexpect, std::move(error)) {}  // NOLINT: an error is a result

  bool ok() const { return state_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return state_.error(); }
  Error&& error() && { return std::move(state_).error(); }

  Result within(std::string_view place) && {
    if (!ok()) state_.error().message = fmt::format("{}: {}", place, state_.error().message);
    return std::move(*this);
  }

 private:
  std::expected<void, Error> state_;
};

/// Makers by name, one per code: `return not_found("no segment for offset {}", offset)`.
#define MOBILAKE_ERROR_MAKER(name, code)                                       \
  template <typename... Args>                                                  \
  [[nodiscard]] Error name(fmt::format_string<Args...> text, Args&&... args) { \
    return Error{code, fmt::format(text, std::forward<Args>(args)...)};        \
  }
MOBILAKE_ERROR_MAKER(invalid, Code::kInvalid)
MOBILAKE_ERROR_MAKER(not_found, Code::kNotFound)
MOBILAKE_ERROR_MAKER(already_exists, Code::kAlreadyExists)
MOBILAKE_ERROR_MAKER(conflict, Code::kConflict)
MOBILAKE_ERROR_MAKER(unauthenticated, Code::kUnauthenticated)
MOBILAKE_ERROR_MAKER(denied, Code::kDenied)
MOBILAKE_ERROR_MAKER(exhausted, Code::kExhausted)
MOBILAKE_ERROR_MAKER(unavailable, Code::kUnavailable)
MOBILAKE_ERROR_MAKER(timed_out, Code::kTimedOut)
MOBILAKE_ERROR_MAKER(corrupt, Code::kCorrupt)
MOBILAKE_ERROR_MAKER(unsupported, Code::kUnsupported)
MOBILAKE_ERROR_MAKER(cancelled, Code::kCancelled)
MOBILAKE_ERROR_MAKER(internal, Code::kInternal)
#undef MOBILAKE_ERROR_MAKER

}  // namespace mobilake::base

namespace mobilake {
// The words of base that every room speaks; they read without a prefix.
using base::already_exists;
using base::cancelled;
using base::Code;
using base::conflict;
using base::corrupt;
using base::denied;
using base::Error;
using base::exhausted;
using base::internal;
using base::invalid;
using base::not_found;
using base::Result;
using base::timed_out;
using base::unauthenticated;
using base::unavailable;
using base::unsupported;
}  // namespace mobilake

#define MOBILAKE_CONCAT_INNER(a, b) a##b
#define MOBILAKE_CONCAT(a, b) MOBILAKE_CONCAT_INNER(a, b)

/// Returns the error of `expr` from the enclosing function, if it is one.
#define MOBILAKE_TRY(expr)                                                \
  do {                                                                    \
    auto mobilake_result = (expr);                                        \
    if (!mobilake_result.ok()) return std::move(mobilake_result).error(); \
  } while (false)

/// Declares or assigns `target` from `expr`'s value, or returns its error.
#define MOBILAKE_ASSIGN(target, expr) \
  MOBILAKE_ASSIGN_INNER(MOBILAKE_CONCAT(mobilake_result_, __LINE__), target, expr)
#define MOBILAKE_ASSIGN_INNER(result, target, expr)   \
  auto result = (expr);                               \
  if (!result.ok()) return std::move(result).error(); \
  target = std::move(result).value()

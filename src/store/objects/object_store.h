// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mobilake::store {

/// Bytes under names. Table files live here and raise no events.
///
/// A key is a relative path of UTF-8 segments without "." or ".."; no key is a folder of another.
/// Thread safety: any thread.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Stores `bytes` under a new key; when it returns, bytes and name are on stable storage.
  /// Fails with: already_exists, invalid (the key), exhausted (disk full), unavailable.
  virtual Result<> put(std::string_view key, std::string_view bytes) = 0;

  /// Returns `size` bytes from `offset`, fewer where the object ends before. Fails with: not_found.
  virtual Result<std::string> get_range(std::string_view key, std::uint64_t offset,
                                        std::uint64_t size) = 0;

  /// Returns the whole object. Fails with: not_found.
  virtual Result<std::string> get(std::string_view key) = 0;

  /// Returns the size in bytes. Fails with: not_found.
  virtual Result<std::uint64_t> size(std::string_view key) = 0;

  /// Removes the object; fine where it is missing.
  virtual Result<> remove(std::string_view key) = 0;

  /// Returns the address under which engines find the object, e.g.
  /// "file:///srv/mobilake/objects/a/b".
  virtual std::string location(std::string_view key) const = 0;

  /// Returns the key of an address that location() gave. Fails with: invalid (an address of another
  /// store).
  virtual Result<std::string> key_of(std::string_view location) const = 0;
};

}  // namespace mobilake::store

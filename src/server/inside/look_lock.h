// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace mobilake::server {

/// Keeps servers out of a data folder while somebody looks at it; several may look at once.
/// The lock file is a server's (data_folder.h); where there is none, no server ever ran.
class LookLock {
 public:
  /// Fails with: not_found (no data folder), conflict (a server holds it), denied.
  static Result<std::unique_ptr<LookLock>> take(const std::string& data_dir);

  explicit LookLock(int descriptor) : descriptor_(descriptor) {}
  LookLock(const LookLock&) = delete;
  LookLock& operator=(const LookLock&) = delete;
  ~LookLock();

 private:
  int descriptor_;
};

}  // namespace mobilake::server

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/random.h"
#include "base/result.h"
#include "store/objects/object_store.h"

namespace mobilake::store {

/// Opens an object store in `folder` of the local disk, and makes the folder where it is missing.
/// Partial files of an interrupted put are removed.
/// Addresses that the store gave while it lay in one of `former_folders` still lead to their keys.
/// Requires: absolute paths without "." and ".."; disk and random outlive the store.
Result<std::unique_ptr<ObjectStore>> open_local_object_store(
    const std::string& folder, Disk& disk, Random& random,
    std::vector<std::string> former_folders = {});

}  // namespace mobilake::store

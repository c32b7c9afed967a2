// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>

#include "base/guarded.h"
#include "base/result.h"
#include "store/devices/device.h"
#include "store/devices/device_registry.h"

namespace mobilake::store {

/// Writes vehicles that were registered at first sight, many in one transaction, on a thread of its
/// own.
///
/// A failed transaction keeps its vehicles waiting; the next enqueue() or flush() lets it be tried
/// again, so that a full disk that has space again needs no restart. Thread safety: any thread.
class VehicleRegistrar {
 public:
  VehicleRegistrar(MetaStore& store, DeviceRegistryOptions options);
  /// Tries once more to write what waits, then ends the thread.
  ~VehicleRegistrar();

  /// Adds a vehicle to those that wait. Fails with: exhausted (too many wait), or the last error.
  Result<> enqueue(DevicePointer vehicle);

  /// Waits until all that was enqueued before is durable, or fails with the error of a new try.
  Result<> flush();

 private:
  struct State {
    std::deque<DevicePointer> waiting;
    std::uint64_t enqueued = 0;
    std::uint64_t durable = 0;
    std::uint64_t tries = 0;       ///< transactions begun
    std::uint64_t failed_try = 0;  ///< the number of the last one that failed
    std::optional<Error> failure;  ///< of that one, until a later one succeeds
    bool wanted = false;           ///< there is something to try
    bool stopping = false;
  };

  void run();
  void write_batch();

  MetaStore& store_;
  const DeviceRegistryOptions options_;
  Guarded<State> state_;
  std::condition_variable work_;
  std::condition_variable done_;
  std::thread thread_;
};

}  // namespace mobilake::store

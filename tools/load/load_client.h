// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "latency_histogram.h"
#include "load_options.h"

namespace mobilake::load {

/// What all connections did so far.
struct LoadTotals {
  std::uint64_t sent = 0;
  std::uint64_t acked = 0;
  std::uint64_t refused = 0;  ///< PUBACKs with an error code
  LatencyHistogram latency;   ///< from handing a publish to the socket to its PUBACK
};

/// Returns the steady time in nanoseconds.
std::uint64_t steady_nanoseconds();

/// One publishing connection. Ends the program with a sentence when the server breaks the protocol,
/// ends the connection, or acks in another order than it was sent. Thread safety: one thread.
class LoadClient {
 public:
  LoadClient(const LoadOptions& options, std::uint32_t number, LoadTotals& totals);
  LoadClient(LoadClient&&) = default;

  /// Connects and sends CONNECT, blocking; check_connack() then waits for the answer.
  void connect();
  void check_connack();

  /// Hands up to `count` publishes to the socket, no more than window and socket take; returns how
  /// many.
  std::uint32_t publish(std::uint32_t count);
  /// Writes what the socket did not take before; returns whether nothing is left.
  bool flush();
  /// Takes the PUBACKs that are there.
  void read();
  void say_goodbye();

  std::uint32_t in_flight() const { return in_flight_; }
  std::uint32_t room() const { return window_ - in_flight_; }
  int descriptor() const { return descriptor_; }

 private:
  void make_packet(const LoadOptions& options);
  void append_next();
  std::size_t take_packet(std::string_view bytes);
  void take_puback(std::string_view body);
  [[noreturn]] void fail(std::string_view what) const;

  const LoadOptions& options_;
  const std::uint32_t number_;
  const std::uint32_t window_;
  LoadTotals& totals_;
  int descriptor_ = -1;
  std::string packet_;  // the next publish; numbers in it are counted up in place
  std::size_t id_at_ = 0;
  std::size_t vehicle_at_ = 0;  // 0: the topic has none
  std::size_t time_at_ = 0;     // 0: the payload is too small for a message
  std::size_t sequence_at_ = 0;
  std::uint32_t vehicle_round_ = 0;
  std::uint32_t vehicles_here_ = 1;
  std::string in_;
  std::string out_;
  std::size_t written_ = 0;
  std::vector<std::uint64_t> sent_at_;  // by packet id, modulo its size
  std::uint16_t next_id_ = 1;
  std::uint16_t awaited_id_ = 1;
  std::uint32_t in_flight_ = 0;
};

}  // namespace mobilake::load

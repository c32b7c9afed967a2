// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "ingest/mqtt/reason_code.h"

namespace mobilake::ingest::mqtt {

/// The QoS 1 publishes of one connection that have no PUBACK yet, in publish order.
///
/// A ring of 4 bytes an entry that grows to the receive maximum; shrink() gives it back, since most
/// connections are idle. Sequences begin at 1 and have no gaps.
/// Thread safety: the connection's loop.
class PendingAcks {
 public:
  struct Entry {
    std::uint16_t packet_id = 0;
    bool answered = false;
    ReasonCode reason = ReasonCode::kSuccess;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Adds an entry at the end and returns its sequence.
  std::uint64_t add(Entry entry) {
    if (size_ == ring_.size()) grow();
    ring_[(head_ + size_) & (ring_.size() - 1)] = entry;
    return head_sequence_ + size_++;
  }

  /// Marks the entry of `sequence`; one that is not waiting is an own mistake.
  void mark_answered(std::uint64_t sequence) {
    MOBILAKE_CHECK(sequence >= head_sequence_ && sequence - head_sequence_ < size_);
    ring_[(head_ + (sequence - head_sequence_)) & (ring_.size() - 1)].answered = true;
  }

  /// Takes the oldest entry if it is answered.
  bool take_answered_head(Entry& entry) {
    if (size_ == 0 || !ring_[head_].answered) return false;
    entry = ring_[head_];
    head_ = (head_ + 1) & (ring_.size() - 1);
    ++head_sequence_;
    --size_;
    return true;
  }

  /// Gives the memory back where nothing waits.
  void shrink() {
    if (size_ != 0 || ring_.size() <= kKept) return;
    std::vector<Entry>().swap(ring_);
    head_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 16;

  void grow() {
    std::vector<Entry> larger(ring_.empty() ? kKept : ring_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i)
      larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_.swap(larger);
    head_ = 0;
  }

  std::vector<Entry> ring_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::uint64_t head_sequence_ = 1;
};

}  // namespace mobilake::ingest::mqtt

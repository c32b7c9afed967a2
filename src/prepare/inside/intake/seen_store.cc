// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_store.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "prepare/inside/intake/seen_format.h"

namespace mobilake::prepare {
namespace {

constexpr std::size_t kWriteBytes = 4 << 20;
constexpr std::size_t kCacheBytes = 32 << 20;
constexpr std::size_t kBufferBytes = 32 << 20;
constexpr int kBloomBits = 10;
constexpr int kOpenFilesMax = 256;

Error error_of(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return exhausted("the seen messages: {}", status.ToString());
  if (status.IsCorruption()) return corrupt("the seen messages: {}", status.ToString());
  return unavailable("the seen messages: {}", status.ToString());
}

rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Lets go of parts whose newest message arrived before the horizon.
class HorizonFilter final : public rocksdb::CompactionFilter {
 public:
  HorizonFilter(const Clock& clock, std::chrono::milliseconds horizon)
      : clock_(clock), horizon_(horizon) {}

  const char* Name() const override { return "mobilake.horizon"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    if (key.empty() || key[0] != kSeenBlockTag) return false;
    const auto newest = seen_part_newest_s({value.data(), value.size()});
    const auto cutoff = std::chrono::floor<std::chrono::seconds>(clock_.now() - horizon_);
    return newest && *newest < cutoff.time_since_epoch().count();
  }

 private:
  const Clock& clock_;
  const std::chrono::milliseconds horizon_;
};

class RocksSeenStore final : public SeenStore {
 public:
  RocksSeenStore(std::string folder, const Clock& clock, std::chrono::milliseconds horizon)
      : folder_(std::move(folder)), horizon_(horizon), filter_(clock, horizon) {}

  Result<> open();
  const log::Positions& positions() const override { return positions_; }
  Result<std::optional<std::int64_t>> newest_number(const SeenBlockId& id) override;
  Result<> load(const SeenBlockId& id, SeenBlock& block) override;
  Result<> write(const SeenBlockId& id, const SeenBlock& block) override;
  Result<> finish(const log::Positions& positions) override;
  Result<> clear() override;
  Result<> drop_beyond_horizon() override;

 private:
  rocksdb::Options options() const;
  Result<> need_database();
  Result<> open_database();
  Result<> read_positions();
  Result<> flush_batch(bool durable);

  const std::string folder_;
  const std::chrono::milliseconds horizon_;
  const HorizonFilter filter_;
  std::unique_ptr<rocksdb::DB> database_;
  std::unique_ptr<rocksdb::Iterator> walk_;
  log::Positions positions_;
  rocksdb::WriteBatch batch_;
  std::string key_;    // reused
  std::string value_;  // reused
};

rocksdb::Options RocksSeenStore::options() const {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;  // hashes
  options.compaction_filter = &filter_;
  // What nothing writes near must be visited by the filter too.
  const auto horizon_s = std::chrono::duration_cast<std::chrono::seconds>(horizon_).count();
  options.periodic_compaction_seconds =
      static_cast<std::uint64_t>(std::max<std::int64_t>(horizon_s / 4, 60));
  options.write_buffer_size = kBufferBytes;
  options.max_open_files = kOpenFilesMax;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBits));
  table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// After a failure of clear() there is none; who asks next tries again.
Result<> RocksSeenStore::need_database() {
  return database_ != nullptr ? Result<>() : open_database();
}

Result<> RocksSeenStore::open_database() {
  rocksdb::DB* database = nullptr;
  const auto status = rocksdb::DB::Open(options(), folder_, &database);
  if (!status.ok()) return error_of(status);
  database_.reset(database);
  return {};
}

Result<> RocksSeenStore::open() {
  Result<> opened = open_database();
  if (opened.ok()) opened = read_positions();
  if (opened.ok() || opened.error().code != Code::kCorrupt) return opened;
  return clear();
}

Result<> RocksSeenStore::read_positions() {
  const auto status = database_->Get({}, slice_of(kSeenPositionsKey), &value_);
  positions_.clear();
  if (status.IsNotFound()) return {};
  if (!status.ok()) return error_of(status);
  MOBILAKE_ASSIGN(positions_, parse_seen_positions(value_));
  return {};
}

Result<> RocksSeenStore::clear() {
  walk_.reset();
  database_.reset();
  batch_.Clear();
  positions_.clear();
  if (const auto status = rocksdb::DestroyDB(folder_, options()); !status.ok())
    return error_of(status);
  return open_database();
}

Result<> RocksSeenStore::drop_beyond_horizon() {
  MOBILAKE_TRY(need_database());
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const auto status = database_->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return error_of(status);
  return {};
}

Result<std::optional<std::int64_t>> RocksSeenStore::newest_number(const SeenBlockId& id) {
  MOBILAKE_TRY(need_database());
  // A view of what was written before this start of the walk is enough: blocks made since are known
  // to whoever made them.
  if (!walk_) walk_.reset(database_->NewIterator({}));
  SeenBlockId last = id;
  last.number = INT64_MAX;
  print_seen_key(last, SeenBlock::kParts, key_);
  walk_->SeekForPrev(key_);
  if (!walk_->status().ok()) return error_of(walk_->status());
  if (!walk_->Valid()) return std::optional<std::int64_t>();
  const std::string_view found(walk_->key().data(), walk_->key().size());
  return seen_number_of(id, found);
}

Result<> RocksSeenStore::load(const SeenBlockId& id, SeenBlock& block) {
  MOBILAKE_TRY(need_database());
  for (std::size_t part = 0; part < SeenBlock::kParts; ++part) {
    if (id.kind == SeenBlockId::Kind::kTime && part != SeenBlock::kMorePart) continue;
    print_seen_key(id, part, key_);
    const auto status = database_->Get({}, key_, &value_);
    if (status.IsNotFound()) continue;
    if (!status.ok()) return error_of(status);
    MOBILAKE_TRY(parse_seen_part(value_, part, block));
  }
  return {};
}

Result<> RocksSeenStore::write(const SeenBlockId& id, const SeenBlock& block) {
  for (std::size_t part = 0; part < SeenBlock::kParts; ++part) {
    if ((block.unwritten & (1u << part)) == 0) continue;
    print_seen_key(id, part, key_);
    print_seen_part(block, part, value_);
    if (const auto status = batch_.Put(key_, value_); !status.ok()) return error_of(status);
  }
  // Halves of a checkpoint do no harm: all of it is in the tables, and is only remembered again.
  return batch_.GetDataSize() < kWriteBytes ? Result<>() : flush_batch(false);
}

Result<> RocksSeenStore::flush_batch(bool durable) {
  MOBILAKE_TRY(need_database());
  rocksdb::WriteOptions options;
  options.sync = durable;
  const auto status = database_->Write(options, &batch_);
  batch_.Clear();
  if (!status.ok()) return error_of(status);
  return {};
}

Result<> RocksSeenStore::finish(const log::Positions& positions) {
  if (const auto status = batch_.Put(slice_of(kSeenPositionsKey), print_seen_positions(positions));
      !status.ok())
    return error_of(status);
  MOBILAKE_TRY(flush_batch(true));
  positions_ = positions;
  // The walk pins what it sees; the next one sees more.
  walk_.reset();
  return {};
}

}  // namespace

Result<std::unique_ptr<SeenStore>> open_seen_store(const std::string& folder, const Clock& clock,
                                                   std::chrono::milliseconds horizon) {
  auto store = std::make_unique<RocksSeenStore>(folder, clock, horizon);
  MOBILAKE_TRY(store->open());
  return std::unique_ptr<SeenStore>(std::move(store));
}

}  // namespace mobilake::prepare

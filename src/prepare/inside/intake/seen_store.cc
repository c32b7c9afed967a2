// SPDX-License-Identifier: Apache-2.0
#include "prepare/inside/intake/seen_store.h"

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "prepare/inside/intake/seen_format.h"

namespace mobilake::prepare {
namespace {

constexpr std::size_t kCacheBytes = 32 << 20;
constexpr std::size_t kBufferBytes = 64 << 10;  // nothing is written but whole files
constexpr std::string_view kNextFile = "/next.sst";
constexpr int kBloomBits = 10;
constexpr int kRunsMax = 8;
constexpr int kOpenFilesMax = 256;

Error error_of(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return exhausted("the seen messages: {}", status.ToString());
  if (status.IsCorruption()) return corrupt("the seen messages: {}", status.ToString());
  return unavailable("the seen messages: {}", status.ToString());
}

rocksdb::Slice slice_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Lets go of blocks whose newest message arrived before the horizon, as seen from the newest
/// message that was written: a log that is read late, or a clock that ran ahead and stood still
/// since, is no reason to forget.
class HorizonFilter final : public rocksdb::CompactionFilter {
 public:
  HorizonFilter(const Clock& clock, std::chrono::milliseconds horizon)
      : clock_(clock), horizon_(horizon) {}

  /// From the store's thread; compactions ask on theirs.
  void note_arrival(std::int64_t seconds) const {
    if (seconds > newest_s_) newest_s_ = seconds;
  }

  const char* Name() const override { return "mobilake.horizon"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    if (key.empty() || key[0] != kSeenBlockTag) return false;
    const auto newest = seen_block_newest_s({value.data(), value.size()});
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
    const auto horizon = std::chrono::ceil<std::chrono::seconds>(horizon_);
    return newest && *newest < std::min<std::int64_t>(now.count(), newest_s_) - horizon.count();
  }

 private:
  const Clock& clock_;
  const std::chrono::milliseconds horizon_;
  // Written by one thread. Until something is written, all stays.
  mutable std::atomic<std::int64_t> newest_s_ = INT64_MIN / 2;
};

class RocksSeenStore final : public SeenStore {
 public:
  RocksSeenStore(std::string folder, const Clock& clock, std::chrono::milliseconds horizon)
      : folder_(std::move(folder)), horizon_(horizon), filter_(clock, horizon) {}

  Result<> open();
  const log::Positions& positions() const override { return positions_; }
  Result<bool> load_newest(const SeenBlockId& id, SeenBlock& block) override;
  Result<> load(const SeenBlockId& id, SeenBlock& block) override;
  Result<> begin() override;
  Result<> write(const SeenBlockId& id, const SeenBlock& block) override;
  Result<> finish(const log::Positions& positions) override;
  Result<> clear(std::string_view why) override;
  std::optional<std::string> take_loss() override { return std::exchange(loss_, std::nullopt); }
  Result<> drop_beyond_horizon() override;

 private:
  rocksdb::Options options() const;
  Result<> need_database();
  Result<> open_database();
  Result<> read_positions();
  Error failed(const rocksdb::Status& status);
  Result<> put(std::string_view key, std::string_view value);
  std::string next_file() const { return folder_ + std::string(kNextFile); }

  const std::string folder_;
  const std::chrono::milliseconds horizon_;
  const HorizonFilter filter_;
  std::unique_ptr<rocksdb::DB> database_;
  std::unique_ptr<rocksdb::Iterator> walk_;
  log::Positions positions_;
  std::optional<std::string> loss_;
  std::unique_ptr<rocksdb::SstFileWriter> checkpoint_;  // null outside of one
  std::string key_;                                     // reused
  std::string value_;                                   // reused
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
  // Checkpoints are few and large, or many and small: files of like size are joined.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = kRunsMax;
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
  return clear(opened.error().message);
}

Result<> RocksSeenStore::read_positions() {
  const auto status = database_->Get({}, slice_of(kSeenPositionsKey), &value_);
  positions_.clear();
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> any(database_->NewIterator({}));
    any->SeekToFirst();
    return any->Valid() ? corrupt("the seen messages have no positions") : Result<>();
  }
  if (!status.ok()) return error_of(status);
  MOBILAKE_ASSIGN(positions_, parse_seen_positions(value_));
  return {};
}

Result<> RocksSeenStore::clear(std::string_view why) {
  loss_ = std::string(why);
  walk_.reset();
  database_.reset();
  checkpoint_.reset();
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
  if (!status.ok()) return failed(status);
  return {};
}

Result<bool> RocksSeenStore::load_newest(const SeenBlockId& id, SeenBlock& block) {
  MOBILAKE_TRY(need_database());
  // A view of what was written before this start of the walk is enough: blocks made since are known
  // to whoever made them.
  if (!walk_) walk_.reset(database_->NewIterator({}));
  SeenBlockId last = id;
  last.number = INT64_MAX;
  print_seen_key(last, key_);
  walk_->SeekForPrev(key_);
  if (!walk_->status().ok()) return error_of(walk_->status());
  if (!walk_->Valid()) return false;
  const auto number = seen_number_of(id, {walk_->key().data(), walk_->key().size()});
  if (!number) return false;
  block.number = *number;
  MOBILAKE_TRY(parse_seen_block({walk_->value().data(), walk_->value().size()}, id.kind, block));
  return true;
}

Result<> RocksSeenStore::load(const SeenBlockId& id, SeenBlock& block) {
  MOBILAKE_TRY(need_database());
  block.number = id.number;
  print_seen_key(id, key_);
  const auto status = database_->Get({}, key_, &value_);
  if (status.IsNotFound()) return {};
  if (!status.ok()) return error_of(status);
  return parse_seen_block(value_, id.kind, block);
}

// A checkpoint is a file of its own that the database takes in whole: neither its log nor its
// memory table sees the entries.
Result<> RocksSeenStore::begin() {
  MOBILAKE_TRY(need_database());
  checkpoint_.reset();
  // What a stop left there may be another name of a file that the database has: it must go, and
  // never be written into.
  std::error_code failure;
  std::filesystem::remove(next_file(), failure);
  if (failure) return unavailable("the seen messages: {}: {}", next_file(), failure.message());
  auto checkpoint = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options());
  if (const auto status = checkpoint->Open(next_file()); !status.ok()) return failed(status);
  checkpoint_ = std::move(checkpoint);
  return {};
}

// After a failure in the background the database refuses every file until it is opened anew.
Error RocksSeenStore::failed(const rocksdb::Status& status) {
  walk_.reset();
  checkpoint_.reset();
  database_.reset();
  return error_of(status);
}

Result<> RocksSeenStore::put(std::string_view key, std::string_view value) {
  MOBILAKE_CHECK(checkpoint_ != nullptr);
  const auto status = checkpoint_->Put(slice_of(key), slice_of(value));
  return status.ok() ? Result<>() : failed(status);
}

Result<> RocksSeenStore::write(const SeenBlockId& id, const SeenBlock& block) {
  print_seen_key(id, key_);
  print_seen_block(id.kind, block, value_);
  filter_.note_arrival(block.newest_s);
  return put(key_, value_);
}

Result<> RocksSeenStore::finish(const log::Positions& positions) {
  MOBILAKE_TRY(put(kSeenPositionsKey, print_seen_positions(positions)));
  const std::unique_ptr<rocksdb::SstFileWriter> checkpoint = std::move(checkpoint_);
  // The walk pins what it sees; the next one sees more.
  walk_.reset();
  if (const auto status = checkpoint->Finish(); !status.ok()) return failed(status);
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  const auto status = database_->IngestExternalFile({next_file()}, options);
  if (!status.ok()) return failed(status);
  positions_ = positions;
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

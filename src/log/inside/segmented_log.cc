// SPDX-License-Identifier: Apache-2.0
#include "log/inside/segmented_log.h"

#include "log/inside/log_identity.h"

namespace mobilake::log {
namespace {

constexpr std::chrono::milliseconds kHousekeepingSpan{100};

// Returns how many partitions the folder was made with; makes it where it is new.
Result<std::uint16_t> settle_partitions(const std::string& folder, const LogConfig& config,
                                        Disk& disk) {
  MOBILAKE_TRY(disk.make_directories(folder));
  MOBILAKE_ASSIGN(const auto known, read_identity(folder, disk));
  if (known) return *known;
  const auto count = static_cast<std::uint16_t>(config.partitions);
  MOBILAKE_TRY(write_identity(folder, count, disk));
  return count;
}

}  // namespace

Result<std::unique_ptr<Log>> open_log(const std::string& folder, const LogConfig& config,
                                      Doors doors, Logger logger) {
  MOBILAKE_ASSIGN(auto log, SegmentedLog::open(folder, config, doors, std::move(logger),
                                               SegmentedLog::Threads::kOwn));
  return std::unique_ptr<Log>(std::move(log));
}

Result<std::unique_ptr<SegmentedLog>> SegmentedLog::open(const std::string& folder,
                                                         const LogConfig& config, Doors doors,
                                                         Logger logger, Threads threads) {
  MOBILAKE_TRY(config.check());
  MOBILAKE_ASSIGN(const std::uint16_t partitions, settle_partitions(folder, config, doors.disk));
  std::unique_ptr<SegmentedLog> log(new SegmentedLog(config, partitions, std::move(logger)));
  LogFamily::Options options{folder + "/data",
                             Family::kData,
                             config.data,
                             partitions,
                             std::min(config.writer_count(), partitions),
                             config.frame_size.value,
                             config.mailbox_size.value,
                             config.spare_segments,
                             config.recent_size.value,
                             threads == Threads::kOwn};
  MOBILAKE_ASSIGN(log->data_, LogFamily::open(options, doors, log->budget_, log->incidents_)
                                  .within("opening the data family"));
  options.folder = folder + "/system";
  options.family = Family::kSystem;
  options.config = config.system;
  options.writer_count = 1;
  options.recent_bytes = 0;  // nothing follows it
  MOBILAKE_ASSIGN(log->system_, LogFamily::open(options, doors, log->budget_, log->incidents_)
                                    .within("opening the system family"));
  if (threads == Threads::kOwn) log->start_housekeeper();
  return log;
}

SegmentedLog::SegmentedLog(const LogConfig& config, std::uint16_t partition_count, Logger logger)
    : partition_count_(partition_count),
      budget_(config.disk_budget.value),
      incidents_(std::move(logger)) {}

SegmentedLog::~SegmentedLog() {
  (void)close();
}

void SegmentedLog::append(RecordBatch batch, OnDurable on_durable) {
  LogFamily& owner = family(batch.family());
  owner.append({std::move(batch), std::move(on_durable)});
}

Result<std::unique_ptr<Reader>> SegmentedLog::open_reader(Family which, const Positions& from) {
  return family(which).open_reader(from);
}

Positions SegmentedLog::durable_end(Family which) {
  return family(which).list().durable_end();
}

void SegmentedLog::hold_for(std::string_view consumer, Family which, const Positions& positions) {
  family(which).holds().hold(consumer, positions);
}

void SegmentedLog::release_hold(std::string_view consumer, Family which) {
  family(which).holds().release(consumer);
}

std::vector<SegmentInfo> SegmentedLog::segments() {
  std::vector<SegmentInfo> infos;
  data_->add_infos(infos);
  system_->add_infos(infos);
  return infos;
}

std::vector<LogIncident> SegmentedLog::incidents() {
  return incidents_.all();
}

Result<LogVerdict> SegmentedLog::verify() {
  LogVerdict verdict;
  MOBILAKE_TRY(data_->verify(verdict).within("verifying the data family"));
  MOBILAKE_TRY(system_->verify(verdict).within("verifying the system family"));
  return verdict;
}

std::optional<Error> SegmentedLog::refusal() {
  if (auto why = data_->refusal()) return why;
  return system_->refusal();
}

Result<> SegmentedLog::close() {
  house_.lock()->stopping = true;
  house_changed_.notify_all();
  if (housekeeper_.joinable()) housekeeper_.join();
  for (LogFamily* const family : {data_.get(), system_.get()}) {
    if (family == nullptr) continue;
    // Who waits for a spare makes it alone now.
    family->serve_spares_with({});
    family->close();
  }
  return {};
}

bool SegmentedLog::run_turns() {
  const bool data = data_->run_turns();
  return system_->run_turns() || data;
}

void SegmentedLog::housekeep() {
  data_->housekeep();
  system_->housekeep();
}

LogFamily& SegmentedLog::family(Family which) {
  return which == Family::kData ? *data_ : *system_;
}

void SegmentedLog::start_housekeeper() {
  housekeeper_ = std::thread([this] { keep_house(); });
  const auto wake = [this] {
    house_.lock()->wanted = true;
    house_changed_.notify_all();
  };
  data_->serve_spares_with(wake);
  system_->serve_spares_with(wake);
}

void SegmentedLog::keep_house() {
  while (true) {
    housekeep();
    auto house = house_.lock();
    (void)house.wait_for(house_changed_, kHousekeepingSpan,
                         [](const House& h) { return h.stopping || h.wanted; });
    if (house->stopping) return;
    house->wanted = false;
  }
}

}  // namespace mobilake::log

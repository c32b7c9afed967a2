// SPDX-License-Identifier: Apache-2.0
// The MQTT door and the log alone, as a server for tools/load: what they do without the rest.
//
// mqtt_door_bench [--without-sync] [--loops N] [--writers N]
// Prints a line of JSON with the port and a gateway's sign-in (the password in a file), serves
// until its input ends, and prints another with counts and CPU. --without-sync leaves the disk's
// syncs out: the baseline. TMPDIR names the folder, and so the disk, of the log.
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "base/doors.h"
#include "govern/identity.h"
#include "ingest/mqtt/mqtt_source.h"
#include "log/open_log.h"
#include "store/testkit/fake_meta_store.h"

namespace mobilake::ingest::mqtt {
namespace {

/// The machine's disk, whose syncs do nothing.
class UnsyncedDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    MOBILAKE_ASSIGN(auto file, disk_.open(path, mode));
    return std::unique_ptr<File>(std::make_unique<UnsyncedFile>(std::move(file)));
  }
  Result<> rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Result<> remove(const std::string& path) override { return disk_.remove(path); }
  Result<> make_directories(const std::string& path) override {
    return disk_.make_directories(path);
  }
  Result<> sync_directory(const std::string&) override { return {}; }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return disk_.list(path);
  }
  Result<bool> exists(const std::string& path) override { return disk_.exists(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    return disk_.free_bytes(path);
  }

 private:
  class UnsyncedFile final : public File {
   public:
    explicit UnsyncedFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
    Result<std::size_t> read(std::uint64_t offset, char* buffer, std::size_t size) override {
      return file_->read(offset, buffer, size);
    }
    Result<> write(std::uint64_t offset, std::span<const iovec> parts) override {
      return file_->write(offset, parts);
    }
    Result<> sync() override { return {}; }
    Result<std::uint64_t> size() override { return file_->size(); }
    Result<> truncate(std::uint64_t size) override { return file_->truncate(size); }

   private:
    std::unique_ptr<File> file_;
  };

  Disk& disk_ = base::system_disk();
};

struct DoorOptions {
  bool without_sync = false;
  std::uint64_t loops = 1;
  std::uint64_t writers = 1;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void report(const MqttSource& source) {
  const MqttStatus status = source.status();
  fmt::print(
      "{{\"connections\":{},\"received\":{},\"logged\":{},\"acknowledged\":{},\"refused\":{},"
      "\"cpu_s\":{:.2f},\"resident_bytes\":{}}}\n",
      status.connections, status.total.received, status.total.logged, status.total.acknowledged,
      status.total.refused_total(), cpu_seconds(), resident_bytes());
  std::fflush(stdout);
}

Result<> serve(const std::string& folder, const DoorOptions& options) {
  UnsyncedDisk unsynced;
  Doors doors = base::system_doors();
  Doors log_doors{doors.clock, options.without_sync ? unsynced : doors.disk, doors.random};
  store::FakeMetaStore meta;
  MOBILAKE_ASSIGN(const auto identity, govern::Identity::open(meta, doors, {}));
  MOBILAKE_TRY(identity->add_account("vehicle", model::AccountKind::kProducer, ""));
  const govern::Gatekeeper gatekeeper(*identity);
  MOBILAKE_ASSIGN(const auto devices, store::DeviceRegistry::open(meta, doors));
  store::NewDevice gateway;
  gateway.id = model::DeviceId("gateway");
  gateway.account = "vehicle";
  gateway.kind = store::DeviceKind::kGateway;
  gateway.registers_unknown = true;
  MOBILAKE_ASSIGN(const store::AddedDevice added, devices->add(gateway));
  const std::string password_file = folder + "/password";
  std::ofstream(password_file) << added.password;

  log::LogConfig log_config;
  log_config.writers = options.writers;
  // Old segments go soon, since nobody reads.
  log_config.data.retain_size = {1ULL << 30U};
  MOBILAKE_ASSIGN(const auto log, log::open_log(folder + "/log", log_config, log_doors));
  govern::AuditTrail audit(log->writer(), log->partition_count(), doors.clock);
  Metrics metrics;
  IngestConfig config;
  config.mqtt_loops = options.loops;
  MOBILAKE_ASSIGN(auto source, open_mqtt_source(config, {}, {*log, *devices, gatekeeper, audit},
                                                doors, metrics, {}));
  fmt::print("{{\"port\":{},\"username\":\"gateway\",\"password_file\":\"{}\"}}\n",
             source->endpoint().port, password_file);
  std::fflush(stdout);
  // Each line of input asks for a report; its end for the end.
  for (int byte = std::getchar(); byte != EOF; byte = std::getchar())
    if (byte == '\n') report(*source);
  report(*source);
  source.reset();
  return log->close();
}

bool read_options(int count, char** words, DoorOptions& options) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--without-sync")
      options.without_sync = true;
    else if (word == "--loops" && i + 1 < count)
      options.loops = std::strtoull(words[++i], nullptr, 10);
    else if (word == "--writers" && i + 1 < count)
      options.writers = std::strtoull(words[++i], nullptr, 10);
    else
      return false;
  }
  return true;
}

int run(int count, char** words) {
  DoorOptions options;
  if (!read_options(count, words, options)) {
    fmt::print(stderr, "mqtt_door_bench [--without-sync] [--loops N] [--writers N]\n");
    return 2;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const char* const root = std::getenv("TMPDIR");
  std::string folder = std::string(root == nullptr ? "/tmp" : root) + "/mqtt-door-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  const Result<> served = serve(folder, options);
  std::filesystem::remove_all(folder);
  if (!served.ok()) fmt::print(stderr, "{}\n", served.error().to_string());
  return served.ok() ? 0 : 1;
}

}  // namespace
}  // namespace mobilake::ingest::mqtt

int main(int count, char** words) {
  return mobilake::ingest::mqtt::run(count, words);
}

// SPDX-License-Identifier: Apache-2.0
#include "store/meta/inside/disk_vfs.h"

#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"

namespace mobilake::store {
namespace {

// What SQLite allocates for an open file: its own head, then ours.
struct OpenFile {
  sqlite3_file head;
  File* file;
  DiskVfs* owner;
};

constexpr int kPathLengthMax = 4096;
// Days from the Julian epoch to 1970, in milliseconds.
constexpr sqlite3_int64 kUnixEpochJulianMs = 210866760000000;
constexpr int kSectorBytes = 4096;

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

}  // namespace

// The functions that SQLite calls; static members, so that they reach the private parts.
struct DiskVfs::Calls {
  static DiskVfs& self(sqlite3_vfs* vfs) { return *static_cast<DiskVfs*>(vfs->pAppData); }

  static int close(sqlite3_file* file) {
    delete std::exchange(of(file).file, nullptr);
    return SQLITE_OK;
  }

  static int read(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset) {
    const auto wanted = static_cast<std::size_t>(size);
    const Result<std::size_t> got =
        of(file).file->read(static_cast<std::uint64_t>(offset), static_cast<char*>(buffer), wanted);
    if (!got.ok()) return of(file).owner->keep(got.error(), SQLITE_IOERR_READ);
    if (*got == wanted) return SQLITE_OK;
    // SQLite asks for zeros behind the end.
    std::memset(static_cast<char*>(buffer) + *got, 0, wanted - *got);
    return SQLITE_IOERR_SHORT_READ;
  }

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const std::string_view view(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    const Result<> written = of(file).file->write(static_cast<std::uint64_t>(offset), view);
    if (!written.ok()) return of(file).owner->keep(written.error(), SQLITE_IOERR_WRITE);
    return SQLITE_OK;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const Result<> done = of(file).file->truncate(static_cast<std::uint64_t>(size));
    if (!done.ok()) return of(file).owner->keep(done.error(), SQLITE_IOERR_TRUNCATE);
    return SQLITE_OK;
  }

  static int sync(sqlite3_file* file, int) {
    const Result<> done = of(file).file->sync();
    if (done.ok()) return SQLITE_OK;
    of(file).owner->sync_failed_ = true;
    return of(file).owner->keep(done.error(), SQLITE_IOERR_FSYNC);
  }

  static int file_size(sqlite3_file* file, sqlite3_int64* size) {
    const Result<std::uint64_t> got = of(file).file->size();
    if (!got.ok()) return of(file).owner->keep(got.error(), SQLITE_IOERR_FSTAT);
    *size = static_cast<sqlite3_int64>(*got);
    return SQLITE_OK;
  }

  static int lock(sqlite3_file*, int) { return SQLITE_OK; }
  static int unlock(sqlite3_file*, int) { return SQLITE_OK; }
  static int check_reserved_lock(sqlite3_file*, int* reserved) {
    *reserved = 0;
    return SQLITE_OK;
  }
  static int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return kSectorBytes; }
  // A write cut short by a power loss leaves the bytes beside it alone, as on every disk of today.
  static int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static const sqlite3_io_methods* methods() {
    // Version 1: without shared memory, so that the log works in exclusive locking mode alone.
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods calls{};
      calls.iVersion = 1;
      calls.xClose = close;
      calls.xRead = read;
      calls.xWrite = write;
      calls.xTruncate = truncate;
      calls.xSync = sync;
      calls.xFileSize = file_size;
      calls.xLock = lock;
      calls.xUnlock = unlock;
      calls.xCheckReservedLock = check_reserved_lock;
      calls.xFileControl = file_control;
      calls.xSectorSize = sector_size;
      calls.xDeviceCharacteristics = device_characteristics;
      return calls;
    }();
    return &kMethods;
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags,
                  int* flags_out) {
    OpenFile& opened = of(file);
    opened.head.pMethods = nullptr;
    // Without a name it would be a temporary file; temp_store=MEMORY makes those needless.
    if (path == nullptr) return SQLITE_CANTOPEN;
    Result<std::unique_ptr<File>> result = self(vfs).open_durably(path, flags);
    if (!result.ok()) return self(vfs).keep(result.error(), SQLITE_CANTOPEN);
    opened.file = std::move(result).value().release();
    opened.owner = &self(vfs);
    opened.head.pMethods = methods();
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int) {
    Disk& disk = self(vfs).doors_.disk;
    const Result<> removed = disk.remove(path);
    if (!removed.ok() && removed.error().code == Code::kNotFound) return SQLITE_IOERR_DELETE_NOENT;
    if (!removed.ok()) return self(vfs).keep(removed.error(), SQLITE_IOERR_DELETE);
    // Always, though SQLite asks for it only at its highest setting: removals are rare here.
    const Result<> synced = disk.sync_directory(base::parent_directory(path));
    if (synced.ok()) return SQLITE_OK;
    self(vfs).sync_failed_ = true;
    return self(vfs).keep(synced.error(), SQLITE_IOERR_DIR_FSYNC);
  }

  static int access(sqlite3_vfs* vfs, const char* path, int, int* answer) {
    const Result<bool> exists = self(vfs).doors_.disk.exists(path);
    if (!exists.ok()) return self(vfs).keep(exists.error(), SQLITE_IOERR_ACCESS);
    *answer = *exists ? 1 : 0;
    return SQLITE_OK;
  }

  static int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
    const std::size_t length = std::strlen(path);
    if (length + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(out, path, length + 1);
    return SQLITE_OK;
  }

  static int randomness(sqlite3_vfs* vfs, int size, char* out) {
    const std::string bytes = self(vfs).doors_.random.bytes(static_cast<std::size_t>(size));
    std::memcpy(out, bytes.data(), bytes.size());
    return size;
  }

  // Nothing is ever busy: there is one connection.
  static int sleep(sqlite3_vfs*, int) { return 0; }

  static int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* out) {
    *out = self(vfs).doors_.clock.now().time_since_epoch().count() / 1000 + kUnixEpochJulianMs;
    return SQLITE_OK;
  }

  static int current_time_days(sqlite3_vfs* vfs, double* out) {
    sqlite3_int64 milliseconds = 0;
    current_time_ms(vfs, &milliseconds);
    *out = static_cast<double>(milliseconds) / 86'400'000.0;
    return SQLITE_OK;
  }

  static int last_error(sqlite3_vfs*, int, char*) { return 0; }
};

DiskVfs::DiskVfs(Doors doors)
    : doors_(doors), name_(fmt::format("mobilake-{}", static_cast<const void*>(this))) {
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = kPathLengthMax;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = Calls::open;
  vfs_.xDelete = Calls::remove;
  vfs_.xAccess = Calls::access;
  vfs_.xFullPathname = Calls::full_path;
  vfs_.xRandomness = Calls::randomness;
  vfs_.xSleep = Calls::sleep;
  vfs_.xCurrentTime = Calls::current_time_days;
  vfs_.xGetLastError = Calls::last_error;
  vfs_.xCurrentTimeInt64 = Calls::current_time_ms;
  MOBILAKE_CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

DiskVfs::~DiskVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

std::optional<Error> DiskVfs::take_error() {
  return std::exchange(error_, std::nullopt);
}

int DiskVfs::keep(const Error& error, int otherwise) {
  error_ = error;
  return error.code == Code::kExhausted ? SQLITE_FULL : otherwise;
}

Result<std::unique_ptr<File>> DiskVfs::open_durably(const std::string& path, int flags) {
  if ((flags & SQLITE_OPEN_READONLY) != 0) return doors_.disk.open(path, OpenMode::kRead);
  if ((flags & SQLITE_OPEN_CREATE) == 0) return doors_.disk.open(path, OpenMode::kReadWrite);
  MOBILAKE_ASSIGN(auto file, doors_.disk.open(path, OpenMode::kCreate));
  // Before the first byte: what is synced under a name that is not durable may vanish with it. Also
  // where the file was there: whoever made it may have died in between.
  MOBILAKE_TRY(doors_.disk.sync_directory(base::parent_directory(path)));
  return file;
}

}  // namespace mobilake::store

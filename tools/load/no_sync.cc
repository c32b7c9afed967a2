// SPDX-License-Identifier: Apache-2.0
// Preloaded into a server to measure what its syncs cost: they succeed and do nothing, and no write
// goes past the page cache. For measurements alone; a server that runs with it loses data.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>
#include <cstdarg>

extern "C" int fsync(int) {
  return 0;
}
extern "C" int fdatasync(int) {
  return 0;
}
// A file that is asked for with O_DIRECT is refused, so the server goes through the cache.
extern "C" int open64(const char* path, int flags, ...) {
  using Open = int (*)(const char*, int, ...);
  static const auto next = reinterpret_cast<Open>(::dlsym(RTLD_NEXT, "open64"));
  va_list words;
  va_start(words, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(words, mode_t) : 0;
  va_end(words);
  return next(path, flags & ~O_DIRECT, mode);
}
extern "C" int open(const char* path, int flags, ...) {
  va_list words;
  va_start(words, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(words, mode_t) : 0;
  va_end(words);
  return open64(path, flags, mode);
}

// SPDX-License-Identifier: MIT
// The functions that the linker puts before those of libc, and the operators that end in them.
#include "fault/fault_wrap/failing.hpp"
#include "support/test.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

namespace failing {

Fault allocations;
Fault threads;
Fault files;
std::atomic<long> live{0};

static void* counted(void* memory) {
  live += memory != nullptr;
  return memory;
}

}  // namespace failing

using failing::allocations;
using failing::counted;

extern "C" {

void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
int __real_posix_memalign(void**, std::size_t, std::size_t);
char* __real_strdup(const char*);
void __real_free(void*);
int __real_socketpair(int, int, int, int*);
int __real_fcntl(int, int, int);
void* __real_mmap(void*, std::size_t, int, int, int, off_t);
int __real_munmap(void*, std::size_t);
int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

void* __wrap_malloc(std::size_t size) {
  return allocations.strikes() ? nullptr : counted(__real_malloc(size));
}

void* __wrap_calloc(std::size_t n, std::size_t size) {
  return allocations.strikes() ? nullptr : counted(__real_calloc(n, size));
}

void* __wrap_realloc(void* old, std::size_t size) {
  if (allocations.strikes()) return nullptr;
  void* const memory = __real_realloc(old, size);
  return old == nullptr ? counted(memory) : memory;
}

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  return allocations.strikes() ? nullptr : counted(__real_aligned_alloc(alignment, size));
}

void* __wrap_mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  if (allocations.strikes()) return errno = ENOMEM, MAP_FAILED;
  void* const memory = __real_mmap(at, size, protection, flags, file, offset);
  failing::live += memory != MAP_FAILED;
  return memory;
}

int __wrap_munmap(void* memory, std::size_t size) {
  --failing::live;
  return __real_munmap(memory, size);
}

int __wrap_posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (allocations.strikes()) return ENOMEM;
  const int error = __real_posix_memalign(memory, alignment, size);
  failing::live += error == 0;
  return error;
}

char* __wrap_strdup(const char* text) {
  if (allocations.strikes()) return nullptr;
  char* const copy = __real_strdup(text);
  counted(copy);
  return copy;
}

void __wrap_free(void* memory) {
  failing::live -= memory != nullptr;
  __real_free(memory);
}

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* arg) {
  if (failing::threads.strikes()) return EAGAIN;
  return __real_pthread_create(thread, attributes, start, arg);
}

int __wrap_socketpair(int domain, int type, int protocol, int* ends) {
  if (failing::files.strikes()) return errno = EMFILE, -1;
  return __real_socketpair(domain, type, protocol, ends);
}

// The library's one use of it makes a descriptor.
int __wrap_fcntl(int fd, int command, int arg) {
  if (failing::files.strikes()) return errno = EMFILE, -1;
  return __real_fcntl(fd, command, arg);
}

}  // extern "C"

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size ? size : 1);
}

void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  const auto unit = static_cast<std::size_t>(alignment);
  return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}

void* operator new(std::size_t size) {
  if (void* const memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  if (void* const memory = operator new(size, alignment, std::nothrow)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  std::free(memory);
}

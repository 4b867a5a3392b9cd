// SPDX-License-Identifier: MIT
// Relacy, a model checker, without the macros that src must not meet. It takes over every atomic operation,
// and tries orders of threads and values that the memory model allows.
#ifndef TPOOL_TESTS_MODEL_PLATFORM_HPP
#define TPOOL_TESTS_MODEL_PLATFORM_HPP

// Relacy's macros must not meet what these declare.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

// Its models of Windows and POSIX threads are macros that would rename what src calls.
#define RL_PTHREAD_HPP
#define RL_WINDOWS_HPP
#pragma push_macro("errno")

// Relacy's own are inline. The C++ library, whose other forms call these, has to find them.
[[gnu::used]] void* operator new(std::size_t size);
[[gnu::used]] void operator delete(void* memory) noexcept;

#include <relacy/relacy.hpp>

// It renames what programs written for it use; src is not.
#undef $
#undef assert
#undef calloc
#undef delete
#undef free
#undef malloc
#undef memory_order_acq_rel
#undef memory_order_acquire
#undef memory_order_consume
#undef memory_order_relaxed
#undef memory_order_release
#undef memory_order_seq_cst
#undef new
#undef realloc
#undef TlsAlloc
#undef TlsFree
#undef TlsGetValue
#undef TlsSetValue
#pragma pop_macro("errno")

namespace model {

/// Relacy's threads are fibers of one thread, so they share what is thread-local. Each has to find
/// these words as it left them.
class ThreadLocals {
 public:
  static void add(void* word) noexcept { words_[count_++] = static_cast<void**>(word); }
  /// For a thread that begins.
  static void clear() noexcept {
    for (std::size_t i = 0; i < count_; ++i) *words_[i] = nullptr;
  }

  ThreadLocals() noexcept {
    for (std::size_t i = 0; i < count_; ++i) kept_[i] = *words_[i];
  }
  ~ThreadLocals() {
    for (std::size_t i = 0; i < count_; ++i) *words_[i] = kept_[i];
  }
  ThreadLocals(const ThreadLocals&) = delete;
  ThreadLocals& operator=(const ThreadLocals&) = delete;

 private:
  static constexpr std::size_t kMost = 12;
  static inline void** words_[kMost];
  static inline std::size_t count_ = 0;
  void* kept_[kMost];
};

/// One operation. Relacy would let any thread go on before each, so none would ever get far while
/// another stands between two operations. Here most operations follow the one before at once.
class Step {
 public:
  Step() : follows_(rl::rand(16) != 0) {
    if (follows_) rl::ctx().disable_preemption();
  }
  ~Step() {
    if (follows_) rl::ctx().enable_preemption();
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  const ThreadLocals kept_;
  bool follows_;
};

/// Plain data: to touch it without an order between the threads is a data race.
class Data {
 public:
  Data() : value_(0) {}
  Data(int value) : value_(value) {}
  Data(const Data& other) : value_(other.get()) {}
  Data& operator=(const Data& other) {
    value_(RL_INFO) = other.get();
    return *this;
  }
  int get() const { return value_(RL_INFO); }

 private:
  rl::var<int> value_;
};

}  // namespace model

#endif

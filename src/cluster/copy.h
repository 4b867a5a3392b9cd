// SPDX-License-Identifier: MIT
// One process's copy of an object that rank 0 shares. Stage: base, used by cluster/*.
#pragma once

#include <tpool/cluster.h>
#include <tpool/task.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "cluster/identity.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// Made of bytes when it is needed first. Thread-safe.
class Copy {
 public:
  /// The object has so many bytes, and is made of message from `from` on: by the codec at the place, or, without one,
  /// as they are.
  Copy(std::size_t size, Place codec, Bytes message, std::size_t from) noexcept;
  /// The object is a tp_cluster_bound_t, of a copy and of the function at the place.
  Copy(std::shared_ptr<Copy> object, Place fn) noexcept;
  ~Copy() { std::free(memory_); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  /// nullptr: it can't be made, and why says it, if it is wanted. The first call loads what the codec is in, and runs
  /// its unpack; throws what unpack throws, and std::bad_alloc.
  void* object(std::string* why = nullptr);
  /// Whether it never can be made: else what it lacked was memory.
  bool is_unmakeable();
  /// The object goes before this does: in a destructor the codec's drop can't end the thread. Only UnusedCopies calls
  /// this.
  void drop();

  /// Any pointer, which a copy's object leads back to.
  void set_owner(void* owner) noexcept;
  static void* owner_of(const void* object) noexcept;

  Copy* next_unused = nullptr;  // in UnusedCopies
  std::thread::id unused_by;    // whose was the last use

 private:
  void make();
  void fill();
  void bind();

  const std::size_t size_ = 0, from_ = 0;
  const tp_codec_t* codec_ = nullptr;
  const Place place_;               // of the codec, or of the function
  std::shared_ptr<Copy> bound_to_;  // nullptr: it is an object that is shared
  Bytes message_;
  std::mutex making_;
  char* memory_ = nullptr;              // the owner, and the object from kAlign on
  std::atomic<void*> object_{nullptr};  // once it is made
  std::string why_;                     // it never can be; written under making_
};

}  // namespace tp::cluster

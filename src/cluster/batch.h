// SPDX-License-Identifier: MIT
// Items that a rank has, and how each of them ends. Stage: base, used by cluster/*.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cluster/crossing.h"
#include "cluster/load.h"
#include "result/seam.h"

namespace tp::cluster {

/// Its owner is first the leader, then the inbox of the pool. Not thread-safe.
class Batch : public core::Posted {
 public:
  /// Of its ends one has room.
  Batch() { received.ends.reserve(1); }

  /// Those of `taken` that are its own.
  core::TakenItems items() const noexcept;
  /// All of them have ended alike, without values. why is left out if there is no memory for it.
  void end_all(int status, bool unrun, const char* why) noexcept;
  /// What ran is in the rank's row of a trace, an event for each range of it.
  void trace() const noexcept;

  /// How the first items that are left have ended; nullptr: none is left. Its `at` counts from `first`.
  const End* next() const noexcept;
  /// So many of them are no longer its own.
  void move_on(std::size_t count) noexcept;
  /// Puts values of some of them where the job wants them, and ends these. The batch has moved on before user code may
  /// run, but for that of the values' codec: a codec that ends the thread is not called again for the same value.
  void finish_next();

  std::uint64_t id = 0;
  Held held;
  std::size_t sent = 0;  // bytes of its message
  unsigned cancels = 0;  // of the pool, when room was held
  core::Began began{};   // for a trace: when it was handed out
  bool is_told_to_stop = false, is_asked_back = false;
  core::TakenItems taken{};
  std::size_t first = 0;  // of the taken items; as many as are held are its own
  ReceivedEnds received;
  std::shared_ptr<class LocalRun> local;

 private:
  bool ends_at_once(const End& end) const noexcept;
  int place_values(std::size_t at, std::size_t count, const char*& why);
  bool unpack(std::size_t index);

  std::size_t next_ = 0;  // of the ends
  bool is_unpacking_ = false;
};

}  // namespace tp::cluster

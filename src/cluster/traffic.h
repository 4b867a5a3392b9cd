// SPDX-License-Identifier: MIT
// The one thread that calls the engine: it sends what others queue, and tells what has come. Stage: base, used by
// cluster/*.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "cluster/engine/engine.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// Who is told. All calls come from the thread that runs the traffic, and call no user code. Only came may throw: an
/// exception in another call would end the process without a word.
class Listener {
 public:
  /// Throws std::bad_alloc or std::length_error, and then nothing comes of the rank any more.
  virtual void came(int from, Bytes bytes) = 0;
  /// The engine can't reach the rank any more, or what it sent can't be read. Told once, and then nothing comes of it.
  virtual void broke(int rank) noexcept = 0;
  /// At least once each millisecond while is_busy, else before rest_ns is over. False: the traffic is over. What lacks
  /// memory is done in a later call.
  virtual bool tick(std::uint64_t now_ns) noexcept = 0;
  /// Whether an answer is expected.
  virtual bool is_busy() noexcept = 0;
  /// The longest sleep while nothing happens. quiet_ns: since something did.
  virtual std::uint64_t rest_ns(std::uint64_t quiet_ns) noexcept = 0;

 protected:
  ~Listener() = default;
};

/// Messages in both directions. Only push and wake may be called from other threads.
class Traffic {
 public:
  Traffic(const Engine& engine, int ranks)
      : engine_(engine), peers_(static_cast<std::size_t>(ranks)) {}
  ~Traffic();
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void push(int to, Bytes bytes) { push(to, std::make_shared<const Bytes>(std::move(bytes))); }
  void push(int to, std::shared_ptr<const Bytes> bytes);
  void wake();
  /// Nothing of the rank is listened to any more. What is sent to it may go, but nobody waits for that.
  void lose(int rank) { peer(rank).is_lost = true; }
  /// Until the listener ends it. Then sends what is queued for at most a second.
  void run(Listener& listener);

 private:
  struct Sending {
    int to;
    std::shared_ptr<const Bytes> bytes;
    std::size_t next = 0;  // of the bytes
    void* under_way = nullptr;
  };
  struct Receiving {
    int from;
    Bytes bytes;
    void* under_way = nullptr;
  };
  struct Peer {
    Bytes whole;  // of a message that comes in parts
    std::size_t have = 0;
    bool waits = false;      // for what is under way before it
    bool is_broken = false;  // nothing can be sent to it
    bool is_lost = false;
  };

  Peer& peer(int rank) { return peers_[static_cast<std::size_t>(rank)]; }
  bool take_queued();
  bool go_on_sending(Listener& listener);
  bool is_sent(Sending& sending, Listener& listener);
  bool take_arrived(Listener& listener);
  void begin_to_receive(int from, std::size_t count, Listener& listener);
  bool go_on_receiving(Listener& listener);
  void hand_on(Receiving& received, Listener& listener);
  void take_part(int from, Bytes part, Listener& listener);
  void break_off(int rank, Listener& listener);
  bool is_under_way();
  void pause(Listener& listener, std::uint64_t quiet_ns);

  const Engine& engine_;
  std::vector<Peer> peers_;
  std::list<Sending> sending_;
  std::list<Receiving> receiving_;  // in the order in which they arrived
  std::mutex mutex_;
  std::condition_variable queued_changed_;
  std::list<Sending> queued_;
  bool woken_ = false;
};

std::uint64_t clock_ns();

}  // namespace tp::cluster

// SPDX-License-Identifier: MIT
// The one thread that calls the engine: it sends what others queue, and tells what has come. Stage: base, used by
// cluster/*.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "cluster/engine/engine.h"
#include "cluster/wire.h"

namespace tp::cluster {

/// Who is told. All calls come from the thread that runs the traffic, and call no user code.
class Listener {
 public:
  virtual void came(int from, Bytes bytes) = 0;
  /// The engine can't reach the rank any more.
  virtual void broke(int rank) = 0;
  /// At least once each millisecond while is_busy, else before rest_ns is over. False: the traffic is over.
  virtual bool tick(std::uint64_t now_ns) = 0;
  /// Whether an answer is expected.
  virtual bool is_busy() = 0;
  /// The longest sleep while nothing happens. quiet_ns: since something did.
  virtual std::uint64_t rest_ns(std::uint64_t quiet_ns) = 0;

 protected:
  ~Listener() = default;
};

/// Messages in both directions. Only push and wake may be called from other threads.
class Traffic {
 public:
  Traffic(const Engine& engine, int ranks)
      : engine_(engine), peers_(static_cast<std::size_t>(ranks)) {}
  /// What the engine has not sent by now it may read for ever, so its memory stays.
  ~Traffic() {
    if (!sending_.empty()) static_cast<void>(new std::list<Sending>(std::move(sending_)));
  }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void push(int to, Bytes bytes) { push(to, std::make_shared<const Bytes>(std::move(bytes))); }
  void push(int to, std::shared_ptr<const Bytes> bytes);
  void wake();
  /// Until the listener ends it. Then sends what is queued for at most a second.
  void run(Listener& listener);

 private:
  struct Sending {
    int to;
    std::shared_ptr<const Bytes> bytes;
    std::size_t next = 0;  // of the bytes
    void* under_way = nullptr;
  };
  /// A message that comes in parts.
  struct Peer {
    Bytes whole;
    std::size_t have = 0;
    bool is_broken = false;
  };

  bool take_queued();
  bool go_on_sending(Listener& listener);
  bool is_sent(Sending& sending, Listener& listener);
  bool receive(Listener& listener);
  void take_part(int from, Bytes part, Listener& listener);
  void begin_parts(int from, std::uint64_t total, Listener& listener);
  void pause(Listener& listener, std::uint64_t quiet_ns);

  const Engine& engine_;
  std::vector<Peer> peers_;
  std::list<Sending> sending_;
  std::mutex mutex_;
  std::condition_variable queued_changed_;
  std::deque<Sending> queued_;
  bool woken_ = false;
};

std::uint64_t clock_ns();

}  // namespace tp::cluster

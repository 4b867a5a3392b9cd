// SPDX-License-Identifier: MIT
// A rank other than 0: runs what it is sent, until rank 0's pool has ended. Stage: base, used by cluster/*.
#include "cluster/service.h"

#include <sched.h>

#include <algorithm>
#include <new>
#include <utility>

#include "cluster/handshake.h"
#include "cluster/leader.h"
#include "result/seam.h"

namespace tp::cluster {

/// A batch that runs here. Its values and ends go back when it is over.
class Service::Run final : public ReceivedRun {
 public:
  explicit Run(Service& service) : service_(service) {}

  using ReceivedRun::read;
  void over() override { service_.over(batch); }

 private:
  Service& service_;
};

Service::Service(const Engine& engine, int rank, int ranks, double lost_after, tp_pool_t* local)
    : engine_(engine),
      rank_(rank),
      traffic_(engine, ranks),
      local_(local),
      lost_after_(lost_after),
      seen_ns_(clock_ns()),
      next_beat_ns_(seen_ns_) {}

int Service::serve(std::string& why) {
  traffic_.run(*this);
  if (status_ == TP_END) engine_.stop(finalizes_);
  do {
    begin_to_leave();
    if (leaving_.joinable()) leaving_.join();
    has_begun_to_leave_ = false;
  } while (copies_.unused.any());  // a drop has ended the thread
  tp_pool_destroy(local_);
  why = why_;
  return status_;
}

void Service::end(int status, const char* why) noexcept {
  if (status_ != TP_OK) return;
  status_ = status;
  why_ = why;
  if (status == TP_ELOST) traffic_.lose(0);
}

void Service::came(int from, Bytes bytes) {
  if (from != 0) return;  // ranks tell each other nothing
  seen_ns_ = clock_ns();
  try {
    take(std::move(bytes));
  } catch (const std::exception&) {  // bad_alloc, or length_error
    end(TP_ELOST, "the rank has no memory for what rank 0 sent");
  }
}

void Service::take(Bytes bytes) {
  const Kind kind = kind_of(bytes);
  if (is_leaving_ && (kind == Kind::run || kind == Kind::share || kind == Kind::bind))
    return end(TP_ELOST, "rank 0 sent work after the end");
  switch (kind) {
    case Kind::run:
      return run(std::move(bytes));
    case Kind::stop:
      if (const auto run = find(bytes)) run->stop();
      return;
    case Kind::back:
      if (const auto run = find(bytes)) run->give_back();
      return;
    case Kind::share:
      return share(std::move(bytes));
    case Kind::bind:
      return bind(bytes);
    case Kind::unshare:
      return unshare(bytes);
    case Kind::beat:
      return;
    case Kind::lost:
      return end(TP_ELOST, "rank 0 has given this rank up");
    case Kind::bye:
      if (std::exchange(is_leaving_, true)) end(TP_ELOST, "rank 0 sent the end twice");
      return;
    case Kind::over: {
      Reader reader(bytes);
      reader.get<Kind>();
      finalizes_ = reader.get<std::uint32_t>() != 0;
      return end(TP_END, "");
    }
    default:
      return end(TP_ELOST, "rank 0 sent a message that this rank does not understand");
  }
}

void Service::run(Bytes bytes) {
  std::shared_ptr<Run> run;
  try {
    run = std::make_shared<Run>(*this);
    run->message = std::move(bytes);
    if (run->read(copies_, rank_)) return begin(run);
    end(TP_ELOST, "rank 0 sent a broken message");
  } catch (const std::exception&) {  // bad_alloc, or length_error
    if (!run || !run->count) throw;
    traffic_.push(
        0, pack_failed(run->batch, run->count, TP_ETASK, "the rank has no memory for the items"));
  }
}

void Service::share(Bytes bytes) {
  if (!read_share(std::move(bytes), copies_, rank_)) end(TP_ELOST, "rank 0 sent a broken object");
}

void Service::bind(const Bytes& bytes) {
  if (!read_bind(bytes, copies_, rank_))
    end(TP_ELOST, "rank 0 sent a broken function of an object");
}

void Service::unshare(const Bytes& bytes) {
  if (is_leaving_) return;  // leave has the copies
  Reader reader(bytes);
  reader.get<Kind>();
  const std::size_t ended = copies_.by_number.erase(reader.get<std::uint64_t>());
  if (!ended) end(TP_ELOST, "rank 0 sent the end of an unknown object");
}

/// Drops of codecs are user code, which does not run on the thread of the traffic: a worker is asked. What is not
/// dropped then, because it lacks memory or the pool has ended, waits for the next call, or for leave.
void Service::drop_unused() noexcept {
  if (!copies_.unused.any() || is_dropping_.exchange(true)) return;
  tp_task_t dropping{};
  dropping.size = sizeof dropping;
  dropping.fn = [](void* service, const void*, void*) {
    auto& self = *static_cast<Service*>(service);
    self.is_dropping_ = false;
    self.copies_.unused.drop_all();
    return 0;
  };
  dropping.ctx = this;
  const tp_job_options_t unbounded = unbounded_job();
  if (tp_pool_apply_async(local_, &dropping, nullptr, &unbounded, nullptr) != TP_OK)
    is_dropping_ = false;
}

/// The system may refuse a thread for good: then this one does it all, because rank 0 waits for the end.
void Service::begin_to_leave() noexcept {
  if (std::exchange(has_begun_to_leave_, true)) return;
  try {
    leaving_ = std::thread([this] { leave(); });
  } catch (const std::exception&) {
    leave();
  }
}

/// On a thread of its own: finalizers and drops are user code. Nothing runs in the pool any more but what items have
/// left behind, or, without rank 0, items that see the stop flag now.
void Service::leave() {
  struct Left {  // also when a drop ends the thread
    Service& service;
    ~Left() {
      service.has_left_ = true;
      service.traffic_.wake();
    }
  } left{*this};
  tp_seam_lead(local_, nullptr);
  tp_pool_terminate(local_);
  tp_pool_join(local_, TP_FOREVER);
  std::unordered_map<std::uint64_t, std::shared_ptr<Run>> unrun;
  {
    std::lock_guard lock(mutex_);
    unrun.swap(runs_);
  }
  unrun.clear();
  copies_.by_number.clear();
  copies_.unused.drop_all();
}

void Service::begin(const std::shared_ptr<Run>& run) {
  const std::uint64_t batch = run->batch;
  {
    std::lock_guard lock(mutex_);
    if (!runs_.emplace(batch, run).second) return end(TP_ELOST, "rank 0 sent a batch twice");
  }
  const int status = run->start(local_);
  if (status == TP_OK) return;
  {
    std::lock_guard lock(mutex_);
    runs_.erase(batch);
  }
  const bool is_broken = status == TP_EINIT;
  traffic_.push(0, pack_failed(batch, run->count, is_broken ? TP_EINIT : TP_ETASK,
                               is_broken ? "an initializer has failed"
                                         : "the rank's own pool refused the items"));
}

/// The batch that a message names; nullptr: it is over.
std::shared_ptr<Service::Run> Service::find(const Bytes& bytes) {
  Reader reader(bytes);
  reader.get<Kind>();
  std::lock_guard lock(mutex_);
  const auto found = runs_.find(reader.get<std::uint64_t>());
  return found == runs_.end() ? nullptr : found->second;
}

/// Rank 0 waits for the answer: without memory for it, so does this worker. The values are sent once or never.
void Service::over(std::uint64_t batch) {
  std::shared_ptr<Run> run;
  {
    std::lock_guard lock(mutex_);
    const auto found = runs_.find(batch);
    run = std::move(found->second);
    runs_.erase(found);
  }
  if (answers(*run, false)) return;
  while (!answers(*run, true)) sched_yield();
}

/// False: there is no memory. fails: for the values; then all items have failed.
bool Service::answers(Run& run, bool fails) noexcept try {
  traffic_.push(0, fails ? pack_failed(run.batch, run.count, TP_ETASK,
                                       "the rank has no memory for the values")
                         : pack_done(run));
  return true;
} catch (const std::bad_alloc&) {
  return false;
}

bool Service::tick(std::uint64_t now) noexcept {
  seen_ns_ = heard_ns(seen_ns_, next_beat_ns_, now, lost_after_);
  const double silent = now > seen_ns_ ? static_cast<double>(now - seen_ns_) * 1e-9 : 0;
  if (silent > lost_after_) end(TP_ELOST, "rank 0 gave no sign of life");
  drop_unused();
  if (is_leaving_) begin_to_leave();
  try {
    if (status_ == TP_OK) tell(now);
  } catch (const std::bad_alloc&) {
    // the next tick tells the rest
  }
  return status_ == TP_OK;
}

void Service::tell(std::uint64_t now) {
  if (now >= next_beat_ns_) {
    next_beat_ns_ = now + beat_ns(lost_after_);
    owes_beat_ = true;
  }
  if (owes_beat_) {
    traffic_.push(0, Writer(Kind::beat).take());
    owes_beat_ = false;
  }
  if (has_left_) {
    traffic_.push(0, Writer(Kind::left).take());
    has_left_ = false;
  }
}

/// While items run here their answers wake this thread. A message does not, so it has to look.
std::uint64_t Service::rest_ns(std::uint64_t quiet_ns) noexcept {
  constexpr std::uint64_t kMs = 1'000'000;
  if (quiet_ns > 1000 * kMs) return 10 * kMs;
  return std::min(quiet_ns / 8, kMs);
}

}  // namespace tp::cluster

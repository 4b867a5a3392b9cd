// SPDX-License-Identifier: MIT
// Rank 0: hands items out to the ranks, and takes their answers. Stage: base, used by cluster/*.
#include "cluster/leader.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "cluster/local_run.h"

namespace tp::cluster {
namespace {

/// How much work a worker may have ahead: more than a message takes to come and go, also to a rank that has slept.
constexpr double kAheadNs = 1e6;
constexpr std::size_t kMostItems = 65536;

/// Of its ends one has room. must: waits until there is memory.
template <class Batch>
std::unique_ptr<Batch> make_batch_of(bool must) noexcept {
  do {
    try {
      auto batch = std::make_unique<Batch>();
      batch->received.ends.reserve(1);
      return batch;
    } catch (const std::bad_alloc&) {
      sched_yield();
    }
  } while (must);
  return nullptr;
}

Leader& to_leader(void* ctx) noexcept { return *static_cast<Leader*>(ctx); }

}  // namespace

Leader::Leader(const Engine& engine, const Settings& settings, std::vector<std::size_t> workers,
               tp_pool_t* local)
    : engine_(engine),
      settings_(settings),
      local_(local),
      traffic_(engine, static_cast<int>(workers.size())),
      shared_(&traffic_, workers.size()),
      ranks_(workers.size()) {
  const std::uint64_t now = next_beat_ns_ = clock_ns();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    ranks_[i].workers = i == 0 && settings.leads && workers.size() > 1 ? 0 : workers[i];
    ranks_[i].seen_ns = now;
    all_workers_ += ranks_[i].workers;
  }
}

Leader::~Leader() = default;

int Leader::create(const tp_pool_options_t& options) {
  taker_.ctx = this;
  taker_.takes = true;
  taker_.workers = all_workers_;
  taker_.check = [](void* self, const tp_task_t& task) {
    return check_task(task, to_leader(self).shared_);
  };
  taker_.lease = [](void* self, const tp_task_t& task) {
    return to_leader(self).shared_.lease(task);
  };
  taker_.reserve = [](void* self, const tp_task_t& task, std::size_t left, bool must, void** room) {
    return to_leader(self).reserve(task, left, must, room);
  };
  taker_.take = [](void* self, void* room, const core::TakenItems& taken) {
    to_leader(self).take(room, taken, 0, taken.count);
  };
  taker_.absorb = [](void* self, core::Posted& posted) { to_leader(self).absorb(posted); };
  taker_.leave = [](void* self, core::Deadline deadline) {
    return to_leader(self).leave(deadline);
  };
  taker_.drop = [](void* self) { to_leader(self).drop(); };
  const int status = tp_seam_create(&options, &taker_, &pool_);
  if (status == TP_OK) tp_seam_lead(local_, pool_);
  return status;
}

/// The living rank with the largest share of free workers. must: also one without.
std::size_t Leader::best_rank(bool must) const {
  std::size_t best = ranks_.size();
  double least = must ? HUGE_VAL : 1;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    const Rank& rank = ranks_[i];
    if (!rank.is_alive || !rank.workers || (!must && !has_room(rank))) continue;
    const double used = rank.load / double(rank.workers);
    if (used < least) {
      least = used;
      best = i;
    }
  }
  return best;
}

/// An item and its value count as so many bytes of the window.
static std::size_t bytes_of(const tp_task_t& task) noexcept {
  return std::max<std::size_t>(task.item_size + task.value_size, 1);
}

/// Who has not packed such an item knows neither its time nor its bytes. REQUIRES: mutex_.
Leader::Cost Leader::cost_of(const tp_task_t& task, std::size_t rank) const {
  const bool packs = rank != 0 && (task.item_codec || task.value_codec);
  const auto known = costs_.find(work_of(task));
  Cost cost = known == costs_.end() ? Cost{} : known->second;
  if (cost.ns == 0 || (packs && cost.packed_bytes == 0)) cost.ns = kAheadNs;
  const auto plain_bytes = static_cast<double>(bytes_of(task));
  cost.packed_bytes = packs ? std::max(cost.packed_bytes, plain_bytes) : plain_bytes;
  return cost;
}

/// As many items as are about half of what the rank may have ahead, and fewer near the end of a job. Items that nobody
/// knows go out one for each free worker.
std::size_t Leader::reserve(const tp_task_t& task, std::size_t left, bool must,
                            void** room) noexcept {
  auto batch = make_batch_of<Batch>(must);
  if (!batch) return 0;
  std::lock_guard lock(mutex_);
  const std::size_t at = best_rank(must);
  if (at == ranks_.size()) {
    tell_full();
    return 0;
  }
  Rank& rank = ranks_[at];
  const Cost cost = cost_of(task, at);
  batch->rank = at;
  batch->cancels = tp_seam_cancels(pool_);
  batch->weight = std::clamp(cost.ns / kAheadNs, 1e-5, 1.0);
  const double free = std::max(double(rank.workers) - rank.load, 0.0);
  const double half = double(rank.workers) / 2;
  const double fair = std::ceil(double(left) / (2 * double(all_workers_)));
  double wanted = std::min({free, std::max(half, batch->weight)}) / batch->weight;
  if (batch->weight >= 1) wanted = 1;
  wanted = std::min({wanted, fair, double(kMostItems)});
  const auto bytes = static_cast<std::size_t>(cost.packed_bytes);
  const std::size_t window = settings_.window - std::min(settings_.window, rank.out_bytes);
  const auto fitting = static_cast<std::size_t>(std::max(wanted, 1.0));
  batch->held = std::max<std::size_t>(std::min(fitting, window / bytes), 1);
  batch->bytes = batch->held * bytes;
  rank.load += double(batch->held) * batch->weight;
  rank.out_bytes += batch->bytes;
  const std::size_t held = batch->held;
  *room = batch.release();
  tell_full();
  return held;
}

/// Has the pool's workers rest while no rank has room. REQUIRES: mutex_, so that nobody tells it otherwise meanwhile.
void Leader::tell_full() {
  const bool full = std::none_of(ranks_.begin(), ranks_.end(),
                                 [this](const Rank& rank) { return has_room(rank); });
  if (full == is_full_) return;
  is_full_ = full;
  tp_seam_set_full(pool_, full);
}

/// Gives up what a batch holds. REQUIRES: mutex_.
void Leader::let_go(Batch& batch) {
  Rank& rank = ranks_[batch.rank];
  rank.load = std::max(rank.load - double(batch.held) * batch.weight, 0.0);
  rank.out_bytes -= std::min(rank.out_bytes, batch.bytes);
  tell_full();
}

/// So many of the taken items are a batch.
void Leader::take(void* room, const core::TakenItems& taken, std::size_t first, std::size_t count) {
  std::unique_ptr<Batch> batch(static_cast<Batch*>(room));
  {
    std::lock_guard lock(mutex_);
    if (count == 0) return let_go(*batch);
    Rank& rank = ranks_[batch->rank];
    rank.load -= double(batch->held) * batch->weight;
    if (taken.chunk)  // it keeps one worker busy, however long it is
      batch->weight = std::min(batch->weight, 1 / double(std::min(taken.chunk, count)));
    rank.load += double(count) * batch->weight;
    if (count > batch->held) {  // a whole chunk
      const std::size_t more = (count - batch->held) * bytes_of(*taken.task);
      batch->bytes += more;
      rank.out_bytes += more;
    }
    batch->held = count;
    batch->taken = taken;
    batch->first = first;
    batch->id = next_id_++;
    tell_full();
  }
  batch->rank == 0 ? run_here(std::move(batch)) : send(std::move(batch));
}

core::TakenItems Leader::items_of(const Batch& batch) noexcept {
  core::TakenItems of = batch.taken;
  of.first += batch.first;
  of.count = batch.held;
  if (of.items) of.items += batch.first * of.item_stride;
  if (of.values) of.values += batch.first * of.value_stride;
  return of;
}

void Leader::send(std::unique_ptr<Batch> batch) {
  struct Unsent {  // also when pack ends the thread
    Leader& leader;
    std::unique_ptr<Batch>& batch;
    ~Unsent() {
      if (batch)
        leader.give_up(std::move(batch), "the codec ended the thread that packed the items");
    }
  } unsent{*this, batch};
  const std::uint64_t id = batch->id;
  const auto to = static_cast<int>(batch->rank);
  Bytes message;
  try {
    message = pack_run(id, items_of(*batch), shared_.bring(batch->taken.task->ctx, batch->rank));
  } catch (const std::exception& thrown) {
    return give_up(std::move(batch), thrown.what());
  }
  weigh(*batch, message.size());
  const int status = keep(batch);
  if (status == TP_ELOST) return come_back_unrun(std::move(batch));
  if (status != TP_OK) return fail(std::move(batch), TP_ETASK, "there is no memory to send it");
  try {
    traffic_.push(to, std::move(message));
  } catch (const std::bad_alloc&) {
    if (auto back = end(id, 0, 0)) fail(std::move(back), TP_ETASK, "there is no memory to send it");
  }
}

/// Packed items may be larger than those that were held.
void Leader::weigh(Batch& batch, std::size_t bytes) noexcept {
  std::lock_guard lock(mutex_);
  batch.sent = bytes;
  if (bytes <= batch.bytes) return;
  ranks_[batch.rank].out_bytes += bytes - batch.bytes;
  batch.bytes = bytes;
  tell_full();
}

/// From now on the batch is out: TP_OK, TP_ELOST (its rank was lost), or TP_ENOMEM. While nothing is out the traffic
/// rests: for a batch of rank 0's own, of which no message wakes it, it has to look from now on whether it should stop.
int Leader::keep(std::unique_ptr<Batch>& batch) noexcept {
  std::lock_guard lock(mutex_);
  int status = TP_ELOST;
  try {
    if (ranks_[batch->rank].is_alive) {
      if (batch->local && out_.empty()) traffic_.wake();
      batch->began = tp_seam_trace_begin(pool_);
      out_[batch->id] = std::move(batch);
      return TP_OK;
    }
  } catch (const std::bad_alloc&) {
    status = TP_ENOMEM;
  }
  let_go(*batch);
  return status;
}

void Leader::run_here(std::unique_ptr<Batch> batch) {
  const std::uint64_t id = batch->id;
  std::shared_ptr<LocalRun> run;
  try {
    run = std::make_shared<LocalRun>(*this, id, items_of(*batch));
  } catch (const std::bad_alloc&) {
    return give_up(std::move(batch), "there is no memory to run it");
  }
  batch->local = run;
  if (keep(batch) != TP_OK) return fail(std::move(batch), TP_ETASK, "there is no memory to run it");
  const int status = run->start(local_);
  if (status == TP_OK) return;
  if (auto back = end(id, 0, 0))
    fail(std::move(back), status == TP_EINIT ? status : TP_ETASK, "rank 0 could not begin it");
}

void Leader::ended_here(std::uint64_t id, std::vector<End> ends, std::uint64_t busy_ns) {
  std::unique_ptr<Batch> batch = end(id, busy_ns, 0);
  if (!batch) return;
  batch->received.ends = std::move(ends);
  come_back(std::move(batch));
}

/// The batch is no longer out; nullptr when it was given up before. answer: bytes of its message.
std::unique_ptr<Leader::Batch> Leader::end(std::uint64_t id, std::uint64_t busy_ns,
                                           std::size_t answer) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = out_.find(id);
  if (found == out_.end()) return nullptr;
  std::unique_ptr<Batch> batch = std::move(found->second);
  out_.erase(found);
  let_go(*batch);
  const auto count = static_cast<double>(batch->held);
  if (busy_ns) learn(*batch, double(busy_ns) / count, double(batch->sent + answer) / count);
  return batch;
}

/// A larger cost counts at once, because items that were sent by a smaller one wait for each other.
static void follow(double& cost, double seen) noexcept {
  cost = seen > cost ? seen : 0.75 * cost + 0.25 * seen;
}

/// REQUIRES: mutex_.
void Leader::learn(const Batch& batch, double item_ns, double packed_bytes) noexcept try {
  constexpr std::size_t kMost = 4096;  // a program may share an object for each call
  const Work work = work_of(*batch.taken.task);
  if (costs_.size() == kMost && !costs_.count(work)) costs_.clear();
  Cost& cost = costs_[work];
  follow(cost.ns, item_ns);
  if (batch.rank) follow(cost.packed_bytes, packed_bytes);
} catch (const std::bad_alloc&) {  // it is learnt later
}

void Leader::post(std::unique_ptr<Batch> batch) { tp_seam_post(pool_, batch.release()); }

/// Its rank was lost before it was sent: its items go to another one.
void Leader::come_back_unrun(std::unique_ptr<Batch> batch) noexcept {
  batch->received.ends.clear();  // one has room
  batch->received.ends.push_back({0, batch->held, TP_ECANCELED, 0, true, {}});
  post(std::move(batch));
}

/// The sentence is left out if there is no memory for it.
void Leader::fail(std::unique_ptr<Batch> batch, int status, const char* why) noexcept {
  batch->received.ends.clear();  // one has room
  End& end = batch->received.ends.emplace_back();
  end = {0, batch->held, status, 0, false, {}};
  try {
    end.message = why;
  } catch (const std::bad_alloc&) {
  }
  batch->received.values.clear();
  come_back(std::move(batch));
}

/// A batch that has not been out.
void Leader::give_up(std::unique_ptr<Batch> batch, const char* why) noexcept {
  {
    std::lock_guard lock(mutex_);
    let_go(*batch);
  }
  fail(std::move(batch), TP_ETASK, why);
}

}  // namespace tp::cluster

// SPDX-License-Identifier: MIT
// Rank 0: hands items out to the ranks, and takes their answers. Stage: base, used by cluster/*.
#include "cluster/leader.h"

#include <sched.h>

#include <algorithm>
#include <new>
#include <utility>

#include "cluster/local_run.h"

namespace tp::cluster {
namespace {

/// must: waits until there is memory.
std::unique_ptr<Batch> make_batch(bool must) noexcept {
  do {
    try {
      return std::make_unique<Batch>();
    } catch (const std::bad_alloc&) {
      sched_yield();
    }
  } while (must);
  return nullptr;
}

/// How many each rank has for items.
std::vector<std::size_t> without_lead(std::vector<std::size_t> workers, bool leads) {
  if (leads && workers.size() > 1) workers[0] = 0;
  return workers;
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
      peers_(workers.size()),
      load_(without_lead(std::move(workers), settings.leads), settings.window),
      costs_(shared_),
      next_beat_ns_(clock_ns()) {
  for (Peer& peer : peers_) peer.seen_ns = next_beat_ns_;
}

int Leader::create(const tp_pool_options_t& options) {
  taker_.ctx = this;
  taker_.takes = true;
  taker_.workers = load_.workers();
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

std::size_t Leader::reserve(const tp_task_t& task, std::size_t left, bool must,
                            void** room) noexcept {
  auto batch = make_batch(must);
  if (!batch) return 0;
  std::lock_guard lock(mutex_);
  const std::size_t rank = load_.best_rank(must);
  std::size_t count = 0;
  if (rank != Load::kNone) {
    batch->cancels = tp_seam_cancels(pool_);
    batch->held = load_.hold(rank, costs_.of(task, rank != 0), left);
    count = batch->held.items;
    *room = batch.release();
  }
  tell_full();
  return count;
}

/// Has the pool's workers rest while no rank has room. REQUIRES: mutex_, so that nobody tells it otherwise meanwhile.
void Leader::tell_full() {
  const bool full = load_.is_full();
  if (full == is_full_) return;
  is_full_ = full;
  tp_seam_set_full(pool_, full);
}

/// Gives up what a batch holds. REQUIRES: mutex_.
void Leader::let_go(const Batch& batch) {
  load_.let_go(batch.held);
  tell_full();
}

/// So many of the taken items are a batch.
void Leader::take(void* room, const core::TakenItems& taken, std::size_t first, std::size_t count) {
  std::unique_ptr<Batch> batch(static_cast<Batch*>(room));
  {
    std::lock_guard lock(mutex_);
    if (count == 0) return let_go(*batch);
    load_.fill(batch->held, count, taken.chunk, Costs::plain_bytes(*taken.task));
    batch->taken = taken;
    batch->first = first;
    batch->id = next_id_++;
    tell_full();
  }
  batch->held.rank == 0 ? run_here(std::move(batch)) : send(std::move(batch));
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
  const std::size_t to = batch->held.rank;
  Bytes message;
  try {
    message = pack_run(id, batch->items(), shared_.bring(batch->taken.task->ctx, to));
  } catch (const std::exception& thrown) {
    return give_up(std::move(batch), thrown.what());
  }
  batch->sent = message.size();
  const int status = keep(batch);
  if (status == TP_ELOST) {  // its items go to another one
    batch->end_all(TP_ECANCELED, true, "");
    return come_back(std::move(batch));
  }
  if (status != TP_OK) return fail(std::move(batch), TP_ETASK, "there is no memory to send it");
  try {
    traffic_.push(static_cast<int>(to), std::move(message));
  } catch (const std::bad_alloc&) {
    if (auto back = end(id, 0, 0)) fail(std::move(back), TP_ETASK, "there is no memory to send it");
  }
}

/// From now on the batch is out: TP_OK, TP_ELOST (its rank was lost), or TP_ENOMEM. No message wakes the traffic for a
/// batch of rank 0's own, and it has to look from now on whether that should stop.
int Leader::keep(std::unique_ptr<Batch>& batch) noexcept {
  std::lock_guard lock(mutex_);
  int status = TP_ELOST;
  try {
    if (peers_[batch->held.rank].is_alive) {
      const auto place = out_.try_emplace(batch->id).first;
      if (batch->local) {
        has_run_here_ = true;
        if (std::exchange(rests_long_, false)) traffic_.wake();
      }
      load_.grow(batch->held, batch->sent);
      load_.go_out(batch->held);
      batch->began = tp_seam_trace_begin(pool_);
      place->second = std::move(batch);
      tell_full();
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
    run = std::make_shared<LocalRun>(*this, id, batch->items());
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
std::unique_ptr<Batch> Leader::end(std::uint64_t id, std::uint64_t busy_ns,
                                   std::size_t answer) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = out_.find(id);
  if (found == out_.end()) return nullptr;
  std::unique_ptr<Batch> batch = std::move(found->second);
  out_.erase(found);
  let_go(*batch);
  const auto count = static_cast<double>(batch->held.items);
  const Cost seen{double(busy_ns) / count, double(batch->sent + answer) / count};
  if (busy_ns) costs_.learn(*batch->taken.task, batch->held.rank != 0, seen);
  return batch;
}

/// It is known how the batch's items have ended.
void Leader::come_back(std::unique_ptr<Batch> batch) noexcept {
  if (batch->began.session) batch->trace();
  tp_seam_post(pool_, batch.release());
}

void Leader::fail(std::unique_ptr<Batch> batch, int status, const char* why) noexcept {
  batch->end_all(status, false, why);
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

void Leader::absorb(core::Posted& posted) {
  struct Rest {  // a hook may end the thread: then another worker goes on
    Leader& leader;
    std::unique_ptr<Batch> batch;
    ~Rest() {
      if (batch->next()) tp_seam_post(leader.pool_, batch.release());
    }
  } rest{*this, std::unique_ptr<Batch>(static_cast<Batch*>(&posted))};
  Batch& batch = *rest.batch;
  while (const End* const end = batch.next()) {
    if (end->unrun && !tp_seam_stops(&batch.taken, batch.cancels)) {
      hand_on(batch, *end);
      continue;
    }
    if (end->status == TP_EINIT)
      tp_seam_break(pool_, end->code, end->message.empty() ? nullptr : end->message.c_str());
    batch.finish_next();
  }
}

/// Items that their rank has given back go to another one that has room, whole chunks of them.
void Leader::hand_on(Batch& batch, const End& end) {
  const std::size_t first = batch.first + end.at, left = end.count;
  void* room = nullptr;
  std::size_t count = std::min(reserve(*batch.taken.task, left, true, &room), left);
  if (const std::size_t chunk = batch.taken.chunk; chunk && count % chunk)
    count += std::min(chunk - count % chunk, left - count);
  batch.move_on(count);
  take(room, batch.taken, first, count);
}

}  // namespace tp::cluster

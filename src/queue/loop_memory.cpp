// SPDX-License-Identifier: MIT
// Stage 4: a loop's memory and what it tells about its items; from queue/loop_job, to result/job.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/slab.h"
#include "queue/loop_job.h"

namespace tp::core {

LoopJob* LoopJob::make(PoolContext& pool, const tp_task_t& task, tp_range_fn range_fn,
                       LoopShape shape, const Callbacks& callbacks, bool handle) noexcept {
  const std::size_t workers = pool.worker_count();
  // with a CPU for itself the caller has a part of the range; else more parts would only be stolen
  const bool is_helper =
      pool.caller_helps() && this_thread.pool != &pool && workers < pool.cpus();
  // a taker gets items that lie side by side
  const std::size_t participants = pool.taker() ? 1 : workers + is_helper;
  const std::size_t slots = std::min<std::size_t>(participants, shape.units());
  void* const memory = slab_alloc(bytes_for(slots));
  if (!memory) return nullptr;
  return new (memory) LoopJob(pool, task, range_fn, shape, slots, callbacks, handle);
}

LoopJob* LoopJob::make_map(PoolContext& pool, const tp_task_t& task, const void* items,
                           void* values, LoopShape shape, const Callbacks& callbacks,
                           bool handle) noexcept {
  LoopJob* const loop = make(pool, task, nullptr, shape, callbacks, handle);
  if (!loop || loop->allocate(items, values)) return loop;
  loop->discard();
  return nullptr;
}

LoopJob* LoopJob::make_for(PoolContext& pool, const RangeTask& range, LoopShape shape,
                           const Callbacks& callbacks, bool handle) noexcept {
  tp_task_t task{};
  task.fn = reinterpret_cast<tp_task_fn>(range.cost_key);
  task.ctx = range.ctx;
  task.ctx_drop = range.ctx_drop;
  return make(pool, task, range.fn, shape, callbacks, handle);
}

/// What a map needs besides. The loop must know which values to drop even if memory runs out later.
bool LoopJob::allocate(const void* items, void* values) noexcept {
  items_ = static_cast<const char*>(items);
  values_ = static_cast<char*>(values);
  if (shape_.count == 0) return true;
  // calloc of many is untouched pages: statuses cost nothing until one is written
  const bool drops_values = task_.value_drop && task_.value_size;
  if ((drops_values || shape_.keeps_errors) &&
      !(statuses_ = static_cast<std::int8_t*>(std::calloc(shape_.count, 1))))
    return false;
  if (values_ || task_.value_size == 0) return true;
  owns_values_ = true;
  values_ = static_cast<char*>(std::malloc(shape_.count * task_.value_size));
  return values_ != nullptr;
}

void LoopJob::discard() noexcept {
  drop_extras();
  std::free(statuses_);
  if (owns_values_) std::free(values_);
  const std::size_t bytes = bytes_for(slots_);
  this->~LoopJob();
  slab_free(this, bytes);
}

/// Calls drop for each of count items that has something to drop.
template <class Has, class Drop>
static void drop_each(std::size_t count, Has has, Drop drop) {
  call_in_turn([=, next = std::size_t{0}]() mutable {
    while (next < count && !has(next)) ++next;
    if (next == count) return false;
    drop(next++);
    return true;
  });
}

void LoopJob::drop_values() {
  if (!task_.value_drop || !values_) return;
  const auto has_value = [this](std::size_t i) { return statuses_[i] == TP_OK; };
  drop_each(shape_.count, has_value, [this](std::size_t i) {
    call_hook(task_.value_drop, static_cast<void*>(values_ + i * task_.value_size));
  });
}

void LoopJob::drop_kept() {
  Error** const kept = kept_.exchange(nullptr);
  if (!kept) return;
  const ScopeExit memory([&] { std::free(kept); });
  const auto has_error = [kept](std::size_t i) { return kept[i] != nullptr; };
  drop_each(shape_.count, has_error, [kept](std::size_t i) { kept[i]->release(); });
}

/// Takes over an error that does not fail the job. Without memory for it the item's status has to do.
void LoopJob::keep_error(std::size_t index, Error* error) {
  if (task_.value_size) std::memset(values_ + index * task_.value_size, 0, task_.value_size);
  Error** kept = kept_.load();
  if (!kept) {  // calloc of many is untouched pages
    auto** const made = static_cast<Error**>(std::calloc(shape_.count, sizeof(Error*)));
    if (made && kept_.compare_exchange_strong(kept, made))
      kept = made;
    else
      std::free(made);
  }
  if (kept)
    kept[index] = error;
  else
    error->release();
}

Error* LoopJob::item_error(std::size_t index) noexcept {
  const bool has_own = shape_.keeps_errors && index < shape_.count;
  const int status = has_own ? item_status(index) : TP_OK;
  Error** const kept = status == TP_OK ? nullptr : kept_.load();
  if (kept && kept[index]) return kept[index];
  return status == TP_ETASK || status == TP_ELOST ? Error::of(status) : Job::item_error(index);
}

/// What remaining_ counts for the items: a split unit counts with its rest.
std::size_t LoopJob::weight(std::size_t begin, std::size_t end) const noexcept {
  if (grain_ == 1) return end - begin;
  const auto before = [this](std::size_t item) {
    return item == shape_.count ? units_ : item / grain_;
  };
  return before(end) - before(begin);
}

void LoopJob::progress(std::size_t& done_items, std::size_t& total) const noexcept {
  total = shape_.count;
  std::size_t left = 0;
  if (__builtin_mul_overflow(remaining(), grain_, &left)) left = total;
  done_items = total - std::min(total, left);
}

}  // namespace tp::core

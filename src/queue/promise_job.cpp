// SPDX-License-Identifier: MIT
// Stage 4: jobs that the program ends by itself; from submit/future and capi/future, to result/job.
#include "queue/promise_job.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/align.h"
#include "base/slab.h"
#include "base/sync_point.h"

namespace tp::core {
namespace {

constexpr std::size_t kValueAt = aligned(sizeof(PromiseJob));

}  // namespace

PromiseJob::PromiseJob(PoolContext& pool, const tp_task_t& shape, void* value) noexcept
    : Job(pool, JobKind::promise, 1, &own_extras_, true),
      value_size_(shape.value_size),
      value_(value),
      ctx_(shape.ctx),
      value_move_(shape.value_move),
      value_drop_(shape.value_drop),
      ctx_drop_(shape.ctx_drop) {
  workers_only();
}

PromiseJob* PromiseJob::make(PoolContext& pool, const tp_task_t& shape) noexcept {
  std::size_t bytes = 0;
  if (__builtin_add_overflow(kValueAt, shape.value_size, &bytes)) return nullptr;
  auto* const memory = static_cast<char*>(slab_alloc(bytes));
  return memory ? new (memory) PromiseJob(pool, shape, memory + kValueAt) : nullptr;
}

void PromiseJob::destroy() noexcept {
  const std::size_t bytes = kValueAt + value_size_;
  this->~PromiseJob();
  slab_free(this, bytes);
}

/// Takes the right to set it: TP_OK, TP_EINVAL, TP_ECANCELED.
int PromiseJob::begin_set(Phase next) noexcept {
  Phase phase = Phase::open;
  if (phase_.compare_exchange_strong(phase, next)) return TP_OK;
  return phase == Phase::cut ? TP_ECANCELED : TP_EINVAL;
}

int PromiseJob::set(const void* value, Error*& error) {
  int status = begin_set(Phase::moving);
  if (status != TP_OK) return status;
  sync_point("promise.set");
  status = move_in(value, error);
  if (status != TP_OK) return status;
  is_made_ = value_size_ != 0;
  phase_.store(Phase::kept);
  end(&Counters::items);
  return TP_OK;
}

int PromiseJob::move_in(const void* value, Error*& error) {
  if (!value_size_) return TP_OK;
  if (!value_move_) {
    std::memcpy(value_, value, value_size_);
    return TP_OK;
  }
  CallScope scope(CallScope::Kind::hook, &pool(), nullptr);
  const CallResult result = call_user(
      scope, [&] { value_move_(value_, const_cast<void*>(value)); }, [this] { open_again(); });
  if (result.status == TP_OK) return TP_OK;
  error = Error::make(result.status, result.code, 0, scope.take_cause());
  open_again();
  return result.status;
}

/// The value did not come. A cut that came meanwhile has left the end to this thread.
void PromiseJob::open_again() {
  phase_.store(Phase::open);
  sync_point("promise.open_again");
  if (const int status = stop_status(); status != TP_OK) cut(status);
}

int PromiseJob::fail(int code, const char* message, void* payload, void (*payload_drop)(void*)) {
  char* const copy = message ? strdup(message) : nullptr;
  if (message && !copy) return TP_ENOMEM;
  const int status = begin_set(Phase::kept);
  if (status != TP_OK) {
    std::free(copy);
    return status;
  }
  record(TP_ETASK, code, 0, Cause{copy, payload, payload_drop});
  end(&Counters::items);
  return TP_OK;
}

void PromiseJob::release() {
  const Reference own(*this);
  promise_.tag.end();
  if (begin_set(Phase::kept) != TP_OK) return;
  record(TP_ELOST, 0, 0, Cause{strdup("promise abandoned"), nullptr, nullptr});
  end(&Counters::cut);
}

/// stop() is seen by a thread that moves a value, if this does not see that the promise is open again.
void PromiseJob::cut(int status) {
  stop(status);
  sync_point("promise.cut");
  if (begin_set(Phase::cut) != TP_OK) return;
  record_cut(stop_status(), 0);
  end(&Counters::cut);
}

/// counter: of the job's one item.
void PromiseJob::end(Counters::Counter Counters::*counter) {
  pool().bump(counter, 1);
  pool().set_promised(false);
  over(1);
}

}  // namespace tp::core

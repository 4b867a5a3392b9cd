// SPDX-License-Identifier: MIT
// Stage 2: what libtpool-cluster alone calls; from result/seam, to worker/pool.
#include "result/seam.h"

#include <cstdio>
#include <cstring>

#include "call/call.h"
#include "handles.h"
#include "result/job.h"
#include "trace/traced.h"
#include "worker/pool.h"

using namespace tp::core;

namespace {

/// A word that names the type; nullptr for a pointer.
const char* word_for(const Type& type) {
  for (const char* const word : {"void", "int8", "int16", "int32", "int64", "uint8", "uint16",
                                 "uint32", "uint64", "float", "double"})
    if (Type::named(word) == type) return word;
  return nullptr;
}

int put_signature(const Signature& signature, char* text, std::size_t room) {
  std::size_t at = 0;
  const auto put = [&](const char* word, const char* between) {
    if (word)
      at += static_cast<std::size_t>(std::snprintf(text + at, room - at, "%s%s", word, between));
    return word != nullptr;
  };
  bool is_plain = put(word_for(signature.result), "(");
  for (std::size_t i = 0; i < signature.count && is_plain; ++i)
    is_plain = put(word_for(signature.args[i]), i + 1 < signature.count ? "," : "");
  return is_plain && put(")", "") ? TP_OK : TP_ENOTSUP;
}

/// What runs items of a job.
Point run_of(JobKind kind) noexcept {
  if (kind == JobKind::apply) return Point::task;
  return kind == JobKind::map ? Point::chunk : Point::items;
}

}  // namespace

extern "C" {

int tp_seam_create(const tp_pool_options_t* options, Taker* taker, tp_pool_t** pool) {
  return tp::capi::create_pool(options, taker, pool);
}

void tp_seam_post(tp_pool_t* pool, Posted* posted) { to_pool(pool)->post(*posted); }

void tp_seam_set_full(tp_pool_t* pool, int full) { to_pool(pool)->set_full(full); }

void tp_seam_finish(const TakenItems* taken, const TakenEnd* end, const char* message) {
  taken->job->ref();
  const Reference own(*taken->job);  // when the last item is over, its owner may free the job
  TakenEnd owned = *end;
  if (message && owned.status != TP_OK && !owned.unrun) owned.cause.message = strdup(message);
  taken->job->finish_taken(*taken, owned);
}

void tp_seam_break(tp_pool_t* pool, int code, const char* message) {
  Cause cause;
  if (message) cause.message = strdup(message);
  to_pool(pool)->break_with(Error::make(TP_EINIT, code, 0, cause));
}

unsigned tp_seam_level(const TakenItems* taken) {
  constexpr unsigned kFlags[] = {TP_JOB_URGENT, 0, TP_JOB_BACKGROUND};
  return kFlags[index_of(taken->job->extras().priority)];
}

int tp_seam_stops(const TakenItems* taken, unsigned cancels) {
  const PoolContext& pool = taken->job->pool();
  return taken->job->stop_requested() || pool.cut_status() == TP_ETERMINATED ||
         pool.cancels() != cancels;
}

unsigned tp_seam_cancels(tp_pool_t* pool) { return to_pool(pool)->cancels(); }

void tp_seam_widen(tp_pool_t* pool) {
  Pool& wide = *to_pool(pool);
  const std::size_t threads = wide.workers().alive().load();
  if (!threads || !wide.blocked().all_threads_blocked()) return;
  if (threads >= wide.worker_count()) wide.resize(2 * threads);
  wide.notify();  // the system may have refused a thread before
}

void tp_seam_lead(tp_pool_t* local, tp_pool_t* leader) {
  to_pool(local)->set_leader(leader ? to_pool(leader) : nullptr);
}

Began tp_seam_trace_begin(tp_pool_t* pool) {
  const TracedPool traced = *to_pool(pool);
  return traced.trace ? begin_event(traced) : Began{};
}

void tp_seam_trace(const TakenItems* ran, int rank, Began began) {
  const TracedPool traced = ran->job->pool();
  const JobKind kind = ran->job->kind();
  if (traced.trace && began.session)
    keep_event_of_rank(traced, rank, began, ran->job, ran->first, ran->first + ran->count,
                       {run_of(kind), kind});
}

int tp_seam_refuse(int status, const char* sentence) { return refuse(status, "%s", sentence); }

int tp_seam_inside_task(void) {
  return this_thread.pool != nullptr || (CallScope::current() && CallScope::current()->pool());
}

int tp_seam_is_typed(const tp_task_t* task) { return TypedCall::of(*task) != nullptr; }

int tp_seam_typed(const void* ctx, void (**fn)(void), char* signature, size_t room) {
  const TypedCall& call = *static_cast<const TypedCall*>(ctx);
  *fn = call.native();
  return put_signature(call.signature(), signature, room);
}

}  // extern "C"

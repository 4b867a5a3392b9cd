// SPDX-License-Identifier: MIT
// Stage 6: what libtpool-cluster alone calls, of a libtpool of the same version; from capi/seam, to result/taker.
#pragma once

#include "result/taker.h"
#include "tpool/pool.h"
#include "trace/event.h"

// The symbols are in a node of their own, and this header is not installed. Nothing here is checked.
namespace tp::core {
inline constexpr std::size_t kTypedText = 1024;
}

extern "C" {

/// As tp_pool_create, for a pool whose items the taker takes, or whose tasks it checks. The taker lives until drop.
TP_API int tp_seam_create(const tp_pool_options_t* options, tp::core::Taker* taker,
                          tp_pool_t** pool);
/// A worker is to call absorb. From any thread.
TP_API void tp_seam_post(tp_pool_t* pool, tp::core::Posted* posted);
/// The pool's workers hand out nothing while the taker is full. The pool has to be there.
TP_API void tp_seam_set_full(tp_pool_t* pool, int full);
/// Taken items have ended. On a worker of the pool, inside absorb; hooks run. message: NULL, or it is copied.
TP_API void tp_seam_finish(const tp::core::TakenItems* taken, const tp::core::TakenEnd* end,
                           const char* message);
/// An initializer has failed: the pool is broken. On a worker of the pool. message: NULL, or it is copied.
TP_API void tp_seam_break(tp_pool_t* pool, int code, const char* message);
/// The level of the items' job: TP_JOB_URGENT, TP_JOB_BACKGROUND or 0.
TP_API unsigned tp_seam_level(const tp::core::TakenItems* taken);
/// Whether the items should stop. cancels: tp_seam_cancels, read when room for them was held. Until all are finished,
/// from any thread.
TP_API int tp_seam_stops(const tp::core::TakenItems* taken, unsigned cancels);
/// How often all jobs of the pool have been cancelled.
TP_API unsigned tp_seam_cancels(tp_pool_t* pool);
/// If all workers of the pool wait for jobs, so that nobody hands out, it gets more. The pool has to be there.
TP_API void tp_seam_widen(tp_pool_t* pool);
/// local runs the items of leader, which is any address if it is in another process: its tasks may not end it. NULL: no
/// more.
TP_API void tp_seam_lead(tp_pool_t* local, tp_pool_t* leader);
/// Items are handed out: what tp_seam_trace is told. Reads one word while no trace is on.
TP_API tp::core::Began tp_seam_trace_begin(tp_pool_t* pool);
/// These items, which the rank was given then, have come back, and tp_seam_post has not been told yet: the trace that
/// was on has them in the rank's row.
TP_API void tp_seam_trace(const tp::core::TakenItems* ran, int rank, tp::core::Began began);
/// The thread's last error says why the call is refused. Returns status.
TP_API int tp_seam_refuse(int status, const char* sentence);
/// Whether the calling thread is a worker of a pool, or runs user code of one.
TP_API int tp_seam_inside_task(void);
/// Whether the task that a caller gives is that of a typed call, to which its ctx leads.
TP_API int tp_seam_is_typed(const tp_task_t* task);
/// The function of a typed call, and a signature that is called the same way: TP_OK; or TP_ENOTSUP when it takes or
/// returns a pointer. room: kTypedText bytes are enough.
TP_API int tp_seam_typed(const void* ctx, void (**fn)(void), char* signature, size_t room);

}  // extern "C"

// SPDX-License-Identifier: MIT
// Stage 2: results; from include/tpool, to src/wait/*.
#include "tpool/result.h"

#include <new>

#include "base/unwind.h"
#include "handles.h"
#include "refusal.h"
#include "wait/completed.h"
#include "wait/wait.h"

using namespace tp::core;
using namespace tp::capi;

namespace {

/// The status of a call that threw. Rethrows what ends the calling thread, which is no exception.
/// REQUIRES: inside catch (...).
int caught() {
  if (ends_thread()) throw;
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return end_with_error(TP_ENOMEM);
  } catch (...) {
    return refuse(TP_ENOTSUP, "value_move threw an exception; it must return");
  }
}

int refuse_stream() {
  return refuse(TP_EINVAL, "result is a stream; tp_result_next has its values and errors");
}

/// The stream, if it is one that is fed; else nullptr, and the last error says why not.
StreamJob* fed_stream(tp_result_t* result, int& status) {
  status = check(result);
  if (status != TP_OK) return nullptr;
  StreamJob* const stream = as_stream(*to_job(result));
  if (stream && stream->is_fed()) return stream;
  status =
      refuse(TP_EINVAL, "result is %s; only a stream of tp_pool_imap without a source takes items",
             stream ? "a stream with a source" : "no stream");
  return nullptr;
}

}  // namespace

extern "C" {

int tp_result_ready(const tp_result_t* result) {
  if (const int status = check(result); status != TP_OK) return status;
  return seen(*to_job(result), to_job(result)->ready());
}

int tp_result_successful(const tp_result_t* result) {
  if (const int status = check(result); status != TP_OK) return status;
  Job& job = *to_job(result);
  if (!job.ready()) return TP_ENOTREADY;
  job.observe();
  return seen(job, job.outcome() == TP_OK);
}

int tp_result_wait(tp_result_t* result, double timeout) {
  if (const int status = check(result, timeout); status != TP_OK) return status;
  return seen(*to_job(result), wait(*to_job(result), Deadline::in(timeout)));
}

int tp_result_get(tp_result_t* result, double timeout, void** values) {
  if (const int status = check(result, timeout); status != TP_OK) return status;
  Job& job = *to_job(result);
  if (is_stream(job)) return refuse_stream();
  const int waited = job.ready() ? int{TP_OK} : wait(job, Deadline::in(timeout));
  if (seen(job, waited) != TP_OK) return waited;
  job.observe();
  if (job.outcome() != TP_OK) return job.outcome();
  if (values) *values = job.values();
  return TP_OK;
}

int tp_result_next(tp_result_t* result, double timeout, void* value) try {
  if (const int status = check(result, timeout); status != TP_OK) return status;
  StreamJob* const stream = as_stream(*to_job(result));
  if (!stream) return refuse(TP_EINVAL, "result is no stream; tp_result_get has its values");
  Error* error = nullptr;
  const int status = next(*stream, Deadline::in(timeout), value, error);
  return end_with_error(seen(*stream, status), error);
} catch (...) {
  return caught();
}

int tp_result_cancel(tp_result_t* result) {
  if (const int status = check(result); status != TP_OK) return status;
  cancel(*to_job(result));
  return TP_OK;
}

int tp_result_cancel_pending(tp_result_t* result) {
  const int status = check(result);
  return status == TP_OK ? to_job(result)->cancel_pending() : status;
}

int tp_result_push(tp_result_t* result, const void* item, double timeout) {
  int status = TP_OK;
  StreamJob* const stream = fed_stream(result, status);
  if (!stream) return status;
  if (stream->has_items()) status = check_given(item, "item");
  if (status == TP_OK) status = check_timeout(timeout);
  if (status != TP_OK) return status;
  status = push(*stream, item, Deadline::in(timeout));
  return status == TP_EINVAL ? refuse(status, "tp_result_push_end was called before") : status;
}

int tp_result_push_end(tp_result_t* result) {
  int status = TP_OK;
  if (StreamJob* const stream = fed_stream(result, status)) stream->end_pushes();
  return status;
}

int tp_result_progress(const tp_result_t* result, size_t* done, size_t* total) {
  if (const int status = check(result); status != TP_OK) return status;
  size_t now_done = 0, now_total = 0;
  to_job(result)->progress(now_done, now_total);
  if (done) *done = now_done;
  if (total) *total = now_total;
  return seen(*to_job(result), TP_OK);
}

const tp_error_t* tp_result_error(const tp_result_t* result) {
  if (!is_valid(result)) return nullptr;
  Error* const error = to_job(result)->lend_error();
  seen(*to_job(result), TP_OK);
  return reinterpret_cast<const tp_error_t*>(error);
}

int tp_result_item_status(const tp_result_t* result, size_t index) {
  if (const int status = check(result); status != TP_OK) return status;
  const Job& job = *to_job(result);
  if (is_stream(job)) return refuse_stream();
  if (!seen(job, job.available())) return TP_ENOTREADY;
  const int status = job.item_status(index);
  if (status != TP_EINVAL) return status;
  return refuse(status, "index is %zu; the items of this job have smaller ones", index);
}

const tp_error_t* tp_result_item_error(const tp_result_t* result, size_t index) {
  if (!is_valid(result)) return nullptr;
  Job& job = *to_job(result);
  if (is_stream(job) || !seen(job, job.available())) return nullptr;
  return reinterpret_cast<const tp_error_t*>(job.item_error(index));
}

int tp_result_add_done_callback(tp_result_t* result, void (*fn)(void*, tp_result_t*), void* user) {
  if (const int status = check(result, fn, "fn"); status != TP_OK) return status;
  return to_job(result)->add_done_callback(fn, user);
}

tp_result_t* tp_result_retain(tp_result_t* result) {
  if (!is_valid(result)) return nullptr;
  to_job(result)->add_handle();
  return result;
}

void tp_result_release(tp_result_t* result) {
  if (is_valid(result)) to_job(result)->drop_handle();
}

int tp_wait_any(tp_result_t* const* results, size_t n, double timeout, size_t* index) {
  if (n == 0) return refuse(TP_EINVAL, "n is 0; the call waits for one of at least 1 result");
  if (const int status = check_given(index, "index"); status != TP_OK) return status;
  if (const int status = check_all(results, n, timeout); status != TP_OK) return status;
  const int waited = wait_any(to_jobs(results), n, Deadline::in(timeout), *index);
  return waited == TP_OK ? seen(*to_job(results[*index]), waited) : waited;
}

int tp_wait_all(tp_result_t* const* results, size_t n, double timeout) {
  if (const int status = check_all(results, n, timeout); status != TP_OK) return status;
  const int waited = wait_all(to_jobs(results), n, Deadline::in(timeout));
  for (std::size_t i = 0; i < n && waited == TP_OK; ++i) seen(*to_job(results[i]), waited);
  return waited;
}

int tp_as_completed(tp_result_t* const* results, size_t n, tp_completed_t** completed) {
  if (const int status = check_given(completed, "completed"); status != TP_OK) return status;
  *completed = nullptr;
  if (const int status = check_all(results, n); status != TP_OK) return status;
  Completed* made = nullptr;
  const int status = Completed::make(to_jobs(results), n, made);
  if (status == TP_OK) *completed = to_handle(made);
  return status;
}

int tp_completed_next(tp_completed_t* completed, double timeout, size_t* index) {
  if (const int status = check(completed, timeout); status != TP_OK) return status;
  if (const int status = check_given(index, "index"); status != TP_OK) return status;
  const int status = to_completed(completed)->next(Deadline::in(timeout), *index);
  order::acquire(to_completed(completed));
  return status;
}

void tp_completed_release(tp_completed_t* completed) {
  if (is_valid(completed)) to_completed(completed)->release();
}

}  // extern "C"

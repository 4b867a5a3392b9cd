// SPDX-License-Identifier: MIT
// Stage 3: a call becomes a job, admitted or refused; from capi/submit, to submit/*.
#pragma once

#include <cstddef>

#include "result/job.h"
#include "tpool/submit.h"
#include "worker/pool.h"

namespace tp::core {

// capi has checked the arguments. A refused call does not touch result, an accepted one writes it before the job can
// start. Without result the job has no handle.

/// Blocking calls. If the job fails, error says more about it, with a reference.
int apply(Pool& pool, const tp_task_t& task, const void* item, void* value, Error*& error);
int map(Pool& pool, const tp_task_t& task, const void* items, void* values, std::size_t n,
        const tp_job_options_t& options, Error*& error);
int for_range(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, const tp_job_options_t& options,
              Error*& error);
int team(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, Error*& error);
int reduce(Pool& pool, const tp_reduce_t& how, std::size_t n, const tp_job_options_t& options,
           void* value, Error*& error);

int apply_async(Pool& pool, const tp_task_t& task, const void* item,
                const tp_job_options_t& options, tp_result_t** result);
/// The same without options, for a task without hooks and flags, whose item and value are small.
int apply_directly(Pool& pool, const tp_task_t& task, const void* item, tp_result_t** result);
int map_async(Pool& pool, const tp_task_t& task, const void* items, std::size_t n,
              const tp_job_options_t& options, tp_result_t** result);
int for_async(Pool& pool, tp_range_fn fn, void* ctx, std::size_t n, const tp_job_options_t& options,
              tp_result_t** result);
int imap(Pool& pool, const tp_task_t& task, tp_source_fn source, void* source_ctx, bool ordered,
         const tp_job_options_t& options, tp_result_t** result);

}  // namespace tp::core

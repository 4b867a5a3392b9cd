/* SPDX-License-Identifier: MIT */
/* Stage 1: what a pool does when, written down for a timeline. */
#ifndef TPOOL_TRACE_H
#define TPOOL_TRACE_H

#include "export.h"
#include "pool.h"

TP_BEGIN_DECLS

/* Starts to record what the pool's workers do: tasks, chunks of loops and streams, steals, waits, sleeps and callbacks,
 * by worker, with the names of jobs (tp_job_options_t.name). What began before, or has not ended when the trace does, is
 * not in it. While no trace is on, this costs a task nothing that can be measured; while one is, 50 to 90 ns and 48 bytes
 * an event: one for a small task, three for a job. At most 1,000,000 events a thread are kept; the file tells how many
 * there were beyond. An event takes about 120 bytes there.
 *
 * Owns:      the file at path, which is made or emptied now and written by tp_pool_trace_stop, or when the pool ends.
 * Blocks:    on the file system.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool or path is NULL, the file can't be opened (errno tells why), or a trace of the pool is on;
 *            TP_ENOMEM; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_trace_start(tp_pool_t *pool, const char *path);

/* Ends the trace and writes it: JSON in the Chrome trace event format, for ui.perfetto.dev, chrome://tracing or speedscope.
 * A no-op when none is on.
 *
 * Blocks:    on the file system.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EAGAIN when the system did not take all of the file (errno tells why);
 *            TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_trace_stop(tp_pool_t *pool);

TP_END_DECLS

#endif

/* SPDX-License-Identifier: MIT */
/* A record of what a pool does when, for a timeline. */
#ifndef TPOOL_TRACE_H
#define TPOOL_TRACE_H

#include "export.h"
#include "pool.h"

TP_BEGIN_DECLS

/* Starts to record what each of the pool's workers does: tasks, chunks of loops and streams, steals, waits, sleeps
 * and callbacks, with the names of jobs (tp_job_options_t.name). The trace leaves out what began before it or has
 * not ended when it ends. A pool over ranks (cluster.h) has a row for each rank, with the items that it ran: a span
 * begins when they were handed out, or where the span before it ends, and ends when they have come back.
 *
 * Without a trace, a task costs nothing more that can be measured. With one, an event costs 50 to 90 ns and 48
 * bytes: a small task is one event, a job is three. The library keeps at most 1,000,000 events of each thread; the
 * file tells how many more there were. In the file an event takes about 120 bytes.
 *
 * Owns:      the library creates or empties the file at path now. tp_pool_trace_stop, or the end of the pool, writes
 *            it.
 * Blocks:    on the file system.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool or path is NULL, the file can't be opened (errno tells why), or the pool is being
 *            traced already; TP_ENOMEM; TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_trace_start(tp_pool_t *pool, const char *path);

/* Ends the trace and writes the file: JSON in the Chrome trace event format, for ui.perfetto.dev, chrome://tracing
 * or speedscope. It has no effect when there is no trace.
 *
 * Blocks:    on the file system.
 * Threads:   any.
 * Errors:    TP_EINVAL when pool is NULL; TP_EAGAIN when the system could not write all of the file (errno tells
 *            why); TP_EFORKED.
 * Since:     TP_1.1 */
TP_API int tp_pool_trace_stop(tp_pool_t *pool);

TP_END_DECLS

#endif

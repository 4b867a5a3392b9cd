/* SPDX-License-Identifier: MIT */
/* Why an item failed. */
#ifndef TPOOL_ERROR_H
#define TPOOL_ERROR_H

#include <stddef.h>

#include "export.h"
#include "status.h"

/* One failure: a status, the task's own code, the item's index, a message and a payload. It never changes, and any
 * thread may read it. */
typedef struct tp_error tp_error_t;

TP_BEGIN_DECLS

/* Returns the kind of the failure: TP_ETASK, TP_ELOST, TP_ECANCELED, TP_ETIMEDOUT (a deadline), TP_ETERMINATED,
 * TP_EINIT, or the status of a refused call.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when error is NULL.
 * Since:     TP_1 */
TP_API int tp_error_status(const tp_error_t *error);

/* Returns the number that the task, source or initializer returned. It is 0 when none was returned: the code threw,
 * or it never ran.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    0 when error is NULL.
 * Since:     TP_1 */
TP_API int tp_error_code(const tp_error_t *error);

/* Returns the index of the item that failed. For a failed source it is the number of items before the failure.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    0 when error is NULL.
 * Since:     TP_1 */
TP_API size_t tp_error_index(const tp_error_t *error);

/* Returns the message of the failure, never NULL. It is the message given to tp_task_set_error, the what() of a C++
 * exception, the mistake in a signature, or else the text of the status.
 *
 * Owns:      the text is borrowed, as long as the error lives.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    the text of TP_EINVAL when error is NULL.
 * Since:     TP_1 */
TP_API const char *tp_error_message(const tp_error_t *error);

/* Returns the payload given to tp_task_set_error, or NULL when there is none.
 *
 * Owns:      the payload is borrowed, as long as the error lives. The library then calls its payload_drop.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    NULL when error is NULL.
 * Since:     TP_1 */
TP_API void *tp_error_payload(const tp_error_t *error);

/* Returns the error of this thread's latest failed call, or NULL when none has failed. The calls are tp_pool_apply,
 * tp_pool_map, tp_pool_for, tp_pool_reduce, tp_pool_starmap, tp_result_next, tp_sync and tp_call_create; of these, a
 * call that returned TP_ECLOSED, TP_ETIMEDOUT or the like has failed, too. Since 1.2 each other call that returns
 * TP_EINVAL, TP_EOVERFLOW, TP_ENOTSUP or TP_EFORKED counts as well, but for tp_error_status. The message of such an
 * error is a sentence: it says which argument is wrong, what it was, and what is allowed.
 *
 * Owns:      the error is borrowed until this thread's next failed call of these, tp_clear_error, or the end of the
 *            thread. A failed call drops the payload of the error before it.
 * Callback:  none here. In a failed call the payload_drop of the error before it, on this thread.
 * Blocks:    never.
 * Threads:   any; each thread has its own last error.
 * Errors:    none.
 * Since:     TP_1 */
TP_API const tp_error_t *tp_last_error(void);

/* Forgets this thread's last error and drops its payload. The same happens when the thread ends. It does not happen
 * when the process ends, because what the payload needs may be gone by then.
 *
 * Callback:  the payload_drop, on this thread.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API void tp_clear_error(void);

TP_END_DECLS

#endif

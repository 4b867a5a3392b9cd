/* SPDX-License-Identifier: MIT */
/* Native functions of any signature as tasks, without a wrapper written in C. */
#ifndef TPOOL_FFI_H
#define TPOOL_FFI_H

#include <stddef.h>

#include "export.h"
#include "task.h"

/* A native function with its signature. A worker calls the function directly, without a call into the program that
 * submitted it. So a host that has an interpreter lock, or that can't be called on foreign threads, still uses all
 * cores.
 *
 * A signature reads return(arg, arg, ...), with spaces anywhere. The types are
 *
 *   bool  char schar uchar  short ushort  int uint  long ulong  llong ullong  size  float double
 *   int8 int16 int32 int64  uint8 uint16 uint32 uint64
 *   pointer (to anything, functions too)   string (const char *, not copied)   void (as return only)
 *
 * for example "double(double, int)", "void()", "ulong(ulong, pointer, uint)" (zlib's crc32). A function may have up
 * to 127 arguments. Structs by value and variadic functions are not supported.
 *
 * The arguments of one call are one row. A row has the layout of a C struct with these members. So an array of
 * structs, a ctypes.Structure array and an aligned NumPy structured array are arrays of rows. A value has exactly
 * the size of the return type. A call succeeds whatever the function returns: only a C++ exception (TP_ETASK) and
 * pthread_exit (TP_ELOST) fail the item. What pointers and strings point to is borrowed until the job is complete. */
typedef struct tp_call tp_call_t;

TP_BEGIN_DECLS

/* Makes a typed call of fn. The library reads the signature once, and trusts that it is the signature of fn.
 *
 * Owns:      *call is the caller's, to be released. signature is copied.
 * Requires:  the library that fn is in stays loaded.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL or the signature has a mistake; TP_ENOTSUP for a struct by value or
 *            a variadic function, or when the library was built without libffi; TP_ENOMEM. *call is then NULL. The
 *            message of tp_last_error() names the column of the signature, counted from 1.
 * Since:     TP_1 */
TP_API int tp_call_create(void (*fn)(void), const char *signature, tp_call_t **call);

/* Fills the fields of *task up to flags, with a size that ends there. The task's item is a row, and its value is the
 * return value. The task fits every call that takes one, such as tp_pool_apply, tp_pool_map and tp_pool_imap, any
 * number of times while the caller owns the typed call.
 *
 * Owns:      each job of the task keeps the call alive through task->ctx_drop, so the call may be released while
 *            jobs run. A caller that sets another ctx_drop must keep the call until that has run.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_task(const tp_call_t *call, tp_task_t *task);

/* Tells the size of a row in bytes, its number of arguments, and the size of a value. Each pointer may be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when call is NULL; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_row(const tp_call_t *call, size_t *row_size, size_t *n_args, size_t *value_size);

/* Tells the offset of an argument in a row, and its size in bytes. The first argument has index 0. Either pointer
 * may be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when call is NULL or index is not below n_args; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_arg(const tp_call_t *call, size_t index, size_t *offset, size_t *arg_size);

/* Releases the call. Jobs that use it go on, and keep it until they are over. NULL has no effect. The function may
 * be called in a forked child, too.
 *
 * Requires:  no other thread uses the handle from this call on.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API void tp_call_release(tp_call_t *call);

TP_END_DECLS

#endif

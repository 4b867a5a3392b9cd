/* SPDX-License-Identifier: MIT */
/* Stage 1: native functions of any signature as tasks, without a wrapper written in C. */
#ifndef TPOOL_FFI_H
#define TPOOL_FFI_H

#include <stddef.h>

#include "export.h"
#include "task.h"

/* A native function with its signature. A worker calls it without any call back into the program that submitted it, so
 * that a host with an interpreter lock, or one that takes no calls on foreign threads, still gets all its cores.
 *
 * A signature reads return(arg, arg, ...), with spaces where you like. The types are
 *
 *   bool  char schar uchar  short ushort  int uint  long ulong  llong ullong  size  float double
 *   int8 int16 int32 int64  uint8 uint16 uint32 uint64
 *   pointer (to anything, functions too)   string (const char *, not copied)   void (as return only)
 *
 * for example "double(double, int)", "void()", "ulong(ulong, pointer, uint)" (zlib's crc32). At most 127 arguments.
 * Structs by value and variadic functions are not supported.
 *
 * The arguments of one call are one row, laid out as the C compiler lays out a struct with these members; so an
 * array of structs, a ctypes.Structure array or an aligned NumPy structured array are rows as they stand. A value has
 * exactly the size of the return type. A call always succeeds, whatever it returns: only a C++ exception (TP_ETASK) and
 * pthread_exit (TP_ELOST) fail the item. What pointers and strings point to is borrowed until the job is complete. */
typedef struct tp_call tp_call_t;

TP_BEGIN_DECLS

/* Makes a typed call. The signature is read once; it is trusted to be that of fn.
 *
 * Owns:      *call, to be released. signature is copied; the library that fn is in must stay loaded.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL, or the signature is none; TP_ENOTSUP for a struct by value or a
 *            variadic function, or when the library was built without libffi; TP_ENOMEM. *call is then NULL. The message of
 *            tp_last_error() names the column of the signature, counted from 1.
 * Since:     TP_1 */
TP_API int tp_call_create(void (*fn)(void), const char *signature, tp_call_t **call);

/* Fills all of *task, its size too: its item is a row, its value the return value. Good for tp_pool_apply, tp_pool_map,
 * tp_pool_imap and their kin, as often as you like while you own the call.
 *
 * Owns:      each job of the task keeps the call alive through task->ctx_drop: the call may be released while jobs run.
 *            With a ctx_drop of your own in its place, the call has to live until that has run.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when an argument is NULL; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_task(const tp_call_t *call, tp_task_t *task);

/* Tells the bytes of a row, the number of arguments in it, and the bytes of a value. Any pointer may be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when call is NULL; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_row(const tp_call_t *call, size_t *row_size, size_t *n_args, size_t *value_size);

/* Tells where in a row an argument lies, and its bytes; the first has index 0. Either pointer may be NULL.
 *
 * Blocks:    never.
 * Threads:   any.
 * Errors:    TP_EINVAL when call is NULL or index is not below n_args; TP_EFORKED; TP_ENOTSUP as tp_call_create.
 * Since:     TP_1 */
TP_API int tp_call_arg(const tp_call_t *call, size_t index, size_t *offset, size_t *arg_size);

/* Gives up the call. Jobs that use it go on and keep it until they are over. NULL is a no-op. Also in a
 * forked child.
 *
 * Requires:  no other thread uses the handle from here on.
 * Blocks:    never.
 * Threads:   any.
 * Since:     TP_1 */
TP_API void tp_call_release(tp_call_t *call);

TP_END_DECLS

#endif

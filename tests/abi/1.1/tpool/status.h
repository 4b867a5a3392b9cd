/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: the list of statuses. */
#ifndef TPOOL_STATUS_H
#define TPOOL_STATUS_H
#include "export.h"
#define TP_STATUS_MAP(X)                                                    \
  X(TP_OK, 0, "Success")                                                    \
  X(TP_END, 1, "No more to come")                                           \
  X(TP_EINVAL, -1, "Invalid argument")                                      \
  X(TP_ENOMEM, -2, "Out of memory")                                         \
  X(TP_EAGAIN, -3, "Resource temporarily unavailable")                      \
  X(TP_ETIMEDOUT, -4, "Timed out")                                          \
  X(TP_ENOTREADY, -5, "Result not ready")                                   \
  X(TP_ECLOSED, -6, "Pool not running")                                     \
  X(TP_ERUNNING, -7, "Pool is still running")                               \
  X(TP_EDEADLK, -8, "The call would wait for itself")                       \
  X(TP_ETASK, -9, "The task failed")                                        \
  X(TP_ECANCELED, -10, "The job was cancelled")                             \
  X(TP_ETERMINATED, -11, "The pool was terminated")                         \
  X(TP_EINIT, -12, "An initializer failed; the pool is broken")             \
  X(TP_ELOST, -13, "The task ended its thread")                             \
  X(TP_EFORKED, -14, "The pool belongs to the parent process")              \
  X(TP_EOVERFLOW, -15, "Size too large")                                    \
  X(TP_ENOTSUP, -16, "Not supported")
typedef enum tp_status {
#define TP_STATUS_ENUM(name, value, text) name = value,
  TP_STATUS_MAP(TP_STATUS_ENUM)
#undef TP_STATUS_ENUM
} tp_status_t;
TP_BEGIN_DECLS
TP_API const char *tp_strerror(int status);
TP_END_DECLS
#endif

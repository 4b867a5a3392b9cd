/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: all of them. */
#ifndef TPOOL_TPOOL_H
#define TPOOL_TPOOL_H
#include "error.h"
#include "ffi.h"
#include "host.h"
#include "pool.h"
#include "result.h"
#include "status.h"
#include "submit.h"
#include "task.h"
#include "trace.h"
#include "version.h"
#endif

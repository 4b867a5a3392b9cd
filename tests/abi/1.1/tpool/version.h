/* SPDX-License-Identifier: MIT */
/* The header of version 1.1, as released, without its comments: the version. */
#ifndef TPOOL_VERSION_H
#define TPOOL_VERSION_H
#include "export.h"
#define TP_VERSION_MAJOR 1
#define TP_VERSION_MINOR 1
#define TP_VERSION_PATCH 0
TP_BEGIN_DECLS
TP_API const char *tp_version(void);
TP_END_DECLS
#endif

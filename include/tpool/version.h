/* SPDX-License-Identifier: MIT */
/* The version, and what it promises. */
#ifndef TPOOL_VERSION_H
#define TPOOL_VERSION_H

#include "export.h"

/* The ABI promise: within one major version no function, status, constant or struct field is removed, moved or given
 * another meaning. A minor version may add functions (under a new symbol node) and append fields to the sized
 * structs. A patch version adds nothing. The SONAME contains the major version. The build reads these numbers. */
#define TP_VERSION_MAJOR 1
#define TP_VERSION_MINOR 2
#define TP_VERSION_PATCH 0

TP_BEGIN_DECLS

/* Returns the version of the library that is running, for example "1.2.0".
 *
 * Owns:      the text is static.
 * Blocks:    never.
 * Threads:   any.
 * Errors:    none.
 * Since:     TP_1 */
TP_API const char *tp_version(void);

TP_END_DECLS

#endif

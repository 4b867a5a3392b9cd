/* SPDX-License-Identifier: MIT */
/* The other half of link_main.c. */
#include <tpool/tpool.h>
#include <tpool/tpool.h>

const char *version_of_other(void);
const char *version_of_other(void) { return tp_version(); }

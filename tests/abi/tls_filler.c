/* SPDX-License-Identifier: MIT */
/* A library that is loaded late and insists on 64 bytes of static TLS. */
static _Thread_local char filled[64] __attribute__((tls_model("initial-exec")));

char *filler(void);
char *filler(void) { return filled; }

/* SPDX-License-Identifier: MIT */
/* Runs each function of an earlier version once, in a program of that version. */
#include <tpool/tpool.h>

#include <stdio.h>

int smoke_c99(void);

int main(void) {
  const int line_that_failed = smoke_c99();
  if (TP_VERSION_MINOR != BUILT_WITH) {
    puts("compiled with the headers of another version");
    return 1;
  }
  if (line_that_failed != 0) printf("line %d of smoke_c99_test.c\n", line_that_failed);
  return line_that_failed != 0;
}

/* SPDX-License-Identifier: MIT */
/* Half of a C program whose two files include everything, twice; it runs this very library. */
#include <tpool/tpool.h>
#include <tpool/tpool.h>

#include <stdio.h>
#include <string.h>

const char *version_of_other(void);

int main(void) {
  char expected[32];
  snprintf(expected, sizeof expected, "%d.%d.%d", TP_VERSION_MAJOR, TP_VERSION_MINOR,
           TP_VERSION_PATCH);
  if (strcmp(tp_version(), expected) != 0 || tp_version() != version_of_other()) {
    printf("version %s, expected %s\n", tp_version(), expected);
    return 1;
  }
  return 0;
}

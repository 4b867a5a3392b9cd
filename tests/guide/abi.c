/* SPDX-License-Identifier: MIT */
/* Guide: the version that runs, and structs that may grow. */
#include <tpool/tpool.h>

#include "check.h"

int main(void) {
  printf("compiled with %d.%d, running %s\n", TP_VERSION_MAJOR, TP_VERSION_MINOR, tp_version());

  const tp_pool_options_t options = {
      .size = sizeof options, /* tells the library which fields this program knows */
      .workers = 2,           /* what is not named is 0: the default */
  };
  tp_pool_t *pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);

  tp_pool_destroy(pool);
  return 0;
}

/* SPDX-License-Identifier: MIT */
/* A program that was written for GLib's GThreadPool, over libtpool. With GLib itself:
 *   cc -DWITH_GLIB gthreadpool.c $(pkg-config --cflags --libs glib-2.0) */
#include "../check.h"
#ifdef WITH_GLIB
#include <glib.h>
#else
#include "gthreadpool.h"
#endif

#include <stdatomic.h>

static atomic_int sum, dropped;

static void add(gpointer data, gpointer user_data) {
  atomic_fetch_add((atomic_int*)user_data, *(int*)data);
  free(data);
}

static gpointer number(int n) {
  int* data = malloc(sizeof *data);
  CHECK(data != NULL);
  *data = n;
  return data;
}

static void wait_and_drop(gpointer data, gpointer user_data) {
  (void)user_data;
  while (atomic_load((atomic_int*)data) == 0) sleep_tenths(0.01);
  atomic_fetch_add(&dropped, 1);
}

int main(void) {
  static atomic_int go;
  GThreadPool* pool = g_thread_pool_new(add, &sum, 4, TRUE, NULL);
  CHECK(pool != NULL);
  for (int i = 1; i <= 1000; ++i) CHECK(g_thread_pool_push(pool, number(i), NULL));
  CHECK(g_thread_pool_set_max_threads(pool, 2, NULL));
  g_thread_pool_free(pool, FALSE, TRUE); /* all that was pushed runs first */
  CHECK(atomic_load(&sum) == 500500);

  pool = g_thread_pool_new(wait_and_drop, NULL, 1, TRUE, NULL);
  for (int i = 0; i < 3; ++i) CHECK(g_thread_pool_push(pool, &go, NULL));
  g_thread_pool_free(pool, FALSE, FALSE); /* returns at once; what was pushed runs all the same */
  CHECK(atomic_load(&dropped) == 0);
  atomic_store(&go, 1);
  while (atomic_load(&dropped) != 3) sleep_tenths(0.01);
  return 0;
}

/* SPDX-License-Identifier: MIT */
/* A pool over all ranks, and what it refuses. */
#include <stdio.h>
#include <string.h>
#include <tpool/cluster.h>
#include <tpool/tpool.h>

#include "check.h"

/* A parameter sweep: one item is one set of parameters. */
struct parameters {
  double rate;
  int steps;
};

static int simulate(void *ctx, const void *item, void *value) {
  const struct parameters *p = item;
  double x = 0.5;
  int i;
  (void)ctx;
  for (i = 0; i < p->steps; ++i) x = p->rate * x * (1 - x);
  *(double *)value = x;
  return 0;
}

/* A table that the program has in every rank. */
static const double rates[] = {2.8, 3.2, 3.5, 3.9};

static int simulate_rate(void *ctx, const void *item, void *value) {
  const double *table = ctx;
  const struct parameters p = {table[*(const int *)item], 1000};
  return simulate(NULL, &p, value);
}

enum { kMany = 400 };

static void sweep(tp_pool_t *pool) {
  static struct parameters sets[kMany];
  static double ends[kMany];
  for (int i = 0; i < kMany; ++i) sets[i] = (struct parameters){2.5 + 0.003 * i, 1000};
  const tp_task_t task = TP_TASK(simulate, NULL, struct parameters, double);
  CHECK(tp_pool_map(pool, &task, sets, ends, kMany, NULL) == TP_OK);
  CHECK(ends[0] > 0.5 && ends[0] < 0.7); /* 1 - 1 / 2.5 */
}

static void constants(tp_pool_t *pool) {
  const int which[] = {0, 1, 2, 3};
  double ends[4];
  tp_task_t task = TP_TASK(simulate_rate, (void *)rates, int, double);
  CHECK(tp_pool_map(pool, &task, which, ends, 4, NULL) == TP_OK);

  double mine[] = {2.9, 3.0};
  task.ctx = mine; /* on this stack, which no other rank has */
  CHECK(tp_pool_map(pool, &task, which, ends, 2, NULL) == TP_ENOTSUP);
  CHECK(strstr(tp_error_message(tp_last_error()), "is no constant of a loaded object"));
}

static void shared(tp_pool_t *pool) {
  const int which[] = {0, 1, 2};
  double mine[] = {2.9, 3.0, 3.1}, ends[3];
  tp_task_t task = TP_TASK(simulate_rate, NULL, int, double);
  void *table;
  CHECK(tp_cluster_share(pool, mine, sizeof mine, NULL, &table) == TP_OK);
  mine[0] = 0; /* the ranks have what it was */
  task.ctx = table;
  CHECK(tp_pool_map(pool, &task, which, ends, 3, NULL) == TP_OK);
  CHECK(ends[0] > 0.6 && ends[0] < 0.7); /* 1 - 1 / 2.9 */
  tp_cluster_unshare(pool, table);
}

static void lost_items(tp_pool_t *pool) {
  static struct parameters sets[kMany];
  for (int i = 0; i < kMany; ++i) sets[i] = (struct parameters){3.0, 100};
  const tp_task_t task = TP_TASK(simulate, NULL, struct parameters, double);
  tp_job_options_t options = {.size = sizeof options, .flags = TP_JOB_KEEP_ERRORS};
  tp_result_t *result;
  CHECK(tp_pool_map_async(pool, &task, sets, kMany, &options, &result) == TP_OK);
  CHECK(tp_result_wait(result, TP_FOREVER) == TP_OK);
  for (size_t i = 0; i < kMany; ++i)
    if (tp_result_item_status(result, i) == TP_ELOST)
      printf("item %zu may have run; submit it again if that does no harm\n", i);
  tp_result_release(result);
}

/* EXAMPLE of tp_cluster_bind */
static double half(double rate) { return rate / 2; }

static int call_bound(void *ctx, const void *item, void *value) {
  const tp_cluster_bound_t *bound = ctx;
  double (*const fn)(double) = (double (*)(double))bound->fn;
  const double *table = bound->object;
  *(double *)value = fn(table[*(const int *)item]);
  return 0;
}

static void bound(tp_pool_t *pool) {
  const int which[] = {0, 1, 2};
  const double mine[] = {2.5, 3, 3.5};
  double halves[3];
  void *table, *both;
  CHECK(tp_cluster_share(pool, mine, sizeof mine, NULL, &table) == TP_OK);
  CHECK(tp_cluster_bind(pool, table, (void (*)(void))half, &both) == TP_OK);
  const tp_task_t task = TP_TASK(call_bound, both, int, double);
  CHECK(tp_pool_map(pool, &task, which, halves, 3, NULL) == TP_OK);
  CHECK(halves[0] == 1.25 && halves[2] == 1.75);
  CHECK(tp_cluster_unshare(pool, both) == TP_OK && tp_cluster_unshare(pool, table) == TP_OK);
}

int main(void) {
  tp_pool_t *pool;
  const int status = tp_cluster_pool_create(NULL, &pool);
  if (status == TP_END) return 0; /* this rank has served */
  if (status != TP_OK) {
    fprintf(stderr, "%s\n", tp_error_message(tp_last_error()));
    return 1;
  }
  size_t rank, ranks;
  CHECK(tp_cluster_rank(&rank, &ranks) == TP_OK && rank == 0);
  sweep(pool);
  constants(pool);
  shared(pool);
  bound(pool);
  lost_items(pool);
  tp_pool_destroy(pool); /* the other ranks end */
  return 0;
}

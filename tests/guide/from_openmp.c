/* SPDX-License-Identifier: MIT */
/* Guide: loops of OpenMP, and the same with a pool. */
#include <tpool/tpool.h>

#include "check.h"

enum { n = 10000 };

static void scale_by_openmp(double *numbers) {
#pragma omp parallel for schedule(dynamic, 64)
  for (int i = 0; i < n; ++i) numbers[i] *= 2;
}

static int scale(void *ctx, size_t begin, size_t end) {
  double *numbers = ctx;
  for (size_t i = begin; i < end; ++i) numbers[i] *= 2;
  return 0;
}

static void scale_by_pool(tp_pool_t *pool, double *numbers) {
  const tp_job_options_t how = {.size = sizeof how, .chunksize = 64};
  CHECK(tp_pool_for(pool, scale, numbers, n, &how) == TP_OK);
}

static double sum_by_openmp(const double *numbers) {
  double sum = 0;
#pragma omp parallel for reduction(+ : sum)
  for (int i = 0; i < n; ++i) sum += numbers[i];
  return sum;
}

static int add_up(void *ctx, size_t begin, size_t end, void *partial) {
  const double *numbers = ctx;
  double sum = *(double *)partial;
  for (size_t i = begin; i < end; ++i) sum += numbers[i];
  *(double *)partial = sum;
  return 0;
}

static int add(void *ctx, void *into, void *from) {
  (void)ctx;
  *(double *)into += *(double *)from;
  return 0;
}

static double sum_by_pool(tp_pool_t *pool, double *numbers) {
  double sum;
  const double zero = 0;
  const tp_reduce_t reduce = {sizeof reduce, add_up, add, numbers, &zero, sizeof zero};
  CHECK(tp_pool_reduce(pool, &reduce, n, NULL, &sum) == TP_OK);
  return sum;
}

int main(void) {
  static double numbers[n];
  const tp_pool_options_t helps = {.size = sizeof helps, .flags = TP_POOL_CALLER_HELPS};
  tp_pool_t *pool;
  for (int i = 0; i < n; ++i) numbers[i] = i;
  CHECK(tp_pool_create(&helps, &pool) == TP_OK);

  scale_by_openmp(numbers);
  scale_by_pool(pool, numbers);
  CHECK(numbers[1] == 4 && numbers[n - 1] == 4 * (n - 1));
  CHECK(sum_by_openmp(numbers) == sum_by_pool(pool, numbers));

  tp_pool_destroy(pool);
  return 0;
}

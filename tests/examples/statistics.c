/* SPDX-License-Identifier: MIT */
/* tp_pool_reduce: the mean and the variance of many numbers in one pass, with the same bits in each
 * run and on any number of workers, because the chunks have a size. */
#include "check.h"

#include <string.h>
#include <tpool/tpool.h>

enum { SAMPLES = 1000000 };

/* What is known of some samples (Welford; Chan, Golub, LeVeque). */
struct statistics {
  double count, mean, squares; /* squares: the sum of the squared distances from the mean */
};

static int add(void* ctx, size_t begin, size_t end, void* partial) {
  const double* samples = ctx;
  struct statistics* of = partial;
  for (size_t i = begin; i < end; ++i) {
    const double distance = samples[i] - of->mean;
    of->count += 1;
    of->mean += distance / of->count;
    of->squares += distance * (samples[i] - of->mean);
  }
  return 0;
}

static int combine(void* ctx, void* into, void* from) {
  struct statistics *a = into, *b = from;
  const double count = a->count + b->count, distance = b->mean - a->mean;
  (void)ctx;
  a->squares += b->squares + distance * distance * a->count * b->count / count;
  a->mean += distance * b->count / count;
  a->count = count;
  return 0;
}

static struct statistics measure(double* samples, size_t workers) {
  const struct statistics none = {0, 0, 0};
  const tp_reduce_t reduce = {sizeof reduce, add, combine, samples, &none, sizeof none};
  const tp_job_options_t chunks = {.size = sizeof chunks, .chunksize = 4096};
  const tp_pool_options_t options = {.size = sizeof options, .workers = workers};
  struct statistics all;
  tp_pool_t* pool;
  CHECK(tp_pool_create(&options, &pool) == TP_OK);
  CHECK(tp_pool_reduce(pool, &reduce, SAMPLES, &chunks, &all) == TP_OK);
  tp_pool_destroy(pool);
  return all;
}

int main(void) {
  double* samples = malloc(SAMPLES * sizeof *samples);
  CHECK(samples != NULL);
  for (int i = 0; i < SAMPLES; ++i) samples[i] = random_of(i);

  const struct statistics one = measure(samples, 1), many = measure(samples, 8);
  printf("mean %.6f, variance %.6f\n", many.mean, many.squares / many.count);
  CHECK(many.count == (double)SAMPLES);
  CHECK(many.mean > 0.49 && many.mean < 0.51);
  CHECK(memcmp(&one, &many, sizeof one) == 0);
  free(samples);
  return 0;
}

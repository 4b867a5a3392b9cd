/* SPDX-License-Identifier: MIT */
/* How well Zipf's law fits a text: the k-th most frequent word of a text occurs about c / (k + q)^s times. This tries
 * a grid of s and q on the counts of a text's words, over all ranks of MPI, and writes the error of each pair, and then
 * the pair with the least, to the file OUT. Started plainly, one process does all of it.
 *
 * Shows tp_cluster_share: all ranks need the table, which no item carries. A rank gets it once.
 *
 * cc sweep_ranks.c $(pkg-config --cflags --libs tpool-cluster) -lm
 * tr -cs A-Za-z '\n' < book.txt | sort | uniq -c | sort -rn > counts
 * mpirun -n 4 ./a.out counts OUT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tpool/cluster.h>
#include <tpool/tpool.h>

enum { kExponents = 101, kShifts = 41, kPairs = kExponents * kShifts, kMostWords = 100000 };

/* What all items need. It has no pointers: those of rank 0 mean nothing in another rank. */
struct table {
  size_t words;
  double log_counts[]; /* of the most frequent word first */
};

struct pair {
  double s, q;
};

/* How far the counts are from c / (k + q)^s, with the best c. Runs in any rank. */
static int error_of(void *ctx, const void *item, void *value) {
  const struct table *const table = ctx;
  const struct pair *const pair = item;
  double sum = 0, squares = 0;
  for (size_t k = 0; k < table->words; ++k) {
    const double log_c = table->log_counts[k] + pair->s * log((double)(k + 1) + pair->q);
    sum += log_c;
    squares += log_c * log_c;
  }
  *(double *)value = squares / (double)table->words - pow(sum / (double)table->words, 2);
  return 0;
}

/* The counts that stand at the beginnings of the file's lines; NULL if there are none. */
static struct table *read_table(const char *path) {
  struct table *const table = malloc(sizeof *table + kMostWords * sizeof(double));
  FILE *const file = fopen(path, "r");
  double count;
  if (table) table->words = 0;
  while (table && file && table->words < kMostWords && fscanf(file, "%lf%*[^\n]", &count) == 1)
    table->log_counts[table->words++] = log(count);
  if (file) fclose(file);
  if (table && table->words) return table;
  free(table);
  return NULL;
}

static int write_errors(const char *path, const struct pair *pairs, const double *errors) {
  FILE *const file = fopen(path, "w");
  size_t best = 0;
  if (!file) return -1;
  for (size_t i = 0; i < kPairs; ++i) {
    fprintf(file, "%.2f %.2f %.9f\n", pairs[i].s, pairs[i].q, errors[i]);
    if (errors[i] < errors[best]) best = i;
  }
  fprintf(file, "best: %.2f %.2f\n", pairs[best].s, pairs[best].q);
  return fclose(file);
}

static int sweep(tp_pool_t *pool, const struct table *table, const char *out) {
  static struct pair pairs[kPairs];
  static double errors[kPairs];
  tp_task_t task = TP_TASK(error_of, NULL, struct pair, double);
  const size_t bytes = sizeof *table + table->words * sizeof(double);
  for (int i = 0; i < kPairs; ++i) {
    pairs[i].s = 0.5 + 0.02 * (i / kShifts);
    pairs[i].q = 25.0 * (i % kShifts);
  }
  int status = tp_cluster_share(pool, table, bytes, NULL, &task.ctx);
  if (status == TP_OK) status = tp_pool_map(pool, &task, pairs, errors, kPairs, NULL);
  if (status == TP_OK) return write_errors(out, pairs, errors);
  fprintf(stderr, "%s\n", tp_last_error() ? tp_error_message(tp_last_error()) : tp_strerror(status));
  return -1;
}

int main(int argc, char **argv) {
  tp_pool_t *pool;
  size_t ranks = 0;
  if (argc != 3) return fprintf(stderr, "usage: sweep_ranks COUNTS OUT\n"), 2; /* so in all ranks */
  const int status = tp_cluster_pool_create(NULL, &pool);
  if (status == TP_END) return 0; /* this rank has served */
  if (status != TP_OK) {
    fprintf(stderr, "%s\n", tp_last_error() ? tp_error_message(tp_last_error()) : tp_strerror(status));
    return 2;
  }
  struct table *const table = read_table(argv[1]);
  if (!table) fprintf(stderr, "%s has no counts\n", argv[1]);
  const int result = table ? sweep(pool, table, argv[2]) : -1;
  tp_cluster_rank(NULL, &ranks);
  fprintf(stderr, "%zu ranks\n", ranks);
  tp_pool_destroy(pool);
  free(table);
  return result == 0 ? 0 : 1;
}

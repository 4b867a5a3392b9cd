/* SPDX-License-Identifier: MIT */
/* The longest line of each file, the first of several, written to the file OUT. All ranks of MPI read the files that
 * they are handed; they see the same files. Started plainly, one process does all of it.
 *
 * Shows strings that cross between ranks by a codec: items are paths, values are lines of any length.
 *
 * cc longest_lines_ranks.c $(pkg-config --cflags --libs tpool-cluster)
 * mpirun -n 4 ./a.out OUT FILE... */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tpool/cluster.h>
#include <tpool/tpool.h>

/* An object is a char *, on the heap of its rank. What crosses is what it points to. */
static size_t pack_text(const void *object, void *to, size_t room) {
  const char *const text = *(char *const *)object;
  const size_t bytes = strlen(text) + 1;
  if (bytes <= room) memcpy(to, text, bytes);
  return bytes;
}

static int unpack_text(void *object, const void *from, size_t bytes) {
  char *const text = malloc(bytes);
  if (!text) return 1;
  *(char **)object = memcpy(text, from, bytes);
  return 0;
}

static void drop_text(void *object) { free(*(char **)object); }

static const tp_codec_t kText = {sizeof(tp_codec_t), pack_text, unpack_text, drop_text};

static int find_longest(FILE *file, char **longest) {
  char *line = NULL;
  size_t room = 0;
  ssize_t bytes, most = -1;
  *longest = NULL;
  while ((bytes = getline(&line, &room, file)) >= 0) {
    if (line[bytes - 1] == '\n') line[--bytes] = 0;
    if (bytes <= most) continue;
    most = bytes;
    free(*longest);
    if (!(*longest = strdup(line))) break;
  }
  free(line);
  if (most < 0) *longest = strdup("");
  return *longest ? 0 : 1;
}

/* Runs in any rank, which owns the value that it makes until it has been sent. */
static int longest_line(void *ctx, const void *item, void *value) {
  const char *const path = *(char *const *)item;
  FILE *const file = fopen(path, "r");
  (void)ctx;
  if (!file) return tp_task_set_error(path, NULL, NULL), 1; /* the message is what can't be read */
  const int code = find_longest(file, value);
  fclose(file);
  return code;
}

static int write_lines(tp_pool_t *pool, char **paths, size_t n, const char *out) {
  tp_task_t task = TP_TASK(longest_line, NULL, char *, char *);
  tp_result_t *result = NULL;
  void *lines = NULL;
  FILE *const file = fopen(out, "w");
  if (!file) return perror(out), -1;
  task.item_codec = task.value_codec = &kText;
  task.value_drop = drop_text;
  int status = tp_pool_map_async(pool, &task, paths, n, NULL, &result);
  if (status == TP_OK) status = tp_result_get(result, TP_FOREVER, &lines);
  for (size_t i = 0; status == TP_OK && i < n; ++i)
    fprintf(file, "%s: %s\n", paths[i], ((char **)lines)[i]);
  const tp_error_t *const error = result ? tp_result_error(result) : tp_last_error();
  if (status != TP_OK)
    fprintf(stderr, "can't read %s\n", error ? tp_error_message(error) : tp_strerror(status));
  tp_result_release(result);
  return fclose(file) == 0 && status == TP_OK ? 0 : -1;
}

int main(int argc, char **argv) {
  tp_pool_t *pool;
  size_t ranks = 0;
  if (argc < 2) return fprintf(stderr, "usage: longest_lines_ranks OUT FILE...\n"), 2; /* so in all ranks */
  const int status = tp_cluster_pool_create(NULL, &pool);
  if (status == TP_END) return 0; /* this rank has served */
  if (status != TP_OK) {
    fprintf(stderr, "%s\n", tp_last_error() ? tp_error_message(tp_last_error()) : tp_strerror(status));
    return 2;
  }
  const int result = write_lines(pool, argv + 2, (size_t)argc - 2, argv[1]);
  tp_cluster_rank(NULL, &ranks);
  fprintf(stderr, "%zu ranks\n", ranks);
  tp_pool_destroy(pool);
  return result == 0 ? 0 : 1;
}

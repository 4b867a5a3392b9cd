/* SPDX-License-Identifier: MIT */
/* Guide: a stream that is fed: one thread reads the lines of another program and pushes them; the workers read the
 * numbers in them. */
#include <pthread.h>
#include <stdlib.h>
#include <tpool/tpool.h>

#include "check.h"

typedef struct {
  char text[16];
} line_t;

static int read_number(void *ctx, const void *item, void *value) {
  const line_t *line = item;
  (void)ctx;
  *(long *)value = strtol(line->text, NULL, 10);
  return 0;
}

typedef struct {
  FILE *input;
  tp_result_t *stream;
} reader_t;

static void *push_lines(void *arg) {
  const reader_t *reader = arg;
  line_t line;
  while (fgets(line.text, sizeof line.text, reader->input) != NULL) {
    CHECK(tp_result_push(reader->stream, &line, TP_FOREVER) == TP_OK);
  }
  CHECK(tp_result_push_end(reader->stream) == TP_OK);
  return NULL;
}

int main(void) {
  const tp_task_t task = TP_TASK(read_number, NULL, line_t, long);
  reader_t reader = {.input = popen("seq 1000", "r")};
  pthread_t thread;
  tp_pool_t *pool;
  tp_result_t *stream;
  long number, expected = 0;
  CHECK(reader.input != NULL);
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);

  const tp_job_options_t window = {.size = sizeof window, .buffersize = 64};
  CHECK(tp_pool_imap(pool, &task, NULL, NULL, &window, &stream) == TP_OK);

  reader.stream = stream;
  CHECK(pthread_create(&thread, NULL, push_lines, &reader) == 0);
  while (tp_result_next(stream, TP_FOREVER, &number) == TP_OK) CHECK(number == ++expected);

  CHECK(expected == 1000);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(pclose(reader.input) == 0);
  tp_result_release(stream);
  tp_pool_destroy(pool);
  return 0;
}

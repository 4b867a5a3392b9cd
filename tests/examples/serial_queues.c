/* SPDX-License-Identifier: MIT */
/* Serial queues for 500 keys on one pool: the jobs of a key run one at a time and in order, those of different keys
 * at the same time. So the accounts need no lock.
 *
 *   cc serial_queues.c $(pkg-config --cflags --libs tpool) */
#include "check.h"

#include <tpool/tpool.h>

enum { KEYS = 500, ROUNDS = 40 };

struct account {
  long balance;
  int entries;
};

struct entry {
  struct account *account;
  int number;
  long amount;
};

static int book(void *ctx, const void *item, void *value) {
  const struct entry *entry = (const struct entry *)item;
  (void)ctx, (void)value;
  CHECK(entry->account->entries == entry->number); /* in order */
  entry->account->entries++;
  entry->account->balance += entry->amount;
  return 0;
}

int main(void) {
  static struct account accounts[KEYS];
  tp_group_t *queues[KEYS];
  tp_group_options_t serial = {sizeof serial, 0, 1, "account"};
  tp_task_t task = TP_TASK(book, NULL, struct entry, char);
  tp_pool_t *pool;
  int key, round;
  task.value_size = 0;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  for (key = 0; key < KEYS; ++key) CHECK(tp_group_create(pool, &serial, &queues[key]) == TP_OK);

  for (round = 0; round < ROUNDS; ++round) {
    for (key = 0; key < KEYS; ++key) {
      struct entry entry = {&accounts[key], 0, 0};
      tp_job_options_t job = {0};
      entry.number = round;
      entry.amount = key + round;
      job.size = sizeof job;
      job.group = queues[key];
      CHECK(tp_pool_apply_async(pool, &task, &entry, &job, NULL) == TP_OK);
    }
  }

  for (key = 0; key < KEYS; ++key) {
    CHECK(tp_group_wait(queues[key], TP_FOREVER) == TP_OK);
    CHECK(accounts[key].entries == ROUNDS);
    CHECK(accounts[key].balance == (long)key * ROUNDS + ROUNDS * (ROUNDS - 1) / 2);
    tp_group_release(queues[key]);
  }
  printf("%d accounts, %d entries each\n", KEYS, ROUNDS);
  tp_pool_destroy(pool);
  return 0;
}

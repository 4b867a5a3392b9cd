/* SPDX-License-Identifier: MIT */
/* Spawn and sync: a walk over a tree in which each node spawns its children, and which stops early,
 * in all workers, when the job is cancelled. */
#include "check.h"

#include <tpool/tpool.h>

enum { CHILDREN = 4, DEPTH = 8 };

struct node {
  int weight;
  int count; /* of children */
  struct node* children[CHILDREN];
};

struct visit {
  const struct node* node;
  long weight; /* of the node and all below */
};

static int visit(void* ctx) {
  struct visit* const here = ctx;
  struct visit below[CHILDREN];
  tp_spawn_t spawned[CHILDREN]; /* one for each: all may run at once */
  const int count = tp_task_stop_requested() ? 0 : here->node->count;
  int started = 0, failed = 0;

  here->weight = here->node->weight;
  for (; started < count; ++started) {
    below[started].node = here->node->children[started];
    if (tp_spawn(&spawned[started], visit, &below[started]) != TP_OK) break;
  }
  failed = started < count;
  for (int i = started; i-- > 0;) { /* what was spawned last is synced first */
    if (tp_sync(&spawned[i]) != TP_OK) failed = 1;
    here->weight += below[i].weight;
  }
  return failed;
}

static int visit_task(void* ctx, const void* item, void* value) {
  struct visit root = {ctx, 0};
  (void)item;
  const int failed = visit(&root);
  *(long*)value = root.weight;
  return failed;
}

static struct node* make(int depth) {
  struct node* const node = calloc(1, sizeof *node);
  CHECK(node != NULL);
  node->weight = depth;
  for (; depth > 0 && node->count < CHILDREN; ++node->count)
    node->children[node->count] = make(depth - 1);
  return node;
}

static long drop(struct node* node) {
  long weight = node->weight;
  for (int i = 0; i < node->count; ++i) weight += drop(node->children[i]);
  free(node);
  return weight;
}

int main(void) {
  struct node* const root = make(DEPTH);
  tp_task_t task = {0};
  long weight = 0;
  tp_pool_t* pool;

  task.size = sizeof task;
  task.fn = visit_task;
  task.ctx = root;
  task.value_size = sizeof weight;
  CHECK(tp_pool_create(NULL, &pool) == TP_OK);
  CHECK(tp_pool_apply(pool, &task, NULL, &weight) == TP_OK);
  tp_pool_destroy(pool);
  printf("the tree weighs %ld\n", weight);
  CHECK(weight == drop(root));
  return 0;
}
